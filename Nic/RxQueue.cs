using System.Diagnostics;
using Chainring.Kernels;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;

namespace Chainring.Nic;

/// <summary>Who is told what became of frames: those of one queue in arrival order.</summary>
public interface IFrameSink
{
    /// <summary>A batch has its verdicts. Its bytes are valid until this returns.</summary>
    void Finished(PacketBatch batch);

    /// <summary>What programs put out while a batch ran, told before it is finished. It is gone when this returns.</summary>
    void PutOut(EventLog events)
    {
    }

    /// <summary>A frame was counted and dropped before any program saw it.</summary>
    void Missed(in WireFrame frame, long index, MissReason reason);
}

/// <summary>
/// One RX queue: a ring that the wire's side fills and CPU n empties, a batch at a time, through the card's chain. Each buffer is in
/// one place: free, in the ring, or in the batch that is being run.
/// </summary>
public sealed class RxQueue
{
    readonly SmartNic _card;
    readonly PacketMemory _memory;
    readonly DescriptorRing _free;
    readonly DescriptorRing _filled;
    readonly PacketBatch _batch;
    readonly long[] _verdicts = new long[Enum.GetValues<XdpAction>().Length];
    readonly long[] _aborts = new long[Aborts.Count];
    readonly long[] _ends = new long[FrameEnds.Count];
    readonly int _coalesceFrames;
    readonly ulong _coalesceNs;
    readonly bool _waitsForFrames;
    readonly long _coalesceTicks;
    readonly long[] _arrivedAt;
    volatile bool _stalled;

    internal RxQueue(SmartNic card, int number, PortConfig config)
    {
        _card = card;
        Number = number;
        int batch = Math.Min(config.Batch, config.Ring);
        _memory = new PacketMemory(config.Ring + batch, config.LongestFrame);
        _free = new DescriptorRing(_memory.Buffers);
        _filled = new DescriptorRing(config.Ring);
        _batch = new PacketBatch(_memory, batch) { Queue = number, Paths = card.NotesPaths ? new FramePaths(batch) : null };
        _coalesceFrames = Math.Min(config.CoalesceFrames, batch);
        _coalesceNs = config.CoalesceNs;
        _waitsForFrames = config.CoalesceFrames != int.MaxValue || _coalesceNs != 0;
        _coalesceTicks = (long)(_coalesceNs / 1e9 * Stopwatch.Frequency);
        _arrivedAt = new long[_coalesceNs != 0 ? _memory.Buffers : 0];
        for (int buffer = 0; buffer < _memory.Buffers; buffer++) _free.TryPut(buffer);
    }

    public int Number { get; }

    /// <summary>Frames that were put into the ring.</summary>
    public long Received { get; private set; }

    /// <summary>Their bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Frames that found the ring full.</summary>
    public long RingFull { get; private set; }

    /// <summary>Batches run.</summary>
    public long Batches { get; private set; }

    /// <summary>Frames in the ring.</summary>
    public int Waiting => _filled.Count;

    /// <summary>Enough frames wait to be worth a batch.</summary>
    public bool IsDue => _filled.Count >= _coalesceFrames && !_stalled;

    /// <summary>The ring is filled but not served.</summary>
    public bool Stalled
    {
        get => _stalled;
        internal set
        {
            if (_stalled != value) _stalled = value;
        }
    }

    internal bool HasRoom => _filled.Count < _filled.Size && !_free.IsEmpty;

    /// <summary>Frames with a redirect verdict that no program named a target for: they go nowhere.</summary>
    public long RedirectsWithoutTarget { get; private set; }

    public long Verdicts(XdpAction action) => _verdicts[(int)action];

    public long AbortsBy(AbortReason reason) => _aborts[(int)reason];

    /// <summary>Frames by where they ended, as whoever carries the verdicts out says.</summary>
    public long Ended(FrameEnd end) => _ends[(int)end];

    internal void CountEnd(FrameEnd end) => _ends[(int)end]++;

    /// <summary>The oldest frame has waited as long as it may.</summary>
    internal bool HasWaited(ulong clockNs) =>
        _coalesceNs != 0 && !_stalled && _filled.TryPeek(out int oldest) && clockNs >= _memory.Frame(oldest).ClockNs + _coalesceNs;

    /// <summary>
    /// When a thread of its own should serve the queue, by the host's clock whatever the frames' timestamps say, in ticks of <see cref="Stopwatch"/>:
    /// now or before if there is a batch, or anything and nothing to wait for; never, if nothing waits or only for more frames.
    /// </summary>
    internal long DueAt() =>
        _stalled || !_filled.TryPeek(out int oldest) ? long.MaxValue
        : !_waitsForFrames || IsDue ? 0
        : _coalesceTicks != 0 ? _arrivedAt[oldest] + _coalesceTicks
        : long.MaxValue;

    /// <summary>The wire's side: false if the ring is full. A VLAN tag that the hints have is left out.</summary>
    internal bool TryReceive(in WireFrame frame, long index, ulong clockNs, uint ifindex, in RxHints hints)
    {
        if (_filled.Count == _filled.Size || !_free.TryTake(out int buffer))
        {
            RingFull++;
            return false;
        }
        ref var taken = ref hints.HasVlanTag
            ? ref _memory.Place(buffer, frame.Bytes[..VlanTag.Offset], frame.Bytes[(VlanTag.Offset + VlanTag.Bytes)..])
            : ref _memory.Place(buffer, frame.Bytes);
        taken.Index = index;
        taken.TimestampNs = frame.TimestampNs;
        taken.ClockNs = clockNs;
        taken.CutBytes = frame.OriginalLength - (uint)frame.Bytes.Length;
        taken.IngressIfindex = ifindex;
        taken.RxQueue = (uint)Number;
        taken.Hints = hints;
        if (_arrivedAt.Length != 0) _arrivedAt[buffer] = Stopwatch.GetTimestamp();
        Received++;
        Bytes += frame.Bytes.Length;
        return _filled.TryPut(buffer);
    }

    /// <summary>The CPU's side: runs one batch of what waits, and gives its buffers back. Returns how many frames that were.</summary>
    public int Poll(IFrameSink sink)
    {
        while (_batch.Count < _batch.Capacity && _filled.TryTake(out int buffer)) _batch.Add(buffer);
        int count = _batch.Count;
        if (count == 0) return 0;

        // The sink is part of the batch: it may look into a map that a redirect named.
        var kernel = _card.EnterBatch(Number);
        try
        {
            if (kernel is not null) kernel.Run(_batch);
            else PassAll();
            CountVerdicts();
            Batches++;
            if (!_card.Events(Number).IsEmpty) sink.PutOut(_card.Events(Number));
            _card.ForgetEvents(Number);
            sink.Finished(_batch);
        }
        finally
        {
            _card.LeaveBatch(Number);
        }
        for (int n = 0; n < count; n++) _free.TryPut(_batch.Number(n));
        _batch.Clear();
        return count;
    }

    /// <summary>What becomes of frames that no program sees.</summary>
    void PassAll()
    {
        _batch.Verdicts.Fill(new(XdpAction.Pass));
        _batch.Paths?.Clear();
    }

    void CountVerdicts()
    {
        for (int n = 0; n < _batch.Count; n++)
        {
            var verdict = _batch.Verdicts[n];
            _verdicts[(int)verdict.Action]++;
            _aborts[(int)verdict.Reason]++;
            if (verdict.Action == XdpAction.Redirect && _batch.Frame(n).Redirect.Kind == RedirectKind.None) RedirectsWithoutTarget++;
        }
    }
}
