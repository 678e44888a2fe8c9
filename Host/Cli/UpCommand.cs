using System.CommandLine;
using Chainring.Host.Driver;
using Chainring.Host.Driver.Auto;
using Chainring.Host.Driver.Control;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload;
using Chainring.Offload.Spec;

namespace Chainring.Host.Cli;

/// <summary>
/// <c>chainring up</c>: a card in operation in the foreground, with a thread per queue, until it is stopped or its wires have ended. Other commands tell it over a socket
/// what to do.
/// </summary>
static class UpCommand
{
    static readonly ChainOptions Chain = new(CardClock.Wall);
    static readonly Option<string> CardOption = OptionKinds.Text<string>("--card", "FILE.yaml", "card file (YAML): ports, their queues and wires");
    static readonly Option<int> ForOption = OptionKinds.Number("--for", 0, 0, int.MaxValue, "stop after N seconds; 0 for not before it is told to");
    static readonly Option<int> IntervalOption = OptionKinds.Number("--interval", 1, 1, 3600, "seconds between two pictures or lines");
    static readonly Option<string?> SocketOption = OptionKinds.Text<string?>("--socket", "PATH", "Unix socket for load, unload, status, chain, map and prog; $XDG_RUNTIME_DIR/chainring.sock unless told");
    static readonly Option<bool> QuietOption = new("--quiet") { Description = "only the summary at the end" };

    public static Command Create()
    {
        CardOption.Required = true;
        var command = new Command("up", "Run a card in the foreground, a thread per queue, until Ctrl-C, q or SIGTERM, or every wire has ended; r or SIGHUP reads the chain file again. Without a chain every frame passes until one is loaded (chainring load)");
        foreach (var option in new Option[] { CardOption }.Concat(Chain.All).Concat([ForOption, IntervalOption, SocketOption, QuietOption])) command.Options.Add(option);
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
        ChainSpec? chain = null;
        Problem? problem;
        if (Chain.IsGiven(line) && !Chain.LoadChain(line).Try(out chain, out problem)) return problem;
        chain ??= ChainSpec.Empty("chain");
        string file = line.GetValue(CardOption)!;
        if (!CardFile.Load(file).Try(out var spec, out problem)) return problem;
        if (!Chain.LoaderOptions(line).Try(out var loading, out problem) || !Listen(line).Try(out var socket, out problem)) return problem;
        using var control = socket;

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
            using (var metrics = new CardMetrics(session))
            {
                control?.Serve(new ControlCommands(session, loading, (given, revision) => Put(session, auto, given, revision)));
                Watch(line, session, auto, control, signals, results.UsesStandardOutput);
                control?.Dispose();
            }
            var report = session.Stop();
            results.Write(report, session.Maps());
            files.Commit();
            results.Show(report);
            return plugged.Problem;
        }
    }

    /// <summary>Null where there are no such sockets.</summary>
    static Result<ControlSocket?> Listen(ParseResult line)
    {
        var given = line.GetValue(SocketOption);
        if (!OperatingSystem.IsLinux()) return given is null ? (ControlSocket?)null : UsageError.NoSocketHere();
        return ControlSocket.Listen(given is null ? SocketPlace.Usual : Path.GetFullPath(given)).Try(out var socket, out var problem) ? socket : problem;
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
    static void Watch(ParseResult line, LiveSession session, AutoBackend? auto, ControlSocket? control, Signals signals, bool outputIsTaken)
    {
        int seconds = line.GetValue(ForOption);
        long end = seconds == 0 ? long.MaxValue : Environment.TickCount64 + 1000L * seconds;
        long interval = 1000L * line.GetValue(IntervalOption), next = Environment.TickCount64 + interval;
        using var view = LiveView.Create(session.Report(), outputIsTaken, line.GetValue(QuietOption));
        var ended = session.Ports.ToDictionary(p => p, p => p.Wire.Ended);
        ulong revision = session.Revision;
        while (!session.IsDone && Environment.TickCount64 < end)
        {
            var command = signals.Next(TimeSpan.FromMilliseconds(Math.Clamp(Math.Min(next, end) - Environment.TickCount64, 1, 50)));
            if (command == UserCommand.Stop) break;
            try
            {
                if (command == UserCommand.Reload && Reload(line, session, auto, view) is { } reloaded) revision = reloaded;
                if (revision != session.Revision) view.Note($"the chain is at revision {revision = session.Revision}");
                control?.ThrowBug();
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

    /// <summary>The revision that this has made; null if it was refused.</summary>
    static ulong? Reload(ParseResult line, LiveSession session, AutoBackend? auto, LiveView view)
    {
        var problem = Chain.LoadChain(line).Try(out var chain, out var wrong) ? Put(session, auto, chain, null) : wrong;
        if (problem is null) view.Note($"chain reloaded ({session.Reloads})");
        else view.Warn($"not reloaded: {problem.Sentence} [{problem.Id} {problem.Name}]");
        return problem is null ? session.Revision : null;
    }

    /// <summary>Puts a chain in place, on a backend of its own if that is to be chosen.</summary>
    static Problem? Put(LiveSession session, AutoBackend? auto, ChainSpec chain, ulong? revision) => auto is null
        ? session.Reload(chain, null, revision)
        : auto.Install<LiveSession>(chain, choice => session.Reload(chain, choice, revision) is { } refused ? refused : session).Problem;

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
