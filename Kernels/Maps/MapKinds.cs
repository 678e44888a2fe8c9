using Chainring.Offload;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary>The map types a card can hold, one row each: which shapes it accepts and how it is made.</summary>
public static class MapKinds
{
    const MapFlags Access = MapFlags.ReadOnly | MapFlags.WriteOnly;
    const MapFlags ProgramAccess = MapFlags.ReadOnlyForPrograms | MapFlags.WriteOnlyForPrograms;
    const MapFlags AnyAccess = Access | ProgramAccess;

    /// <summary>A hash without a random seed, and an array that may stand in a map of maps: both make no difference here.</summary>
    const MapFlags ZeroSeed = (MapFlags)(1 << 6), InnerMap = (MapFlags)(1 << 12);

    /// <summary>The kernel's largest piece of per-CPU memory.</summary>
    const int MaxPerCpuBytes = 32_768;

    /// <summary>An element of a hash is one allocation of the kernel, at most 4 MiB with its own 48 bytes.</summary>
    const int MaxElementBytes = (4 << 20) - 48;

    /// <param name="Flags">The creation flags the kernel accepts for this type.</param>
    /// <param name="KeySize">The only key size accepted, or null for any.</param>
    /// <param name="ValueSizes">The value sizes accepted, or null for any.</param>
    sealed record Row(
        MapType Type, MapFlags Flags, int? KeySize, int[]? ValueSizes, bool PerCpu, Func<uint, MapSpec, int, Map> Create, int MaxEntries = int.MaxValue);

    static readonly Row[] Rows =
    [
        new(MapType.Array, MapFlags.NumaNode | AnyAccess | MapFlags.Mmapable | InnerMap, 4, null, PerCpu: false, (id, spec, _) => new ArrayMap(id, spec, 1)),
        new(MapType.PerCpuArray, AnyAccess, 4, null, PerCpu: true, (id, spec, cpus) => new ArrayMap(id, spec, cpus)),
        new(MapType.Hash, MapFlags.NumaNode | AnyAccess | ZeroSeed | MapFlags.NoPreallocation, null, null, PerCpu: false, (id, spec, _) => new HashMap(id, spec, 1)),
        new(MapType.PerCpuHash, AnyAccess | ZeroSeed | MapFlags.NoPreallocation, null, null, PerCpu: true, (id, spec, cpus) => new HashMap(id, spec, cpus, inPlace: true)),
        new(MapType.LruHash, MapFlags.NumaNode | AnyAccess | ZeroSeed | MapFlags.NoCommonLru, null, null, PerCpu: false, (id, spec, _) => new HashMap(id, spec, 1, lru: true)),
        new(MapType.ProgramArray, MapFlags.NumaNode | Access, 4, [4], PerCpu: false, (id, spec, _) => new ProgramArrayMap(id, spec)),
        new(MapType.DevMap, MapFlags.NumaNode | Access, 4, [4, 8], PerCpu: false, (id, spec, _) => new DevMap(id, spec)),
        new(MapType.DevMapHash, MapFlags.NumaNode | Access, 4, [4, 8], PerCpu: false, (id, spec, _) => new DevMapHash(id, spec)),
        new(MapType.CpuMap, MapFlags.NumaNode, 4, [4, 8], PerCpu: false, (id, spec, _) => new CpuMap(id, spec), MaxEntries: CpuMap.MaxCpus),
        new(MapType.XskMap, MapFlags.NumaNode | Access, 4, [4], PerCpu: false, (id, spec, _) => new XskMap(id, spec)),
    ];

    public static IEnumerable<MapType> Types => Rows.Select(r => r.Type);

    public static bool IsPerCpu(MapType type) => Rows.FirstOrDefault(r => r.Type == type)?.PerCpu ?? false;

    /// <summary>Makes an empty map (global data filled in), or says which rule of the kernel its declaration breaks.</summary>
    /// <param name="cpus">Queues of the card; each sees its own copy of a per-CPU value.</param>
    public static Result<Map> Create(uint id, MapSpec spec, int cpus)
    {
        var row = Rows.FirstOrDefault(r => r.Type == spec.Type);
        if (row is null) return Refusal.MapType(spec, Types);
        if (Broken(row, spec) is { } rule) return Refusal.MapShape(spec, rule);

        long bytes = (spec.MaxEntries + 1L) * ((row.PerCpu ? cpus : 1) * ((spec.ValueSize + 7L) & ~7L) + spec.KeySize);
        return bytes <= int.MaxValue ? row.Create(id, spec, cpus) : Refusal.MapShape(spec, $"it needs {bytes:N0} bytes, and a map may have 2 GiB");
    }

    /// <summary>The rule of BPF_MAP_CREATE that a declaration breaks; null if it breaks none.</summary>
    static string? Broken(Row row, MapSpec spec)
    {
        if (spec.MaxEntries <= 0) return "max_entries is 0";
        if (spec.ValueSize <= 0) return "its value size is 0";
        if (spec.KeySize <= 0) return "its key size is 0";
        if (row.KeySize is { } key && key != spec.KeySize) return $"its key must be {key} bytes, not {spec.KeySize}";
        if (row.ValueSizes is { } values && !values.Contains(spec.ValueSize)) return $"its value must be {string.Join(" or ", values)} bytes, not {spec.ValueSize}";
        if (spec.MaxEntries > row.MaxEntries) return $"it may have at most {row.MaxEntries} entries, not {spec.MaxEntries}";
        if (row.PerCpu && ((spec.ValueSize + 7L) & ~7L) > MaxPerCpuBytes) return $"its value must be at most {MaxPerCpuBytes} bytes for each CPU, not {spec.ValueSize}";
        if (row.KeySize is null && (long)spec.KeySize + spec.ValueSize >= MaxElementBytes) return $"key and value must be less than {MaxElementBytes} bytes, not {(long)spec.KeySize + spec.ValueSize}";
        if ((spec.Flags & ~row.Flags) is not 0 and var rest) return $"flags 0x{(uint)rest:x} are not valid for its type";
        foreach (var pair in new[] { Access, ProgramAccess, MapFlags.NoCommonLru | MapFlags.NumaNode })
        {
            if (spec.Flags.HasFlag(pair)) return $"flags 0x{(uint)pair:x} exclude each other";
        }
        return null;
    }
}
