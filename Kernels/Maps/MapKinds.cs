using Chainring.Offload;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary>The map types a card can hold, one row each: which shapes it accepts and how it is made.</summary>
public static class MapKinds
{
    const MapFlags Access = MapFlags.ReadOnly | MapFlags.WriteOnly;
    const MapFlags ProgramAccess = MapFlags.ReadOnlyForPrograms | MapFlags.WriteOnlyForPrograms;
    const MapFlags AnyAccess = Access | ProgramAccess;

    /// <summary>A hash without a random seed, and an array that may stand in a map of maps: neither makes a difference to what a map does.</summary>
    const MapFlags ZeroSeed = (MapFlags)(1 << 6), InnerMap = (MapFlags)(1 << 12);

    /// <summary>A perf event array that keeps its events when its maker closes it.</summary>
    const MapFlags PreservesElements = (MapFlags)(1 << 11);

    /// <summary>The kernel's largest piece of per-CPU memory.</summary>
    const int MaxPerCpuBytes = 32_768;

    /// <summary>The kernel's largest allocation.</summary>
    const int MaxAllocation = 4 << 20;

    const int MinPrefixBytes = 1, MaxPrefixBytes = 256, PrefixLengthBytes = 4;

    const int PageBytes = 4096;

    const ulong MaxBloomHashes = 15;

    /// <summary>What creates a map of a type, and how much memory it will take.</summary>
    sealed record Row(MapType Type, MapFlags Flags, Func<uint, MapSpec, int, Map> Create)
    {
        /// <summary>The only key size accepted, or null for any but 0.</summary>
        public int? KeySize { get; init; }

        /// <summary>The value sizes accepted, or null for any but 0.</summary>
        public int[]? ValueSizes { get; init; }

        public bool PerCpu { get; init; }

        public int MaxEntries { get; init; } = int.MaxValue;

        /// <summary>What else the kernel demands: the rule that is broken, or null.</summary>
        public Func<MapSpec, string?> Rule { get; init; } = _ => null;

        public Func<MapSpec, int, long> Bytes { get; init; } = (spec, cpus) => (spec.MaxEntries + 1L) * (cpus * ((spec.ValueSize + 7L) & ~7L) + spec.KeySize);
    }

    const MapFlags HashFlags = AnyAccess | ZeroSeed;

    static readonly Row[] Rows =
    [
        new(MapType.Array, MapFlags.NumaNode | AnyAccess | MapFlags.Mmapable | InnerMap, (id, spec, _) => new ArrayMap(id, spec, 1)) { KeySize = 4 },
        new(MapType.PerCpuArray, AnyAccess, (id, spec, cpus) => new ArrayMap(id, spec, cpus)) { KeySize = 4, PerCpu = true },
        new(MapType.Hash, MapFlags.NumaNode | HashFlags | MapFlags.NoPreallocation, (id, spec, _) => new HashMap(id, spec, 1)) { Rule = HashElement },
        new(MapType.PerCpuHash, HashFlags | MapFlags.NoPreallocation, (id, spec, cpus) => new HashMap(id, spec, cpus, inPlace: true)) { PerCpu = true, Rule = HashElement },
        new(MapType.LruHash, MapFlags.NumaNode | HashFlags | MapFlags.NoCommonLru, (id, spec, _) => new HashMap(id, spec, 1, lru: true)) { Rule = HashElement },
        new(MapType.LruPerCpuHash, HashFlags | MapFlags.NoCommonLru, (id, spec, cpus) => new HashMap(id, spec, cpus, inPlace: true, lru: true)) { PerCpu = true, Rule = HashElement },
        new(MapType.LpmTrie, MapFlags.NumaNode | AnyAccess | MapFlags.NoPreallocation, (id, spec, _) => new LpmTrieMap(id, spec)) { Rule = Prefix, Bytes = PrefixBytes },
        new(MapType.ArrayOfMaps, MapFlags.NumaNode | Access, (id, spec, _) => new ArrayOfMaps(id, spec)) { KeySize = 4, ValueSizes = [4], Rule = Template },
        new(MapType.HashOfMaps, MapFlags.NumaNode | HashFlags | MapFlags.NoPreallocation, (id, spec, _) => new HashOfMaps(id, spec)) { ValueSizes = [4], Rule = spec => HashElement(spec) ?? Template(spec) },
        new(MapType.Queue, MapFlags.NumaNode | AnyAccess, (id, spec, _) => new QueueMap(id, spec)) { KeySize = 0, Rule = OneAllocation },
        new(MapType.Stack, MapFlags.NumaNode | AnyAccess, (id, spec, _) => new StackMap(id, spec)) { KeySize = 0, Rule = OneAllocation },
        new(MapType.BloomFilter, MapFlags.NumaNode | AnyAccess | ZeroSeed, (id, spec, _) => new BloomFilterMap(id, spec)) { KeySize = 0, Bytes = (spec, _) => BloomFilterMap.BytesOf(spec) },
        new(MapType.PerfEventArray, MapFlags.NumaNode | Access | PreservesElements, (id, spec, cpus) => new PerfEventArrayMap(id, spec, cpus)) { KeySize = 4, ValueSizes = [4], Bytes = (_, _) => 0 },
        new(MapType.RingBuffer, MapFlags.NumaNode, (id, spec, _) => new RingBufferMap(id, spec)) { KeySize = 0, ValueSizes = [0], Rule = Pages, Bytes = (spec, _) => 2L * spec.MaxEntries },
        new(MapType.ProgramArray, MapFlags.NumaNode | Access, (id, spec, _) => new ProgramArrayMap(id, spec)) { KeySize = 4, ValueSizes = [4] },
        new(MapType.DevMap, MapFlags.NumaNode | Access, (id, spec, _) => new DevMap(id, spec)) { KeySize = 4, ValueSizes = [4, 8] },
        new(MapType.DevMapHash, MapFlags.NumaNode | Access, (id, spec, _) => new DevMapHash(id, spec)) { KeySize = 4, ValueSizes = [4, 8] },
        new(MapType.CpuMap, MapFlags.NumaNode, (id, spec, _) => new CpuMap(id, spec)) { KeySize = 4, ValueSizes = [4, 8], MaxEntries = CpuMap.MaxCpus },
        new(MapType.XskMap, MapFlags.NumaNode | Access, (id, spec, _) => new XskMap(id, spec)) { KeySize = 4, ValueSizes = [4] },
    ];

    public static IEnumerable<MapType> Types => Rows.Select(r => r.Type);

    public static bool IsPerCpu(MapType type) => type is MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruPerCpuHash;

    /// <summary>
    /// Makes an empty map (global data filled in), or says which rule of the kernel its declaration breaks. A perf event array of no entries has
    /// one for each CPU, as libbpf makes it.
    /// </summary>
    /// <param name="cpus">Queues of the card; each sees its own copy of a per-CPU value.</param>
    public static Result<Map> Create(uint id, MapSpec spec, int cpus)
    {
        if (Refuse(spec, cpus) is { } refusal) return refusal;
        return Rows.First(r => r.Type == spec.Type).Create(id, Sized(spec, cpus), cpus);
    }

    /// <summary>Why a map cannot be made; null if it can.</summary>
    public static Refusal? Refuse(MapSpec spec, int cpus)
    {
        var row = Rows.FirstOrDefault(r => r.Type == spec.Type);
        if (row is null) return Refusal.MapType(spec, Types);
        spec = Sized(spec, cpus);
        if (Broken(row, spec) is { } rule) return Refusal.MapShape(spec, rule);

        long bytes = BytesOf(row, spec, cpus);
        return bytes <= int.MaxValue ? null : Refusal.MapShape(spec, $"it needs {bytes:N0} bytes, and a map may have 2 GiB");
    }

    /// <summary>What its keys and values take; 0 if there are no such maps.</summary>
    public static long BytesOf(MapSpec spec, int cpus) => Rows.FirstOrDefault(r => r.Type == spec.Type) is { } row ? BytesOf(row, Sized(spec, cpus), cpus) : 0;

    static long BytesOf(Row row, MapSpec spec, int cpus) => row.Bytes(spec, row.PerCpu ? cpus : 1);

    static MapSpec Sized(MapSpec spec, int cpus) => spec is { Type: MapType.PerfEventArray, MaxEntries: 0 } ? spec with { MaxEntries = cpus } : spec;

    /// <summary>The rule of BPF_MAP_CREATE that a declaration breaks; null if it breaks none.</summary>
    static string? Broken(Row row, MapSpec spec)
    {
        if (spec.MaxEntries == 0) return "max_entries is 0, so how large it is must be said before it is created";
        if (spec.MaxEntries < 0) return "max_entries is negative";
        if (row.ValueSizes is null && spec.ValueSize <= 0) return "its value size is 0";
        if (row.KeySize is null && spec.KeySize <= 0) return "its key size is 0";
        if (row.KeySize is { } key && key != spec.KeySize) return $"its key must be {key} bytes, not {spec.KeySize}";
        if (row.ValueSizes is { } values && !values.Contains(spec.ValueSize)) return $"its value must be {string.Join(" or ", values)} bytes, not {spec.ValueSize}";
        if (spec.MaxEntries > row.MaxEntries) return $"it may have at most {row.MaxEntries} entries, not {spec.MaxEntries}";
        if (row.PerCpu && ((spec.ValueSize + 7L) & ~7L) > MaxPerCpuBytes) return $"its value must be at most {MaxPerCpuBytes} bytes for each CPU, not {spec.ValueSize}";
        if (spec.Extra > (row.Type == MapType.BloomFilter ? MaxBloomHashes : 0))
            return row.Type == MapType.BloomFilter ? $"map_extra asks for {spec.Extra} hash functions, and {MaxBloomHashes} is the most" : $"its type has no use for map_extra {spec.Extra}";
        if ((spec.Flags & ~row.Flags) is not 0 and var rest) return $"flags 0x{(uint)rest:x} are not valid for its type";
        foreach (var pair in new[] { Access, ProgramAccess, MapFlags.NoCommonLru | MapFlags.NumaNode })
        {
            if (spec.Flags.HasFlag(pair)) return $"flags 0x{(uint)pair:x} exclude each other";
        }
        return row.Rule(spec);
    }

    /// <summary>An element of a hash is one allocation of the kernel, with its own 48 bytes.</summary>
    static string? HashElement(MapSpec spec) => (long)spec.KeySize + spec.ValueSize is var bytes && bytes >= MaxAllocation - 48
        ? $"key and value must be less than {MaxAllocation - 48} bytes, not {bytes}"
        : null;

    static string? OneAllocation(MapSpec spec) => spec.ValueSize > MaxAllocation ? $"its value must be at most {MaxAllocation} bytes, not {spec.ValueSize}" : null;

    static string? Prefix(MapSpec spec)
    {
        const int maxValue = MaxAllocation - MaxPrefixBytes - 24;
        if (!spec.Flags.HasFlag(MapFlags.NoPreallocation)) return "its flags must have BPF_F_NO_PREALLOC";
        return spec.KeySize - PrefixLengthBytes is < MinPrefixBytes or > MaxPrefixBytes
            ? $"its key must be a length of {PrefixLengthBytes} bytes and {MinPrefixBytes} to {MaxPrefixBytes} bytes of prefix, not {spec.KeySize} in all"
            : spec.ValueSize > maxValue ? $"its value must be at most {maxValue} bytes, not {spec.ValueSize}"
            : null;
    }

    static long PrefixBytes(MapSpec spec, int cpus) =>
        (spec.MaxEntries + 1L) * (((spec.ValueSize + 7L) & ~7L) + sizeof(int)) + PrefixTree.BytesFor(spec.MaxEntries, spec.KeySize);

    static string? Template(MapSpec spec) =>
        spec.Inner is null ? "what the maps in it are like is not declared (values)"
        : !InnerMaps.Admits(spec.Inner.Type) ? $"a map of type {spec.Inner.TypeName} cannot be in it"
        : Rows.FirstOrDefault(r => r.Type == spec.Inner.Type) is not { } row ? $"the card has no maps of type {spec.Inner.TypeName}"
        : Broken(row, spec.Inner) is { } rule ? $"the maps in it cannot be created: {rule}"
        : null;

    static string? Pages(MapSpec spec) => !int.IsPow2(spec.MaxEntries) || spec.MaxEntries < PageBytes
        ? $"its size must be {PageBytes} bytes times a power of two, not {spec.MaxEntries}"
        : null;
}
