using Chainring.Kernels;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;

namespace Chainring.Nic;

/// <summary>Who is told what became of frames, in arrival order.</summary>
public interface IFrameSink
{
    /// <summary>A batch has its verdicts. Its bytes are valid until this returns.</summary>
    void Finished(PacketBatch batch);

    /// <summary>A frame was counted and dropped before any program saw it.</summary>
    void Missed(in WireFrame frame, long index, MissReason reason);
}

/// <summary>
/// One RX queue: takes frames from its port, runs them through the card's chain a batch at a time, and hands them to a sink. The clock
/// that its frames carry never runs backwards, whatever the wire's timestamps do.
/// </summary>
public sealed class RxQueue(SmartNic card, Port port, uint number, int batchSize)
{
    readonly PacketBatch _batch = new(batchSize);
    readonly long[] _verdicts = new long[Enum.GetValues<XdpAction>().Length];
    readonly long[] _aborts = new long[Aborts.Count];
    long _arrived;
    ulong _clockNs;

    /// <summary>Batches run.</summary>
    public long Batches { get; private set; }

    /// <summary>Frames with a redirect verdict that no program named a target for: they go nowhere.</summary>
    public long RedirectsWithoutTarget { get; private set; }

    public long Verdicts(XdpAction action) => _verdicts[(int)action];

    public long AbortsBy(AbortReason reason) => _aborts[(int)reason];

    /// <summary>Takes up to <paramref name="budget"/> frames and finishes them all; returns how many there were.</summary>
    public int Poll(int budget, IFrameSink sink)
    {
        int taken = 0;
        while (taken < budget && port.Wire.TryReceive(out var frame))
        {
            taken++;
            port.CountReceived(frame);
            long index = _arrived++;
            if (Refused(frame) is { } reason)
            {
                // What arrived before it is finished first, so that the sink hears in arrival order.
                Flush(sink);
                port.CountMissed(reason);
                sink.Missed(frame, index, reason);
                continue;
            }
            Take(frame, index);
            if (_batch.Count == _batch.Capacity) Flush(sink);
        }
        Flush(sink);
        return taken;
    }

    MissReason? Refused(in WireFrame frame) =>
        frame.Bytes.Length > card.Capabilities.FrameBytes ? MissReason.FrameTooLong
        : frame.Bytes.Length < Frame.MinLength ? MissReason.FrameTooShort
        : null;

    void Take(in WireFrame frame, long index)
    {
        _clockNs = Math.Max(_clockNs, frame.TimestampNs);
        ref var taken = ref _batch.Add(frame.Bytes);
        taken.Index = index;
        taken.TimestampNs = frame.TimestampNs;
        taken.ClockNs = _clockNs;
        taken.CutBytes = frame.OriginalLength - (uint)frame.Bytes.Length;
        taken.IngressIfindex = port.Ifindex;
        taken.RxQueue = number;
    }

    void Flush(IFrameSink sink)
    {
        if (_batch.Count == 0) return;
        if (card.Current is { } kernel) kernel.Run(_batch);
        else _batch.Verdicts.Fill(new(XdpAction.Pass));
        for (int n = 0; n < _batch.Count; n++)
        {
            var verdict = _batch.Verdicts[n];
            _verdicts[(int)verdict.Action]++;
            _aborts[(int)verdict.Reason]++;
            if (verdict.Action == XdpAction.Redirect && _batch.Frames[n].Redirect.Kind == RedirectKind.None) RedirectsWithoutTarget++;
        }
        Batches++;
        sink.Finished(_batch);
        _batch.Clear();
    }
}
