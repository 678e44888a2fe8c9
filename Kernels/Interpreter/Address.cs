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
}

/// <summary>
/// A pointer as the interpreter's registers hold it: a plain number, so that arithmetic and comparison need no special case, whose
/// upper half says what it points into. Every access looks there and checks the rest against what is live.
/// </summary>
/// <remarks><code>
/// 63      56 55                    32 31                              0
/// │ region  │ call depth or map id   │ offset in bytes                │
/// </code></remarks>
static class Address
{
    public static ulong Of(Region region, uint index, int offset) => ((ulong)region << 56) | ((ulong)index << 32) | (uint)offset;

    public static Region RegionOf(ulong address) => (Region)(address >> 56);

    public static uint IndexOf(ulong address) => (uint)(address >> 32) & 0xff_ffff;

    public static uint OffsetOf(ulong address) => (uint)address;
}
