using System.ComponentModel;
using Chainring.Host.Driver.Auto;
using Chainring.Host.Driver.Peers;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Bench.Sweep;

/// <summary>A card's queues, a thread for each, on CPUs of their own where the system lets them: batch after batch of fresh frames, all at once. A time is over when the last one has done it.</summary>
sealed class QueueThreads : ReadyRun
{
    readonly Candidate? _card;
    readonly Barrier _barrier;
    readonly Thread[] _threads;
    readonly SampleFeed[] _feeds;
    volatile int _times;
    volatile bool _ends;

    /// <param name="card">It goes with this; null to have the frames alone.</param>
    /// <param name="feeds">One for each queue.</param>
    public QueueThreads(Candidate? card, SampleFeed[] feeds) : base(feeds.Sum(f => f.Batch.Capacity), leastTimes: 1)
    {
        (_card, _feeds) = (card, feeds);
        _barrier = new Barrier(feeds.Length + 1);
        _threads = [.. feeds.Select((feed, cpu) => new Thread(() => Serve(feed, cpu)) { IsBackground = true })];
        foreach (var thread in _threads) thread.Start();
    }

    public override void Run(int times)
    {
        _times = times;
        _barrier.SignalAndWait();
        _barrier.SignalAndWait();
    }

    public override XdpAction Verdict => _feeds[0].Batch.Count > 0 ? _feeds[0].Batch.Verdicts[^1].Action : default;

    public override void Dispose()
    {
        _ends = true;
        _barrier.SignalAndWait();
        foreach (var thread in _threads) thread.Join();
        _barrier.Dispose();
        _card?.Dispose();
        base.Dispose();
    }

    void Serve(SampleFeed feed, int cpu)
    {
        using var pin = Pin(cpu);
        while (true)
        {
            _barrier.SignalAndWait();
            if (_ends) return;
            for (int n = 0; n < _times; n++)
            {
                feed.Next();
                _card?.Run(feed.Batch, cpu);
            }
            _barrier.SignalAndWait();
        }
    }

    static CpuPin Pin(int cpu)
    {
        try
        {
            return OperatingSystem.IsLinux() ? new(cpu) : default;
        }
        catch (Win32Exception)
        {
            return default;
        }
    }
}
