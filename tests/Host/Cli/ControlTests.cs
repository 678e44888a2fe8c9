using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Chainring.Offload.Spec;
using Chainring.Tests.Host.Driver.Control;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Cli;

/// <summary>Commands to a card that is up, by processes over its socket.</summary>
[Platform("Linux"), SupportedOSPlatform("linux")]
public sealed class ControlTests
{
    const string Endless = "ports: { eth0: { queues: 2, pause: true, wire: { generate: { flows: 100, rate: 10, kinds: [udp4, tcp6] } } } }";

    static string Refused(Workspace work, int code, params string[] arguments)
    {
        var outcome = work.Run(arguments);
        Assert.That((outcome.Code, outcome.Out), Is.EqualTo((code, "")), string.Join(' ', arguments) + outcome.Error);
        return outcome.Error;
    }

    /// <summary>Starts a card and waits until it listens.</summary>
    static Process Up(Workspace work, params string[] arguments)
    {
        work.Write("card.yaml", Endless);
        var up = work.Start(["up", "--card", "card.yaml", "--quiet", "--json", "report.json", .. arguments]);
        Assert.That(() => File.Exists(work.Socket) || up.HasExited, Is.True.After(30_000, 20));
        return up;
    }

    static JsonNode Stop(Workspace work, Process up)
    {
        Process.Start("kill", ["-TERM", $"{up.Id}"]).WaitForExit();
        up.WaitForExit();
        Assert.That((up.ExitCode, up.StandardError.ReadToEnd()), Is.EqualTo((0, "")));
        Assert.That(File.Exists(work.Socket), Is.False);
        return work.Json("report.json");
    }

    [Test]
    public void A_chain_is_built_under_traffic_and_no_frame_is_lost()
    {
        using var work = new Workspace();
        string pass = Workspace.Example("pass.o"), counter = Workspace.Example("counter.o"), drop = Workspace.Example("drop.o");
        using var up = Up(work);
        Assert.That(work.Done("status"), Does.EndWith($"\neth0{new string(' ', 19)}<No XDP program loaded!>\n\n"));
        Assert.That(work.Done("load", "eth0", counter, "-P", "10", "-A", "XDP_PASS,XDP_TX"), Is.EqualTo("revision 2\n"));
        Assert.That(work.Done("load", "eth0", pass), Is.EqualTo("revision 3\n"));
        string status = work.Done("status");
        Assert.That(status, Does.Match(
            """
            eth0                   chain             hw +
             =>              10    xdp_counter                1    [0-9a-f]{16}  XDP_PASS,XDP_TX
             =>              50    xdp_pass                   2    [0-9a-f]{16}  XDP_PASS

            chain, revision 3
            stage +program +id +runs +on +next +taken
            xdp_counter  xdp_counter of counter.o   1 +[0-9,]+  pass  xdp_pass +[0-9,]+
             +tx    xdp_pass +0
            xdp_pass     xdp_pass of pass.o +2 +[0-9,]+  pass  end: pass
            $
            """.Replace("\r", "")));
        Assert.That(work.Done("chain", "insert", $"gate={drop}", "--before", "xdp_pass", "--expect-revision", "3"), Is.EqualTo("revision 4\n"));
        Assert.That(Refused(work, 1, "chain", "remove", "gate", "--expect-revision", "3"),
            Is.EqualTo("chainring: the chain table is at revision 4, not 3 as expected: Stale file handle (ESTALE) [C24 stale-revision]\n"));
        Assert.That(Refused(work, 1, "load", "eth0", pass), Does.Contain("[N27 not-in-order]"));
        Assert.That(JsonNode.Parse(work.Done("chain", "show", "--json"))!["stages"]!.AsArray().Select(s => (string)s!["name"]!), Is.EqualTo(new[] { "xdp_counter", "xdp_pass", "gate" }));
        Assert.That(work.Done("chain", "replace", "gate", pass, "--json"), Is.EqualTo("{\n  \"revision\": 5\n}\n"));
        Assert.That(work.Done("chain", "remove", "gate"), Is.EqualTo("revision 6\n"));
        Assert.That(work.Done("unload", "eth0", "--id", "2"), Is.EqualTo("revision 7\n"));
        Assert.That(Refused(work, 2, "unload", "eth0"), Is.EqualTo("chainring: Need prog ID or --all [U26 id-or-all]\n"));
        Assert.That(Refused(work, 1, "unload", "eth0", "-i", "99"), Does.StartWith("chainring: Program with ID 99 not loaded"));
        var report = Stop(work, up);
        Assert.That((report["drops"]!.AsObject().Count, report["outcomes"]!.AsObject().Sum(o => (long)o.Value!)), Is.EqualTo((0, (long)report["frames"]!["received"]!)));
        Assert.That(report["programs"]!.AsArray().Select(p => (string)p!["name"]!), Is.EqualTo(new[] { "xdp_counter" }));
    }

    [Test]
    public void A_chain_file_takes_the_place_of_the_chain_and_the_signal_brings_the_first_one_back()
    {
        using var work = new Workspace();
        using var up = Up(work, "--prog", Workspace.Example("pass.o"));
        Assert.That(work.Done("chain", "set", Workspace.Example(Workspace.FirewallChain)), Is.EqualTo("revision 2\n"));
        Assert.That(work.Done("map", "update", "firewall.blocked_ports", "key", "0", "80", "value", "0", "0", "0", "0", "0", "0", "0", "0"), Is.Empty);
        Assert.That(work.Done("map", "dump", "blocked_ports").Split('\n')[..^2].Select(l => l[..10]), Is.EqualTo(new[] { "key: 00 17", "key: 00 35", "key: 00 50" }));
        Process.Start("kill", ["-HUP", $"{up.Id}"]).WaitForExit();
        Assert.That(() => work.Done("chain", "show"), Does.StartWith("xdp_pass, revision 3\n").After(20_000, 100));
        Stop(work, up);
    }

    [Test]
    public void What_only_the_backend_refuses_is_interpreted_where_auto_may_choose([Values] bool named)
    {
        using var work = new Workspace();
        using var up = Up(work, named ? ["--backend", "il"] : []);
        work.Done("load", "eth0", Workspace.Example("counter.o"), "--prio", "10");
        string[] load = ["load", "eth0", TestData.Path("cli", "two-callbacks.o")];
        if (named) Assert.That(Refused(work, 1, load), Does.EndWith("[R50 several-functions]\n"));
        else Assert.That(work.Done(load), Is.EqualTo("revision 3\n"));
        var report = Stop(work, up);
        Assert.That(((string)report["backend"]!, report["programs"]!.AsArray().Count, report["drops"]!.AsObject().Count), Is.EqualTo(named ? ("il", 1, 0) : ("interpreter", 2, 0)));
    }

    [Test]
    public void Without_a_card_and_beside_another_one_there_is_a_sentence()
    {
        using var work = new Workspace();
        foreach (string[] command in new string[][] { ["status"], ["map", "list"], ["prog", "list", "--socket", "nothing"], ["load", "eth0", "x.o"] })
            Assert.That(Refused(work, 2, command), Does.Match(@"^chainring: /\S+(chainring\.sock|nothing): no card is running; start one with chainring up, or say by --socket PATH where it listens \[N08 no-card\]\n$"));
        var json = work.Run(["status", "--json"]);
        Assert.That((json.Code, json.Error, (string)JsonNode.Parse(json.Out)!["id"]!), Is.EqualTo((2, "", "N08")));
        using var up = Up(work, "--prog", Workspace.Example("pass.o"));
        Assert.That(Refused(work, 2, "up", "--card", "card.yaml", "--prog", Workspace.Example("pass.o")), Is.EqualTo(
            $"chainring: {work.Socket}: another chainring up is told what to do there; give this one a socket of its own by --socket PATH [N06 socket-taken]\n"));
        using var second = work.Start("up", "--card", "card.yaml", "--prog", Workspace.Example("drop.o"), "--quiet", "--socket", "second");
        Assert.That(() => File.Exists(work.PathOf("second")), Is.True.After(30_000, 20));
        Assert.That(work.Done("status", "--socket", "second"), Does.Contain("xdp_drop"));
        second.Kill();
        second.WaitForExit();
        Assert.That(Refused(work, 2, "status", "--socket", "second"), Does.Contain("no card is running"), "what a killed one leaves is nobody's");
        using var third = work.Start("up", "--card", "card.yaml", "--prog", Workspace.Example("counter.o"), "--quiet", "--socket", "second", "--for", "60");
        Assert.That(() => work.Run(["status", "--socket", "second"]).Out, Does.Contain("xdp_counter").After(30_000, 100));
        Process.Start("kill", ["-TERM", $"{third.Id}"]).WaitForExit();
        third.WaitForExit();
        Stop(work, up);
    }

    static MapSpec Map(string name, MapType type, int key, int value, int entries) => new() { Name = name, Type = type, KeySize = key, ValueSize = value, MaxEntries = entries };

    static ChainSpec Maps()
    {
        MapSpec[] maps = [Map("h", MapType.Hash, 4, 8, 4), Map("p", MapType.PerCpuArray, 4, 8, 2), Map("w", MapType.Hash, 20, 24, 2), Map("k", MapType.ProgramArray, 4, 4, 2)];
        var source = TestCard.ObjectOf([ProgramText.Program("test", "r1 = map(h)\nr0 = 2\nexit")], maps);
        return ChainSpec.Single(source, source.Programs[0]);
    }

    /// <summary>What bpftool 7.1 prints for maps of these shapes and contents on Linux 6.18, but for ids, memory and BTF; entries of a hash come in the order of their keys.</summary>
    [Test]
    public void Maps_are_shown_as_bpftool_shows_them()
    {
        using var work = new Workspace();
        using var card = new ControlledCard(ControlledCard.Silence, Maps());
        string Map(string words) => work.Done(["map", .. words.Split(' '), "--socket", card.Path]);
        string No(int code, string words) => Refused(work, code, ["map", .. words.Split(' '), "--socket", card.Path]);

        Assert.That(Map("dump name h"), Is.EqualTo("Found 0 elements\n"));
        Assert.That(Map("dump name h --json"), Is.EqualTo("[]\n"));
        Assert.That(Map("update name h key 1 0 0 0 value 1 2 3 4 5 6 7 255"), Is.Empty);
        Assert.That(Map("update id 1 key hex ff 0 0 1 value hex 0 0 0 0 0 0 0 a noexist --json"), Is.EqualTo("null\n"));
        Assert.That(No(1, "update h key 1 0 0 0 value 1 2 3 4 5 6 7 8 noexist"), Is.EqualTo("chainring: update failed: File exists (EEXIST) [N46 map-refuses]\n"));
        Assert.That(No(1, "update h key 2 0 0 0 value 1 2 3 4 5 6 7 8 exist"), Is.EqualTo("chainring: update failed: No such file or directory (ENOENT) [N46 map-refuses]\n"));
        Assert.That(Map("dump name h"), Is.EqualTo(
            "key: 01 00 00 00  value: 01 02 03 04 05 06 07 ff\nkey: ff 00 00 01  value: 00 00 00 00 00 00 00 0a\nFound 2 elements\n"));
        Assert.That(Map("dump name h -j"), Is.EqualTo(
            """[{"key":["0x01","0x00","0x00","0x00"],"value":["0x01","0x02","0x03","0x04","0x05","0x06","0x07","0xff"]},{"key":["0xff","0x00","0x00","0x01"],"value":["0x00","0x00","0x00","0x00","0x00","0x00","0x00","0x0a"]}]""" + "\n"));
        Assert.That(Map("lookup name h key 1 0 0 0"), Is.EqualTo("key: 01 00 00 00  value: 01 02 03 04 05 06 07 ff\n"));
        Assert.That(Map("lookup name h key 1 0 0 0 -j"), Is.EqualTo("""{"key":["0x01","0x00","0x00","0x00"],"value":["0x01","0x02","0x03","0x04","0x05","0x06","0x07","0xff"]}""" + "\n"));
        var missing = work.Run(["map", "lookup", "h", "key", "9", "0", "0", "0", "--socket", card.Path]);
        Assert.That((missing.Code, missing.Out, missing.Error), Is.EqualTo((1, "key:\n09 00 00 00\n\nNot found\n", "")));
        Assert.That(work.Run(["map", "lookup", "h", "key", "9", "0", "0", "0", "-j", "--socket", card.Path]) is { Code: 1, Out: "null\n" });
        Assert.That(No(1, "delete name h key 9 0 0 0"), Is.EqualTo("chainring: delete failed: No such file or directory (ENOENT) [N46 map-refuses]\n"));
        Assert.That(Map("delete name h key 1 0 0 0"), Is.Empty);
        Assert.That(Map("delete name h key 255 0 0 1 -j"), Is.EqualTo("null\n"));
        foreach (var (words, says) in new[]
        {
            ("delete h key 0", "key expected 4 bytes got 1"), ("delete h key 0 0 0 x", "error parsing byte: x"), ("delete h key 0 0 0 256", "error parsing byte: 256"), ("delete h", "did not find key"),
            ("update h key 0 1 0 0 value 0", "value expected 8 bytes got 1"), ("update h key 0 1 0 0", "did not find value"), ("dump id x", "can't parse x as ID"),
            ("delete h keys 0 0 0 0", "expected key, got: keys"),
        }) Assert.That(No(2, words), Does.StartWith($"chainring: {says} [").And.EndWith("]\n"));
        Assert.That(No(1, "dump id 99"), Is.EqualTo("chainring: there is no map with id 99: No such file or directory (ENOENT) [N40 no-such-map]\n"));
        Assert.That(No(1, "update k key 0 0 0 0 value 1 0 0 0"), Does.Contain("[N47 chain-fills]"));

        Assert.That(Map("update p key 1 0 0 0 value 1 2 3 4 5 6 7 8"), Is.Empty);
        Assert.That(Map("dump p"), Is.EqualTo(
            """
            key:
            00 00 00 00
            value (CPU 00): 00 00 00 00 00 00 00 00
            value (CPU 01): 00 00 00 00 00 00 00 00
            key:
            01 00 00 00
            value (CPU 00): 01 02 03 04 05 06 07 08
            value (CPU 01): 01 02 03 04 05 06 07 08
            Found 2 elements

            """));
        Assert.That(Map("lookup p key 1 0 0 0 -j"), Is.EqualTo(
            """{"key":["0x01","0x00","0x00","0x00"],"values":[{"cpu":0,"value":["0x01","0x02","0x03","0x04","0x05","0x06","0x07","0x08"]},{"cpu":1,"value":["0x01","0x02","0x03","0x04","0x05","0x06","0x07","0x08"]}]}""" + "\n"));
        string[] numbers = [.. Enumerable.Range(0, 24).Select(n => $"{n}")];
        Assert.That(Map($"update w key {string.Join(' ', numbers[..20])} value {string.Join(' ', numbers)}"), Is.Empty);
        Assert.That(Map("dump w"), Is.EqualTo(
            """
            key:
            00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f
            10 11 12 13
            value:
            00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f
            10 11 12 13 14 15 16 17
            Found 1 element

            """));
        Assert.That(Map("list"), Does.StartWith("1: hash  name h  flags 0x0  offloaded_to eth0\n\tkey 4B  value 8B  max_entries 4  memlock ").And.Contain("\n2: percpu_array  name p  flags 0x0  offloaded_to eth0\n"));
        Assert.That(Map("list -j"), Does.StartWith("""[{"id":1,"type":"hash","name":"h","flags":0,"dev":{"ifindex":1,"ifname":"eth0"},"bytes_key":4,"bytes_value":8,"max_entries":4,"bytes_memlock":"""));
    }

    /// <summary>The same of programs and of xdp-loader 1.3's table; the tag is that of the kernel for these instructions (Linux 6.12).</summary>
    [Test]
    public void Programs_are_shown_as_bpftool_and_xdp_loader_show_them()
    {
        using var work = new Workspace();
        using var card = new ControlledCard(ControlledCard.Silence, Maps());
        string At(string words) => work.Done([.. words.Split(' '), "--socket", card.Path]);
        string tag = ((string)JsonNode.Parse(At("prog list -j"))![0]!["tag"]!);
        Assert.That(tag, Does.Match("^[0-9a-f]{16}$"));
        Assert.That(At("prog list"), Is.EqualTo($"1: xdp  name test  tag {tag}  offloaded_to eth0\n\txlated 32B  not jited  map_ids 1\n"));
        Assert.That(At("prog list -j"), Is.EqualTo(
            $$"""[{"id":1,"type":"xdp","name":"test","tag":"{{tag}}","gpl_compatible":false,"dev":{"ifindex":1,"ifname":"eth0"},"bytes_xlated":32,"jited":false,"map_ids":[1]}]""" + "\n"));
        Assert.That(At("prog dump xlated id 1"), Is.EqualTo("   0: (18) r1 = map[id:1]\n   2: (b7) r0 = 2\n   3: (95) exit\n"));
        Assert.That(At("prog dump xlated test -j"), Is.EqualTo("""[{"disasm":"(18) r1 = map[id:1]"},{"disasm":"(b7) r0 = 2"},{"disasm":"(95) exit"}]""" + "\n"));
        Assert.That(At("status"), Does.StartWith(
            $"""
            CURRENT XDP PROGRAM STATUS:

            Interface        Prio  Program name      Mode     ID   Tag               Chain actions
            --------------------------------------------------------------------------------------
            eth0                   test              hw       1    {tag}{" "}
            eth1                   test              hw       1    {tag}{" "}

            test, revision 1

            """));
        string source = At($"chain replace test {Workspace.Example("counter.o")}") + At("prog dump xlated test");
        Assert.That(source, Does.StartWith("revision 2\n; void *end = (void *)(long)ctx->data_end;\n   0: (61) r6 = *(u32 *)(r1 +4)\n; void *data = (void *)(long)ctx->data;\n"));
        Assert.That(source, Does.Contain("call bpf_map_lookup_elem#1\n"));
    }
}
