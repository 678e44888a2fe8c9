using static System.Buffers.Binary.BinaryPrimitives;

namespace Chainring.Offload.Elf;

/// <summary>
/// Bytes to <see cref="ElfImage"/>. Sections may not overlap, so that everything read from them is bounded by the file's size.
/// </summary>
/// <remarks><code>
/// header (64)      magic 0   class 4   data 5   type 16   machine 18   shoff 40   shentsize 58   shnum 60   shstrndx 62
/// section (64)     name 0   type 4   flags 8   offset 24   size 32   link 40   info 44   entsize 56
/// symbol (24)      name 0   info 4   shndx 6   value 8   size 16
/// relocation (16)  offset 0   type 8   symbol 12
/// </code></remarks>
static class ElfReader
{
    const int HeaderBytes = 64, SectionBytes = 64, SymbolBytes = 24, RelocationBytes = 16;
    const int Relocatable = 1, MachineBpf = 247, WeakBinding = 2, Internal = 1, Hidden = 2;

    public static Result<ElfImage> Read(ReadOnlyMemory<byte> bytes, string file)
    {
        if (bytes.Length > ObjectLoader.MaxFileBytes) return LoadError.TooLarge(file, bytes.Length, ObjectLoader.MaxFileBytes);
        if ((CheckHeader(bytes.Span, file) ?? CheckKind(bytes.Span, file)) is { } notBpf) return notBpf;
        if (!ReadSections(bytes.Span, file).Try(out var sections, out var problem)) return problem;

        int table = Array.FindIndex(sections, s => s.Type == ElfSectionType.Symbols);
        if (table < 0) return new ElfImage(file, bytes, sections, [], 0);
        if (Array.FindLastIndex(sections, s => s.Type == ElfSectionType.Symbols) != table)
            return LoadError.SecondTable(file, "symbol table");

        var names = sections[table].Link;
        if (names >= sections.Length || sections[names].Type != ElfSectionType.Strings)
            return LoadError.NoSuchEntry(file, "the symbol table", "string section", names, sections.Length);
        if (!ReadSymbols(bytes.Span, file, sections, table).Try(out var symbols, out problem)) return problem;
        return new ElfImage(file, bytes, sections, symbols, (int)names);
    }

    /// <summary>One section of an ELF file for any machine; null if it has none of that name.</summary>
    public static Result<ReadOnlyMemory<byte>?> ReadSection(ReadOnlyMemory<byte> bytes, string file, string section)
    {
        if (CheckHeader(bytes.Span, file) is { } problem) return problem;
        if (!ReadSections(bytes.Span, file).Try(out var sections, out var damage)) return damage;
        int found = Array.FindIndex(sections, s => s.Name == section && s.HasContents);
        return found < 0 ? (ReadOnlyMemory<byte>?)null : bytes.Slice(sections[found].Offset, sections[found].Size);
    }

    static LoadError? CheckHeader(ReadOnlySpan<byte> bytes, string file)
    {
        if (bytes.Length < 4 || !bytes.StartsWith("\u007fELF"u8)) return LoadError.NotElf(file);
        if (bytes.Length < HeaderBytes) return LoadError.OutsideFile(file, "the ELF header", bytes.Length);
        if (bytes[4] != 2) return LoadError.Not64Bit(file);
        return bytes[5] != 1 ? LoadError.NotLittleEndian(file) : null;
    }

    static LoadError? CheckKind(ReadOnlySpan<byte> bytes, string file)
    {
        int machine = ReadUInt16LittleEndian(bytes[18..]), type = ReadUInt16LittleEndian(bytes[16..]);
        if (machine != MachineBpf) return LoadError.WrongMachine(file, machine, MachineBpf);
        if (type != Relocatable) return LoadError.WrongElfType(file, type, Relocatable);
        return null;
    }

    static Result<ElfSection[]> ReadSections(ReadOnlySpan<byte> bytes, string file)
    {
        ulong start = ReadUInt64LittleEndian(bytes[40..]);
        int entry = ReadUInt16LittleEndian(bytes[58..]), count = ReadUInt16LittleEndian(bytes[60..]);
        int names = ReadUInt16LittleEndian(bytes[62..]);
        if (count == 0) return LoadError.NoSections(file);
        if (entry != SectionBytes) return LoadError.WrongEntrySize(file, "the section table", (ulong)entry, SectionBytes);
        if (!Fits(start, (ulong)count * SectionBytes, bytes.Length)) return LoadError.OutsideFile(file, "the section table", bytes.Length);
        if (names >= count) return LoadError.NoSuchEntry(file, "the header", "section", (ulong)names, count);

        var table = bytes.Slice((int)start, count * SectionBytes);
        var sections = new ElfSection[count];
        long total = 0;
        if (!ReadSection(bytes, file, table, names, default).Try(out var nameSection, out var problem)) return problem;
        if (nameSection.Type != ElfSectionType.Strings)
            return LoadError.NoSuchEntry(file, "the header", "string section", (ulong)names, count);
        var strings = bytes.Slice(nameSection.Offset, nameSection.Size);
        for (int i = 0; i < count; i++)
        {
            if (!ReadSection(bytes, file, table, i, strings).Try(out sections[i], out problem)) return problem;
            if (sections[i].HasContents) total += sections[i].Size;
            if (total > bytes.Length) return LoadError.OverlappingSections(file, sections[i].Name);
        }
        return sections;
    }

    /// <param name="strings">The section names; empty to leave the name out.</param>
    static Result<ElfSection> ReadSection(
        ReadOnlySpan<byte> bytes, string file, ReadOnlySpan<byte> table, int index, ReadOnlySpan<byte> strings)
    {
        var raw = table.Slice(index * SectionBytes, SectionBytes);
        var type = (ElfSectionType)ReadUInt32LittleEndian(raw[4..]);
        ulong offset = ReadUInt64LittleEndian(raw[24..]), size = ReadUInt64LittleEndian(raw[32..]);
        if (type == ElfSectionType.Null) return new ElfSection(index, "", type, 0, 0, 0, 0, 0, 0);

        string? name = strings.IsEmpty ? "" : ElfImage.Text(strings, ReadUInt32LittleEndian(raw));
        if (name is null) return LoadError.DamagedName(file, $"section {index}", ElfImage.MaxNameBytes);
        if (type == ElfSectionType.NoContents)
        {
            if (size > GlobalData.MaxBytes) return LoadError.TooMuchData(file, name, size, GlobalData.MaxBytes);
            offset = 0;
        }
        else if (!Fits(offset, size, bytes.Length))
        {
            return LoadError.OutsideFile(file, $"section {index} ({name})", bytes.Length);
        }
        return new ElfSection(index, name, type, ReadUInt64LittleEndian(raw[8..]), (int)offset, (int)size,
            ReadUInt32LittleEndian(raw[40..]), ReadUInt32LittleEndian(raw[44..]), ReadUInt64LittleEndian(raw[56..]));
    }

    static Result<ElfSymbol[]> ReadSymbols(ReadOnlySpan<byte> bytes, string file, ElfSection[] sections, int table)
    {
        var section = sections[table];
        var contents = bytes.Slice(section.Offset, section.Size);
        if (section.EntrySize != SymbolBytes || contents.Length % SymbolBytes != 0)
            return LoadError.WrongEntrySize(file, "the symbol table", section.EntrySize, SymbolBytes);

        var symbols = new ElfSymbol[contents.Length / SymbolBytes];
        for (int i = 0; i < symbols.Length; i++)
        {
            var raw = contents.Slice(i * SymbolBytes, SymbolBytes);
            int home = ReadUInt16LittleEndian(raw[6..]);
            ulong value = ReadUInt64LittleEndian(raw[8..]);
            bool inSection = home is > 0 and < ElfSymbol.FirstReservedSection;
            if (inSection && home >= sections.Length)
                return LoadError.NoSuchEntry(file, $"symbol {i}", "section", (ulong)home, sections.Length);
            if (inSection && value > (ulong)sections[home].Size)
                return LoadError.OutsideSection(file, $"symbol {i}", sections[home].Name);
            symbols[i] = new(i, ReadUInt32LittleEndian(raw), (ElfSymbolType)(raw[4] & 15), home,
                inSection ? (int)value : 0, ReadUInt64LittleEndian(raw[16..]), IsWeak: raw[4] >> 4 == WeakBinding, IsHidden: (raw[5] & 3) is Internal or Hidden);
        }
        return symbols;
    }

    public static LoadError? ReadRelocations(ElfImage image, in ElfSection table, in ElfSection target, List<ElfRelocation> into)
    {
        var contents = image.Contents(table).Span;
        string what = $"relocation table {table.Name}";
        if (table.EntrySize != RelocationBytes || contents.Length % RelocationBytes != 0)
            return LoadError.WrongEntrySize(image.Name, what, table.EntrySize, RelocationBytes);

        for (; !contents.IsEmpty; contents = contents[RelocationBytes..])
        {
            ulong offset = ReadUInt64LittleEndian(contents);
            uint type = ReadUInt32LittleEndian(contents[8..]), symbol = ReadUInt32LittleEndian(contents[12..]);
            if (symbol >= image.Symbols.Length) return LoadError.NoSuchEntry(image.Name, what, "symbol", symbol, image.Symbols.Length);
            if (offset >= (ulong)target.Size) return LoadError.OutsideSection(image.Name, $"byte {offset} of {what}", target.Name);
            into.Add(new((int)offset, (int)symbol, type));
        }
        return null;
    }

    static bool Fits(ulong offset, ulong size, int length) => offset <= (ulong)length && size <= (ulong)length - offset;
}
