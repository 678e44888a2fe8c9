using static System.Buffers.Binary.BinaryPrimitives;

namespace Chainring.Offload.Elf;

enum BtfKind
{
    Void, Int, Pointer, Array, Struct, Union, Enum, Forward, Typedef, Volatile, Const, Restrict, Function, FunctionPrototype,
    Variable, DataSection, Float, DeclarationTag, TypeTag, Enum64,
}

/// <param name="Count">Members, values, parameters or variables.</param>
/// <param name="SizeOrType">Its size in bytes or the type that it refers to, by kind.</param>
/// <param name="Extra">Where the records that follow its header start.</param>
readonly record struct BtfType(uint Id, BtfKind Kind, uint NameOffset, int Count, uint SizeOrType, int Extra);

/// <param name="Offset">In bytes, from the start of the structure.</param>
readonly record struct BtfMember(string Name, uint Type, int Offset);

readonly record struct BtfVariable(string Name, BtfType Declaration, uint Offset, uint Size);

/// <summary>
/// The type information of an object (section <c>.BTF</c>, little-endian, version 1). Types are found by number; what they refer to
/// may be missing and is judged where it is followed.
/// </summary>
sealed class Btf
{
    /// <summary>How far a chain of type references is followed, as in libbpf; ends cycles.</summary>
    const int MaxDepth = 32;

    readonly ReadOnlyMemory<byte> _types;
    readonly ReadOnlyMemory<byte> _strings;
    readonly List<BtfType> _byId;
    readonly Dictionary<string, BtfType> _dataSections = [];

    internal Btf(ReadOnlyMemory<byte> types, ReadOnlyMemory<byte> strings, List<BtfType> byId)
    {
        (_types, _strings, _byId) = (types, strings, byId);
        foreach (var type in byId)
        {
            if (type.Kind == BtfKind.DataSection && NameOf(type) is { } name) _dataSections.TryAdd(name, type);
        }
    }

    /// <summary>Type information of an object that has none.</summary>
    public static Btf None { get; } = new(default, default, []);

    public bool IsPresent => _byId.Count > 0;

    public BtfType? Find(uint id) => id < (uint)_byId.Count ? _byId[(int)id] : null;

    public string? NameOf(in BtfType type) => ElfImage.Text(_strings.Span, type.NameOffset);

    /// <summary>The data section of that name; null if there is none.</summary>
    public BtfType? DataSection(string name) => _dataSections.TryGetValue(name, out var type) ? type : null;

    /// <summary>Members of a structure, in order; null where one is damaged.</summary>
    public IEnumerable<BtfMember?> Members(BtfType structure)
    {
        for (int i = 0; i < structure.Count; i++)
        {
            uint name = Word(structure.Extra + 12 * i), type = Word(structure.Extra + 12 * i + 4);
            // Where members have a width in bits, their offset is the lower 24.
            int offset = (int)(Word(structure.Extra + 12 * i + 8) & 0xff_ffff) / 8;
            yield return ElfImage.Text(_strings.Span, name) is { } text ? new BtfMember(text, type, offset) : null;
        }
    }

    /// <summary>Variables and functions of a data section, in order; null where one is damaged.</summary>
    public IEnumerable<BtfVariable?> Variables(BtfType section)
    {
        for (int i = 0; i < section.Count; i++)
        {
            int at = section.Extra + 12 * i;
            yield return Find(Word(at)) is { Kind: BtfKind.Variable or BtfKind.Function } type && NameOf(type) is { } name
                ? new BtfVariable(name, type, Word(at + 4), Word(at + 8))
                : null;
        }
    }

    /// <summary>How many parameters a function is declared with; null if that is no function.</summary>
    public int? ParametersOf(in BtfType function) =>
        function.Kind == BtfKind.Function && Find(function.SizeOrType) is { Kind: BtfKind.FunctionPrototype } prototype ? prototype.Count : null;

    /// <summary>A variable of internal linkage (declared <c>static</c>).</summary>
    public bool IsStatic(in BtfType variable) => variable.Kind == BtfKind.Variable && Word(variable.Extra) == 0;

    /// <summary>The type behind typedefs, qualifiers and tags; null if that leads nowhere.</summary>
    public BtfType? Strip(uint id)
    {
        for (int depth = 0; depth < MaxDepth && Find(id) is { } type; depth++)
        {
            if (type.Kind is not (BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict or BtfKind.TypeTag)) return type;
            id = type.SizeOrType;
        }
        return null;
    }

    /// <summary>Bytes that a value of the type takes; null if it has no size or one beyond 32 bits.</summary>
    public uint? SizeOf(uint id)
    {
        ulong count = 1;
        for (int depth = 0; depth < MaxDepth && Strip(id) is { } type; depth++)
        {
            ulong? size = type.Kind switch
            {
                BtfKind.Int or BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Float => type.SizeOrType,
                BtfKind.Pointer => 8,
                _ => null,
            };
            if (size is { } bytes) return count * bytes <= uint.MaxValue ? (uint)(count * bytes) : null;
            if (type.Kind != BtfKind.Array) return null;
            count *= ArrayLength(type);
            if (count > uint.MaxValue) return null;
            id = Word(type.Extra);
        }
        return null;
    }

    public uint ArrayLength(in BtfType array) => Word(array.Extra + 8);

    /// <summary>What an array is one of.</summary>
    public uint ElementOf(in BtfType array) => Word(array.Extra);

    /// <summary>
    /// What a member's type says as a number: n for <c>__uint(f, n)</c>, a pointer to an array of n, and for <c>__ulong(f, n)</c>, an
    /// enumeration with the one value n; null for any other type.
    /// </summary>
    public ulong? DeclaredNumber(uint id)
    {
        if (Strip(id) is not { } type) return null;
        if (type.Kind != BtfKind.Pointer) return SingleConstant(type);
        return Strip(type.SizeOrType) is { Kind: BtfKind.Array } array ? ArrayLength(array) : null;
    }

    ulong? SingleConstant(in BtfType type) => (type.Kind, type.Count) switch
    {
        (BtfKind.Enum, 1) => Word(type.Extra + 4),
        (BtfKind.Enum64, 1) => Word(type.Extra + 4) | ((ulong)Word(type.Extra + 8) << 32),
        _ => null,
    };

    uint Word(int offset) => ReadUInt32LittleEndian(_types.Span[offset..]);
}
