using System.CommandLine;
using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Nic.Pcap;
using Chainring.Nic.Wire;
using Chainring.Offload;
using Chainring.Offload.Spec;

namespace Chainring.Host.Cli;

/// <summary><c>chainring run</c>: the frames of a capture through a chain or a single program.</summary>
static class RunCommand
{
    static readonly Option<string?> ChainOption = new("--chain") { Description = "chain file (YAML)", HelpName = "FILE.yaml" };
    static readonly Option<string?> ProgOption = new("--prog") { Description = "a single program instead of a chain", HelpName = "OBJ[:PROGRAM]" };
    static readonly Option<string> InOption = new("--in") { Description = "classic pcap file, Ethernet; - for standard input", HelpName = "CAPTURE", Required = true };
    static readonly Option<string> BackendOption = new("--backend") { Description = string.Join(" | ", Backends.Names), DefaultValueFactory = _ => Backends.Auto };
    static readonly Option<int> BatchOption = new("--batch") { Description = "frames per batch", HelpName = "N", DefaultValueFactory = _ => 256 };
    static readonly Option<int> RepeatOption = new("--repeat") { Description = "play the capture N times, map contents kept", HelpName = "N", DefaultValueFactory = _ => 1 };
    static readonly Option<ulong> SeedOption = new("--seed") { Description = "of bpf_get_prandom_u32", HelpName = "N" };
    static readonly Option<string> ClockOption = new("--clock") { Description = "what bpf_ktime_get_ns follows", DefaultValueFactory = _ => Names.Of(CardClock.Capture) };
    static readonly Option<string[]> MapOption = new("--map") { Description = "set a map entry before the run, bytes as they lie in memory; for a chain NAME may be program.map", HelpName = "NAME:KEYHEX=VALUEHEX" };
    static readonly Option<string?> OutOption = new("--out") { Description = "write pass.pcap, tx.pcap and redirect-IFINDEX.pcap there", HelpName = "DIR" };
    static readonly Option<bool> DroppedOption = new("--dropped") { Description = "with --out, also drop.pcap and aborted.pcap" };
    static readonly Option<string?> VerdictsOption = new("--verdicts") { Description = "write a line per frame: index, verdict, length, CRC-32", HelpName = "FILE" };
    static readonly Option<string?> MapsOption = new("--maps") { Description = "write the final map contents as JSON", HelpName = "FILE" };
    static readonly Option<string?> JsonOption = new("--json") { Description = "write the counters as JSON; - for standard output", HelpName = "FILE|-" };

    public static Command Create()
    {
        ClockOption.AcceptOnlyFromAmong(Enum.GetValues<CardClock>().Select(Names.Of).ToArray());
        foreach (var option in new[] { BatchOption, RepeatOption }) option.Validators.Add(AtLeastOne);
        var command = new Command("run", "Run the frames of a capture through a chain of XDP programs")
        {
            ChainOption, ProgOption, InOption, BackendOption, BatchOption, RepeatOption, SeedOption, ClockOption,
            MapOption, OutOption, DroppedOption, VerdictsOption, MapsOption, JsonOption,
        };
        command.SetAction(Invoke);
        return command;
    }

    static void AtLeastOne(System.CommandLine.Parsing.OptionResult result)
    {
        if (result.Errors.Any() || result.GetValueOrDefault<int>() >= 1) return;
        result.AddError($"{result.Option.Name} must be at least 1");
    }

    static int Invoke(ParseResult line)
    {
        if (!LoadChain(line).Try(out var chain, out var problem)) return ExitCode.Of(problem);
        if (!Backends.Find(line.GetValue(BackendOption)!).Try(out var target, out problem)) return ExitCode.Of(problem);
        if (line.GetValue(DroppedOption) && line.GetValue(OutOption) is null) return ExitCode.Of(UsageError.DroppedWithoutOut());

        var settings = new RunSettings
        {
            Capture = line.GetValue(InOption)!,
            Batch = line.GetValue(BatchOption),
            Repeat = line.GetValue(RepeatOption),
            Seed = line.GetValue(SeedOption),
            Clock = line.GetValue(ClockOption) == Names.Of(CardClock.Wall) ? CardClock.Wall : CardClock.Capture,
        };
        var card = new SmartNic(new CardOptions { Target = target, Seed = settings.Seed, Clock = settings.Clock });
        if (!InstalledChain.Install(card, chain).Try(out var installed, out problem)) return ExitCode.Of(problem);
        using (installed)
        {
            if (!Captures.Open(settings.Capture, settings.Repeat).Try(out var wire, out problem)) return ExitCode.Of(problem);
            using (wire) return Run(line, card, installed, wire, settings);
        }
    }

    static Result<ChainSpec> LoadChain(ParseResult line)
    {
        var (file, program) = (line.GetValue(ChainOption), line.GetValue(ProgOption));
        if ((file is null) == (program is null)) return UsageError.ChainOrProgram();
        if (!(file is not null ? ChainFile.Load(file) : ProgramPath.Load(program!)).Try(out var chain, out var problem)) return problem;

        var entries = new List<MapEntrySpec>(chain.MapEntries);
        string[] aliases = [.. chain.Members.Select(m => m.Alias)];
        foreach (string text in line.GetValue(MapOption) ?? [])
        {
            if (!MapEntries.Parse(text, aliases).Try(out var entry, out problem)) return problem;
            entries.Add(entry);
        }
        return chain with { MapEntries = entries };
    }

    static int Run(ParseResult line, SmartNic card, InstalledChain chain, PcapWire wire, RunSettings settings)
    {
        string? path = null;
        try
        {
            using var files = new OutputFiles();
            Stream Create(string name) => files.Create(path = name);

            using var verdicts = line.GetValue(VerdictsOption) is { } verdictPath ? new StreamWriter(Create(verdictPath)) { NewLine = "\n" } : null;
            using var captures = line.GetValue(OutOption) is { } folder
                ? new VerdictCaptures(name => Create(Path.Combine(folder, name)), wire.Nanoseconds, line.GetValue(DroppedOption))
                : null;
            IFrameSink[] sinks = [.. Present(verdicts is null ? null : new VerdictFile(verdicts)), .. Present(captures)];

            using var progress = new Progress();
            if (!CaptureRun.Run(card, chain, wire, settings, new FrameSinks(sinks), progress).Try(out var report, out var problem))
                return ExitCode.Of(problem);
            progress.Dispose();

            verdicts?.Dispose();
            captures?.Dispose();
            if (line.GetValue(MapsOption) is { } mapsPath) JsonText.Write(Create(mapsPath), MapDump.Of(chain));
            string? jsonPath = line.GetValue(JsonOption);
            if (jsonPath is not null and not "-") JsonText.Write(Create(jsonPath), report);
            files.Commit();

            if (jsonPath == "-") Console.Out.Write(JsonText.Of(report));
            else Summary.Write(Terminal.Out, report);
            return ExitCode.Done;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ExitCode.Of(UsageError.CannotWrite(path ?? "output", FileErrors.Reason(e)));
        }
    }

    static IEnumerable<IFrameSink> Present(IFrameSink? sink) => sink is null ? [] : [sink];
}
