using Chainring.Nic.Pcap;

namespace Chainring.Nic.Wire;

/// <summary>A wire that gives nothing and puts what is sent into a capture, which it owns. Any number of threads may send; they take turns.</summary>
public sealed class CaptureOutWire(PcapWriter writer) : IWire
{
    readonly Lock _lock = new();

    public bool Ended => true;

    public bool TryReceive(out WireFrame frame)
    {
        frame = default;
        return false;
    }

    public void Wait(TimeSpan atMost) => Thread.Sleep(atMost);

    public bool TrySend(ReadOnlySpan<byte> frame, ulong timestampNs, int queue)
    {
        lock (_lock) writer.Write(timestampNs, frame);
        return true;
    }

    public void Dispose() => writer.Dispose();
}
