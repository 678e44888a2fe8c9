namespace Chainring.Nic.Wire.Wrappers;

/// <summary>
/// A wire around a wire whose frames come when their timestamps say, counted from the first: a capture plays as it was recorded. Owns the
/// wire. Threads as the wire allows them.
/// </summary>
public sealed class PacedWire(IWire wire, TimeProvider? clock = null) : IWire
{
    readonly TimeProvider _clock = clock ?? TimeProvider.System;
    readonly LookaheadWire _ahead = new(wire);
    ulong _firstNs;
    long _startTick = -1;

    public bool Ended => _ahead.Ended;

    public bool TryReceive(out WireFrame frame)
    {
        frame = default;
        return NsUntilNext() <= 0 && _ahead.TryReceive(out frame);
    }

    public void Wait(TimeSpan atMost)
    {
        if (NsUntilNext() is { } ns) Pause.For(ns, atMost);
        else _ahead.Wait(atMost);
    }

    public bool TrySend(ReadOnlySpan<byte> frame, ulong timestampNs, int queue) => _ahead.TrySend(frame, timestampNs, queue);

    public void Send(TxBulk bulk) => _ahead.Send(bulk);

    public void Dispose() => _ahead.Dispose();

    /// <summary>Null if there is no frame to wait for.</summary>
    long? NsUntilNext()
    {
        if (!_ahead.TryPeek(out ulong ns)) return null;
        // Played again, a capture begins anew.
        if (_startTick < 0 || ns <= _firstNs) (_startTick, _firstNs) = (_clock.GetTimestamp(), ns);
        return (long)(ns - _firstNs) - _clock.GetElapsedTime(_startTick).Ticks * 100;
    }
}
