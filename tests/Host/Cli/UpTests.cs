using System.Diagnostics;
using System.Text.Json.Nodes;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Cli;

/// <summary><c>up</c>: a card in the foreground, told what to do by signals.</summary>
[Platform("Linux")]
public sealed class UpTests
{
    const string Endless = "ports: { eth0: { queues: 2, pause: true, wire: { generate: { flows: 100, rate: 10, kinds: [udp4, tcp6] } } } }";
    const string Few = "ports: { eth0: { queues: 2, pause: true, wire: { generate: { frames: 5000, flows: 100, rate: 1000 } } } }";

    [Test]
    public void It_ends_by_itself_when_its_wires_have_and_every_frame_is_in_the_counters()
    {
        using var work = new Workspace();
        work.Write("card.yaml", Few);
        var report = JsonNode.Parse(work.Done("up", "--card", "card.yaml", "--chain", Workspace.Example(Workspace.FirewallChain), "--quiet", "--json", "-", "--stats", "s.txt", "--maps", "m.json"))!;
        Assert.That(((int)report["frames"]!["received"]!, report["outcomes"]!.AsObject().Sum(o => (long)o.Value!)), Is.EqualTo((5000, 5000L)));
        Assert.That(work.Lines("s.txt"), Does.Contain("     rx_packets_phy: 5000"));
        Assert.That(work.Json("m.json")["maps"]!.AsArray(), Has.Count.EqualTo(2));
    }

    [TestCase("TERM"), TestCase("INT")]
    public void A_signal_ends_it_with_a_summary(string signal)
    {
        using var work = new Workspace();
        work.Write("card.yaml", Endless);
        using var up = work.Start("up", "--card", "card.yaml", "--prog", Workspace.Example("pass.o"));
        Assert.That(up.StandardOutput.ReadLine(), Does.Contain(" s  rx "));
        Signal(up, signal);
        string rest = up.StandardOutput.ReadToEnd();
        up.WaitForExit();
        Assert.That((up.ExitCode, up.StandardError.ReadToEnd()), Is.EqualTo((0, "")));
        Assert.That(rest, Does.Contain("xdp_pass over card.yaml\n").And.Contain("decided by xdp_pass"));
    }

    [Test]
    public void A_hangup_reads_the_chain_again_and_a_broken_one_changes_nothing()
    {
        using var work = new Workspace();
        work.Write("card.yaml", Endless);
        work.Write("chain.yaml", Chain("pass"));
        using var up = work.Start("up", "--card", "card.yaml", "--chain", "chain.yaml");
        AwaitLine(up, line => line.Contains("pass"));
        work.Write("chain.yaml", Chain("drop"));
        Signal(up, "HUP");
        AwaitLine(up, line => line == "chain reloaded (1)");
        AwaitLine(up, line => line.Contains("drop") && !line.Contains("drop 0/s"));
        work.Write("chain.yaml", "programs: 3");
        Signal(up, "HUP");
        AwaitLine(up, line => line == "not reloaded: chain.yaml:1: 'programs' must be a mapping [Y05 wrong-shape]");
        Signal(up, "TERM");
        string rest = up.StandardOutput.ReadToEnd();
        up.WaitForExit();
        Assert.That((up.ExitCode, up.StandardError.ReadToEnd()), Is.EqualTo((0, "")));
        Assert.That(rest, Does.Contain("The chain was reloaded 1 time;"));

        static string Chain(string program) => $"programs: {{ {program}: {{ object: {Workspace.Example(program + ".o")} }} }}";
    }

    static void AwaitLine(Process up, Func<string, bool> wanted)
    {
        var seen = new List<string>();
        while (up.StandardOutput.ReadLine() is { } line)
        {
            if (wanted(line)) return;
            seen.Add(line);
            if (seen.Count > 60) break;
        }
        Assert.Fail($"the line did not come; there were\n{string.Join('\n', seen)}");
    }

    static void Signal(Process process, string signal) => Process.Start("kill", ["-" + signal, $"{process.Id}"]).WaitForExit();
}
