using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Offload;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver;

/// <summary>A chain that runs on threads, is replaced, and is looked at from outside.</summary>
public sealed class LiveSessionTests
{
    const string Counting = "programs: { counter: { object: counter.o } }";
    const string Filtering = """
        programs: { firewall: { object: firewall.o }, counter: { object: counter.o } }
        entry: firewall
        edges: { firewall: { pass: counter } }
        maps: { firewall.blocked_ports: { "0035": "0000000000000000" } }
        """;

    static readonly CardSpec Card = CardFile.Parse("""
        ports:
          eth0: { queues: 2, pause: true, wire: { generate: { flows: 100, kinds: [udp4, tcp6], rate: 100 } } }
          eth1: { wire: { generate: { frames: 1000 } }, pause: true }
        """, "card.yaml", "/").Value;

    static LiveSession Start(string chain) => Start(Card, Chain(chain));

    static LiveSession Start(CardSpec spec, ChainSpec chain, Stream? events = null)
    {
        var card = new SmartNic(new CardOptions { Target = Targets.Reference, Capabilities = new() { Queues = spec.Queues } });
        var opener = new WireOpener(Live: true, (_, _) => throw new InvalidOperationException(), _ => throw new InvalidOperationException());
        var installed = InstalledChain.Install(card, chain).Value;
        IFrameSink[] sinks = events is null ? [] : [new EventFile(events, installed, card.Maps)];
        return LiveSession.Start(PluggedCard.Plug(card, spec, opener).Value, installed, new RunSettings { Queues = spec.Queues }, sinks);
    }

    static ChainSpec Chain(string text) => ChainFile.Parse(text, "chain.yaml", TestData.FromRoot("examples")).Value;

    static long Packets(MapDump dump) => dump.Maps.Single(m => m.Name == "by_protocol").Entries
        .Sum(e => e.Values!.Sum(v => BitConverter.ToInt64(Convert.FromHexString(v), 0)));

    [Test]
    public void A_replaced_chain_keeps_the_contents_of_maps_that_stay_and_loses_no_frame()
    {
        using var session = Start(Counting);
        Assert.That(() => session.Report().Programs[0].Runs, Is.GreaterThan(2000).After(10_000, 5));
        for (int n = 0; n < 50; n++)
        {
            long before = Packets(session.Maps());
            Assert.That(session.Reload(Chain(n % 2 == 0 ? Filtering : Counting)), Is.Null);
            Assert.That(Packets(session.Maps()), Is.GreaterThanOrEqualTo(before));
        }
        Assert.That(session.Reloads, Is.EqualTo(50));
        var report = session.Stop();
        Assert.That(report.Drops, Is.Empty, "nothing was missed, and no program lost its maps under way");
        Assert.That(report.Outcomes.Values.Sum(), Is.EqualTo(report.Frames.Received));
    }

    [Test]
    public void A_chain_that_is_refused_leaves_the_one_that_runs()
    {
        using var session = Start(Counting);
        var missing = Chain(Counting) with { MapEntries = [new("counter", "nope", "00", "00", "chain.yaml:9")] };
        Assert.That(session.Reload(missing)?.Id, Is.EqualTo("Y10"));
        long runs = session.Report().Programs[0].Runs;
        Assert.That(() => session.Report().Programs[0].Runs, Is.GreaterThan(runs).After(10_000, 5));
        Assert.That((session.Reloads, session.Stop().Drops.Count), Is.EqualTo((0, 0)));
        Assert.That(Packets(session.Maps()), Is.GreaterThan(runs), "its maps are still there");
    }

    [Test]
    public void An_entry_that_is_wrong_keeps_those_before_it_out_of_the_maps_that_are_in_use()
    {
        using var session = Start(Filtering);
        var half = Chain(Filtering.Replace("{ \"0035\": \"0000000000000000\" }", "{ \"1234\": \"0000000000000000\", \"00\": \"00\" }"));
        Assert.That(session.Reload(half)?.Id, Is.EqualTo("Y13"));
        Assert.That(session.Maps().Maps.Single(m => m.Name == "blocked_ports").Entries.Select(e => e.Key), Is.EqualTo(new[] { "0035" }));
    }

    [Test]
    public void A_map_is_kept_when_another_alias_of_its_object_comes_before_its_own()
    {
        using var session = Start(Counting);
        Assert.That(() => Packets(session.Maps()), Is.Positive.After(10_000, 5));
        long before = Packets(session.Maps());
        Assert.That(session.Reload(Chain("programs: { first: { object: counter.o, priority: 10 }, counter: { object: counter.o } }")), Is.Null);
        Assert.That(Packets(session.Maps()), Is.GreaterThanOrEqualTo(before));
    }

    [Test]
    public void Metrics_say_what_the_report_says()
    {
        using var session = Start(Filtering);
        Assert.That(() => session.Report().Programs[^1].Runs, Is.Positive.After(10_000, 5));
        var report = session.Stop();
        var seen = MetricsOf(session);

        Assert.That(seen["chainring.port.rx.packets{port=eth0}"], Is.EqualTo(report.Ports[0].Received));
        Assert.That(seen["chainring.queue.packets{port=eth0,queue=1}"], Is.EqualTo(report.Queues[1].Frames));
        Assert.That(seen["chainring.edge.taken{from=firewall,on=pass,to=counter}"], Is.EqualTo(report.Edges[0].Count));
        Assert.That(seen["chainring.program.runs{program=firewall}"], Is.EqualTo(report.Programs[0].Runs));
        Assert.That(seen["chainring.verdicts{verdict=pass}"], Is.EqualTo(report.Outcomes["pass"]));
        Assert.That(seen["chainring.port.ended{port=eth0,end=to-host}"], Is.EqualTo(report.Ports[0].Ended["to-host"]));
        Assert.That(seen["chainring.events.lost{}"], Is.Zero);
    }

    [Test]
    public void Events_that_found_no_room_are_in_report_and_metrics()
    {
        const int frames = 40_000;
        var card = CardFile.Parse(
            $"ports: {{ eth0: {{ ring: 65536, batch: 65536, coalesce: {{ frames: 65536, usecs: 500000 }}, pause: true, wire: {{ generate: {{ frames: {frames} }} }} }} }}",
            "card.yaml", "/").Value;
        using var events = new MemoryStream();
        using var session = Start(card, ChainFile.Load(TestData.Path("objects", "perf-capture.yaml")).Value, events);
        Assert.That(() => session.IsDone, Is.True.After(20_000, 5));
        var report = session.Stop();
        int written = Encoding.UTF8.GetString(events.ToArray()).Count(c => c == '\n');
        Assert.That(written, Is.Positive);
        Assert.That(report.EventsLost, Is.EqualTo(frames - written), "one for each frame, of 60 bytes without a tag");
        Assert.That(MetricsOf(session)["chainring.events.lost{}"], Is.EqualTo(report.EventsLost));
    }

    /// <summary>What a listener of the meter sees, by instrument and tags.</summary>
    static ConcurrentDictionary<string, long> MetricsOf(LiveSession session)
    {
        using var metrics = new CardMetrics(session);
        var seen = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == CardMetrics.MeterName) l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            seen.AddOrUpdate(instrument.Name + "{" + string.Join(',', tags.ToArray().Select(t => $"{t.Key}={t.Value}")) + "}", value, (_, old) => Math.Max(old, value)));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => seen[instrument.Name] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;
    }
}
