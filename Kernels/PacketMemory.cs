namespace Chainring.Kernels;

/// <summary>Packet buffers by number, and the frame that lies in each. Who may touch a buffer is for the rings to say.</summary>
public sealed class PacketMemory
{
    const int CacheLineBytes = 64;

    readonly byte[] _memory;
    readonly Frame[] _frames;

    /// <param name="longestFrame">Frames have that many bytes at most when they are placed.</param>
    public PacketMemory(int buffers, int longestFrame = Kernels.Frame.MaxLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(buffers, 1);
        BufferBytes = Kernels.Frame.BufferFor(longestFrame);
        Stride = ((BufferBytes / CacheLineBytes + 1) | 1) * CacheLineBytes;
        _memory = GC.AllocateUninitializedArray<byte>(checked(buffers * Stride), pinned: true);
        _frames = GC.AllocateArray<Frame>(buffers, pinned: true);
    }

    public int Buffers => _frames.Length;

    /// <summary>Length of each buffer: <see cref="Kernels.Frame.BufferBytes"/>, or more for frames with fragments.</summary>
    public int BufferBytes { get; }

    /// <summary>Distance between buffers: an odd number of cache lines, so that headers of neighbouring frames do not share cache sets.</summary>
    public int Stride { get; }

    /// <summary>Where the first buffer is in memory; the others follow at <see cref="Stride"/>.</summary>
    internal nint Address => System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0);

    internal Span<Frame> Frames => _frames;

    /// <summary>Where the first frame's record is in memory; the others follow.</summary>
    internal nint FramesAddress => System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(_frames, 0);

    /// <summary>All buffers, and all records: neither moves.</summary>
    internal (byte[] Buffers, Frame[] Frames) Arrays => (_memory, _frames);

    /// <summary>A whole buffer.</summary>
    public Span<byte> Buffer(int number) => _memory.AsSpan(number * Stride, BufferBytes);

    public ref Frame Frame(int number) => ref _frames[number];

    /// <summary>A frame's bytes, those in fragments too.</summary>
    public Span<byte> Bytes(int number) => Buffer(number)[_frames[number].Data.._frames[number].LastEnd];

    /// <summary>
    /// Puts a received frame into a buffer; it must not be longer than the memory was made for. The room before it is
    /// zeroed: what a program uncovers there does not depend on the frame that used the buffer before.
    /// </summary>
    public ref Frame Place(int number, ReadOnlySpan<byte> bytes) => ref Place(number, bytes, default);

    /// <summary>The same with a frame in two pieces.</summary>
    public ref Frame Place(int number, ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest)
    {
        var buffer = Buffer(number);
        buffer[..Kernels.Frame.Headroom].Clear();
        head.CopyTo(buffer[Kernels.Frame.Headroom..]);
        rest.CopyTo(buffer[(Kernels.Frame.Headroom + head.Length)..]);
        _frames[number] = Kernels.Frame.OfLength(head.Length + rest.Length);
        return ref _frames[number];
    }
}
