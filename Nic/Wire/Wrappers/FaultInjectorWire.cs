namespace Chainring.Nic.Wire.Wrappers;

/// <summary>
/// A wire around a wire on which things go wrong, each direction by its own spec and seed. Owns the wire. One thread receives, any number
/// may send; they take turns. Held frames leave when the wire ends, or when this is disposed: none is forgotten, but a receiver has to
/// go on until <see cref="Ended"/>.
/// </summary>
public sealed class FaultInjectorWire(IWire wire, FaultSpec receiving, FaultSpec sending) : IWire
{
    /// <summary>So many lost frames in a row are no frame for now: receiving does not go on for ever where everything is lost.</summary>
    const int MostLostAtOnce = 64;

    readonly Lock _sendLock = new();
    bool _disposed;

    /// <summary>From the wire to the port.</summary>
    public FaultLine Receiving { get; } = new(receiving);

    /// <summary>From the port to the wire. What is lost here was sent, as far as the port can tell. Faults of rings are none of its.</summary>
    public FaultLine Sending { get; } = new(sending);

    /// <summary>While false, frames in both directions are lost, as <see cref="Fault.LinkDown"/>. Any thread may change it.</summary>
    public bool LinkUp
    {
        get => Receiving.LinkUp;
        set => Receiving.LinkUp = Sending.LinkUp = value;
    }

    public bool Ended => wire.Ended && Receiving.Held == 0;

    public bool TryReceive(out WireFrame frame)
    {
        bool given = Receiving.TryRelease(all: false, out frame);
        for (int lost = 0; !given && lost < MostLostAtOnce; lost++)
        {
            if (wire.TryReceive(out var received)) given = Receiving.Take(received, out frame) || Receiving.TryRelease(all: false, out frame);
            else if (!wire.Ended || !(given = Receiving.TryRelease(all: true, out frame))) return false;
        }
        if (!given) return false;
        Receiving.CountOut(taken: true);
        frame = Receiving.Mark(frame);
        return true;
    }

    public void Wait(TimeSpan atMost)
    {
        if (Receiving.Held == 0 || !wire.Ended) wire.Wait(atMost);
    }

    public bool TrySend(ReadOnlySpan<byte> frame, ulong timestampNs, int queue)
    {
        lock (_sendLock)
        {
            bool sent = !Sending.Take(new WireFrame(frame, timestampNs, (uint)frame.Length), out var kept) || Forward(kept, queue);
            while (Sending.TryRelease(all: false, out kept)) Forward(kept, queue);
            return sent;
        }
    }

    public void Dispose()
    {
        lock (_sendLock)
        {
            if (_disposed) return;
            _disposed = true;
            while (Sending.TryRelease(all: true, out var held)) Forward(held, queue: 0);
        }
        wire.Dispose();
    }

    bool Forward(in WireFrame frame, int queue)
    {
        bool taken = wire.TrySend(frame.Bytes, frame.TimestampNs, queue);
        Sending.CountOut(taken);
        return taken;
    }
}
