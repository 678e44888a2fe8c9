using Chainring.Nic.Pcap;

namespace Chainring.Nic.Wire;

/// <summary>A wire that gives nothing and puts what is sent into a capture, which it owns. One thread may send.</summary>
public sealed class CaptureOutWire(CaptureWriter writer) : IWire
{
    public bool Ended => true;

    public bool TryReceive(out WireFrame frame)
    {
        frame = default;
        return false;
    }

    public void Wait(TimeSpan atMost) => Thread.Sleep(atMost);

    public bool TrySend(ReadOnlySpan<byte> frame, ulong timestampNs, int queue)
    {
        writer.Write(timestampNs, frame);
        return true;
    }

    public void Dispose() => writer.Dispose();
}
