using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary>
/// A map whose values are maps, by their ids (kernel/bpf/map_in_map.c). A program's lookup gives the map itself; only the host changes which.
/// </summary>
public interface IMapOfMaps
{
    /// <summary>What every map in it is like: <see cref="InnerMaps.Fits"/>.</summary>
    MapSpec Template { get; }

    /// <summary>Puts a map there: 0, or a negative errno and nothing changed.</summary>
    int Set(ReadOnlySpan<byte> key, Map inner, ulong flags);

    /// <summary>Ids of the maps in it, one for each entry.</summary>
    IEnumerable<uint> Inner { get; }
}

/// <summary>Which maps may stand in a map of maps.</summary>
public static class InnerMaps
{
    const MapFlags AnyLength = (MapFlags)(1 << 12);

    /// <summary>Whether a map type may stand in a map of maps at all; a map of maps may not, nor one that holds programs.</summary>
    public static bool Admits(MapType type) => type is not (MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.ProgramArray);

    /// <summary>Whether a map is like the template of a map of maps (bpf_map_meta_equal, and what array and xskmap add).</summary>
    public static bool Fits(MapSpec template, MapSpec map) =>
        map.Type == template.Type && map.KeySize == template.KeySize && map.ValueSize == template.ValueSize && map.Flags == template.Flags
        && (map.MaxEntries == template.MaxEntries || !DependsOnLength(template));

    static bool DependsOnLength(MapSpec template) =>
        template.Type == MapType.XskMap || (template.Type == MapType.Array && !template.Flags.HasFlag(AnyLength));
}
