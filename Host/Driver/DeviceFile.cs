using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Offload;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Host.Driver;

/// <summary>Reads what a card can do from YAML: one of the devices that come with Chainring (<c>devices</c>), or a file of one's own. Every error names file and line.</summary>
/// <remarks><code>
/// programs:
///   most: 64                         # programs at once
///   instructions: 2800               # of one program
///   stack: 256                       # bytes; Linux has 512
///   call-depth: 4                    # functions in progress at once; Linux has 8
///   helpers: [map_lookup_elem]       # and kfuncs; all if not given
///   without: [mod, atomic_xchg]      # operations that it does not have, by OperationNames
///   context: [data, data_end]        # fields that can be read; all if not given
///   context-writes: false            # rx_queue_index can be written
///   map-stores: false                # plain stores to map values
///   returns: [drop, pass]            # return codes; anything if not given
///   adjust-head: { least: -32, most: 32 }     # bytes; any if not given
///   adjust-tail: { least: -64, most: 0 }
///   tail-calls: false
///   redirect-maps: false             # devmap, devmap_hash, cpumap, xskmap
/// maps:
///   most: 8                          # maps at once
///   entries: 65536                   # of all maps together
///   kinds:                           # all, without limits, if not given
///     hash: { key: 16, value: 32, element: 40, entries: 1000, flags: [no_prealloc] }      # element: both, each rounded up to 8
///     perf_event_array: { of-host: true }      # takes no room on the card
/// chain: { programs: 4, edges: 8 }
/// live-reload: false                 # a program can take the place of the attached one
/// frame: 1514                        # bytes of the longest frame for programs without frags support
/// checks-first: [map-entries]        # names of refusals that its driver checks before the others
/// says:                              # what its driver says, by the names of refusals; {id} {opcode} {found} {limit} are filled in
///   helper: "[nfp] unsupported function id: {id}"
/// </code></remarks>
public static class DeviceFile
{
    const string What = "a device file", Shape = "one mapping such as { programs: { instructions: 1000 } }", Extension = ".yaml";

    /// <summary>The device that stands for no limits but Chainring's own.</summary>
    public const string Unlimited = "unlimited";

    /// <summary>Flags by what Linux calls them, less BPF_F.</summary>
    static readonly (string Word, MapFlags Flag)[] FlagWords =
    [
        ("no_prealloc", MapFlags.NoPreallocation), ("no_common_lru", MapFlags.NoCommonLru), ("numa_node", MapFlags.NumaNode),
        ("rdonly_prog", MapFlags.ReadOnlyForPrograms), ("wronly_prog", MapFlags.WriteOnlyForPrograms), ("mmapable", MapFlags.Mmapable),
    ];

    static readonly Capabilities Usual = new();

    static string Folder => Path.Combine(AppContext.BaseDirectory, "devices");

    /// <summary>The devices that come with Chainring, by name.</summary>
    public static IEnumerable<string> Names => Directory.EnumerateFiles(Folder, "*" + Extension).Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal);

    /// <summary>One of <see cref="Names"/>, or a file's path.</summary>
    public static Result<Capabilities> Find(string nameOrPath)
    {
        if (Names.Contains(nameOrPath)) return Load(Path.Combine(Folder, nameOrPath + Extension));
        return File.Exists(nameOrPath) ? Load(nameOrPath) : DeviceFileError.NoSuchDevice(nameOrPath, Names);
    }

    public static Result<Capabilities> Load(string path) => YamlMapping.Load(path, What, Shape).Try(out var root, out var problem) ? Read(root, path) : problem;

    /// <param name="file">How errors call it, and by its name the card.</param>
    public static Result<Capabilities> Parse(string text, string file) =>
        YamlMapping.Parse(text, file, What, Shape).Try(out var root, out var problem) ? Read(root, file) : problem;

    static Result<Capabilities> Read(YamlMapping root, string file)
    {
        var top = new YamlFields(root);
        top.Only("programs", "maps", "chain", "live-reload", "frame", "checks-first", "says");
        var chain = top.Fields("chain");
        chain.Only("programs", "edges");
        var read = ReadMaps(top, ReadPrograms(top, new Capabilities
        {
            Name = Path.GetFileNameWithoutExtension(file),
            ChainPrograms = chain.Number("programs", Usual.ChainPrograms, 1, int.MaxValue),
            ChainEdges = chain.Number("edges", Usual.ChainEdges, 0, int.MaxValue),
            LiveReload = top.Flag("live-reload", usual: true),
            FrameBytes = top.Number("frame", Usual.FrameBytes, 64, Frame.MaxLength),
            ChecksFirst = Words(top, "checks-first", Refusal.Names) ?? [],
            DriverTexts = ReadTexts(top),
        }));
        top.Take(chain);
        return top.Problem is { } problem ? problem : read;
    }

    static Capabilities ReadPrograms(YamlFields top, Capabilities card)
    {
        var programs = top.Fields("programs");
        programs.Only("most", "instructions", "stack", "call-depth", "helpers", "without", "context", "context-writes", "map-stores", "returns", "adjust-head", "adjust-tail", "tail-calls", "redirect-maps");
        var read = card with
        {
            Programs = programs.Number("most", Usual.Programs, 1, int.MaxValue),
            InstructionsPerProgram = programs.Number("instructions", Usual.InstructionsPerProgram, 1, Usual.InstructionsPerProgram),
            StackBytes = programs.Number("stack", Usual.StackBytes, 0, Usual.StackBytes),
            CallDepth = programs.Number("call-depth", Usual.CallDepth, 1, Usual.CallDepth),
            Helpers = ReadHelpers(programs),
            MissingOperations = new HashSet<string>(Words(programs, "without", OperationNames.All) ?? []),
            ContextReads = Words(programs, "context", ContextFieldNames.All),
            ContextWrites = programs.Flag("context-writes", usual: true),
            MapStores = programs.Flag("map-stores", usual: true),
            ReturnCodes = Words(programs, "returns", Codes.Keys)?.Where(Codes.ContainsKey).Select(w => Codes[w]).ToHashSet(),
            AdjustHead = ReadLimits(programs, "adjust-head"),
            AdjustTail = ReadLimits(programs, "adjust-tail"),
            TailCalls = programs.Flag("tail-calls", usual: true),
            RedirectMaps = programs.Flag("redirect-maps", usual: true),
        };
        top.Take(programs);
        return read;
    }

    static readonly Dictionary<string, XdpAction> Codes = Enum.GetValues<XdpAction>().ToDictionary(Driver.Names.Of);

    static Capabilities ReadMaps(YamlFields top, Capabilities card)
    {
        var maps = top.Fields("maps");
        maps.Only("most", "entries", "kinds");
        Dictionary<MapType, MapLimits>? kinds = null;
        if (maps.Has("kinds"))
        {
            kinds = [];
            var fields = maps.Fields("kinds");
            var byName = MapKinds.Types.ToDictionary(MapSpec.NameOf);
            fields.Only([.. byName.Keys]);
            foreach (var (name, _, _) in fields.Mapping.Entries)
            {
                if (byName.TryGetValue(name, out var type)) kinds[type] = ReadKind(fields, name);
            }
            maps.Take(fields);
        }
        var read = card with
        {
            Maps = maps.Number("most", Usual.Maps, 0, int.MaxValue),
            MapEntries = maps.Number("entries", Usual.MapEntries, 0L, long.MaxValue),
            MapKinds = kinds,
        };
        top.Take(maps);
        return read;
    }

    static MapLimits ReadKind(YamlFields kinds, string name)
    {
        var kind = kinds.Fields(name);
        kind.Only("key", "value", "element", "entries", "flags", "of-host");
        var limits = new MapLimits
        {
            KeyBytes = kind.Number("key", int.MaxValue, 0, int.MaxValue),
            ValueBytes = kind.Number("value", int.MaxValue, 0, int.MaxValue),
            ElementBytes = kind.Number("element", int.MaxValue, 0, int.MaxValue),
            Entries = kind.Number("entries", int.MaxValue, 0, int.MaxValue),
            OfHost = kind.Flag("of-host"),
        };
        if (Words(kind, "flags", FlagWords.Select(f => f.Word)) is { } flags)
            limits = limits with { Flags = FlagWords.Where(f => flags.Contains(f.Word)).Aggregate(MapFlags.None, (sum, f) => sum | f.Flag) };
        kinds.Take(kind);
        return limits;
    }

    /// <summary>Helpers with or without <c>bpf_</c>, as the kernel's own list has them, and kfuncs.</summary>
    static HashSet<int>? ReadHelpers(YamlFields programs)
    {
        if (programs.List("helpers") is not { } names) return null;
        var helpers = new HashSet<int>();
        foreach (string name in names)
        {
            if (HelperTable.All.FirstOrDefault(r => r.Name == name || r.Name == $"bpf_{name}") is { } row) helpers.Add(row.Id);
            else programs.Fail(DeviceFileError.NoSuchHelper(programs.At("helpers"), name));
        }
        return helpers;
    }

    static NumberLimits? ReadLimits(YamlFields programs, string key)
    {
        if (!programs.Has(key)) return null;
        var fields = programs.Fields(key);
        fields.Only("least", "most");
        var limits = new NumberLimits(fields.Number("least", int.MinValue, int.MinValue, int.MaxValue), fields.Number("most", int.MaxValue, int.MinValue, int.MaxValue));
        if (limits.Least > limits.Most) fields.Fail(DeviceFileError.Backwards(programs.At(key), limits.Least, limits.Most));
        programs.Take(fields);
        return limits;
    }

    static Dictionary<string, string> ReadTexts(YamlFields top)
    {
        var says = top.Fields("says");
        says.Only([.. Refusal.Names]);
        var texts = says.Mapping.Entries.Select(e => (e.Key, Text: says.Text(e.Key))).Where(e => e.Text is not null).DistinctBy(e => e.Key).ToDictionary(e => e.Key, e => e.Text!);
        top.Take(says);
        return texts;
    }

    /// <summary>The words of a list, each one of those known; null if there is no list.</summary>
    static IReadOnlyList<string>? Words(YamlFields fields, string key, IEnumerable<string> known)
    {
        if (fields.List(key) is not { } words) return null;
        foreach (string word in words)
        {
            if (!known.Contains(word)) fields.Fail(DeviceFileError.NotAmong(fields.At(key), $"'{key}'", word, known));
        }
        return words;
    }
}
