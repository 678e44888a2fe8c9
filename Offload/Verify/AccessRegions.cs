namespace Chainring.Offload.Verify;

/// <summary>What an access lies in. Offsets count from the region's start; which starts lie at multiples of 8 is said here.</summary>
[Flags]
public enum AccessRegions
{
    None = 0,

    /// <summary>The stack of the function that the instruction is in, from its frame pointer down: offsets are negative. The frame pointer is a multiple of 8.</summary>
    Stack = 1,

    /// <summary>The stack of a function that called it, directly or not, from that one's frame pointer down.</summary>
    CallerStack = 2,

    /// <summary><c>struct xdp_md</c>, by the offsets of its fields.</summary>
    Context = 4,

    /// <summary>The packet from <c>data</c> on, which may lie anywhere.</summary>
    Packet = 8,

    /// <summary>From <c>data_meta</c> on, which may lie anywhere.</summary>
    Metadata = 16,

    /// <summary>A value of a map, which starts at a multiple of 8.</summary>
    MapValue = 32,

    /// <summary>A key that a callback was given, which may lie anywhere.</summary>
    MapKey = 64,

    /// <summary>
    /// A record of a ring buffer, a stretch of what a dynamic pointer points into, a value of an XSK map, or memory that a global function was given.
    /// May lie anywhere.
    /// </summary>
    Memory = 128,

    /// <summary>A socket, by the offsets of the fields of <c>struct bpf_sock</c>.</summary>
    Socket = 256,
}
