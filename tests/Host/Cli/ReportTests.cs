using System.Text.Json.Nodes;
using Chainring.Kernels;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Cli;

public class ReportTests
{
    [Test]
    public void The_counters_are_those_of_the_run()
    {
        using var work = new Workspace();
        var report = JsonNode.Parse(work.RunFirewall("real-dns-over-udp-and-tcp", "--json", "-", "--batch", "10", "--repeat", "2"))!;
        Assert.That(report["frames"]!.ToJsonString(), Is.EqualTo("""{"received":104,"bytes":11600,"missed":0,"truncated":0}"""));
        Assert.That(report["outcomes"]!.ToJsonString(), Is.EqualTo("""{"aborted":0,"drop":52,"pass":52,"tx":0,"redirect":0}"""));
        Assert.That(report["drops"]!.ToJsonString(), Is.EqualTo("{}"));
        Assert.That(report["edges"]!.ToJsonString(), Is.EqualTo("""[{"from":"firewall","on":"pass","to":"counter","count":52}]"""));
        Assert.That(report["programs"]!.AsArray().Select(p => ((string)p!["name"]!, (string)p["program"]!, (long)p["runs"]!)),
            Is.EqualTo(new[] { ("firewall", "xdp_firewall", 104L), ("counter", "xdp_counter", 52L) }));
        Assert.That((string)report["backend"]!, Is.EqualTo(Targets.Usual.Name));
        Assert.That(((int)report["batch"]!, (long)report["batches"]!, (int)report["repeat"]!), Is.EqualTo((10, 11L, 2)));
    }

    [TestCase(1000, 10), TestCase(8192, 2), TestCase(65536, 1)]
    public void Every_batch_but_the_last_is_as_large_as_it_may_be(int batch, long batches)
    {
        using var work = new Workspace();
        // 400 frames, 25 times.
        work.RunProgram(Workspace.Example("pass.o"), "64-bytes-10-flows", "--repeat", "25", "--batch", $"{batch}", "--json", "report");
        Assert.That((long)work.Json("report")["batches"]!, Is.EqualTo(batches));
    }

    [Test]
    public void Missed_and_aborted_frames_are_counted_by_reason()
    {
        using var work = new Workspace();
        work.RunProgram(Workspace.Example("pass.o"), "jumbo-9000", "--json", "missed");
        Assert.That(work.Json("missed")["drops"]!.ToJsonString(), Is.EqualTo("""{"frame-too-long":5}"""));
        Assert.That((long)work.Json("missed")["frames"]!["missed"]!, Is.EqualTo(5));
        work.RunProgram($"{Workspace.Object("verdicts")}:returns_5", "arp", "--json", "aborted");
        Assert.That(work.Json("aborted")["drops"]!.ToJsonString(), Is.EqualTo("""{"unknown-return-code":32}"""));
    }

    [Test]
    public void Truncated_frames_are_counted()
    {
        using var work = new Workspace();
        work.RunProgram(Workspace.Example("pass.o"), "real-truncated-snaplen-80", "--json", "j");
        int cut = new RawCapture(Workspace.Capture("real-truncated-snaplen-80")).Records.Count(r => r.Captured < r.Original);
        Assert.That((int)work.Json("j")["frames"]!["truncated"]!, Is.EqualTo(cut).And.GreaterThan(0));
    }

    [TestCase("chain-wildcard")]
    [TestCase("chain-aborted")]
    [TestCase("chain-drops")]
    [TestCase("chain-odd-codes")]
    [TestCase("chain-each-code")]
    [TestCase("chain-headers")]
    public void Outcomes_add_up_to_the_frames_and_programs_decided_them(string chain)
    {
        using var work = new Workspace();
        work.Done("run", "--chain", TestData.Path("objects", $"{chain}.yaml"), "--in", Workspace.Capture("sizes-14-to-3520"), "--json", "j", "--verdicts", "v");
        var report = work.Json("j");
        var outcomes = report["outcomes"]!.AsObject();
        var written = work.Lines("v").Select(l => l.Split('\t')[1]).Where(v => v != "missed").ToLookup(v => v);
        long received = (long)report["frames"]!["received"]!, missed = (long)report["frames"]!["missed"]!;
        Assert.That(outcomes.Sum(o => (long)o.Value!), Is.EqualTo(received - missed));
        foreach (var (verdict, count) in outcomes)
        {
            Assert.That((long)count!, Is.EqualTo(written[verdict].Count()), verdict);
            Assert.That(report["programs"]!.AsArray().Sum(p => (long)p!["decided"]![verdict]!), Is.EqualTo((long)count!), verdict);
        }
    }

    [Test]
    public void Libxdps_end_of_chain_counts_as_pass()
    {
        using var work = new Workspace();
        work.Write("c.yaml", $$"""
            programs:
              first: { object: {{Workspace.Example("pass.o")}}, priority: 1 }
              last: { object: {{Workspace.Example("drop.o")}}, priority: 2, actions: [drop] }
            """);
        work.Done("run", "--chain", "c.yaml", "--in", Workspace.Capture("arp"), "--json", "j");
        Assert.That((int)work.Json("j")["outcomes"]!["pass"]!, Is.EqualTo(32));
        Assert.That((int)work.Json("j")["programs"]![1]!["decided"]!["pass"]!, Is.EqualTo(32));
    }

    [Test]
    public void A_capture_can_come_from_a_pipe()
    {
        using var work = new Workspace();
        var outcome = work.Run(["run", "--prog", Workspace.Example("pass.o"), "--in", "-", "--verdicts", "v"], File.ReadAllBytes(Workspace.Capture("arp")));
        Assert.That((outcome.Code, outcome.Error), Is.EqualTo((0, "")));
        Assert.That(outcome.Out, Does.StartWith("xdp_pass over standard input\n32 frames, 1,920 bytes; 1 batch of up to 256"));
        Assert.That(work.Lines("v"), Has.Length.EqualTo(32));
    }
}
