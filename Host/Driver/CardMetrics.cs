using System.Diagnostics.Metrics;
using Chainring.Nic;

namespace Chainring.Host.Driver;

/// <summary>
/// A running card's counters as metrics of the meter <c>Chainring</c>: <c>dotnet-counters monitor -p PID --counters Chainring</c> shows
/// them, and OpenTelemetry collects them. Read when somebody looks, at most every 100 milliseconds.
/// </summary>
public sealed class CardMetrics : IDisposable
{
    public const string MeterName = "Chainring";

    const long FreshMs = 100;

    readonly Meter _meter = new(MeterName);
    readonly LiveSession _session;
    readonly Lock _lock = new();
    RunReport _report;
    long _readAt;

    public CardMetrics(LiveSession session)
    {
        _session = session;
        _report = session.Report();
        _readAt = Environment.TickCount64;
        Counter("chainring.port.rx.packets", "{packet}", "Frames taken from the wire", r => r.Ports.Select(p => Of(p.Received, ("port", p.Name))));
        Counter("chainring.port.rx.bytes", "By", "Bytes that reached a queue", r => r.Ports.Select(p => Of(p.Statistics["rx_bytes"], ("port", p.Name))));
        Counter("chainring.port.tx.packets", "{packet}", "Frames that the wire took", r => r.Ports.Select(p => Of(p.Statistics["tx_packets"], ("port", p.Name))));
        Counter("chainring.port.ended", "{packet}", "Frames by where they ended", r => r.Ports.SelectMany(p => p.Ended.Select(e => Of(e.Value, ("port", p.Name), ("end", e.Key)))));
        Counter("chainring.queue.packets", "{packet}", "Frames that reached a queue", r => r.Queues.Select(q => Of(q.Frames, ("port", q.Port), ("queue", q.Queue))));
        Counter("chainring.queue.ring_full", "{packet}", "Frames that a full ring missed", r => r.Queues.Select(q => Of(q.RingFull, ("port", q.Port), ("queue", q.Queue))));
        Counter("chainring.verdicts", "{packet}", "Frames by verdict", r => r.Outcomes.Select(o => Of(o.Value, ("verdict", o.Key))));
        Counter("chainring.drops", "{packet}", "Frames that were missed, aborted, or did not get where their verdict sent them", r => r.Drops.Select(d => Of(d.Value, ("reason", d.Key))));
        Counter("chainring.program.runs", "{run}", "Runs of a program of the chain", r => r.Programs.Select(p => Of(p.Runs, ("program", p.Name))));
        Counter("chainring.edge.taken", "{packet}", "Frames that went on from one program to the next", r => r.Edges.Select(e => Of(e.Count, ("from", e.From), ("on", e.On), ("to", e.To))));
        Counter("chainring.events.lost", "{event}", "Events that programs could not put out because a CPU's log had no room", r => [Of(r.EventsLost)]);
        _meter.CreateObservableGauge("chainring.queue.waiting",
            () => _session.Ports.SelectMany(p => p.Queues.Select(q => Of(q.Waiting, ("port", p.Name), ("queue", q.Number)))), "{packet}", "Frames in a queue's ring");
    }

    public void Dispose() => _meter.Dispose();

    static Measurement<long> Of(long value, params ReadOnlySpan<(string, object?)> tags)
    {
        var pairs = new KeyValuePair<string, object?>[tags.Length];
        for (int n = 0; n < tags.Length; n++) pairs[n] = new(tags[n].Item1, tags[n].Item2);
        return new(value, pairs);
    }

    void Counter(string name, string unit, string description, Func<RunReport, IEnumerable<Measurement<long>>> read) =>
        _meter.CreateObservableCounter(name, () => read(Report()), unit, description);

    RunReport Report()
    {
        lock (_lock)
        {
            if (Environment.TickCount64 - _readAt >= FreshMs) (_report, _readAt) = (_session.Report(), Environment.TickCount64);
            return _report;
        }
    }
}
