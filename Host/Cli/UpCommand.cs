using System.CommandLine;
using Chainring.Host.Driver;
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
        using var signals = new Signals();
        if (!Chain.LoadChain(line).Try(out var chain, out var problem)) return problem;
        string file = line.GetValue(CardOption)!;
        if (!CardFile.Load(file).Try(out var spec, out problem)) return problem;

        var settings = Chain.Settings(line, new RunSettings { Capture = file, Queues = spec.Queues, Batch = spec.Ports[0].Config.Batch });
        var card = Chain.MakeCard(line, settings);
        string path = file;
        try
        {
            var results = new ResultFiles(Chain, line, Create);
            if (!InstalledChain.Install(card, chain).Try(out var installed, out problem)) return problem;
            if (!PluggedCard.Plug(card, spec, new WireOpener(Live: true, Captures.Open, Create)).Try(out var plugged, out problem))
            {
                installed.Dispose();
                return problem;
            }
            using (plugged)
            using (var session = LiveSession.Start(plugged, installed, settings))
            {
                using (var metrics = new CardMetrics(session)) Watch(line, session, signals);
                var report = session.Stop();
                results.Write(report, session.Maps());
                results.Close();
                results.Show(report);
                return plugged.Problem;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return UsageError.CannotWrite(path, FileErrors.Reason(e, path));
        }

        // Written while the card runs, so that they can be looked at meanwhile.
        Stream Create(string name)
        {
            path = name;
            return new FileStream(name, FileMode.Create, FileAccess.Write, FileShare.Read);
        }
    }

    /// <summary>Shows what goes on until the session is to be stopped.</summary>
    static void Watch(ParseResult line, LiveSession session, Signals signals)
    {
        int seconds = line.GetValue(ForOption);
        long end = seconds == 0 ? long.MaxValue : Environment.TickCount64 + 1000L * seconds;
        long interval = 1000L * line.GetValue(IntervalOption), next = Environment.TickCount64 + interval;
        using var view = line.GetValue(QuietOption) ? null : LiveView.Create(session.Report());
        while (!session.IsDone && Environment.TickCount64 < end)
        {
            var command = signals.Next(TimeSpan.FromMilliseconds(Math.Clamp(Math.Min(next, end) - Environment.TickCount64, 1, 50)));
            if (command == UserCommand.Stop) break;
            if (command == UserCommand.Reload) Note(view, Reload(line, session));
            if (Environment.TickCount64 < next) continue;
            next += interval;
            view?.Show(session.Report());
        }
    }

    static string Reload(ParseResult line, LiveSession session)
    {
        var problem = Chain.LoadChain(line).Try(out var chain, out var wrong) ? session.Reload(chain) : wrong;
        return problem is null ? $"chain reloaded ({session.Reloads})" : $"not reloaded: {problem.Sentence} [{problem.Id} {problem.Name}]";
    }

    static void Note(LiveView? view, string text)
    {
        if (view is not null) view.Note(text);
        else Console.Error.WriteLine($"chainring: {text}");
    }
}
