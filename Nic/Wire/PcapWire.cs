using Chainring.Nic.Pcap;
using Chainring.Offload;

namespace Chainring.Nic.Wire;

/// <summary>
/// A wire that plays a capture, or several one after the other, once or several times over; what is sent into it is gone. Any number of threads
/// may send. Taking a frame waits only where the capture is a pipe that has none.
/// </summary>
public sealed class PcapWire : IWire
{
    readonly IReadOnlyList<Func<Result<CaptureReader>>> _captures;
    CaptureReader _reader;
    int _number;
    int _left;

    PcapWire(IReadOnlyList<Func<Result<CaptureReader>>> captures, CaptureReader reader, int times) =>
        (_captures, _reader, _left) = (captures, reader, times - 1);

    /// <summary>Why the capture ended early; null if it did not.</summary>
    public Problem? Problem { get; private set; }

    /// <summary>Timestamps may be finer than a microsecond; of several captures nobody knows before the end.</summary>
    public bool Nanoseconds => _captures.Count > 1 || _reader.Nanoseconds;

    /// <summary>Known once <see cref="TryReceive"/> has found the capture's end, or damage.</summary>
    public bool Ended { get; private set; }

    /// <param name="open">Opens the capture from its beginning, each time it is to be played.</param>
    /// <param name="times">How often it is played.</param>
    public static Result<PcapWire> Open(Func<Result<CaptureReader>> open, int times = 1) => Open([open], times);

    /// <param name="captures">At least one; each opens a capture from its beginning, each time it is to be played.</param>
    /// <param name="times">How often all of them are played.</param>
    public static Result<PcapWire> Open(IReadOnlyList<Func<Result<CaptureReader>>> captures, int times = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(times, 1);
        return captures[0]().Try(out var reader, out var problem) ? new PcapWire(captures, reader, times) : problem;
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
            Ended = Problem is not null || (_left == 0 && _number == _captures.Count - 1);
            if (!Ended) OpenNext();
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

    void OpenNext()
    {
        if (++_number == _captures.Count) (_number, _left) = (0, _left - 1);
        _reader.Dispose();
        if (_captures[_number]().Try(out var next, out var problem)) _reader = next;
        else (Problem, Ended) = (problem, true);
    }
}
