using System.Text;

namespace Chainring.Offload.Elf;

/// <summary>
/// A relocatable ELF64 object for BPF, read once with every offset and index in it checked: what is here can be followed without
/// further checks, except that a function's size is only judged by <see cref="FunctionTable"/>.
/// </summary>
sealed class ElfImage(string name, ReadOnlyMemory<byte> bytes, ElfSection[] sections, ElfSymbol[] symbols, int symbolNames)
{
    /// <summary>Longer names are damage; it also bounds what a hostile string table can make us allocate.</summary>
    public const int MaxNameBytes = 512;

    readonly ILookup<uint, ElfSection> _relocationTables = sections
        .Where(s => s.Type is ElfSectionType.Relocations or ElfSectionType.RelocationsWithAddends)
        .ToLookup(s => s.Info);

    /// <summary>How messages call the object.</summary>
    public string Name { get; } = name;

    public ReadOnlySpan<ElfSection> Sections => sections;

    public ReadOnlySpan<ElfSymbol> Symbols => symbols;

    /// <summary>The section's bytes; empty for one without contents in the file (<c>.bss</c>).</summary>
    public ReadOnlyMemory<byte> Contents(in ElfSection section) =>
        section.HasContents ? bytes.Slice(section.Offset, section.Size) : default;

    /// <summary>The first section of that name; null if there is none.</summary>
    public ElfSection? Find(string sectionName)
    {
        foreach (ref readonly var section in Sections)
        {
            if (section.Name == sectionName) return section;
        }
        return null;
    }

    /// <summary>A symbol's own name, or its section's if it is a section symbol.</summary>
    public Result<string> NameOf(in ElfSymbol symbol)
    {
        if (symbol.Type == ElfSymbolType.Section && symbol.InSection) return sections[symbol.Section].Name;
        var text = symbolNames == 0 ? null : Text(Contents(sections[symbolNames]).Span, symbol.NameOffset);
        return string.IsNullOrEmpty(text) ? LoadError.DamagedName(Name, $"symbol {symbol.Index}", MaxNameBytes) : text;
    }

    /// <summary>The symbols of a section that have names, by them, but for the section's own; of several with one name the first.</summary>
    public Dictionary<string, ElfSymbol> SymbolsIn(in ElfSection section)
    {
        var inSection = new Dictionary<string, ElfSymbol>();
        foreach (ref readonly var symbol in Symbols)
        {
            if (symbol.Section != section.Index || symbol.Type == ElfSymbolType.Section) continue;
            if (NameOf(symbol).Try(out var symbolName, out _)) inSection.TryAdd(symbolName, symbol);
        }
        return inSection;
    }

    /// <summary>The relocations of a section, ascending by offset; empty if it has none.</summary>
    public Result<ElfRelocation[]> RelocationsOf(in ElfSection target)
    {
        var relocations = new List<ElfRelocation>();
        foreach (var table in _relocationTables[(uint)target.Index])
        {
            if (table.Type == ElfSectionType.RelocationsWithAddends) return LoadError.ExplicitAddends(Name, target.Name);
            if (ElfReader.ReadRelocations(this, table, target, relocations) is { } problem) return problem;
        }
        return relocations.OrderBy(r => r.Offset).ToArray();
    }

    /// <summary>The zero-terminated text at an offset; null if it is not terminated in time.</summary>
    public static string? Text(ReadOnlySpan<byte> strings, uint offset)
    {
        if (offset >= (uint)strings.Length) return null;
        var rest = strings[(int)offset..];
        int length = rest[..Math.Min(rest.Length, MaxNameBytes + 1)].IndexOf((byte)0);
        return length < 0 ? null : Encoding.UTF8.GetString(rest[..length]);
    }
}

enum ElfSectionType : uint { Null = 0, Contents = 1, Symbols = 2, Strings = 3, RelocationsWithAddends = 4, NoContents = 8, Relocations = 9 }

enum ElfSymbolType : byte { None = 0, Object = 1, Function = 2, Section = 3, File = 4 }

/// <param name="Offset">Where its contents start in the file; meaningless without contents.</param>
/// <param name="Info">For relocations, the index of the section that they change.</param>
readonly record struct ElfSection(
    int Index, string Name, ElfSectionType Type, ulong Flags, int Offset, int Size, uint Link, uint Info, ulong EntrySize)
{
    const ulong Executable = 4;

    public bool HasContents => Type is not (ElfSectionType.Null or ElfSectionType.NoContents);

    public bool IsCode => Type == ElfSectionType.Contents && (Flags & Executable) != 0;
}

/// <param name="Section">A section's index, or 0 if undefined, or a reserved number (absolute, common).</param>
/// <param name="Value">Offset in its section, not beyond its end; 0 outside of sections.</param>
/// <param name="IsHidden">Not to be seen from outside the object (<c>__hidden</c>).</param>
readonly record struct ElfSymbol(int Index, uint NameOffset, ElfSymbolType Type, int Section, int Value, ulong Size, bool IsWeak, bool IsHidden)
{
    public const int FirstReservedSection = 0xff00;

    public bool IsUndefined => Section == 0;

    public bool InSection => Section is > 0 and < FirstReservedSection;
}

/// <param name="Offset">In bytes, within the section that it changes.</param>
/// <param name="Symbol">Index into <see cref="ElfImage.Symbols"/>.</param>
readonly record struct ElfRelocation(int Offset, int Symbol, uint Type)
{
    /// <summary>R_BPF_64_64: the 64-bit constant at the place.</summary>
    public const uint Constant = 1;

    /// <summary>R_BPF_64_32: the call at the place.</summary>
    public const uint Call = 10;
}
