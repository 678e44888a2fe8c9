using Chainring.Kernels;

namespace Chainring.Nic.Wire;

/// <summary>A few frames of one batch that leave together. The batch owns their buffers.</summary>
public sealed class TxBulk(int queue)
{
    /// <summary>As many as Linux sends to a device at once (DEV_MAP_BULK_SIZE).</summary>
    public const int Capacity = 16;

    readonly int[] _frames = new int[Capacity];
    PacketBatch? _batch;
    uint _taken;

    /// <summary>The number of the queue that sends, as <see cref="IWire.TrySend"/> is told it.</summary>
    public int Queue { get; } = queue;

    public int Count { get; private set; }

    public ReadOnlySpan<byte> Bytes(int n) => _batch!.Bytes(_frames[n]);

    public ulong TimestampNs(int n) => _batch!.Frame(_frames[n]).TimestampNs;

    /// <summary>The wire's word that it has taken a frame.</summary>
    public void Take(int n) => _taken |= 1u << n;

    public bool IsTaken(int n) => (_taken >> n & 1) != 0;

    internal void Add(PacketBatch batch, int frame)
    {
        _batch = batch;
        _frames[Count++] = frame;
    }

    internal void Clear() => (Count, _taken) = (0, 0);
}
