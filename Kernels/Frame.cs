using System.Runtime.CompilerServices;

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
/// and 320 bytes of <c>skb_shared_info</c> kept free at the end.
/// <para>A frame that is longer fills that part, which programs see, and goes on in fragments, each a page, which they reach by helpers only. In the
/// buffer fragments follow at once, so that the whole frame is still one run of bytes; only the last fragment may not be full.
/// <code>
/// 0         40                256                    3776                 7872
/// │ record  │ room to grow    │ linear part, full    │ fragment           │ fragment, room to grow │
///               ▲ Meta   ▲ Data                  End ▲ ◄──── FragmentBytes ────►
/// </code></para></remarks>
public struct Frame
{
    public const int BufferBytes = 4096;
    public const int Headroom = 256;
    public const int RecordBytes = 40;
    public const int TailReserve = 320;

    /// <summary>Where the linear part ends at most, and fragments begin.</summary>
    public const int LinearEnd = BufferBytes - TailReserve;

    /// <summary>The longest frame that a program without frags support can be given, and the linear part of a longer one as it is received.</summary>
    public const int MaxLength = LinearEnd - Headroom;

    /// <summary>What a fragment holds.</summary>
    public const int PageBytes = 4096;

    /// <summary>Frames cannot be shrunk below an Ethernet header.</summary>
    public const int MinLength = 14;

    /// <summary>The largest metadata area (the kernel keeps its length in one byte).</summary>
    public const int MaxMetadata = 252;

    // Meta to FragmentBytes are read as two words, and the redirect is forgotten as two: they lie one behind the other.

    /// <summary>First byte of the metadata; equal to <see cref="Data"/> when there is none.</summary>
    public int Meta;

    public int Data;

    /// <summary>End of what programs see. <see cref="LinearEnd"/> while there are fragments.</summary>
    public int End;

    /// <summary>Bytes of the frame behind <see cref="End"/>, in fragments; 0 for a frame of one piece.</summary>
    public int FragmentBytes;

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

    /// <summary>Of the whole frame.</summary>
    public readonly int Length => End - Data + FragmentBytes;

    /// <summary>Of what programs see.</summary>
    public readonly int LinearLength => End - Data;

    public readonly bool HasFragments => FragmentBytes != 0;

    /// <summary>Whether bytes of the frame, from a place in its buffer on, lie in the linear part or within one page of the fragments.</summary>
    public readonly bool IsInOnePiece(int place, int length)
    {
        int end = place + length;
        return !HasFragments || end <= LinearEnd || (place >= LinearEnd && (length == 0 || (place - LinearEnd) / PageBytes == (end - 1 - LinearEnd) / PageBytes));
    }

    /// <summary>End of the whole frame.</summary>
    public readonly int LastEnd => End + FragmentBytes;

    /// <summary>As when a frame enters a chain.</summary>
    public void ForgetRedirect() => Unsafe.WriteUnaligned(ref Unsafe.As<RedirectTarget, byte>(ref Redirect), UInt128.Zero);

    /// <summary>A fresh frame of that length at the usual place.</summary>
    public static Frame OfLength(int length)
    {
        int linear = Math.Min(length, MaxLength);
        return new() { Meta = Headroom, Data = Headroom, End = Headroom + linear, FragmentBytes = length - linear };
    }

    /// <summary>How long a buffer has to be for frames of that length: whole fragments, since the last one may grow.</summary>
    public static int BufferFor(int length) =>
        length <= MaxLength ? BufferBytes : LinearEnd + (length - MaxLength + PageBytes - 1) / PageBytes * PageBytes;
}
