namespace Chainring.Kernels;

/// <summary>
/// Frames of one RX queue in arrival order, by the numbers of their buffers, with room for their verdicts. Nothing is copied; whoever
/// fills the batch owns the buffers.
/// </summary>
public sealed class PacketBatch(PacketMemory memory, int capacity)
{
    readonly int[] _numbers = new int[capacity];
    readonly Verdict[] _verdicts = new Verdict[capacity];

    public int Capacity => _numbers.Length;

    public int Count { get; private set; }

    public Span<Verdict> Verdicts => _verdicts.AsSpan(0, Count);

    /// <summary>The buffer number of frame <paramref name="n"/>.</summary>
    public int Number(int n) => _numbers[n];

    public ref Frame Frame(int n) => ref memory.Frame(_numbers[n]);

    /// <summary>The whole buffer of frame <paramref name="n"/>.</summary>
    public Span<byte> Buffer(int n) => memory.Buffer(_numbers[n]);

    /// <summary>The bytes of frame <paramref name="n"/>, from data to data_end.</summary>
    public Span<byte> Bytes(int n) => memory.Bytes(_numbers[n]);

    public void Add(int number) => _numbers[Count++] = number;

    public void Clear() => Count = 0;
}
