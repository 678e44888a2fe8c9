using Chainring.Offload;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver;

/// <summary>Map entries as people write them: <c>program.map</c> or <c>map</c>, keys and values in hex.</summary>
public static class MapEntries
{
    /// <summary>As a value of a map of maps: a new map, made for the place.</summary>
    public const string New = "new";

    /// <summary><c>firewall.blocked_ports</c> → (firewall, blocked_ports) if there is such a member; otherwise the whole is the map's name.</summary>
    public static (string? Member, string Map) Split(string name, IReadOnlyCollection<string> members)
    {
        string? member = members.Where(m => name.StartsWith(m + ".", StringComparison.Ordinal)).MaxBy(m => m.Length);
        return member is null ? (null, name) : (member, name[(member.Length + 1)..]);
    }

    /// <summary>Reads <c>NAME:KEYHEX=VALUEHEX</c>.</summary>
    public static Result<MapEntrySpec> Parse(string text, IReadOnlyCollection<string> members)
    {
        string where = $"--map {text}";
        int colon = text.LastIndexOf(':');
        int equals = text.IndexOf('=', Math.Max(colon, 0));
        if (colon <= 0 || equals < 0) return YamlError.WrongShape(where, "it", "NAME:KEYHEX=VALUEHEX");
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
    public static MapSpec? Find(ObjectSpec source, string name) =>
        source.Maps.FirstOrDefault(m => m.Name == name)
        ?? source.Maps.FirstOrDefault(m => m.IsGlobalData && (m.Name == "." + name || LibbpfName(source, m) == name));

    /// <summary>
    /// What libbpf calls global data in the kernel: as much of the file's name as fits, then the section's, 15 characters in all; a section
    /// with a second dot keeps its own name (libbpf.c, internal_map_name).
    /// </summary>
    static string LibbpfName(ObjectSpec source, MapSpec map)
    {
        const int nameLength = 15, shortestSuffix = 7;
        if (map.Name.LastIndexOf('.') > 0) return map.Name;
        string file = source.Name.Split('.')[0];
        int room = Math.Max(0, nameLength - Math.Max(shortestSuffix, map.Name.Length));
        string name = file[..Math.Min(room, file.Length)] + map.Name;
        return string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' ? c : '_'));
    }
}
