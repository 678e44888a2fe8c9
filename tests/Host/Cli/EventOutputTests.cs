using System.Text.Json.Nodes;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Cli;

/// <summary>What programs put out, as files; and how the new kinds of maps look in a dump.</summary>
public sealed class EventOutputTests
{
    static string Chain(string name) => TestData.Path("objects", $"{name}.yaml");

    [Test]
    public void Perf_events_are_lines_and_their_packets_a_capture()
    {
        using var work = new Workspace();
        work.Done("run", "--chain", Chain("perf-capture"), "--in", Workspace.Capture("real-dns-over-udp-and-tcp"), "--events", "e", "--events-pcap", "e.pcap");
        var lines = work.Lines("e").Select(l => JsonNode.Parse(l)!).ToList();
        var frames = new RawCapture(Workspace.Capture("real-dns-over-udp-and-tcp")).Records;
        Assert.That(lines[0].AsObject().Select(p => p.Key), Is.EqualTo(new[] { "frame", "queue", "program", "map", "kind", "data" }));
        Assert.That(lines.Select(l => ((string)l["program"]!, (string)l["map"]!, (string)l["kind"]!)), Is.All.EqualTo(("perf-capture", "captured", "perf")));
        Assert.That(lines.Select(l => (int)l["frame"]!), Is.Ordered);

        // Each frame's first event has a header of 12 bytes, then at most 96 of the frame.
        var captured = new RawCapture(work.PathOf("e.pcap")).Records;
        Assert.That(captured, Has.Count.EqualTo(frames.Count));
        for (int n = 0; n < frames.Count; n++)
        {
            byte[] head = frames[n].Frame[..Math.Min(96, frames[n].Frame.Length)];
            Assert.That(captured[n].Frame, Is.EqualTo(head));
            string data = (string)lines.First(l => (int)l["frame"]! == n)["data"]!;
            Assert.That(data[24..], Is.EqualTo(Convert.ToHexStringLower(head)));
        }
    }

    /// <summary>Each frame's first event has the whole of it.</summary>
    [Test]
    public void A_jumbo_frame_is_whole_in_a_perf_event_and_its_capture()
    {
        using var work = new Workspace();
        work.Done("run", "--chain", Chain("frags-capture"), "--in", Workspace.Capture("jumbo-edges-of-pages"), "--events", "e", "--events-pcap", "e.pcap");
        var frames = new RawCapture(Workspace.Capture("jumbo-edges-of-pages")).Records.Select(r => Convert.ToHexStringLower(r.Frame)).ToList();
        var first = work.Lines("e").Select(l => JsonNode.Parse(l)!).GroupBy(l => (int)l["frame"]!).Select(events => ((string)events.First()["data"]!)[32..]);
        Assert.That(first, Is.EqualTo(frames));
        var captured = new RawCapture(work.PathOf("e.pcap")).Records.Select(r => Convert.ToHexStringLower(r.Frame)).ToList();
        Assert.That(captured.Intersect(frames), Is.EquivalentTo(frames.Distinct()));
    }

    [Test]
    public void A_run_gives_the_same_events_whatever_its_batches([Values("ring-sampler", "perf-capture")] string chain)
    {
        using var work = new Workspace();
        foreach (string batch in new[] { "1", "256" })
            work.Done("run", "--chain", Chain(chain), "--in", Workspace.Capture("real-tcp-http-ipv4"), "--batch", batch, "--events", batch);
        Assert.That(work.Text("1"), Is.Not.Empty.And.EqualTo(work.Text("256")));
    }

    [Test]
    public void Events_that_found_no_room_are_in_every_report()
    {
        using var work = new Workspace();
        string summary = work.Done("run", "--chain", Chain("perf-capture"), "--in", Workspace.Capture("real-dns-over-udp-and-tcp"),
            "--batch", "65536", "--repeat", "600", "--events", "e", "--json", "j", "--stats", "s", "--maps", "m");
        long lost = (long)work.Json("j")["events_lost"]!;
        Assert.That(lost, Is.Positive);
        Assert.That(summary, Does.Contain($"{lost:N0} events found no room and went lost"));
        Assert.That(work.Lines("s"), Does.Contain($"     events_lost: {lost}"));
        // One event for each frame, and a second one for those of an odd length; the frames of a batch are refused after the first full log.
        var lengths = new RawCapture(Workspace.Capture("real-dns-over-udp-and-tcp")).Records.Select(r => r.Frame.Length).ToList();
        Assert.That(work.Lines("e").Length + lost, Is.EqualTo(600 * (lengths.Count + lengths.Count(l => l % 2 == 1))));
    }

    [Test]
    public void A_dump_shows_prefixes_the_order_of_a_queue_and_the_names_of_inner_maps()
    {
        using var work = new Workspace();
        foreach (string chain in new[] { "lpm-acl", "port-pool", "tenant-counters" })
            work.Done("run", "--chain", Chain(chain), "--in", Workspace.Capture("arp"), "--maps", chain);
        Assert.That(Map("lpm-acl", "v4_rules").Select(e => (string)e!["prefix"]!), Does.Contain("10.1.0.0/16").And.Contain("198.18.0.1/32"));
        Assert.That(Map("lpm-acl", "v6_rules").Select(e => (string)e!["prefix"]!), Is.EqualTo(new[] { "fe80::/10" }));
        Assert.That(Map("port-pool", "free_ports").Select(e => (string)e!["value"]!).Take(3), Is.EqualTo(new[] { "409c", "419c", "429c" }));
        Assert.That(Map("port-pool", "free_ports")[0]!.AsObject().ContainsKey("key"), Is.False);
        Assert.That(Map("tenant-counters", "by_tenant").Select(e => (string)e!["value"]!), Is.EqualTo(new[] { "tenant_ten", "tenant_other" }));

        JsonArray Map(string chain, string name) => work.Json(chain)["maps"]!.AsArray().Single(m => (string)m!["name"]! == name)!["entries"]!.AsArray();
    }

    [Test]
    public void A_place_of_a_map_of_maps_can_be_given_another_map_or_a_new_one()
    {
        using var work = new Workspace();
        work.RunProgram(TestData.Path("objects", "tenant-counters.o"), "all-protocols", "--maps", "m", "--map", "by_tenant:03000000=new", "--map", "by_tenant:02000000=tenant_ten");
        var maps = work.Json("m")["maps"]!.AsArray();
        Assert.That(maps.Single(m => (string)m!["name"]! == "by_tenant")!["entries"]!.AsArray().Select(e => (string)e!["value"]!),
            Is.EqualTo(new[] { "tenant_ten", "tenant_ten", "by_tenant[03000000]" }));
        Assert.That(maps.Select(m => (string)m!["name"]!), Does.Contain("by_tenant[03000000]"));
    }
}
