using Chainring.Offload.Spec;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Chainring.Offload.Elf;

/// <summary>
/// Maps of a section <c>maps</c>, or of several <c>maps/NAME</c>: one record of 32-bit fields per symbol, all of one size. libbpf's
/// <c>struct bpf_map_def</c> ends after the flags, iproute2's <c>struct bpf_elf_map</c> has nine fields; type information, where there is any, says
/// where others have theirs.
/// </summary>
/// <remarks><code>
/// type 0   key size 4   value size 8   max entries 12   flags 16   id 20   pinning 24   inner id 28   inner index 32
/// </code></remarks>
static class LegacyMaps
{
    const int SmallestRecord = 16, Iproute2Record = 36, LongestIproute2Record = 44, PinnedInGlobalNamespace = 2;

    static readonly string[][] FieldNames =
    [
        ["type"], ["key_size", "size_key"], ["value_size", "size_value"], ["max_entries", "max_elem"], ["map_flags", "flags"], ["pinning"],
    ];

    public static Result<List<MapDeclaration>> Read(ElfImage image, Btf btf)
    {
        var maps = new List<MapDeclaration>();
        foreach (ref readonly var section in image.Sections)
        {
            bool isMaps = section is { HasContents: true, Size: > 0, Name: "maps" } || section is { HasContents: true, Size: > 0, IsCode: false } && section.Name.StartsWith("maps/", StringComparison.Ordinal);
            if (isMaps && Read(image, btf, section, maps) is { } problem) return problem;
        }
        return maps;
    }

    static Problem? Read(ElfImage image, Btf btf, ElfSection section, List<MapDeclaration> maps)
    {
        var symbols = new List<ElfSymbol>();
        foreach (ref readonly var symbol in image.Symbols)
        {
            if (symbol.Section == section.Index && symbol.Type is ElfSymbolType.Object or ElfSymbolType.None) symbols.Add(symbol);
        }
        int record = symbols.Count == 0 ? 0 : section.Size / symbols.Count;
        if (record < SmallestRecord || record % 4 != 0 || section.Size % symbols.Count != 0 || !Fill(symbols, record))
            return LoadError.LegacyMaps(image.Name, section.Name, section.Size, symbols.Count);

        foreach (var symbol in symbols)
        {
            if (!image.NameOf(symbol).Try(out var name, out var problem)) return problem;
            var fields = image.Contents(section).Span.Slice(symbol.Value, record);
            var places = DeclaredPlaces(btf, section.Name, name, record) ?? UsualPlaces(record);
            if (!Spec(image.Name, name, fields, places).Try(out var spec, out problem)) return problem;
            maps.Add(new(spec, section.Index, symbol.Value));
        }
        return null;
    }

    /// <summary>Where type, sizes, entries, flags and pinning stand in a record; negative for one that is not there.</summary>
    static int[] UsualPlaces(int record) =>
        [0, 4, 8, 12, record > SmallestRecord ? 16 : -1, record is >= Iproute2Record and <= LongestIproute2Record ? 24 : -1];

    /// <summary>The same as the object declares it; null if it says nothing of it, or nothing that makes sense.</summary>
    static int[]? DeclaredPlaces(Btf btf, string section, string map, int record)
    {
        if (btf.DataSection(section) is not { } declarations) return null;
        if (btf.Variables(declarations).FirstOrDefault(v => v?.Name == map) is not { } variable) return null;
        if (btf.Strip(variable.Declaration.SizeOrType) is not { Kind: BtfKind.Struct } type) return null;
        int[] places = [-1, -1, -1, -1, -1, -1];
        foreach (var member in btf.Members(type))
        {
            if (member is not { } field || Array.FindIndex(FieldNames, names => names.Contains(field.Name)) is not (>= 0 and var known)) continue;
            if (field.BitOffset % 32 == 0 && field.BitOffset / 8 <= record - 4) places[known] = (int)(field.BitOffset / 8);
        }
        return places.AsSpan(0, 4).Contains(-1) ? null : places;
    }

    /// <summary>Puts the symbols in order; true if there is one at every record.</summary>
    static bool Fill(List<ElfSymbol> symbols, int record)
    {
        symbols.Sort((a, b) => a.Value.CompareTo(b.Value));
        return !symbols.Where((symbol, i) => symbol.Value != i * record).Any();
    }

    static Result<MapSpec> Spec(string file, string name, ReadOnlySpan<byte> record, int[] places)
    {
        Span<uint> fields = stackalloc uint[places.Length];
        for (int i = 0; i < fields.Length; i++) fields[i] = places[i] < 0 ? 0 : ReadUInt32LittleEndian(record[places[i]..]);
        var (key, value, entries) = (fields[1], fields[2], fields[3]);
        if (key > int.MaxValue) return LoadError.MapSize(file, name, "key_size", key);
        if (value > int.MaxValue) return LoadError.MapSize(file, name, "value_size", value);
        if (entries > int.MaxValue) return LoadError.MapSize(file, name, "max_entries", entries);
        return new MapSpec
        {
            Name = name,
            Type = (MapType)fields[0],
            KeySize = (int)key,
            ValueSize = (int)value,
            MaxEntries = (int)entries,
            Flags = (MapFlags)fields[4],
            PinnedByName = fields[5] == PinnedInGlobalNamespace,
        };
    }
}
