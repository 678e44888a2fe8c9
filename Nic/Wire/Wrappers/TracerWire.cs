namespace Chainring.Nic.Wire.Wrappers;

/// <summary>
/// A wire around a wire that writes a line for every frame: its time in seconds, its way, and what it is. Owns the wire, not the writer,
/// which it flushes at the end. Threads as the wire allows them; they take turns at the writer.
/// <code>
/// 1700000000.000001250 rx IP 10.0.0.1.1024 > 10.0.0.2.53: UDP, length 18
/// 1700000000.000001250 tx0 ARP, Reply 10.0.0.2 is-at 02:00:00:00:00:01, length 28
/// 1700000000.000001250 tx0 refused ethertype 0x88b5, length 60
/// </code>
/// </summary>
public sealed class TracerWire(IWire wire, TextWriter writer) : IWire
{
    const ulong NsPerSecond = 1_000_000_000;

    readonly Lock _lock = new();
    readonly char[] _line = new char[FrameText.MaxLength + 64];

    public bool Ended => wire.Ended;

    public bool TryReceive(out WireFrame frame)
    {
        if (!wire.TryReceive(out frame)) return false;
        Trace(frame.Bytes, frame.TimestampNs, queue: -1, refused: false);
        return true;
    }

    public void Wait(TimeSpan atMost) => wire.Wait(atMost);

    public bool TrySend(ReadOnlySpan<byte> frame, ulong timestampNs, int queue)
    {
        bool sent = wire.TrySend(frame, timestampNs, queue);
        Trace(frame, timestampNs, queue, !sent);
        return sent;
    }

    public void Dispose()
    {
        wire.Dispose();
        lock (_lock) writer.Flush();
    }

    void Trace(ReadOnlySpan<byte> frame, ulong timestampNs, int queue, bool refused)
    {
        var (seconds, ns) = Math.DivRem(timestampNs, NsPerSecond);
        lock (_lock)
        {
            var line = new TextLine(_line);
            line.Add(seconds);
            line.Add(".");
            line.Add(ns, "D9");
            line.Add(queue < 0 ? " rx " : " tx");
            if (queue >= 0)
            {
                line.Add(queue);
                line.Add(refused ? " refused " : " ");
            }
            FrameText.Write(frame, ref line);
            writer.WriteLine(line.Text);
        }
    }
}
