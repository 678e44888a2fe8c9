namespace Chainring.Nic.Wire;

/// <summary>
/// A traffic generator at the other end of the cable: gives the frames of a spec at the pace of a link, and takes everything that is
/// sent to it. One thread receives; any number may send.
/// </summary>
public sealed class GeneratorWire : IWire
{
    const ulong NsPerSecond = 1_000_000_000;

    readonly FrameGenerator _generator;
    readonly Pacing _pacing;
    readonly byte[] _buffer;
    long _left;
    ulong _nextNs;
    ulong _fraction; // of a nanosecond, in units of 1 / BitsPerSecond
    ulong _startNs;
    long _startTick;
    bool _started;

    /// <param name="spec">What the frames are.</param>
    /// <param name="pacing">When they come.</param>
    /// <param name="frames">How many there are.</param>
    public GeneratorWire(TrafficSpec spec, Pacing pacing, long frames = long.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frames);
        _generator = new FrameGenerator(spec);
        _buffer = new byte[_generator.LongestFrame];
        _pacing = pacing;
        _left = frames;
        _nextNs = pacing.StartNs;
    }

    public bool Ended => _left == 0;

    public bool TryReceive(out WireFrame frame)
    {
        frame = default;
        if (_left == 0 || NsUntilNext() > 0) return false;
        int length = _generator.Next(_buffer);
        frame = new WireFrame(_buffer.AsSpan(0, length), _nextNs, (uint)length);
        _left--;
        // Nothing is rounded away: what is left of the division goes into the next one.
        (ulong ns, _fraction) = Math.DivRem(Pacing.BitsOf(length) * NsPerSecond + _fraction, _pacing.BitsPerSecond);
        _nextNs += ns;
        return true;
    }

    public void Wait(TimeSpan atMost) => Pause.For(_left == 0 ? long.MaxValue : NsUntilNext(), atMost);

    public bool TrySend(ReadOnlySpan<byte> frame, ulong timestampNs, int queue) => true;

    public void Dispose() => _left = 0;

    long NsUntilNext()
    {
        if (_pacing.Clock is not { } clock) return 0;
        if (!_started) Start(clock);
        ulong now = _startNs + (ulong)clock.GetElapsedTime(_startTick).Ticks * 100;
        return (long)(_nextNs - now);
    }

    void Start(TimeProvider clock)
    {
        _startNs = _nextNs = (ulong)(clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        _startTick = clock.GetTimestamp();
        _started = true;
    }
}
