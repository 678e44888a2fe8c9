using System.Diagnostics;

namespace Chainring.Nic;

/// <summary>
/// A card in operation: a thread per port that takes frames off its wire and puts them into rings, a thread per CPU that serves queue n of
/// every port, and a thread per port whose host sends. The control side of the card stays with whoever calls: programs and
/// tables change under the traffic.
/// </summary>
/// <remarks><code>
/// wire ──► port's thread ──RSS──► ring 0 ──► CPU 0 ──► chain ──► sink
///                            └──► ring 1 ──► CPU 1 ──► chain ──► sink
/// </code>
/// The sink is told by several threads at once: <see cref="IFrameSink.Finished"/> by the CPUs', <see cref="IFrameSink.Missed"/> by the ports'.</remarks>
public sealed class LiveCard : IDisposable
{
    /// <summary>Frames that a port's thread takes before it raises interrupts.</summary>
    const int Burst = 64;

    /// <summary>Looks without success before a CPU sleeps.</summary>
    const int SpinsBeforeSleep = 50;

    /// <summary>Nobody sleeps longer without looking whether to stop.</summary>
    static readonly TimeSpan LongestSleep = TimeSpan.FromMilliseconds(20);

    /// <summary>A stalled ring is served again when its wire has been silent that long.</summary>
    static readonly TimeSpan StallsEndAfter = TimeSpan.FromMilliseconds(200);

    /// <summary>A thread that has not ended by then hangs in its wire.</summary>
    static readonly TimeSpan StuckAfter = TimeSpan.FromSeconds(1);

    readonly Port[] _ports;
    readonly IFrameSink _sink;
    readonly Interrupt[] _interrupts;
    readonly Thread[] _receivers, _cpus, _hosts, _endingHosts;
    volatile bool _stopping;
    int _receiving;
    volatile Exception? _bug;

    /// <param name="cpus">CPUs of the card: as many threads serve queues.</param>
    public LiveCard(int cpus, IFrameSink sink, params IEnumerable<Port> ports) : this(cpus, sink, [], ports)
    {
    }

    /// <param name="endingHosts">Ports whose hosts have an end, which is to be waited for.</param>
    public LiveCard(int cpus, IFrameSink sink, IReadOnlyCollection<Port> endingHosts, IEnumerable<Port> ports)
    {
        (_ports, _sink) = ([.. ports], sink);
        int served = Math.Min(cpus, _ports.Max(p => p.Queues.Count));
        _interrupts = [.. Enumerable.Range(0, served).Select(_ => new Interrupt())];
        _receivers = [.. _ports.Select(port => Make($"rx {port.Name}", () => Receive(port)))];
        _cpus = [.. Enumerable.Range(0, served).Select(cpu => Make($"cpu {cpu}", () => Serve(cpu)))];
        _hosts = [.. _ports.Where(p => !p.Host.Ended).Select(port => Make($"host {port.Name}", () => SendFromHost(port)))];
        _endingHosts = [.. _hosts.Where(t => endingHosts.Any(p => t.Name == $"host {p.Name}"))];
        foreach (var port in _ports) port.WaitForRoom = queue => WaitForRoom(queue);
    }

    /// <summary>Every wire has ended and every frame is finished; also after a bug, which <see cref="Stop"/> throws.</summary>
    public bool IsDone => !_cpus.Concat(_endingHosts).Any(t => t.IsAlive);

    public void Start()
    {
        _receiving = _receivers.Length;
        foreach (var thread in _cpus.Concat(_receivers).Concat(_hosts)) thread.Start();
    }

    /// <summary>Takes no more frames, finishes those that wait, and ends the threads.</summary>
    public void Stop()
    {
        End();
        if (_bug is not null) throw new InvalidOperationException($"a thread of the card ended: {_bug.Message}", _bug);
    }

    public void Dispose()
    {
        End();
        foreach (var interrupt in _interrupts) interrupt.Dispose();
    }

    void End()
    {
        _stopping = true;
        if (_cpus.Length > 0 && !_cpus[0].ThreadState.HasFlag(System.Threading.ThreadState.Unstarted))
        {
            // A wire that is a silent pipe does not come back: its thread is left behind, with no frame in its hands.
            foreach (var thread in _hosts.Concat(_receivers)) thread.Join(StuckAfter);
            Volatile.Write(ref _receiving, 0);
            RaiseAll();
            foreach (var thread in _cpus) thread.Join();
        }
        foreach (var port in _ports) port.WaitForRoom = null;
    }

    void Receive(Port port)
    {
        try
        {
            ReceiveAll(port);
        }
        finally
        {
            port.EndStalls();
            Interlocked.Decrement(ref _receiving);
            RaiseAll();
        }
    }

    void ReceiveAll(Port port)
    {
        long silentSince = Environment.TickCount64;
        while (!_stopping)
        {
            if (port.Receive(Burst, _sink) > 0)
            {
                RaiseAll();
                silentSince = Environment.TickCount64;
                continue;
            }
            if (port.Wire.Ended) return;
            port.Wire.Wait(LongestSleep);
            if (Environment.TickCount64 - silentSince < StallsEndAfter.TotalMilliseconds) continue;
            port.EndStalls();
            RaiseAll();
        }
    }

    void RaiseAll()
    {
        Interlocked.MemoryBarrier();
        foreach (var interrupt in _interrupts) interrupt.Raise();
    }

    void Serve(int cpu)
    {
        var interrupt = _interrupts[cpu];
        RxQueue[] queues = [.. _ports.Where(p => cpu < p.Queues.Count).Select(p => p.Queues[cpu])];
        for (int idle = 0; ; idle++)
        {
            // Looked at before the rings: what was received before is seen in them.
            bool last = Volatile.Read(ref _receiving) <= 0;
            if (ServeOnce(queues, last, out _)) idle = 0;
            else if (last) return;
            else if (idle < SpinsBeforeSleep) Thread.Yield();
            else Sleep(interrupt, queues);
        }
    }

    /// <summary>Until something comes, or what waits is due; less than a millisecond is a pause of the processor.</summary>
    void Sleep(Interrupt interrupt, RxQueue[] queues)
    {
        interrupt.Arm();
        if (ServeOnce(queues, everything: false, out long dueAt))
        {
            interrupt.Disarm();
            return;
        }
        var untilDue = dueAt == long.MaxValue ? LongestSleep : Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), dueAt);
        if (untilDue.TotalMilliseconds >= 1)
        {
            interrupt.Wait(untilDue < LongestSleep ? untilDue : LongestSleep);
            return;
        }
        interrupt.Disarm();
        Thread.Yield();
    }

    /// <summary>A batch of each queue that is due; whether any was, and when the next will be, in ticks of <see cref="Stopwatch"/>.</summary>
    bool ServeOnce(RxQueue[] queues, bool everything, out long dueAt)
    {
        bool any = false;
        dueAt = long.MaxValue;
        long now = Stopwatch.GetTimestamp();
        foreach (var queue in queues)
        {
            long due = queue.DueAt();
            if (everything ? queue.Waiting > 0 : due <= now) any |= queue.Poll(_sink) > 0;
            else dueAt = Math.Min(dueAt, due);
        }
        return any;
    }

    void SendFromHost(Port port)
    {
        while (!_stopping && !port.Host.Ended)
        {
            if (port.SendFromHost(Burst) == 0) port.Host.Wait(LongestSleep);
        }
    }

    void WaitForRoom(RxQueue queue)
    {
        var spin = new SpinWait();
        // The CPUs go on until every port has stopped receiving, so there will be room; unless one of them has failed.
        while (!queue.HasRoom && _bug is null)
        {
            RaiseAll();
            spin.SpinOnce();
        }
    }

    Thread Make(string name, Action work) => new(() =>
    {
        try
        {
            work();
        }
        catch (Exception e)
        {
            // Kept for Stop, which throws it; until then the others must not wait for this one.
            _bug ??= e;
            _stopping = true;
        }
    })
    { Name = name, IsBackground = true };
}
