using Chainring.Kernels.Maps;

namespace Chainring.Host.Driver;

/// <summary>The contents of a chain's maps: what <c>--maps</c> writes. Keys and values are hex, bytes as they lie in memory.</summary>
public sealed record MapDump(IReadOnlyList<MapDump.MapContents> Maps)
{
    public sealed record MapContents(
        string Program, string Name, string Type, int KeySize, int ValueSize, int MaxEntries, IReadOnlyList<Entry> Entries);

    /// <summary>Either one value, or one per queue.</summary>
    public sealed record Entry(string Key, string? Value, IReadOnlyList<string>? Values);

    public static MapDump Of(InstalledChain chain) => new([.. chain.Maps.Select(m => Contents(m))]);

    static MapContents Contents(InstalledMap installed)
    {
        var spec = installed.Map.Spec;
        return new(installed.Member, spec.Name, spec.TypeName, spec.KeySize, spec.ValueSize, spec.MaxEntries,
            [.. installed.Map.Entries().Select(e => Show(e, installed.Map))]);
    }

    static Entry Show(MapEntry entry, Map map)
    {
        string key = Convert.ToHexStringLower(entry.Key);
        if (map is ProgramArrayMap array) return new(key, array[BitConverter.ToUInt32(entry.Key)]!.Name, null);
        string[] values = [.. entry.Values.Select(v => Convert.ToHexStringLower(v))];
        return MapKinds.IsPerCpu(map.Spec.Type) ? new(key, null, values) : new(key, values[0], null);
    }
}
