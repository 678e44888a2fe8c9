using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Cli;

public class MapDumpTests
{
    static JsonNode MapOf(JsonNode dump, string name) => dump["maps"]!.AsArray().Single(m => (string)m!["name"]! == name)!;

    static Dictionary<string, string> Values(JsonNode map) =>
        map["entries"]!.AsArray().ToDictionary(e => (string)e!["key"]!, e => (string)e!["value"]!);

    [Test]
    public void Every_field_is_there_and_no_other()
    {
        using var work = new Workspace();
        work.RunFirewall("real-dns-over-udp-and-tcp", "--maps", "m");
        var dump = work.Json("m");
        Assert.That(dump.AsObject().Select(p => p.Key), Is.EqualTo(new[] { "maps" }));
        var rules = MapOf(dump, "blocked_ports");
        Assert.That(rules.ToJsonString(), Is.EqualTo("""
            {"program":"firewall","name":"blocked_ports","type":"hash","key_size":2,"value_size":8,"max_entries":1024,
            "entries":[{"key":"0017","value":"0000000000000000"},{"key":"0035","value":"1a00000000000000"}]}
            """.ReplaceLineEndings("")));
    }

    [Test]
    public void A_per_CPU_map_has_a_value_for_each_queue()
    {
        using var work = new Workspace();
        work.RunFirewall("real-dns-over-udp-and-tcp", "--maps", "m");
        var counters = MapOf(work.Json("m"), "by_protocol");
        Assert.That(counters["type"]!.GetValue<string>(), Is.EqualTo("percpu_array"));
        var entries = counters["entries"]!.AsArray();
        Assert.That(entries, Has.Count.EqualTo(256));
        Assert.That(entries[6]!.ToJsonString(), Is.EqualTo("""{"key":"06000000","values":["08000000000000006404000000000000"]}"""));
    }

    [Test]
    public void A_prog_array_shows_the_names_of_programs()
    {
        using var work = new Workspace();
        work.Done("run", "--chain", TestData.Path("objects", "tail-dispatch.yaml"), "--in", Workspace.Capture("all-protocols"), "--maps", "m");
        Assert.That(Values(MapOf(work.Json("m"), "handlers")), Is.EqualTo(new Dictionary<string, string>
        {
            ["00000000"] = "handle_tcp",
            ["01000000"] = "handle_udp",
            ["02000000"] = "handle_icmp",
        }));
    }

    [Test]
    public void Entries_are_sorted_by_the_bytes_of_their_keys()
    {
        using var work = new Workspace();
        work.RunProgram(Workspace.Draw, "64-bytes-10-flows", "--maps", "m");
        var keys = Values(MapOf(work.Json("m"), "draws")).Keys.ToList();
        Assert.That(keys, Has.Count.EqualTo(400));
        Assert.That(keys, Is.EqualTo(keys.Order(StringComparer.Ordinal)));
    }

    [Test]
    public void Global_data_has_the_name_of_its_section()
    {
        using var work = new Workspace();
        work.RunProgram(Workspace.Draw, "arp", "--maps", "m");
        var dump = work.Json("m");
        Assert.That(dump["maps"]!.AsArray().Select(m => (string)m!["name"]!), Is.EquivalentTo(new[] { "draws", ".bss", ".data", ".rodata" }));
        Assert.That(Values(MapOf(dump, ".bss"))["00000000"], Is.EqualTo("2000000000000000"));
        Assert.That(Values(MapOf(dump, ".data"))["00000000"], Is.EqualTo("2100000000000000"));
        Assert.That(Values(MapOf(dump, ".rodata"))["00000000"], Is.EqualTo("0100000000000000"));
    }

    [TestCase(".rodata")]
    [TestCase("draw.rodata")]
    public void Global_data_can_be_set_by_the_name_of_its_section_or_by_libbpfs(string name)
    {
        using var work = new Workspace();
        work.RunProgram(Workspace.Draw, "arp", "--maps", "m", "--map", $"{name}:00000000=0300000000000000");
        Assert.That(Values(MapOf(work.Json("m"), ".bss"))["00000000"], Is.EqualTo("6000000000000000"));
    }

    [Test]
    public void An_entry_on_the_command_line_overrides_that_of_the_chain_file([Values("blocked_ports", "firewall.blocked_ports")] string name)
    {
        using var work = new Workspace();
        work.RunFirewall("real-dns-over-udp-and-tcp", "--maps", "m", "--map", $"{name}:0035=0001000000000000", "--map", $"{name}:0050=0x0000000000000000");
        Assert.That(Values(MapOf(work.Json("m"), "blocked_ports")), Is.EqualTo(new Dictionary<string, string>
        {
            ["0017"] = "0000000000000000",
            ["0035"] = "1a01000000000000",
            ["0050"] = "0000000000000000",
        }));
    }

    [Test]
    public void Repeating_keeps_the_contents()
    {
        using var work = new Workspace();
        work.RunFirewall("real-dns-over-udp-and-tcp", "--maps", "m", "--repeat", "5");
        Assert.That(Values(MapOf(work.Json("m"), "blocked_ports"))["0035"], Is.EqualTo("8200000000000000"));
    }

    [Test]
    public void The_seed_decides_what_programs_draw_and_nothing_else_does()
    {
        using var work = new Workspace();
        foreach (var (file, seed, batch) in new[] { ("a", "7", "256"), ("b", "7", "1"), ("c", "8", "256") })
            work.RunProgram(Workspace.Draw, "arp", "--maps", $"{file}.maps", "--verdicts", $"{file}.verdicts", "--seed", seed, "--batch", batch);
        Assert.That(work.Text("b.maps"), Is.EqualTo(work.Text("a.maps")));
        Assert.That(work.Text("b.verdicts"), Is.EqualTo(work.Text("a.verdicts")));
        Assert.That(work.Text("c.maps"), Is.Not.EqualTo(work.Text("a.maps")));
        Assert.That(work.Text("c.verdicts"), Is.Not.EqualTo(work.Text("a.verdicts")));
    }

    [Test]
    public void The_clock_follows_the_capture_or_the_wall()
    {
        using var work = new Workspace();
        ulong[] Times(string clock)
        {
            work.RunProgram(Workspace.Draw, "real-dns-over-udp-and-tcp", "--maps", "m", "--clock", clock);
            return [.. Values(MapOf(work.Json("m"), "draws")).Values.Select(v => BinaryPrimitives.ReadUInt64LittleEndian(Convert.FromHexString(v).AsSpan(8)))];
        }

        var records = new RawCapture(Workspace.Capture("real-dns-over-udp-and-tcp")).Records;
        ulong latest = 0;
        var expected = records.Select(r => latest = Math.Max(latest, r.Seconds * 1_000_000_000UL + r.Fraction * 1_000UL));
        Assert.That(Times("capture"), Is.EqualTo(expected));
        var (first, second) = (Times("wall"), Times("wall"));
        Assert.That(first, Is.Ordered);
        Assert.That(second[0], Is.GreaterThan(first[^1]));
    }
}
