namespace Chainring.Kernels.Interpreter;

/// <summary>What an interpreted pointer points into.</summary>
enum Region : byte
{
    /// <summary>Not a pointer.</summary>
    None,
    Stack,
    Context,
    Packet,

    /// <summary>A map itself, as a 64-bit constant names it; can only be handed to helpers.</summary>
    Map,
    MapValue,

    /// <summary>A function of a program; can only be handed to helpers.</summary>
    Code,

    /// <summary>A record of a ring buffer, while it is reserved.</summary>
    Record,

    /// <summary>The key of the element for which a function is called back; can only be read.</summary>
    MapKey,

    /// <summary>Slices of the frame, of map values and records that can only be read.</summary>
    ReadOnlyPacket,
    ReadOnlyMapValue,
    ReadOnlyRecord,

    /// <summary>A socket that was looked up, until it is released.</summary>
    Socket,

    /// <summary>The same, seen as a <c>struct sock_common</c>.</summary>
    CommonSocket,
}

/// <summary>
/// A pointer as the interpreter's registers hold it: a plain number, so that arithmetic and comparison need no special case, whose
/// upper half says what it points into. Every access looks there and checks the rest against what is live.
/// </summary>
/// <remarks><code>
/// 63      56 55                            32 31                              0
/// │ region  │ depth, map, program or socket │ offset in bytes + 2 GiB        │
/// </code>
/// An offset can so become negative, as on the way to a violation, without borrowing from the upper half.</remarks>
static class Address
{
    public const uint MaxIndex = 0xff_ffff;

    const uint Zero = 1u << 31;

    public static ulong Of(Region region, uint index, int offset) => ((ulong)region << 56) | ((ulong)index << 32) | (Zero + (uint)offset);

    public static Region RegionOf(ulong address) => (Region)(address >> 56);

    public static uint IndexOf(ulong address) => (uint)(address >> 32) & MaxIndex;

    /// <summary>A negative offset comes out as one beyond 2 GiB, which is beyond everything.</summary>
    public static uint OffsetOf(ulong address) => (uint)address - Zero;
}
