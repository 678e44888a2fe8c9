namespace Chainring.Kernels;

/// <summary>
/// Frames of one RX queue in arrival order, with room for their verdicts. The batch owns neither buffers nor frames' fate: whoever
/// fills it decides where buffers lie. Frame n's buffer is <see cref="Buffer"/>(n), for as long as the batch is not cleared.
/// </summary>
public sealed class PacketBatch
{
    /// <summary>Distance between buffers: not a power of two, so that headers of neighbouring frames do not share cache sets.</summary>
    public const int Stride = Frame.BufferBytes + 64;

    readonly byte[] _memory;
    readonly Frame[] _frames;
    readonly Verdict[] _verdicts;

    public PacketBatch(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _memory = GC.AllocateUninitializedArray<byte>(checked(capacity * Stride), pinned: true);
        _frames = new Frame[capacity];
        _verdicts = new Verdict[capacity];
    }

    public int Capacity => _frames.Length;

    public int Count { get; private set; }

    public Span<Frame> Frames => _frames.AsSpan(0, Count);

    public Span<Verdict> Verdicts => _verdicts.AsSpan(0, Count);

    /// <summary>The whole buffer of frame <paramref name="n"/>, <see cref="Frame.BufferBytes"/> long.</summary>
    public Span<byte> Buffer(int n) => _memory.AsSpan(n * Stride, Frame.BufferBytes);

    /// <summary>The bytes of frame <paramref name="n"/>, from data to data_end.</summary>
    public Span<byte> Bytes(int n) => Buffer(n)[_frames[n].Data.._frames[n].End];

    /// <summary>
    /// Appends a frame, copying its bytes; it must not be longer than <see cref="Frame.MaxLength"/>. The room before it is zeroed: what
    /// a program uncovers there does not depend on the frame that used the buffer before.
    /// </summary>
    public ref Frame Add(ReadOnlySpan<byte> bytes)
    {
        ref var frame = ref _frames[Count];
        frame = Frame.OfLength(bytes.Length);
        var buffer = Buffer(Count++);
        buffer[..Frame.Headroom].Clear();
        bytes.CopyTo(buffer[Frame.Headroom..]);
        return ref frame;
    }

    public void Clear() => Count = 0;
}
