using Chainring.Offload;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver;

/// <summary>Map entries as people write them: <c>program.map</c> or <c>map</c>, keys and values in hex.</summary>
public static class MapEntries
{
    /// <summary><c>firewall.blocked_ports</c> → (firewall, blocked_ports) if there is such a member; otherwise the whole is the map's name.</summary>
    public static (string? Member, string Map) Split(string name, IReadOnlyCollection<string> members)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && members.Contains(name[..dot]) ? (name[..dot], name[(dot + 1)..]) : (null, name);
    }

    /// <summary>Reads <c>NAME:KEYHEX=VALUEHEX</c>.</summary>
    public static Result<MapEntrySpec> Parse(string text, IReadOnlyCollection<string> members)
    {
        string where = $"--map {text}";
        int colon = text.LastIndexOf(':');
        int equals = text.IndexOf('=', Math.Max(colon, 0));
        if (colon <= 0 || equals < 0) return ChainFileError.WrongShape(where, "it", "NAME:KEYHEX=VALUEHEX");
        var (member, map) = Split(text[..colon], members);
        return new MapEntrySpec(member, map, text[(colon + 1)..equals], text[(equals + 1)..], where);
    }

    /// <summary>Hex digits to bytes of the length that a map demands.</summary>
    public static Result<byte[]> Bytes(MapEntrySpec entry, string what, string text, string map, int expected)
    {
        byte[] bytes;
        try
        {
            bytes = Convert.FromHexString(text.StartsWith("0x", StringComparison.Ordinal) ? text[2..] : text);
        }
        catch (FormatException)
        {
            return ChainFileError.NotHex(entry.Where, what, text);
        }
        return bytes.Length == expected ? bytes : ChainFileError.WrongLength(entry.Where, what, bytes.Length, map, expected);
    }

    /// <summary>
    /// The map of an object that a name means: as declared, a section without its dot, or with the prefix that libbpf puts before
    /// global data (<c>firewall.rodata</c>, <c>firewall.bss</c>).
    /// </summary>
    public static MapSpec? Find(ObjectSpec source, string name)
    {
        var found = source.Maps.FirstOrDefault(m => m.Name == name) ?? source.Maps.FirstOrDefault(m => m.IsGlobalData && m.Name == "." + name);
        if (found is not null) return found;
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && Path.GetFileNameWithoutExtension(source.Name).StartsWith(name[..dot], StringComparison.Ordinal)
            ? source.Maps.FirstOrDefault(m => m.IsGlobalData && m.Name == name[dot..])
            : null;
    }
}
