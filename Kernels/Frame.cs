namespace Chainring.Kernels;

/// <summary>
/// A received frame and where it lies in its buffer. All positions are bytes from the start of the buffer.
/// </summary>
/// <remarks><code>
/// 0         40                256                                       3776            4096
/// │ record  │ room to grow    │ frame as received        │ room to grow │ tail reserve  │
///               ▲ Meta   ▲ Data                    End ▲
/// </code>
/// The same numbers as BPF_PROG_TEST_RUN on a 4,096-byte page: 256 bytes of headroom of which the kernel's frame record takes 40,
/// and 320 bytes of <c>skb_shared_info</c> kept free at the end.</remarks>
public struct Frame
{
    public const int BufferBytes = 4096;
    public const int Headroom = 256;
    public const int RecordBytes = 40;
    public const int TailReserve = 320;

    /// <summary>The longest frame that a program without frags support can be given.</summary>
    public const int MaxLength = BufferBytes - Headroom - TailReserve;

    /// <summary>Frames cannot be shrunk below an Ethernet header.</summary>
    public const int MinLength = 14;

    /// <summary>The largest metadata area (the kernel keeps its length in one byte).</summary>
    public const int MaxMetadata = 252;

    /// <summary>First byte of the metadata; equal to <see cref="Data"/> when there is none.</summary>
    public int Meta;

    public int Data;

    public int End;

    /// <summary>Arrival order on the card, from 0.</summary>
    public long Index;

    /// <summary>When the frame arrived as its wire says, in nanoseconds since the epoch.</summary>
    public ulong TimestampNs;

    /// <summary>The card's clock then: that of the wire, but never smaller than for the frame before.</summary>
    public ulong ClockNs;

    /// <summary>Bytes at the end that the wire did not have, because a capture cut them off.</summary>
    public uint CutBytes;

    public uint IngressIfindex;

    public RxHints Hints;

    /// <summary>As the context shows it; a program may have written another number. What ran the program is <see cref="KernelEnvironment.Cpu"/>.</summary>
    public uint RxQueue;

    /// <summary>Where a redirect verdict sends the frame; no target while no program has said so.</summary>
    public RedirectTarget Redirect;

    /// <summary>The interface or key in the last call that named a target.</summary>
    public uint RedirectIndex;

    public readonly int Length => End - Data;

    /// <summary>As when a frame enters a chain.</summary>
    public void ForgetRedirect() => (Redirect, RedirectIndex) = (default, 0);

    /// <summary>A fresh frame of that length at the usual place.</summary>
    public static Frame OfLength(int length) => new() { Meta = Headroom, Data = Headroom, End = Headroom + length };
}
