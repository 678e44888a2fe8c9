using static System.Buffers.Binary.BinaryPrimitives;

namespace Chainring.Offload.Elf;

enum BtfKind
{
    Void, Int, Pointer, Array, Struct, Union, Enum, Forward, Typedef, Volatile, Const, Restrict, Function, FunctionPrototype,
    Variable, DataSection, Float, DeclarationTag, TypeTag, Enum64,
}

/// <summary>What an integer is beside its size (<c>BTF_INT_*</c>).</summary>
[Flags]
enum IntEncoding
{
    Unsigned = 0,
    Signed = 1,
    Char = 2,
    Bool = 4,
}

/// <param name="Count">Members, values, parameters or variables.</param>
/// <param name="SizeOrType">Its size in bytes or the type that it refers to, by kind.</param>
/// <param name="Extra">Where the records that follow its header start.</param>
/// <param name="Flag">Its <c>kind_flag</c>: a structure with bit fields, an enumeration with signed values, a forward declared union.</param>
readonly record struct BtfType(uint Id, BtfKind Kind, uint NameOffset, int Count, uint SizeOrType, int Extra, bool Flag)
{
    public bool IsComposite => Kind is BtfKind.Struct or BtfKind.Union;

    public bool IsEnumeration => Kind is BtfKind.Enum or BtfKind.Enum64;
}

/// <param name="Name">Empty for an anonymous structure or union.</param>
/// <param name="BitOffset">From the start of the structure.</param>
/// <param name="BitfieldBits">0 for a member that is no bit field.</param>
readonly record struct BtfMember(string Name, uint Type, uint BitOffset, int BitfieldBits);

readonly record struct BtfVariable(string Name, BtfType Declaration, uint Offset, uint Size);

/// <summary>
/// The type information of an object (section <c>.BTF</c>, little-endian, version 1). Types are found by number; what they refer to
/// may be missing and is judged where it is followed.
/// </summary>
sealed class Btf
{
    /// <summary>How far a chain of type references is followed, as in libbpf; ends cycles.</summary>
    const int MaxDepth = 32;

    const int MemberBytes = 12;

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

    public string? NameOf(in BtfType type) => TextAt(type.NameOffset);

    /// <summary>The data section of that name; null if there is none.</summary>
    public BtfType? DataSection(string name) => _dataSections.TryGetValue(name, out var type) ? type : null;

    /// <summary>Members of a structure, in order; null where one is damaged.</summary>
    public IEnumerable<BtfMember?> Members(BtfType structure)
    {
        for (int i = 0; i < structure.Count; i++) yield return MemberAt(structure, i);
    }

    /// <summary>One member of a structure or union; null if it is damaged.</summary>
    public BtfMember? MemberAt(in BtfType structure, int index) =>
        TextAt(Word(structure.Extra + MemberBytes * index)) is { } name && PlaceOf(structure, index) is var (type, bits, bitfield) ? new(name, type, bits, bitfield) : null;

    /// <summary>The type of a member, where it begins (bits from the start of its structure), and of a bit field how many bits it has.</summary>
    public (uint Type, uint Bits, int BitfieldBits) PlaceOf(in BtfType structure, int member)
    {
        int at = structure.Extra + MemberBytes * member;
        uint type = Word(at + 4), place = Word(at + 8);
        return structure.Flag ? (type, place & 0xff_ffff, (int)(place >> 24)) : (type, place, 0);
    }

    /// <summary>The name of one value of an enumeration; null if it is damaged.</summary>
    public string? ValueNameAt(in BtfType enumeration, int index) => TextAt(Word(enumeration.Extra + ValueBytes(enumeration) * index));

    /// <summary>One value of an enumeration, sign-extended.</summary>
    public ulong ValueAt(in BtfType enumeration, int index)
    {
        int at = enumeration.Extra + ValueBytes(enumeration) * index;
        return enumeration.Kind == BtfKind.Enum64 ? Word(at + 4) | ((ulong)Word(at + 8) << 32) : (ulong)(int)Word(at + 4);
    }

    static int ValueBytes(in BtfType enumeration) => enumeration.Kind == BtfKind.Enum64 ? 12 : 8;

    /// <summary>The type of an array's elements.</summary>
    public uint ElementOf(in BtfType array) => Word(array.Extra);

    /// <summary>The type of one parameter of a function prototype.</summary>
    public uint ParameterAt(in BtfType prototype, int index) => Word(prototype.Extra + 8 * index + 4);

    /// <summary>What an integer is beside its size.</summary>
    public IntEncoding EncodingOf(in BtfType integer) => (IntEncoding)((Word(integer.Extra) >> 24) & 15);

    /// <summary>An integer that does not start where its bytes do: how compilers before 2019 described bit fields.</summary>
    public bool IsShifted(in BtfType integer) => ((Word(integer.Extra) >> 16) & 0xff) != 0;

    /// <summary>Declaration tags (<c>btf_decl_tag</c>) of whole declarations: the text, and what it stands at.</summary>
    public IEnumerable<(string Text, BtfType Declaration)> Tags()
    {
        foreach (var (text, id, part) in AllTags())
        {
            if (part == uint.MaxValue && Find(id) is { } declaration) yield return (text, declaration);
        }
    }

    /// <summary>Declaration tags of functions' parameters: the text, the function's type, and which parameter it is, from 0 on.</summary>
    public IEnumerable<(string Text, uint Function, uint Parameter)> ParameterTags() =>
        AllTags().Where(t => t.Part != uint.MaxValue && Find(t.Declaration) is { Kind: BtfKind.Function });

    IEnumerable<(string Text, uint Declaration, uint Part)> AllTags()
    {
        foreach (var type in _byId)
        {
            if (type.Kind == BtfKind.DeclarationTag && NameOf(type) is { } text) yield return (text, type.SizeOrType, Word(type.Extra));
        }
    }

    /// <summary>All types, by number; the first is void.</summary>
    public IReadOnlyList<BtfType> Types => _byId;

    /// <summary>A text of the type information; null if there is none.</summary>
    public string? TextAt(uint offset) => ElfImage.Text(_strings.Span, offset);

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

    /// <summary>A function that is declared neither <c>static</c> nor <c>extern</c>; of functions the count is their linkage.</summary>
    public static bool IsGlobal(in BtfType function) => function is { Kind: BtfKind.Function, Count: 1 };

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
            id = ElementOf(type);
        }
        return null;
    }

    public uint ArrayLength(in BtfType array) => Word(array.Extra + 8);

    /// <summary>
    /// What a member's type says as a number: n for <c>__uint(f, n)</c>, a pointer to an array of n, and for <c>__ulong(f, n)</c>, an
    /// enumeration with the one value n; null for any other type.
    /// </summary>
    public ulong? DeclaredNumber(uint id)
    {
        if (Strip(id) is not { } type) return null;
        return type.Kind == BtfKind.Pointer ? DeclaredLength(id) : SingleConstant(type);
    }

    /// <summary>n for <c>__uint(f, n)</c>; null for any other type.</summary>
    public uint? DeclaredLength(uint id) =>
        Strip(id) is { Kind: BtfKind.Pointer } pointer && Strip(pointer.SizeOrType) is { Kind: BtfKind.Array } array ? ArrayLength(array) : null;

    ulong? SingleConstant(in BtfType type) => (type.Kind, type.Count) switch
    {
        (BtfKind.Enum, 1) => Word(type.Extra + 4),
        (BtfKind.Enum64, 1) => Word(type.Extra + 4) | ((ulong)Word(type.Extra + 8) << 32),
        _ => null,
    };

    uint Word(int offset) => ReadUInt32LittleEndian(_types.Span[offset..]);
}
