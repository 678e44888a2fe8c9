namespace Chainring.Nic.Wire.Wrappers;

/// <summary>
/// A wire around a wire whose frames come when their timestamps say, counted from the first: a capture plays as it was recorded. Owns the
/// wire. Threads as the wire allows them.
/// </summary>
public sealed class PacedWire(IWire wire, TimeProvider? clock = null) : IWire
{
    readonly TimeProvider _clock = clock ?? TimeProvider.System;
    readonly FrameQueue _next = new(1);
    ulong _firstNs, _nextNs;
    long _startTick = -1;

    public bool Ended => _next.Count == 0 && wire.Ended;

    public bool TryReceive(out WireFrame frame)
    {
        frame = default;
        if (_next.Count == 0 && !TakeAhead()) return false;
        return NsUntilNext() <= 0 && _next.TryTake(out frame);
    }

    /// <summary>Waits in whole milliseconds; less than one is a pause of the processor.</summary>
    public void Wait(TimeSpan atMost)
    {
        if (_next.Count == 0)
        {
            wire.Wait(atMost);
            return;
        }
        int ms = (int)Math.Min(NsUntilNext() / 1_000_000, (long)atMost.TotalMilliseconds);
        if (ms > 0) Thread.Sleep(ms);
        else Thread.Yield();
    }

    public bool TrySend(ReadOnlySpan<byte> frame, ulong timestampNs, int queue) => wire.TrySend(frame, timestampNs, queue);

    public void Dispose() => wire.Dispose();

    bool TakeAhead()
    {
        if (!wire.TryReceive(out var frame)) return false;
        if (_startTick < 0) (_startTick, _firstNs) = (_clock.GetTimestamp(), frame.TimestampNs);
        _nextNs = frame.TimestampNs;
        return _next.TryPut(frame);
    }

    /// <summary>A timestamp before the first one's is due at once, as when a capture is played again.</summary>
    long NsUntilNext() => (long)(_nextNs - _firstNs) - _clock.GetElapsedTime(_startTick).Ticks * 100;
}
