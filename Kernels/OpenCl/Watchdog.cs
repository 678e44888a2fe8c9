namespace Chainring.Kernels.OpenCl;

/// <summary>
/// Ends a launch that takes too long: work-items look at its word before each frame, and do not begin once it is not 0. A frame that has begun is finished: programs are proven to come to an end.
/// On a device that does not share the host's memory the word is not seen, and the driver has to watch.
/// </summary>
#pragma warning disable CA1001 // a timer that is stopped goes with it
sealed class Watchdog
#pragma warning restore CA1001
{
    readonly Lock _lock = new();
    readonly Timer _timer;
    readonly int _limitMs;
    long _end;
    bool _runs;

    public Watchdog(int limitMs)
    {
        _limitMs = limitMs;
        _timer = new Timer(static watch => ((Watchdog)watch!).Look(), this, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>It does not move in memory.</summary>
    public uint[] Word { get; } = GC.AllocateArray<uint>(1, pinned: true);

    /// <summary>A launch's time begins: the first one's, or, when that is over, the next one's of those that were started meanwhile. Once time has been up, it is for all of them.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            if (!_runs) Word[0] = 0;
            (_runs, _end) = (true, Environment.TickCount64 + _limitMs);
        }
        _timer.Change(_limitMs, Timeout.Infinite);
    }

    /// <summary>No launch is on its way any more.</summary>
    public void End()
    {
        lock (_lock) _runs = false;
        _timer.Change(Timeout.Infinite, Timeout.Infinite);
    }

    void Look()
    {
        lock (_lock)
        {
            if (!_runs) return;
            long left = _end - Environment.TickCount64;
            if (left > 0) _timer.Change(left, Timeout.Infinite);
            else Volatile.Write(ref Word[0], 1);
        }
    }
}
