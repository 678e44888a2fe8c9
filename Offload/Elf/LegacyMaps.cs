using Chainring.Offload.Spec;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Chainring.Offload.Elf;

/// <summary>
/// Maps of a <c>maps</c> section: one record of 32-bit fields per symbol, all of one size. libbpf's
/// <c>struct bpf_map_def</c> ends after the flags, iproute2's <c>struct bpf_elf_map</c> has nine fields.
/// </summary>
/// <remarks><code>
/// type 0   key size 4   value size 8   max entries 12   flags 16   id 20   pinning 24   inner id 28   inner index 32
/// </code></remarks>
static class LegacyMaps
{
    const int SmallestRecord = 16, Iproute2Record = 36, PinnedInGlobalNamespace = 2;

    public static Result<List<MapDeclaration>> Read(ElfImage image)
    {
        var maps = new List<MapDeclaration>();
        if (image.Find("maps") is not { HasContents: true, Size: > 0 } section) return maps;

        var symbols = new List<ElfSymbol>();
        foreach (ref readonly var symbol in image.Symbols)
        {
            if (symbol.Section == section.Index && symbol.Type is ElfSymbolType.Object or ElfSymbolType.None) symbols.Add(symbol);
        }
        int record = symbols.Count == 0 ? 0 : section.Size / symbols.Count;
        if (record < SmallestRecord || record % 4 != 0 || section.Size % symbols.Count != 0 || !Fill(symbols, record))
            return LoadError.LegacyMaps(image.Name, section.Size, symbols.Count);

        foreach (var symbol in symbols)
        {
            if (!image.NameOf(symbol).Try(out var name, out var problem)) return problem;
            var fields = image.Contents(section).Span.Slice(symbol.Value, record);
            if (!Spec(image.Name, name, fields).Try(out var spec, out problem)) return problem;
            maps.Add(new(spec, section.Index, symbol.Value));
        }
        return maps;
    }

    /// <summary>Puts the symbols in order; true if there is one at every record.</summary>
    static bool Fill(List<ElfSymbol> symbols, int record)
    {
        symbols.Sort((a, b) => a.Value.CompareTo(b.Value));
        return !symbols.Where((symbol, i) => symbol.Value != i * record).Any();
    }

    static Result<MapSpec> Spec(string file, string name, ReadOnlySpan<byte> record)
    {
        uint key = ReadUInt32LittleEndian(record[4..]), value = ReadUInt32LittleEndian(record[8..]);
        uint entries = ReadUInt32LittleEndian(record[12..]);
        if (key > int.MaxValue) return LoadError.MapSize(file, name, "key_size", key);
        if (value > int.MaxValue) return LoadError.MapSize(file, name, "value_size", value);
        if (entries > int.MaxValue) return LoadError.MapSize(file, name, "max_entries", entries);
        return new MapSpec
        {
            Name = name,
            Type = (MapType)ReadUInt32LittleEndian(record),
            KeySize = (int)key,
            ValueSize = (int)value,
            MaxEntries = (int)entries,
            Flags = record.Length > SmallestRecord ? (MapFlags)ReadUInt32LittleEndian(record[16..]) : MapFlags.None,
            PinnedByName = record.Length == Iproute2Record && ReadUInt32LittleEndian(record[24..]) == PinnedInGlobalNamespace,
        };
    }
}
