using System.CommandLine;
using Chainring.Host.Driver;
using Chainring.Host.Driver.Auto;
using Chainring.Kernels;
using Chainring.Kernels.OpenCl;
using Chainring.Nic;
using Chainring.Offload;
using Chainring.Offload.Elf;
using Chainring.Offload.Spec;

namespace Chainring.Host.Cli;

/// <summary>What every command that runs a chain asks for: the chain, what executes it, and the results that go to files.</summary>
sealed class ChainOptions
{
    readonly Option<string?> _chain = OptionKinds.Text<string?>("--chain", "FILE.yaml", "chain file (YAML)");
    readonly Option<string?> _prog = OptionKinds.Text<string?>("--prog", "OBJ[:PROGRAM]", "a single program instead of a chain");
    readonly Option<string[]> _map = OptionKinds.Text<string[]>("--map", "NAME:KEYHEX=VALUEHEX", "set a map entry before the run, bytes as they lie in memory; for a chain NAME may be program.map");
    readonly Option<string[]> _mapSize = OptionKinds.Text<string[]>("--map-size", "NAME=N", "how many entries a map has, where the object leaves max_entries to its loader; for a chain NAME may be program.map");
    readonly LoaderOptions _loader = new();
    readonly Option<string> _backend = OptionKinds.Word("--backend", Backends.Auto, [.. Backends.Names], "what executes the programs; see chainring backends");
    readonly Option<string> _order = OptionKinds.Word("--order", Backends.Orders[0], [.. Backends.Orders], "with --backend opencl, what order of frames ordered chains keep: all that shows, that within flows, none");
    readonly Option<int> _watchdog = OptionKinds.Number("--watchdog", OpenClTarget.UsualWatchdogMs, 1, int.MaxValue, "with --backend opencl, milliseconds that a launch may take; frames that have not begun by then are aborted");
    readonly Option<string> _device = DeviceOption.Create(DeviceFile.Unlimited);
    readonly Option<ulong> _seed = OptionKinds.Number<ulong>("--seed", 0, 0, ulong.MaxValue, "of bpf_get_prandom_u32");
    readonly Option<string> _clock;

    /// <param name="clock">What bpf_ktime_get_ns follows unless told.</param>
    public ChainOptions(CardClock clock) =>
        _clock = OptionKinds.Word("--clock", Names.Of(clock), [.. Enum.GetValues<CardClock>().Select(Names.Of)], "what bpf_ktime_get_ns follows");

    public Option<string?> Maps { get; } = OptionKinds.Text<string?>("--maps", "FILE", "write the final map contents as JSON");

    public Option<string?> Json { get; } = OptionKinds.Text<string?>("--json", "FILE|-", "write the counters as JSON; - for standard output");

    public Option<string?> Stats { get; } = OptionKinds.Text<string?>("--stats", "FILE|-", "write the counters as ethtool -S shows them; - for standard output");

    public Option<string?> Events { get; } = OptionKinds.Text<string?>("--events", "FILE", "write what programs put out (perf, ringbuf, trace) as JSON lines");

    public IEnumerable<Option> All => [_chain, _prog, _map, _mapSize, .. _loader.All, _backend, _order, _watchdog, _device, _seed, _clock, Maps, Json, Stats, Events];

    /// <summary>What is to run stands on the line.</summary>
    public bool IsGiven(ParseResult line) => line.GetValue(_chain) is not null || line.GetValue(_prog) is not null;

    /// <summary>What objects are told.</summary>
    public Result<LoadOptions> LoaderOptions(ParseResult line) => _loader.Read(line);

    public Result<ChainSpec> LoadChain(ParseResult line)
    {
        var (file, program) = (line.GetValue(_chain), line.GetValue(_prog));
        if ((file is null) == (program is null)) return UsageError.ChainOrProgram();
        if (line.GetValue(Json) == StandardOutput && line.GetValue(Stats) == StandardOutput) return UsageError.OneOutput();
        if (!_loader.Read(line).Try(out var options, out var problem)) return problem;
        if (!(file is not null ? ChainFile.Load(file, options) : ProgramPath.Load(program!, options)).Try(out var chain, out problem)) return problem;

        var entries = new List<MapEntrySpec>(chain.MapEntries);
        string[] aliases = [.. chain.Members.Select(m => m.Alias)];
        foreach (string text in line.GetValue(_map) ?? [])
        {
            if (!MapEntries.Parse(text, aliases).Try(out var entry, out problem)) return problem;
            entries.Add(entry);
        }
        var sizes = new List<MapSizeSpec>();
        foreach (string text in line.GetValue(_mapSize) ?? [])
        {
            if (!MapSizes.Parse(text, aliases).Try(out var size, out problem)) return problem;
            sizes.Add(size);
        }
        return MapSizes.Apply(chain with { MapEntries = entries }, sizes);
    }

    public const string StandardOutput = "-";

    /// <summary>The settings that these options say, with the others as they are.</summary>
    public RunSettings Settings(ParseResult line, RunSettings others) => others with
    {
        Seed = line.GetValue(_seed),
        Clock = line.GetValue(_clock) == Names.Of(CardClock.Wall) ? CardClock.Wall : CardClock.Capture,
    };

    /// <summary>A card with the chain on it. What only the backend that <c>auto</c> would take refuses goes on the reference.</summary>
    /// <param name="around">The ports that the card will have.</param>
    /// <param name="notesPaths">Which programs ran on each frame is asked for.</param>
    /// <param name="live">Chains will be replaced while frames flow.</param>
    public Result<ReadyCard> Install(ParseResult line, ChainSpec chain, RunSettings settings, CardSpec around, bool notesPaths = false, bool live = false)
    {
        if (!DeviceFile.Find(line.GetValue(_device)!).Try(out var device, out var problem)) return problem;
        string backend = line.GetValue(_backend)!;
        foreach (Option option in new Option[] { _order, _watchdog })
        {
            if (backend != Targets.OnDevice.Name && line.IsGiven(option)) return UsageError.OnlyOnDevice(option.Name);
        }
        var options = new CardOptions
        {
            Target = backend == Backends.Auto ? Targets.Usual : Backends.Find(backend, line.GetValue(_order)!, line.GetValue(_watchdog)),
            Capabilities = device with { Queues = settings.Queues },
            Seed = settings.Seed,
            Clock = settings.Clock,
            NotesPaths = notesPaths,
            FusesLater = live,
        };
        var auto = backend == Backends.Auto ? new AutoBackend(options, around, () => SampleFrames.Of(around, Captures.Open, Captures.BytesOf)) : null;
        return auto is null ? On(null) : auto.Install(chain, On);

        Result<ReadyCard> On(BackendChoice? choice)
        {
            var card = new SmartNic(choice is null ? options : options with { Target = choice.Target });
            return InstalledChain.Install(card, chain).Try(out var installed, out var refused) ? new ReadyCard(card, installed, settings with { Chosen = choice }, auto) : refused;
        }
    }
}

/// <summary>A card with a chain on it.</summary>
/// <param name="Settings">Those of the run, and how it came to this backend.</param>
/// <param name="Auto">What chose it; null if it was named.</param>
sealed record ReadyCard(SmartNic Card, InstalledChain Chain, RunSettings Settings, AutoBackend? Auto);
