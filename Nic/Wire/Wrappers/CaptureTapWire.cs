using Chainring.Nic.Pcap;

namespace Chainring.Nic.Wire.Wrappers;

/// <summary>Which way frames go, as the card sees it.</summary>
[Flags]
public enum Direction { In = 1, Out = 2, Both = In | Out }

/// <summary>
/// A wire around a wire that puts what passes into a capture: received frames, sent frames that the wire took, or both. Owns the wire and
/// the writer. Threads as the wire allows them; they take turns at the capture.
/// </summary>
public sealed class CaptureTapWire(IWire wire, CaptureWriter writer, Direction which = Direction.Both) : IWire
{
    readonly Lock _lock = new();

    public bool Ended => wire.Ended;

    public bool TryReceive(out WireFrame frame)
    {
        if (!wire.TryReceive(out frame)) return false;
        if ((which & Direction.In) != 0)
            lock (_lock) writer.Write(frame.TimestampNs, frame.Bytes, frame.OriginalLength);
        return true;
    }

    public void Wait(TimeSpan atMost) => wire.Wait(atMost);

    public bool TrySend(ReadOnlySpan<byte> frame, ulong timestampNs, int queue)
    {
        if (!wire.TrySend(frame, timestampNs, queue)) return false;
        if ((which & Direction.Out) != 0)
            lock (_lock) writer.Write(timestampNs, frame);
        return true;
    }

    public void Dispose()
    {
        wire.Dispose();
        lock (_lock) writer.Dispose();
    }
}
