namespace Chainring.Nic.Wire.Wrappers;

/// <summary>A wire around a wire that can tell when its next frame arrived before giving it. Owns the wire. Threads as the wire allows them.</summary>
public sealed class LookaheadWire(IWire wire) : IWire
{
    readonly FrameQueue _next = new(1);
    ulong _nextNs;

    public bool Ended => _next.Count == 0 && wire.Ended;

    /// <summary>The timestamp of the frame that <see cref="TryReceive"/> would give; false if there is none now.</summary>
    public bool TryPeek(out ulong timestampNs)
    {
        if (_next.Count == 0 && wire.TryReceive(out var frame))
        {
            _next.TryPut(frame);
            _nextNs = frame.TimestampNs;
        }
        timestampNs = _nextNs;
        return _next.Count > 0;
    }

    public bool TryReceive(out WireFrame frame)
    {
        frame = default;
        return TryPeek(out _) && _next.TryTake(out frame);
    }

    public void Wait(TimeSpan atMost)
    {
        if (_next.Count == 0) wire.Wait(atMost);
    }

    public bool TrySend(ReadOnlySpan<byte> frame, ulong timestampNs, int queue) => wire.TrySend(frame, timestampNs, queue);

    public void Send(TxBulk bulk) => wire.Send(bulk);

    public void Dispose() => wire.Dispose();
}
