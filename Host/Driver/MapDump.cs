using Chainring.Kernels.Maps;

namespace Chainring.Host.Driver;

/// <summary>The contents of a chain's maps: what <c>--maps</c> writes. Keys and values are hex, bytes as they lie in memory.</summary>
public sealed record MapDump(IReadOnlyList<MapDump.MapContents> Maps)
{
    public sealed record MapContents(
        string Program, string Name, string Type, int KeySize, int ValueSize, int MaxEntries, IReadOnlyList<Entry> Entries);

    /// <summary>Either one value, or one per queue. A queue's or stack's entries have no key, and are in the order in which they would be popped.</summary>
    /// <param name="Prefix">Of an LPM trie, the key as people write it.</param>
    public sealed record Entry(string? Key, string? Value, IReadOnlyList<string>? Values, string? Prefix = null);

    public static MapDump Of(InstalledChain chain) => new([.. chain.Maps.Select(m => Contents(m, chain.Maps))]);

    static MapContents Contents(InstalledMap installed, IReadOnlyList<InstalledMap> maps)
    {
        var spec = installed.Map.Spec;
        return new(installed.Member, spec.Name, spec.TypeName, spec.KeySize, spec.ValueSize, spec.MaxEntries,
            [.. installed.Map.Entries().Select(e => Show(e, installed.Map, maps))]);
    }

    static Entry Show(MapEntry entry, Map map, IReadOnlyList<InstalledMap> maps)
    {
        string key = Convert.ToHexStringLower(entry.Key);
        if (map is ProgramArrayMap array) return new(key, array[BitConverter.ToUInt32(entry.Key)]!.Name, null);
        if (map is IMapOfMaps) return new(key, NameOf(BitConverter.ToUInt32(entry.Values[0]), maps), null);
        if (map is PushPopMap) return new(null, Convert.ToHexStringLower(entry.Values[0]), null);
        if (map is LpmTrieMap) return new(key, Convert.ToHexStringLower(entry.Values[0]), null, PrefixOf(entry.Key));
        string[] values = [.. entry.Values.Select(v => Convert.ToHexStringLower(v))];
        return MapKinds.IsPerCpu(map.Spec.Type) ? new(key, null, values) : new(key, values[0], null);
    }

    static string NameOf(uint map, IReadOnlyList<InstalledMap> maps) => maps.FirstOrDefault(m => m.Map.Id == map)?.Map.Spec.Name ?? $"id {map}";

    /// <summary><c>10.0.0.0/8</c>, <c>2001:db8::/32</c>, or the data in hex where it is no address.</summary>
    static string PrefixOf(ReadOnlySpan<byte> key)
    {
        uint length = BitConverter.ToUInt32(key);
        var data = key[sizeof(uint)..];
        return data.Length is 4 or 16 ? $"{new System.Net.IPAddress(data)}/{length}" : $"{Convert.ToHexStringLower(data)}/{length}";
    }
}
