using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Offload.Verify;

/// <summary>What a register holds.</summary>
enum RegisterKind : byte
{
    /// <summary>Nothing that may be read.</summary>
    Unset,
    Number,
    Context,
    Stack,

    /// <summary>The packet from <c>data</c> on.</summary>
    Packet,

    /// <summary>The packet from <c>data_meta</c> on.</summary>
    Metadata,

    /// <summary><c>data_end</c>: only for comparison.</summary>
    PacketEnd,

    /// <summary>A map itself; only helpers know what to do with it.</summary>
    Map,
    MapValue,

    /// <summary>A key, as a callback of an iteration gets it.</summary>
    MapKey,

    /// <summary>Memory of a known size: a record of a ring buffer, a stretch of a dynptr.</summary>
    Memory,

    /// <summary>A socket that was looked up: <c>struct bpf_sock</c>, or only the part that every socket has.</summary>
    Socket,
    CommonSocket,

    /// <summary>A function of the program.</summary>
    Function,

    /// <summary>In a stack slot one half of a dynamic pointer; in a register where one is that a global function was given.</summary>
    Dynptr,
}

/// <summary>
/// What is known of a register, or of what was spilled to the stack. Of a pointer <see cref="Bounds"/> and <see cref="Offset"/> add up to how far
/// it is from the start of what it points into.
/// </summary>
struct Register
{
    /// <summary><see cref="Range"/> of a packet pointer that is known to equal <c>data_end</c>, or to lie beyond.</summary>
    public const int AtEnd = -1, BeyondEnd = -2;

    public RegisterKind Kind;

    /// <summary>It may as well be null.</summary>
    public bool MaybeNull;

    /// <summary>A decision hung on this number: pruning has to compare it.</summary>
    public bool Precise;

    /// <summary>Of <see cref="RegisterKind.Memory"/>: programs cannot write it.</summary>
    public bool ReadOnly;

    /// <summary>It is void once the packet moves.</summary>
    public bool OfPacket;

    /// <summary>The number differs by <see cref="Delta"/> from those with the same id.</summary>
    public bool HasDelta;

    /// <summary>Of a stack pointer: whose stack, by depth.</summary>
    public byte Frame;

    /// <summary>The fixed part of a pointer's offset, in bytes.</summary>
    public int Offset;

    public int Delta;

    /// <summary>Of a packet pointer: bytes proven to be there from the place where <see cref="Offset"/> is 0. Or how it relates to the end.</summary>
    public int Range;

    /// <summary>Of <see cref="RegisterKind.Memory"/>: bytes. Of <see cref="RegisterKind.Function"/>: where it starts.</summary>
    public int Size;

    /// <summary>Registers with the same id (not 0) hold copies of one value: numbers, null or not, or variable packet offsets.</summary>
    public uint Id;

    /// <summary>What has to be given back, or what this goes away with; 0 if nothing.</summary>
    public uint Reference;

    /// <summary>Of memory: the dynamic pointer that it is a part of, by id; it goes away with it. 0 if none.</summary>
    public uint Owner;

    /// <summary>Of a dynamic pointer: what it points into.</summary>
    public DynptrKinds Dynptrs;

    /// <summary>Of a dynamic pointer: this is its second half.</summary>
    public bool IsSecondHalf;

    /// <summary>The map; of a value or key the one it is in.</summary>
    public MapFacts? Map;

    /// <summary>The number, or the part of a pointer's offset that varies.</summary>
    public Bounds Bounds;

    public readonly bool IsSet => Kind != RegisterKind.Unset;

    public readonly bool IsNumber => Kind == RegisterKind.Number;

    public readonly bool IsPointer => Kind > RegisterKind.Number;

    public readonly bool IsPacketPointer => Kind is RegisterKind.Packet or RegisterKind.Metadata;

    /// <summary>What can be compared with each other because it is all about one packet.</summary>
    public readonly bool IsOfPacket => Kind is RegisterKind.Packet or RegisterKind.Metadata or RegisterKind.PacketEnd;

    public readonly bool IsConstant => IsNumber && Bounds.IsConst;

    public readonly bool IsZero => IsConstant && Bounds.Value == 0;

    /// <summary>A pointer that cannot be 0, so that comparing it with 0 decides itself.</summary>
    public readonly bool IsNeverNull => !MaybeNull && Kind is RegisterKind.Map or RegisterKind.MapValue or RegisterKind.MapKey or RegisterKind.Memory or RegisterKind.Socket or RegisterKind.CommonSocket;

    public readonly bool IsSocket => Kind is RegisterKind.Socket or RegisterKind.CommonSocket;

    /// <summary><c>data</c>, just as the context gives it.</summary>
    public readonly bool IsPacketStart => Kind == RegisterKind.Packet && Id == 0 && Offset == 0 && Bounds.IsConst && Bounds.Value == 0;

    public static Register Unknown => Number(Verify.Bounds.Unknown);

    public static Register Number(in Bounds bounds) => new() { Kind = RegisterKind.Number, Bounds = bounds };

    public static Register Constant(ulong value) => Number(Verify.Bounds.Const(value));

    public static Register Pointer(RegisterKind kind) => new() { Kind = kind, Bounds = Verify.Bounds.Const(0) };

    /// <summary>How far from the start of what it points into, for people: <c>14</c>, <c>34 + 0..60</c>.</summary>
    public readonly string OffsetText(int further = 0)
    {
        long @fixed = (long)Offset + further;
        return Bounds.IsConst ? $"{@fixed + (long)Bounds.Value}" : @fixed == 0 ? $"{Bounds}" : $"{@fixed} + ({Bounds})";
    }

    /// <summary>What it is, for people: <c>a value of map m</c>, <c>a number (0..255)</c>.</summary>
    public readonly string What
    {
        get
        {
            string what = Kind switch
            {
                RegisterKind.Unset => "not set",
                RegisterKind.Number => IsConstant ? $"the number {Bounds}" : $"a number ({Bounds})",
                RegisterKind.Context => "the context",
                RegisterKind.Stack => "a pointer into the stack",
                RegisterKind.Packet => "a pointer into the packet",
                RegisterKind.Metadata => "a pointer into the metadata",
                RegisterKind.PacketEnd => "the packet's end",
                RegisterKind.Map => $"map {Map?.Spec.Name}",
                RegisterKind.MapValue => $"a value of map {Map?.Spec.Name}",
                RegisterKind.MapKey => $"a key of map {Map?.Spec.Name}",
                RegisterKind.Memory => $"memory of {Size} bytes",
                RegisterKind.Socket or RegisterKind.CommonSocket => "a socket",
                RegisterKind.Dynptr => "a dynamic pointer",
                _ => "the address of a function",
            };
            return MaybeNull ? $"{what}, or null" : what;
        }
    }

    /// <summary>The state's line in a rejection with <c>-v</c>: <c>a pointer into the packet + 14, 34 bytes proven</c>.</summary>
    public override readonly string ToString()
    {
        if (!IsPointer || (Offset == 0 && Bounds.IsConst && Bounds.Value == 0 && Range == 0)) return What;
        string proven = IsPacketPointer && Range > 0 ? $", {Range} bytes proven" : "";
        return $"{What} + {OffsetText()}{proven}";
    }
}
