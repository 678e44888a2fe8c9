using Chainring.Nic.Pcap;
using Chainring.Offload;

namespace Chainring.Nic.Wire;

/// <summary>
/// A wire that plays a capture, once or several times over; what is sent into it is gone. Any number of threads may send. Taking a frame waits
/// only where the capture is a pipe that has none.
/// </summary>
public sealed class PcapWire : IWire
{
    readonly Func<Result<PcapReader>> _open;
    PcapReader _reader;
    int _left;

    PcapWire(Func<Result<PcapReader>> open, PcapReader reader, int times) => (_open, _reader, _left) = (open, reader, times - 1);

    /// <summary>Why the capture ended early; null if it did not.</summary>
    public Problem? Problem { get; private set; }

    /// <summary>The capture's timestamps have nanoseconds, not microseconds.</summary>
    public bool Nanoseconds => _reader.Nanoseconds;

    /// <summary>Known once <see cref="TryReceive"/> has found the capture's end, or damage.</summary>
    public bool Ended { get; private set; }

    /// <param name="open">Opens the capture from its beginning, each time it is to be played.</param>
    /// <param name="times">How often it is played.</param>
    public static Result<PcapWire> Open(Func<Result<PcapReader>> open, int times = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(times, 1);
        return open().Try(out var reader, out var problem) ? new PcapWire(open, reader, times) : problem;
    }

    public bool TryReceive(out WireFrame frame)
    {
        while (!Ended)
        {
            if (_reader.TryRead(out var record))
            {
                frame = new WireFrame(record.Frame, record.TimestampNs, record.OriginalLength);
                return true;
            }
            Problem = _reader.Problem;
            Ended = Problem is not null || _left == 0;
            if (!Ended) Rewind();
        }
        frame = default;
        return false;
    }

    public void Wait(TimeSpan atMost)
    {
        if (Ended) Thread.Sleep(atMost);
    }

    public bool TrySend(ReadOnlySpan<byte> frame, ulong timestampNs, int queue) => true;

    public void Dispose() => _reader.Dispose();

    void Rewind()
    {
        _left--;
        _reader.Dispose();
        if (_open().Try(out var again, out var problem)) _reader = again;
        else (Problem, Ended) = (problem, true);
    }
}
