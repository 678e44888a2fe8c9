using Chainring.Offload.Spec;

namespace Chainring.Tests.Support;

/// <summary>A small map of each type that can be created.</summary>
public static class SomeMap
{
    public static MapSpec Of(MapType type, string name = "map", int entries = 4) => Shape(new()
    {
        Name = name,
        Type = type,
        KeySize = 4,
        ValueSize = 4,
        MaxEntries = entries,
    });

    /// <summary>With what the type demands in place of the sizes, flags and so on that are given.</summary>
    public static MapSpec Shape(MapSpec map) => map.Type switch
    {
        MapType.LpmTrie => map with { KeySize = 8, Flags = map.Flags | MapFlags.NoPreallocation },
        MapType.Queue or MapType.Stack or MapType.BloomFilter => map with { KeySize = 0 },
        MapType.RingBuffer => map with { KeySize = 0, ValueSize = 0, MaxEntries = 4096 },
        MapType.ArrayOfMaps or MapType.HashOfMaps => map with { ValueSize = 4, Inner = Of(MapType.Array, "inner") },
        _ => map,
    };
}
