namespace Chainring.Kernels;

/// <summary>Packet buffers by number, and the frame that lies in each. Who may touch a buffer is for the rings to say.</summary>
public sealed class PacketMemory
{
    /// <summary>Distance between buffers: not a power of two, so that headers of neighbouring frames do not share cache sets.</summary>
    public const int Stride = Kernels.Frame.BufferBytes + 64;

    readonly byte[] _memory;
    readonly Frame[] _frames;

    public PacketMemory(int buffers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(buffers, 1);
        _memory = GC.AllocateUninitializedArray<byte>(checked(buffers * Stride), pinned: true);
        _frames = new Frame[buffers];
    }

    public int Buffers => _frames.Length;

    /// <summary>A whole buffer, <see cref="Kernels.Frame.BufferBytes"/> long.</summary>
    public Span<byte> Buffer(int number) => _memory.AsSpan(number * Stride, Kernels.Frame.BufferBytes);

    public ref Frame Frame(int number) => ref _frames[number];

    /// <summary>A frame's bytes, from data to data_end.</summary>
    public Span<byte> Bytes(int number) => Buffer(number)[_frames[number].Data.._frames[number].End];

    /// <summary>
    /// Puts a received frame into a buffer; it must not be longer than <see cref="Kernels.Frame.MaxLength"/>. The room before it is
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
