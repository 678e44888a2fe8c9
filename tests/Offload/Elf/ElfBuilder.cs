using System.Buffers.Binary;
using System.Text;

namespace Chainring.Tests.Offload.Elf;

/// <summary>Writes objects that no compiler writes: sections, symbols and relocations as told, whether they make sense or not.</summary>
sealed class ElfBuilder
{
    public const uint Contents = 1, Rela = 4, NoBits = 8, Rel = 9;
    public const int Object = 1, Function = 2, SectionSymbol = 3;

    /// <summary>To be added to a type.</summary>
    public const int Weak = 2 << 4;
    const int HeaderBytes = 64;

    readonly record struct Header(string Name, uint Type, ulong Flags, byte[] Bytes, ulong Size, uint Link, uint Info, ulong EntrySize);

    readonly List<Header> _sections = [new("", 0, 0, [], 0, 0, 0, 0)];
    readonly List<byte> _symbols = [.. new byte[24]];
    readonly List<byte> _names = [0];

    /// <param name="size">For a section without contents in the file.</param>
    public int Section(string name, byte[] bytes, uint type = Contents, ulong flags = 0, uint link = 0, uint info = 0, ulong entrySize = 0, ulong? size = null)
    {
        _sections.Add(new(name, type, flags, bytes, size ?? (ulong)bytes.Length, link, info, entrySize));
        return _sections.Count - 1;
    }

    /// <summary>An executable section from hex digits, with one function that fills it unless <paramref name="function"/> is null.</summary>
    public int Code(string name, string? function, string hex)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", ""));
        int section = Section(name, bytes, flags: 4);
        if (function is not null) Symbol(function, section, Function, 0, (ulong)bytes.Length);
        return section;
    }

    public int Symbol(string name, int section, int type, ulong value = 0, ulong size = 0) => Symbol(Name(name), section, type, value, size);

    public int Symbol(uint name, int section, int type, ulong value, ulong size)
    {
        var raw = new byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(raw, name);
        raw[4] = (byte)type;
        BinaryPrimitives.WriteUInt16LittleEndian(raw.AsSpan(6), (ushort)section);
        BinaryPrimitives.WriteUInt64LittleEndian(raw.AsSpan(8), value);
        BinaryPrimitives.WriteUInt64LittleEndian(raw.AsSpan(16), size);
        _symbols.AddRange(raw);
        return _symbols.Count / 24 - 1;
    }

    /// <summary>Relocations of a section, as (offset, symbol, type).</summary>
    public ElfBuilder Relocate(int section, params (ulong Offset, int Symbol, uint Type)[] relocations)
    {
        var bytes = new byte[16 * relocations.Length];
        for (int i = 0; i < relocations.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16 * i), relocations[i].Offset);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16 * i + 8), relocations[i].Type);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16 * i + 12), (uint)relocations[i].Symbol);
        }
        Section(".rel" + _sections[section].Name, bytes, Rel, info: (uint)section, entrySize: 16);
        return this;
    }

    public byte[] Build()
    {
        uint strings = (uint)_sections.Count + 1;
        List<Header> all = [.. _sections, new(".symtab", 2, 0, [.. _symbols], (ulong)_symbols.Count, strings, 0, 24)];
        uint[] names = [.. all.Select(s => Name(s.Name)), Name(".strtab")];
        all.Add(new(".strtab", 3, 0, [.. _names], (ulong)_names.Count, 0, 0, 0));

        List<byte> file = [.. new byte[HeaderBytes]];
        var table = new byte[64 * all.Count];
        for (int i = 0; i < all.Count; i++)
        {
            var raw = table.AsSpan(64 * i, 64);
            BinaryPrimitives.WriteUInt32LittleEndian(raw, names[i]);
            BinaryPrimitives.WriteUInt32LittleEndian(raw[4..], all[i].Type);
            BinaryPrimitives.WriteUInt64LittleEndian(raw[8..], all[i].Flags);
            BinaryPrimitives.WriteUInt64LittleEndian(raw[24..], (ulong)file.Count);
            BinaryPrimitives.WriteUInt64LittleEndian(raw[32..], all[i].Size);
            BinaryPrimitives.WriteUInt32LittleEndian(raw[40..], all[i].Link);
            BinaryPrimitives.WriteUInt32LittleEndian(raw[44..], all[i].Info);
            BinaryPrimitives.WriteUInt64LittleEndian(raw[56..], all[i].EntrySize);
            file.AddRange(all[i].Bytes);
        }
        return WriteHeader([.. file, .. table], file.Count, all.Count, (int)strings);
    }

    static byte[] WriteHeader(byte[] file, int table, int sections, int names)
    {
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(file);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(16), 1);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(18), 247);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(20), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(40), (ulong)table);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(58), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(60), (ushort)sections);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(62), (ushort)names);
        return file;
    }

    uint Name(string name)
    {
        uint at = (uint)_names.Count;
        _names.AddRange([.. Encoding.UTF8.GetBytes(name), 0]);
        return at;
    }
}
