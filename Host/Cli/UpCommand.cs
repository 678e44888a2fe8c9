using System.CommandLine;
using Chainring.Host.Driver;
using Chainring.Host.Driver.Auto;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload;

namespace Chainring.Host.Cli;

/// <summary><c>chainring up</c>: a card in operation in the foreground, with a thread per queue, until it is stopped or its wires have ended.</summary>
static class UpCommand
{
    static readonly ChainOptions Chain = new(CardClock.Wall);
    static readonly Option<string> CardOption = OptionKinds.Text<string>("--card", "FILE.yaml", "card file (YAML): ports, their queues and wires");
    static readonly Option<int> ForOption = OptionKinds.Number("--for", 0, 0, int.MaxValue, "stop after N seconds; 0 for not before it is told to");
    static readonly Option<int> IntervalOption = OptionKinds.Number("--interval", 1, 1, 3600, "seconds between two pictures or lines");
    static readonly Option<bool> QuietOption = new("--quiet") { Description = "only the summary at the end" };

    public static Command Create()
    {
        CardOption.Required = true;
        var command = new Command("up", "Run a card in the foreground, a thread per queue, until Ctrl-C, q or SIGTERM, or every wire has ended; r or SIGHUP reads the chain file again");
        foreach (var option in new Option[] { CardOption }.Concat(Chain.All).Concat([ForOption, IntervalOption, QuietOption])) command.Options.Add(option);
        command.SetAction(line => Invoke(line) is { } problem ? ExitCode.Of(problem) : ExitCode.Done);
        return command;
    }

    static Problem? Invoke(ParseResult line)
    {
        try
        {
            return Run(line);
        }
        catch (OutputException e)
        {
            return e.Error;
        }
        // A thread of the card could not write.
        catch (InvalidOperationException e) when (e.InnerException is OutputException inner)
        {
            return inner.Error;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return UsageError.CannotWrite("the output", FileErrors.Reason(e));
        }
    }

    static Problem? Run(ParseResult line)
    {
        using var signals = new Signals(hangupStops: !Console.IsOutputRedirected);
        if (!Chain.LoadChain(line).Try(out var chain, out var problem)) return problem;
        string file = line.GetValue(CardOption)!;
        if (!CardFile.Load(file).Try(out var spec, out problem)) return problem;

        var settings = Chain.Settings(line, new RunSettings { Capture = file, Queues = spec.Queues, Batch = spec.Ports[0].Config.Batch });
        using var files = new OutputFiles(endBySignals: false);
        var results = new ResultFiles(Chain, line, name => Create(files, name));
        if (!Chain.Install(line, chain, settings, spec, live: true).Try(out var ready, out problem)) return problem;
        (var card, var installed, settings, var auto) = ready;

        var live = new LiveFiles(spec.Ports.SelectMany(p => new[] { p.Wire, p.Host }).Where(w => w.Kind == WireKind.Capture).Select(w => w.Name), files);
        using var events = line.GetValue(Chain.Events) is { } path ? new EventFile(live.CreateUnbuffered(path), installed, card.Maps) : null;
        IFrameSink[] sinks = events is null ? [] : [events];
        if (!PluggedCard.Plug(card, spec, new WireOpener(Live: true, Captures.Open, live.Create)).Try(out var plugged, out problem)) return problem;
        using (plugged)
        using (var session = LiveSession.Start(plugged, installed, settings, sinks))
        {
            using (var metrics = new CardMetrics(session)) Watch(line, session, auto, signals, results.UsesStandardOutput);
            var report = session.Stop();
            results.Write(report, session.Maps());
            files.Commit();
            results.Show(report);
            return plugged.Problem;
        }
    }

    static Stream Create(OutputFiles files, string name)
    {
        try
        {
            return files.Create(name) ?? throw new OutputException(name, "two outputs cannot go to the same file");
        }
        catch (Exception e) when (e is IOException and not OutputException or UnauthorizedAccessException)
        {
            throw new OutputException(name, FileErrors.Reason(e, name));
        }
    }

    /// <summary>Shows what goes on until the session is to be stopped, or nobody looks any more.</summary>
    static void Watch(ParseResult line, LiveSession session, AutoBackend? auto, Signals signals, bool outputIsTaken)
    {
        int seconds = line.GetValue(ForOption);
        long end = seconds == 0 ? long.MaxValue : Environment.TickCount64 + 1000L * seconds;
        long interval = 1000L * line.GetValue(IntervalOption), next = Environment.TickCount64 + interval;
        using var view = LiveView.Create(session.Report(), outputIsTaken, line.GetValue(QuietOption));
        var ended = session.Ports.ToDictionary(p => p, p => p.Wire.Ended);
        while (!session.IsDone && Environment.TickCount64 < end)
        {
            var command = signals.Next(TimeSpan.FromMilliseconds(Math.Clamp(Math.Min(next, end) - Environment.TickCount64, 1, 50)));
            if (command == UserCommand.Stop) break;
            try
            {
                if (command == UserCommand.Reload) Reload(line, session, auto, view);
                NoteEnds(session, ended, view);
                if (Environment.TickCount64 < next) continue;
                next += interval;
                view.Show(session.Report());
            }
            catch (IOException)
            {
                // Whoever looked has gone: the terminal, or the reader of the pipe.
                break;
            }
        }
    }

    static void Reload(ParseResult line, LiveSession session, AutoBackend? auto, LiveView view)
    {
        var problem = !Chain.LoadChain(line).Try(out var chain, out var wrong) ? wrong
            : auto is null ? session.Reload(chain)
            : auto.Install<LiveSession>(chain, choice => session.Reload(chain, choice) is { } refused ? refused : session).Problem;
        if (problem is null) view.Note($"chain reloaded ({session.Reloads})");
        else view.Warn($"not reloaded: {problem.Sentence} [{problem.Id} {problem.Name}]");
    }

    /// <summary>A wire that ends while others go on is worth a word, and more so if it should not have.</summary>
    static void NoteEnds(LiveSession session, Dictionary<Port, bool> ended, LiveView view)
    {
        foreach (var port in session.Ports)
        {
            if (ended[port] || !port.Wire.Ended) continue;
            ended[port] = true;
            if (session.Problem is { } problem) view.Warn($"{port.Name}: the wire has ended: {problem.Sentence}");
            else view.Note($"{port.Name}: the wire has ended");
        }
    }
}
