using static System.Buffers.Binary.BinaryPrimitives;

namespace Chainring.Offload.Elf.Core;

/// <summary>The type relocations in a <c>.BTF.ext</c> section, in its order.</summary>
/// <remarks><code>
/// header       magic 0 (u16 0xeb9f)   version 2   length 4   …   relocations 24, 28             offset from the header's end, and length
/// relocations  record size 0, then per section: name 0   count 4   records
/// record       instruction 0   type 4   path 8   kind 12
/// </code></remarks>
static class CoreRelocationReader
{
    const int HeaderBytes = 32, RecordBytes = 16, SectionHeaderBytes = 8;

    /// <summary>Bounds what a hostile table can make us remember.</summary>
    const int MaxRelocations = 1 << 16;

    public static Result<List<CoreRelocation>> Read(ElfImage image, Btf btf)
    {
        var relocations = new List<CoreRelocation>();
        if (!btf.IsPresent || image.Find(".BTF.ext") is not { HasContents: true, Size: > 0 } section) return relocations;

        var bytes = image.Contents(section);
        var span = bytes.Span;
        if (span.Length < 8 || ReadUInt16LittleEndian(span) != BtfReader.Magic || span[2] != 1) return Damaged("its header");
        uint start = ReadUInt32LittleEndian(span[4..]);
        if (start > span.Length) return Damaged("its header");
        // Compilers before 2019 know no such relocations, and their header ends before them.
        if (start < HeaderBytes) return relocations;
        if (BtfReader.Slice(bytes, start, span[24..]) is not { } table) return Damaged("the place of its relocations");
        return table.IsEmpty || ReadTable(image, btf, table.Span, relocations) ? relocations : Damaged($"relocation {relocations.Count}");

        LoadError Damaged(string place) => LoadError.DamagedTypeRelocations(image.Name, place);
    }

    /// <summary>False if the table is damaged.</summary>
    static bool ReadTable(ElfImage image, Btf btf, ReadOnlySpan<byte> table, List<CoreRelocation> into)
    {
        if (table.Length < 4) return false;
        uint record = ReadUInt32LittleEndian(table);
        if (record is < RecordBytes or > 1024 || record % 4 != 0) return false;
        for (table = table[4..]; !table.IsEmpty;)
        {
            if (table.Length < SectionHeaderBytes || btf.TextAt(ReadUInt32LittleEndian(table)) is not { } name) return false;
            uint count = ReadUInt32LittleEndian(table[4..]);
            table = table[SectionHeaderBytes..];
            if (count > table.Length / record || count > MaxRelocations - into.Count) return false;
            int section = image.Find(name)?.Index ?? -1;
            for (; count > 0; count--, table = table[(int)record..])
            {
                var kind = (CoreKind)ReadUInt32LittleEndian(table[12..]);
                if (btf.TextAt(ReadUInt32LittleEndian(table[8..])) is not { } path) return false;
                into.Add(new(section, ReadUInt32LittleEndian(table), ReadUInt32LittleEndian(table[4..]), path, kind));
            }
        }
        return true;
    }
}
