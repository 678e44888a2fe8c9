namespace Chainring.Kernels;

/// <summary>
/// Frames of one RX queue in arrival order, by the numbers of their buffers, with room for their verdicts. Nothing is copied; whoever
/// fills the batch owns the buffers.
/// </summary>
public sealed class PacketBatch
{
    readonly PacketMemory _memory;
    readonly int[] _numbers;
    readonly Verdict[] _verdicts;

    /// <summary>A batch over buffers that belong to someone else.</summary>
    public PacketBatch(PacketMemory memory, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _memory = memory;
        _numbers = new int[capacity];
        _verdicts = new Verdict[capacity];
    }

    /// <summary>A batch with buffers of its own, to be filled by <see cref="Add(ReadOnlySpan{byte})"/>.</summary>
    /// <param name="longestFrame">Frames have that many bytes at most.</param>
    public PacketBatch(int capacity, int longestFrame = Kernels.Frame.MaxLength) : this(new PacketMemory(capacity, longestFrame), capacity)
    {
        for (int n = 0; n < capacity; n++) _numbers[n] = n;
    }

    /// <summary>The RX queue that its frames came through, whatever programs write to rx_queue_index.</summary>
    public int Queue { get; init; }

    /// <summary>Where kernels note the programs that run on each frame; null if nobody asks for it.</summary>
    public FramePaths? Paths { get; init; }

    public int Capacity => _numbers.Length;

    public int Count { get; private set; }

    public Span<Verdict> Verdicts => _verdicts.AsSpan(0, Count);

    /// <summary>The buffers, and the numbers of those that have the batch's frames: for backends that go through many at once.</summary>
    internal PacketMemory Memory => _memory;

    internal ReadOnlySpan<int> Numbers => _numbers.AsSpan(0, Count);

    /// <summary>The buffer number of frame <paramref name="n"/>.</summary>
    public int Number(int n) => _numbers[n];

    public ref Frame Frame(int n) => ref _memory.Frame(_numbers[n]);

    /// <summary>The whole buffer of frame <paramref name="n"/>.</summary>
    public Span<byte> Buffer(int n) => _memory.Buffer(_numbers[n]);

    /// <summary>The bytes of frame <paramref name="n"/>, those in fragments too.</summary>
    public Span<byte> Bytes(int n) => _memory.Bytes(_numbers[n]);

    /// <summary>Appends the frame in that buffer.</summary>
    public void Add(int number) => _numbers[Count++] = number;

    /// <summary>Copies a frame into the buffer whose number is the frame's place, and appends it.</summary>
    public ref Frame Add(ReadOnlySpan<byte> bytes)
    {
        int number = Count;
        ref var frame = ref _memory.Place(number, bytes);
        Add(number);
        return ref frame;
    }

    public void Clear() => Count = 0;
}
