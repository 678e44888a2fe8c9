using System.CommandLine;
using System.Globalization;
using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Offload;
using Chainring.Offload.Spec;

namespace Chainring.Host.Cli;

/// <summary><c>chainring run</c>: the frames of a capture through a chain or a single program.</summary>
static class RunCommand
{
    /// <summary>A batch has its buffers at once: 4 KiB for each frame.</summary>
    const int MaxBatch = 1 << 16;

    /// <summary>The indirection table has 128 entries, one a byte.</summary>
    const int MaxQueues = 128;

    /// <summary>What an error calls the output when it cannot tell which of the files it is: the disk is full.</summary>
    const string Outputs = "the output";

    static readonly Option<string?> ChainOption = Text<string?>("--chain", "FILE.yaml", "chain file (YAML)");
    static readonly Option<string?> ProgOption = Text<string?>("--prog", "OBJ[:PROGRAM]", "a single program instead of a chain");
    static readonly Option<string> InOption = Text<string>("--in", "CAPTURE", "pcap or pcapng file, Ethernet, also compressed with gzip; a folder of them, in the order of their names; - for standard input");
    static readonly Option<string> BackendOption = Word("--backend", Backends.Auto, [.. Backends.Names], "what executes the programs");
    static readonly Option<int> BatchOption = Number("--batch", 256, 1, MaxBatch, "frames per batch");
    static readonly Option<int> QueuesOption = Number("--queues", 1, 1, MaxQueues, "RX queues that RSS spreads the frames over; queue n is CPU n");
    static readonly Option<int> RingOption = Number("--ring", 256, 1, MaxBatch, "frames that wait in a queue at most, as many as --batch if not given; a batch has no more");
    static readonly Option<int> RepeatOption = Number("--repeat", 1, 1, int.MaxValue, "play the capture N times, map contents kept");
    static readonly Option<ulong> SeedOption = Number<ulong>("--seed", 0, 0, ulong.MaxValue, "of bpf_get_prandom_u32");
    static readonly Option<string> ClockOption = Word("--clock", Names.Of(CardClock.Capture), [.. Enum.GetValues<CardClock>().Select(Names.Of)], "what bpf_ktime_get_ns follows");
    static readonly Option<string[]> MapOption = Text<string[]>("--map", "NAME:KEYHEX=VALUEHEX", "set a map entry before the run, bytes as they lie in memory; for a chain NAME may be program.map");
    static readonly Option<string?> OutOption = Text<string?>("--out", "DIR", "write pass.pcap, tx.pcap and redirect-TARGET.pcap there");
    static readonly Option<bool> DroppedOption = new("--dropped") { Description = "with --out, also drop.pcap and aborted.pcap" };
    static readonly Option<bool> PcapngOption = new("--pcapng") { Description = "with --out, write pcapng, with each frame's queue and verdict; names end in .pcapng" };
    static readonly Option<bool> CommentsOption = new("--comments") { Description = "with --pcapng, say each frame's verdict and its reason in a comment" };
    static readonly Option<string?> VerdictsOption = Text<string?>("--verdicts", "FILE", "write a line per frame: index, verdict, length, CRC-32");
    static readonly Option<string?> MapsOption = Text<string?>("--maps", "FILE", "write the final map contents as JSON");
    static readonly Option<string?> JsonOption = Text<string?>("--json", "FILE|-", "write the counters as JSON; - for standard output");

    public static Command Create()
    {
        InOption.Required = true;
        var command = new Command("run", "Run the frames of a capture through a chain of XDP programs")
        {
            ChainOption, ProgOption, InOption, BackendOption, BatchOption, QueuesOption, RingOption, RepeatOption, SeedOption, ClockOption,
            MapOption, OutOption, DroppedOption, PcapngOption, CommentsOption, VerdictsOption, MapsOption, JsonOption,
        };
        command.SetAction(Invoke);
        return command;
    }

    static Option<T> Text<T>(string name, string value, string description)
    {
        var option = new Option<T>(name) { Description = description, HelpName = value };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Any(t => t.Value.Length == 0)) result.AddError(UsageError.Empty(name));
        });
        return option;
    }

    static Option<string> Word(string name, string usual, string[] known, string description)
    {
        var option = new Option<string>(name) { Description = description, HelpName = string.Join('|', known), DefaultValueFactory = _ => usual };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !known.Contains(token.Value)) result.AddError(UsageError.NotOneOf(name, token.Value, known));
        });
        return option;
    }

    static Option<T> Number<T>(string name, T usual, T least, T most, string description) where T : struct, IConvertible, ISpanParsable<T>, IComparable<T> =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => usual,
            CustomParser = result =>
            {
                string text = result.Tokens[^1].Value;
                if (T.TryParse(text, CultureInfo.InvariantCulture, out var number) && number.CompareTo(least) >= 0 && number.CompareTo(most) <= 0) return number;
                result.AddError(UsageError.NotANumber(name, text, $"{least}", $"{most}"));
                return usual;
            },
        };

    static int Invoke(ParseResult line)
    {
        if (!LoadChain(line).Try(out var chain, out var problem)) return ExitCode.Of(problem);
        if (line.GetValue(DroppedOption) && line.GetValue(OutOption) is null) return ExitCode.Of(UsageError.DroppedWithoutOut());
        if (line.GetValue(PcapngOption) && line.GetValue(OutOption) is null) return ExitCode.Of(UsageError.PcapngWithoutOut());
        if (line.GetValue(CommentsOption) && !line.GetValue(PcapngOption)) return ExitCode.Of(UsageError.CommentsWithoutPcapng());

        var settings = new RunSettings
        {
            Capture = line.GetValue(InOption)!,
            Batch = line.GetValue(BatchOption),
            Queues = line.GetValue(QueuesOption),
            Ring = line.GetValue(line.GetResult(RingOption) is { Implicit: false } ? RingOption : BatchOption),
            Repeat = line.GetValue(RepeatOption),
            Seed = line.GetValue(SeedOption),
            Clock = line.GetValue(ClockOption) == Names.Of(CardClock.Wall) ? CardClock.Wall : CardClock.Capture,
        };
        var card = new SmartNic(new CardOptions
        {
            Target = Backends.Find(line.GetValue(BackendOption)!),
            Capabilities = new() { Queues = settings.Queues },
            Seed = settings.Seed,
            Clock = settings.Clock,
        });
        if (!InstalledChain.Install(card, chain).Try(out var installed, out problem)) return ExitCode.Of(problem);
        using (installed)
        {
            if (!Captures.Open(settings.Capture, settings.Repeat).Try(out var wire, out problem)) return ExitCode.Of(problem);
            using (wire)
            {
                return Run(line, card, installed, wire, settings) is { } failed ? ExitCode.Of(failed) : ExitCode.Done;
            }
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

    static Problem? Run(ParseResult line, SmartNic card, InstalledChain chain, PcapWire wire, RunSettings settings)
    {
        string path = Outputs;
        string? jsonPath = line.GetValue(JsonOption);
        try
        {
            using var files = new OutputFiles();
            using var verdicts = line.GetValue(VerdictsOption) is { } verdictPath ? new VerdictFile(Create(verdictPath)) : null;
            var format = new CaptureFormat(wire.Nanoseconds, line.GetValue(PcapngOption), line.GetValue(CommentsOption));
            using var captures = line.GetValue(OutOption) is { } folder
                ? new VerdictCaptures(card.Maps, name => Create(Path.Combine(folder, name)), format, line.GetValue(DroppedOption))
                : null;
            var maps = line.GetValue(MapsOption) is { } mapsPath ? Create(mapsPath) : null;
            var json = jsonPath is null or "-" ? null : Create(jsonPath);
            IFrameSink?[] sinks = [verdicts, captures];

            using var progress = new Progress();
            if (!CaptureRun.Run(card, chain, wire, settings, new FrameSinks([.. sinks.OfType<IFrameSink>()]), progress).Try(out var report, out var problem))
                return problem;
            progress.Dispose();

            verdicts?.Dispose();
            captures?.Dispose();
            if (maps is not null) JsonText.Write(maps, MapDump.Of(chain));
            if (json is not null) JsonText.Write(json, report);
            files.Commit();

            if (jsonPath == "-") Console.Out.Write(JsonText.Of(report));
            else Summary.Write(Console.Out, Terminal.Width, report);
            return null;

            Stream Create(string name)
            {
                path = name;
                var stream = files.Create(name) ?? throw new IOException("two outputs cannot go to the same file");
                path = Outputs;
                return stream;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return UsageError.CannotWrite(path, FileErrors.Reason(e, path));
        }
    }
}
