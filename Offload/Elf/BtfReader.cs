using static System.Buffers.Binary.BinaryPrimitives;

namespace Chainring.Offload.Elf;

/// <summary>Bytes of a <c>.BTF</c> section to <see cref="Btf"/>.</summary>
/// <remarks><code>
/// header   magic 0 (u16 0xeb9f)   version 2   length 4   types 8, 12   strings 16, 20     offsets from the header's end
/// type     name 0   info 4: flag 31, kind 24..28, count 0..15   size or type 8   then records by kind
/// </code></remarks>
static class BtfReader
{
    public const int Magic = 0xeb9f;

    const int HeaderBytes = 24, TypeBytes = 12;

    /// <summary>The object's type information, <see cref="Btf.None"/> without the section.</summary>
    public static Result<Btf> Read(ElfImage image) =>
        image.Find(".BTF") is { HasContents: true, Size: > 0 } section ? Read(image.Contents(section), image.Name) : Btf.None;

    /// <param name="file">How messages call what the bytes are from.</param>
    public static Result<Btf> Read(ReadOnlyMemory<byte> bytes, string file)
    {
        var span = bytes.Span;
        if (span.Length < HeaderBytes || ReadUInt16LittleEndian(span) != Magic || span[2] != 1)
            return LoadError.DamagedBtf(file, "its header");
        uint start = ReadUInt32LittleEndian(span[4..]);
        if (start < HeaderBytes || start > span.Length) return LoadError.DamagedBtf(file, "its header");
        if (Slice(bytes, start, span[8..]) is not { } types) return LoadError.DamagedBtf(file, "the place of its types");
        if (Slice(bytes, start, span[16..]) is not { } strings) return LoadError.DamagedBtf(file, "the place of its strings");
        return ReadTypes(types.Span, file).Try(out var byId, out var problem) ? new Btf(types, strings, byId) : problem;
    }

    /// <summary>The bytes at an offset from the header's end; null if they lie outside.</summary>
    public static ReadOnlyMemory<byte>? Slice(ReadOnlyMemory<byte> bytes, uint start, ReadOnlySpan<byte> offsetAndLength)
    {
        ulong offset = (ulong)start + ReadUInt32LittleEndian(offsetAndLength), length = ReadUInt32LittleEndian(offsetAndLength[4..]);
        return offset + length <= (ulong)bytes.Length ? bytes.Slice((int)offset, (int)length) : (ReadOnlyMemory<byte>?)null;
    }

    /// <summary>The section in which those functions are static; their callers then say what they get.</summary>
    /// <param name="functions">The numbers of their types.</param>
    public static ReadOnlyMemory<byte> WithStatic(ReadOnlyMemory<byte> section, Btf btf, IEnumerable<uint> functions)
    {
        byte[] bytes = section.ToArray();
        int types = (int)(ReadUInt32LittleEndian(bytes.AsSpan(4)) + ReadUInt32LittleEndian(bytes.AsSpan(8)));
        foreach (uint id in functions)
        {
            if (btf.Find(id) is { Kind: BtfKind.Function } function) WriteUInt16LittleEndian(bytes.AsSpan(types + function.Extra - 8), 0);
        }
        return bytes;
    }

    static Result<List<BtfType>> ReadTypes(ReadOnlySpan<byte> types, string file)
    {
        List<BtfType> byId = [default];
        for (int at = 0; at < types.Length;)
        {
            uint id = (uint)byId.Count;
            if (types.Length - at < TypeBytes) return LoadError.DamagedBtf(file, $"type {id}");
            uint info = ReadUInt32LittleEndian(types[(at + 4)..]);
            var (kind, count) = ((BtfKind)((info >> 24) & 31), (int)(info & 0xffff));
            at += TypeBytes;
            if (ExtraBytes(kind, count) is not { } extra || extra > types.Length - at) return LoadError.DamagedBtf(file, $"type {id}");
            byId.Add(new(id, kind, ReadUInt32LittleEndian(types[(at - 12)..]), count, ReadUInt32LittleEndian(types[(at - 4)..]), at, Flag: info >> 31 != 0));
            at += extra;
        }
        return byId;
    }

    static int? ExtraBytes(BtfKind kind, int count) => kind switch
    {
        BtfKind.Int or BtfKind.Variable or BtfKind.DeclarationTag => 4,
        BtfKind.Array => 12,
        BtfKind.Struct or BtfKind.Union or BtfKind.DataSection or BtfKind.Enum64 => 12 * count,
        BtfKind.Enum or BtfKind.FunctionPrototype => 8 * count,
        BtfKind.Pointer or BtfKind.Forward or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict
            or BtfKind.Function or BtfKind.Float or BtfKind.TypeTag => 0,
        _ => null,
    };
}
