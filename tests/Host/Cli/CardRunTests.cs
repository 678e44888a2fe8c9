using System.Text.Json.Nodes;
using Chainring.Host.Driver;
using Chainring.Nic.Pcap;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Cli;

/// <summary><c>run</c> with several ports: from a card file, or from several captures.</summary>
public sealed class CardRunTests
{
    const string Imix = "imix-100-flows", Dns = "real-dns-over-udp-and-tcp";

    static string Card(string name) => TestData.FromRoot("examples", "cards", name + ".yaml");

    static int Frames(string capture) => int.Parse(Captures.Expected(capture)["frames"]);

    static int FramesIn(string path)
    {
        using var reader = CaptureReader.Open(File.OpenRead(path), path).Value;
        int frames = 0;
        while (reader.TryRead(out _)) frames++;
        return frames;
    }

    public static IEnumerable<string> Cards => Directory.EnumerateFiles(TestData.FromRoot("examples", "cards"), "*.yaml").Select(f => Path.GetFileNameWithoutExtension(f)!);

    [TestCaseSource(nameof(Cards))]
    public void Every_card_of_the_examples_is_read(string name) => Assert.That(CardFile.Load(Card(name)).Problem, Is.Null);

    [Test]
    public void Several_captures_are_several_ports_and_a_redirect_leaves_by_the_other()
    {
        using var work = new Workspace();
        work.Write("card.yaml", $$"""
            ports:
              a: { wire: { capture: {{Workspace.Capture(Imix)}}, out: a.pcap } }
              b: { wire: { capture: {{Workspace.Capture(Dns)}}, out: b.pcap } }
            """);
        work.Done("run", "--card", "card.yaml", "--prog", Workspace.Object("redirect"), "--json", "r.json", "--stats", "s.txt", "--verdicts", "v.tsv");
        var report = work.Json("r.json");
        long redirected = (long)report["outcomes"]!["redirect"]!;
        var ports = report["ports"]!.AsArray();
        Assert.That(ports.Select(p => (string)p!["name"]!), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(ports.Select(p => (int)p!["received"]!), Is.EqualTo(new[] { Frames(Imix), Frames(Dns) }));
        Assert.That(work.Lines("v.tsv").Select(l => int.Parse(l.Split('\t')[0])), Is.EqualTo(Enumerable.Range(0, Frames(Imix) + Frames(Dns))), "arrival order on the card");
        long sent = ports.Sum(p => (long)p!["statistics"]!["tx_packets"]!);
        Assert.That(FramesIn(work.PathOf("a.pcap")) + FramesIn(work.PathOf("b.pcap")), Is.EqualTo(sent));
        Assert.That(redirected, Is.Positive);
        Assert.That(work.Text("s.txt"), Does.StartWith("NIC statistics (a):\n     rx_packets: ").And.Contain("\nNIC statistics (b):\n").And.Contain("\nChain statistics ("));
    }

    /// <summary>Over a generator, wires around it, several queues, and out again: what is sent is what the verdict file tells.</summary>
    [TestCase(9000), TestCase(5000)]
    public void Jumbo_frames_go_through_a_card_whose_mtu_allows_them(int mtu)
    {
        using var work = new Workspace();
        work.Write("card.yaml", $$"""
            ports:
              a:
                mtu: {{mtu}}
                queues: 2
                rx-checksum: true
                wire: { generate: { frames: 200, flows: 20, size: 3000-9022, kinds: [udp4, tcp6] }, out: out.pcap, record: all.pcap, trace: trace.txt, faults: { in: { corrupt: 1000 } } }
            """);
        work.Done("run", "--card", "card.yaml", "--prog", Workspace.Object("frags-bytes"), "--json", "r.json", "--verdicts", "v.tsv");
        var frames = work.Json("r.json")["frames"]!;
        var told = work.Lines("v.tsv").Select(l => l.Split('\t')).Select(l => (Verdict: l[1], Length: int.Parse(l[2]), Crc: l[3])).ToList();
        Assert.That(told.Where(l => l.Verdict == "missed"), Is.EqualTo(told.Where(l => l.Length > mtu + 22)));
        Assert.That(((int)frames["received"]!, (int)frames["missed"]!), Is.EqualTo((200, told.Count(l => l.Verdict == "missed"))));
        var sent = told.Where(l => l.Verdict == "tx").Select(l => (l.Length, l.Crc)).ToList();
        var left = new RawCapture(work.PathOf("out.pcap")).Records.Select(r => (r.Frame.Length, $"{RawCapture.Crc(r.Frame):x8}"));
        Assert.That(left, Is.EquivalentTo(sent));
        Assert.That(sent.Max(s => s.Length), Is.GreaterThan(mtu - 100).And.LessThanOrEqualTo(mtu + 22));
        Assert.That(FramesIn(work.PathOf("all.pcap")), Is.EqualTo(200 + sent.Count));
    }

    /// <summary>Frames to the name server pass where it has sockets, and none where it has not; what is not IP always does.</summary>
    [Test]
    public void Programs_find_the_sockets_of_a_card_file()
    {
        using var work = new Workspace();
        string port = $"ports: {{ a: {{ wire: {{ capture: {Workspace.Capture(Dns)} }} }} }}\n";
        work.Write("none.yaml", port);
        work.Write("server.yaml", port + "inet-sockets: [{ protocol: udp, local: 198.18.0.2:53 }, { protocol: udp, local: \"[2001:2::2]:53\" }]\n");
        work.Write("elsewhere.yaml", port + "inet-sockets: [{ protocol: udp, local: 198.18.0.3:53 }, { protocol: udp, local: \"[2001:2::2]:54\" }]\n");
        string[] Verdicts(string card)
        {
            work.Done("run", "--card", card, "--prog", Workspace.Object("socket-filter"), "--verdicts", "v.tsv");
            return [.. work.Lines("v.tsv").Select(l => l.Split('\t')[1])];
        }
        string[] none = Verdicts("none.yaml"), server = Verdicts("server.yaml");
        var frames = Captures.Frames(Dns).Frames;
        bool[] isQuery = [.. frames.Select(f => IsQuery(f))];
        Assert.That(isQuery.Count(q => q), Is.Positive.And.LessThan(frames.Count));
        for (int n = 0; n < frames.Count; n++) Assert.That((none[n], server[n]), Is.EqualTo(isQuery[n] ? ("drop", "pass") : (none[n], none[n])), $"frame {n}");
        Assert.That(Verdicts("elsewhere.yaml"), Is.EqualTo(none));

        // UDP to port 53, in either version of IP.
        static bool IsQuery(byte[] f) => (f[12], f[13]) switch
        {
            (0x08, 0x00) => f[23] == 17 && (f[36] << 8 | f[37]) == 53,
            (0x86, 0xdd) => f[20] == 17 && (f[56] << 8 | f[57]) == 53,
            _ => false,
        };
    }

    [Test]
    public void The_frames_of_ports_are_taken_in_the_order_of_their_time()
    {
        using var work = new Workspace();
        // Both captures are the same: every second frame is the other port's.
        work.Done("run", "--in", Workspace.Capture(Imix), "--in", Workspace.Capture(Imix), "--prog", Workspace.Example("pass.o"), "--verdicts", "v", "--batch", "1");
        string[] crcs = [.. work.Lines("v").Select(l => l.Split('\t')[3])];
        Assert.That(Enumerable.Range(0, crcs.Length / 2).Select(n => crcs[2 * n]), Is.EqualTo(Enumerable.Range(0, crcs.Length / 2).Select(n => crcs[2 * n + 1])));
    }

    [Test]
    public void A_run_of_a_card_gives_the_same_twice_and_a_capture_on_the_line_is_played_with_what_is_around_the_wire()
    {
        using var work = new Workspace();
        foreach (string name in new[] { "one", "two" })
        {
            string[] line = ["run", "--card", Card("faults"), "--in", $"eth0={Workspace.Capture(Imix)}", "--chain", Workspace.Example(Workspace.FirewallChain)];
            work.Done([.. line, "--verdicts", name, "--json", name + ".json"]);
        }
        Assert.That(work.Text("two"), Is.EqualTo(work.Text("one")));
        var port = work.Json("one.json")["ports"]![0]!;
        Assert.That((long)port["received"]! + Lost(port), Is.EqualTo(Frames(Imix)));
    }

    /// <summary>Frames that an injector kept from the port, less those that it doubled.</summary>
    static long Lost(JsonNode port)
    {
        var faults = port["faults"]!["in"]!.AsObject();
        long Of(string name) => (long?)faults[name] ?? 0;
        return Of("drop") + Of("link-down") - Of("duplicate");
    }

    [Test]
    public void Captures_with_a_ports_name_come_first_and_the_others_fill_the_ports_that_are_left()
    {
        using var work = new Workspace();
        work.Write("card.yaml", "ports: { a: {}, b: {} }");
        work.Done("run", "--card", "card.yaml", "--in", Workspace.Capture(Imix), "--in", $"a={Workspace.Capture(Dns)}", "--prog", Workspace.Example("pass.o"), "--json", "r");
        Assert.That(work.Json("r")["ports"]!.AsArray().Select(p => (int)p!["received"]!), Is.EqualTo(new[] { Frames(Dns), Frames(Imix) }));
    }

    [Test]
    public void The_hosts_frames_leave_by_the_port([Values("run", "up")] string command)
    {
        using var work = new Workspace();
        work.Write("card.yaml", $$"""ports: { a: { wire: { out: sent.pcap }, host: { capture: {{Workspace.Capture(Dns)}}, paced: false } } }""");
        work.Done([command, "--card", "card.yaml", "--prog", Workspace.Example("pass.o"), "--json", "r", .. command == "up" ? new[] { "--quiet" } : []]);
        var statistics = work.Json("r")["ports"]![0]!["statistics"]!;
        Assert.That(((int)statistics["tx_packets"]!, (int)statistics["tx_bytes"]!), Is.EqualTo((Frames(Dns), int.Parse(Captures.Expected(Dns)["bytes"]))));
        Assert.That(FramesIn(work.PathOf("sent.pcap")), Is.EqualTo(Frames(Dns)));
    }

    [Test]
    public void What_does_not_get_where_its_verdict_sends_it_is_a_drop_with_a_reason()
    {
        using var work = new Workspace();
        work.Write("card.yaml", $$"""ports: { a: { wire: { capture: {{Workspace.Capture("real-vlan-and-qinq")}} } } }""");
        string[] line = ["run", "--card", "card.yaml", "--chain", Workspace.Example("vlan-pop-then-route.yaml")];
        string said = work.Done(line);
        work.Done([.. line, "--json", "r"]);
        long lost = (long)work.Json("r")["ports"]![0]!["ended"]!["no-target"]!;
        Assert.That((long)work.Json("r")["drops"]!["no-target"]!, Is.EqualTo(lost).And.Positive);
        Assert.That(said, Does.Contain($"Did not get where their verdict sent them: no-target {lost}."));
    }

    [Test]
    public void Every_frame_of_a_bad_day_is_accounted_for()
    {
        using var work = new Workspace();
        var report = JsonNode.Parse(work.Done("run", "--card", Card("faults"), "--chain", Workspace.Example(Workspace.FirewallChain), "--json", "-"))!;
        long received = (long)report["frames"]!["received"]!, missed = (long)report["frames"]!["missed"]!;
        Assert.That(report["outcomes"]!.AsObject().Sum(o => (long)o.Value!) + missed, Is.EqualTo(received));
        Assert.That(received + Lost(report["ports"]![0]!), Is.EqualTo(1_000_000), "to the end of the wire, however many frames in a row were lost");
        Assert.That(report["drops"]!.AsObject().Select(d => d.Key), Is.SupersetOf(new[] { "ring-full", "bad-descriptor" }));
    }

    static readonly string Pass = Workspace.Example("pass.o");

    static IEnumerable<TestCaseData> Mistakes()
    {
        yield return Case("endless", "the wire of port 'eth0' never ends, and 'chainring run' runs to the end", "run", "--card", Card("generated"), "--prog", Pass);
        yield return Case("queues of a card", "--queues is a port's own: the card file says it [U13 card-says]", "run", "--card", Card("faults"), "--prog", Pass, "--queues", "2");
        yield return Case("too many captures", "the card has only 1 port, and no port's name stands before a '='", "run", "--card", Card("faults"), "--prog", Pass, "--in", "a", "--in", "b");
        yield return Case("a port twice", "--in eth0=b: port eth0 plays another capture already [U17 port-twice]", "run", "--card", Card("faults"), "--prog", Pass, "--in", "eth0=a", "--in", "eth0=b");
        yield return Case("repeat of a card", "--repeat is a port's own: the card file says it", "run", "--card", Card("faults"), "--prog", Pass, "--repeat", "5");
        yield return Case("too many buffers", "need 16,777,216 buffers of 4 KiB", "run", "--in", "x", "--prog", Pass, "--queues", "128", "--batch", "65536");
        yield return Case("results of a card that cannot be plugged in", "cannot find the interface 'no-such-veth'", "up", "--card", "up.yaml", "--prog", Pass, "--json", "j", "--maps", "m");
        yield return Case("a result twice", "s: two outputs cannot go to the same file", "up", "--card", "up.yaml", "--prog", Pass, "--json", "s", "--stats", "s");
        yield return Case("no such capture", "nothing: No such file or directory", "run", "--card", Card("faults"), "--prog", Pass, "--in", "eth0=nothing");
        yield return Case("missing card", "nothing.yaml: No such file or directory", "run", "--card", "nothing.yaml", "--prog", Pass);
        yield return Case("two to standard output", "--json - and --stats - cannot both go to standard output", "run", "--in", "x", "--prog", Pass, "--json", "-", "--stats", "-");
        yield return Case("no card for up", "option '--card' is required; see chainring up --help", "up", "--prog", Pass);
        yield return Case("no interface", "cannot find the interface 'no-such-veth'", "up", "--card", "up.yaml", "--prog", Pass);
        static TestCaseData Case(string name, string says, params string[] line) => new TestCaseData(says, line).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Mistakes))]
    public void A_mistake_is_one_sentence_and_touches_no_file(string says, string[] line)
    {
        using var work = new Workspace();
        work.Write("up.yaml", "ports: { eth0: { wire: { interface: no-such-veth } } }");
        var outcome = work.Run(line);
        Assert.That((outcome.Code, outcome.Out), Is.EqualTo((2, "")));
        Assert.That(outcome.Error, Does.StartWith("chainring: ").And.Contain(says));
        Assert.That(work.Files, Is.EqualTo(new[] { "up.yaml" }));
    }
}
