using Chainring.Offload;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary>The map types a card can hold, one row each: which shapes it accepts and how it is made.</summary>
public static class MapKinds
{
    const MapFlags Common = MapFlags.NumaNode | MapFlags.ReadOnly | MapFlags.WriteOnly | MapFlags.ReadOnlyForPrograms | MapFlags.WriteOnlyForPrograms;

    /// <param name="Flags">The creation flags the kernel accepts for this type.</param>
    /// <param name="KeySize">The only key size accepted, or null for any from 1 to 512 bytes.</param>
    /// <param name="ValueSize">The only value size accepted, or null for any.</param>
    sealed record Row(
        MapType Type, MapFlags Flags, int? KeySize, int? ValueSize, bool PerCpu, Func<uint, MapSpec, int, Map> Create);

    static readonly Row[] Rows =
    [
        new(MapType.Array, Common | MapFlags.Mmapable, 4, null, PerCpu: false, (id, spec, _) => new ArrayMap(id, spec, 1)),
        new(MapType.PerCpuArray, Common, 4, null, PerCpu: true, (id, spec, cpus) => new ArrayMap(id, spec, cpus)),
        new(MapType.Hash, Common | MapFlags.NoPreallocation, null, null, PerCpu: false, (id, spec, _) => new HashMap(id, spec, 1)),
        new(MapType.PerCpuHash, Common | MapFlags.NoPreallocation, null, null, PerCpu: true, (id, spec, cpus) => new HashMap(id, spec, cpus, perCpu: true)),
        new(MapType.LruHash, Common | MapFlags.NoCommonLru, null, null, PerCpu: false, (id, spec, _) => new HashMap(id, spec, 1, lru: true)),
        new(MapType.ProgramArray, MapFlags.NumaNode, 4, 4, PerCpu: false, (id, spec, _) => new ProgramArrayMap(id, spec)),
    ];

    public static IEnumerable<MapType> Types => Rows.Select(r => r.Type);

    public static bool IsPerCpu(MapType type) => Rows.FirstOrDefault(r => r.Type == type)?.PerCpu ?? false;

    /// <summary>Makes an empty map (global data filled in), or says which rule of the kernel its declaration breaks.</summary>
    /// <param name="cpus">Queues of the card; each sees its own copy of a per-CPU value.</param>
    public static Result<Map> Create(uint id, MapSpec spec, int cpus)
    {
        var row = Rows.FirstOrDefault(r => r.Type == spec.Type);
        if (row is null) return Refusal.MapType(spec, Types);
        if (spec.MaxEntries <= 0) return Refusal.MapShape(spec, "max_entries is 0");
        if (spec.ValueSize <= 0) return Refusal.MapShape(spec, "its value size is 0");
        if (row.KeySize is { } key && key != spec.KeySize) return Refusal.MapShape(spec, $"its key must be {key} bytes, not {spec.KeySize}");
        if (spec.KeySize is <= 0 or > 512) return Refusal.MapShape(spec, $"its key must be 1 to 512 bytes, not {spec.KeySize}");
        if (row.ValueSize is { } value && value != spec.ValueSize) return Refusal.MapShape(spec, $"its value must be {value} bytes, not {spec.ValueSize}");
        if ((spec.Flags & ~row.Flags) is not 0 and var rest) return Refusal.MapShape(spec, $"flags 0x{(uint)rest:x} are not valid for its type");

        long bytes = (spec.MaxEntries + 1L) * ((row.PerCpu ? cpus : 1) * ((spec.ValueSize + 7L) & ~7L) + spec.KeySize);
        return bytes <= int.MaxValue ? row.Create(id, spec, cpus) : Refusal.MapShape(spec, $"it needs {bytes:N0} bytes, and a map may have 2 GiB");
    }
}
