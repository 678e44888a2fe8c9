using static System.Buffers.Binary.BinaryPrimitives;

namespace Chainring.Offload.Elf;

/// <summary>One of the tables of a <c>.BTF.ext</c> section: facts about places in code sections.</summary>
/// <remarks><code>
/// header   magic 0 (u16 0xeb9f)   version 2   length 4   functions 8, 12   lines 16, 20   type relocations 24, 28   offset from the header's end, and length
/// table    record size 0, then per section: name 0   count 4   records
/// </code></remarks>
static class BtfExtension
{
    public const int Functions = 8, Lines = 16, TypeRelocations = 24;

    const int SectionHeaderBytes = 8, MaxRecordBytes = 1024;

    /// <summary>What a table tells of one place.</summary>
    /// <param name="Section">-1 if the file has no section of that name.</param>
    public readonly record struct Fact(int Section, ReadOnlyMemory<byte> Record);

    /// <summary>The facts of a table in its order; none if there is no table, null if it is damaged: where, <paramref name="damage"/> says.</summary>
    /// <param name="table">Where in the header its place is written.</param>
    /// <param name="recordBytes">The least that a record has; later compilers may write more.</param>
    /// <param name="limit">Bounds what a hostile table can make us remember.</param>
    public static List<Fact>? Read(ElfImage image, Btf btf, int table, int recordBytes, int limit, out string damage)
    {
        damage = "its header";
        var facts = new List<Fact>();
        if (!btf.IsPresent || image.Find(".BTF.ext") is not { HasContents: true, Size: > 0 } section) return facts;
        var bytes = image.Contents(section);
        var span = bytes.Span;
        if (span.Length < 8 || ReadUInt16LittleEndian(span) != BtfReader.Magic || span[2] != 1) return null;
        uint start = ReadUInt32LittleEndian(span[4..]);
        if (start > span.Length) return null;
        // Compilers before 2019 know no type relocations, and their header ends before them.
        if (start < table + 8) return facts;
        damage = "the place of its table";
        if (BtfReader.Slice(bytes, start, span[table..]) is not { } contents) return null;
        if (contents.IsEmpty || ReadTable(image, btf, contents, recordBytes, limit, facts)) return facts;
        damage = $"record {facts.Count}";
        return null;
    }

    static bool ReadTable(ElfImage image, Btf btf, ReadOnlyMemory<byte> table, int recordBytes, int limit, List<Fact> into)
    {
        if (table.Length < 4) return false;
        uint record = ReadUInt32LittleEndian(table.Span);
        if (record < recordBytes || record > MaxRecordBytes || record % 4 != 0) return false;
        for (table = table[4..]; !table.IsEmpty;)
        {
            if (table.Length < SectionHeaderBytes || btf.TextAt(ReadUInt32LittleEndian(table.Span)) is not { } name) return false;
            uint count = ReadUInt32LittleEndian(table.Span[4..]);
            table = table[SectionHeaderBytes..];
            if (count > table.Length / record || count > limit - into.Count) return false;
            int section = image.Find(name)?.Index ?? -1;
            for (; count > 0; count--, table = table[(int)record..]) into.Add(new(section, table[..(int)record]));
        }
        return true;
    }
}
