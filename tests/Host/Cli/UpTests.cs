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
        Assert.That(up.StandardError.ReadLine(), Is.EqualTo("chainring: not reloaded: chain.yaml:1: 'programs' must be a mapping [Y05 wrong-shape]"));
        Signal(up, "TERM");
        string rest = up.StandardOutput.ReadToEnd();
        up.WaitForExit();
        Assert.That((up.ExitCode, up.StandardError.ReadToEnd()), Is.EqualTo((0, "")));
        Assert.That(rest, Does.Contain("The chain was reloaded 1 time;"));

        static string Chain(string program) => $"programs: {{ {program}: {{ object: {Workspace.Example(program + ".o")} }} }}";
    }

    [Test]
    public void Events_of_a_queue_are_those_of_a_run_of_the_same_frames()
    {
        using var work = new Workspace();
        work.Write("card.yaml", Few);
        string chain = TestData.Path("objects", "perf-capture.yaml");
        work.Done("up", "--card", "card.yaml", "--chain", chain, "--quiet", "--events", "up.jsonl");
        work.Done("run", "--card", "card.yaml", "--chain", chain, "--events", "run.jsonl");
        Assert.That(work.Text("up.jsonl"), Does.EndWith("\n"));
        foreach (int queue in new[] { 0, 1 })
            Assert.That(Of("up.jsonl", queue), Is.Not.Empty.And.EqualTo(Of("run.jsonl", queue)), $"queue {queue}");
        Assert.That(work.Lines("up.jsonl"), Is.EquivalentTo(work.Lines("run.jsonl")));

        string[] Of(string file, int queue) => [.. work.Lines(file).Where(l => l.Contains($"\"queue\":{queue},"))];
    }

    [Test]
    public void Events_are_whole_lines_at_any_time_and_none_is_missing_after_a_reload()
    {
        using var work = new Workspace();
        work.Write("card.yaml", Endless);
        work.Write("chain.yaml", Chain("before"));
        using var up = work.Start("up", "--card", "card.yaml", "--chain", "chain.yaml", "--events", "e.jsonl", "--json", "r.json");
        AwaitLine(up, line => line.Contains("pass"));
        string early = work.Text("e.jsonl");
        Assert.That(early, Is.Not.Empty.And.EndsWith("\n"), "what is there can be read while it runs");
        work.Write("chain.yaml", Chain("after"));
        Signal(up, "HUP");
        AwaitLine(up, line => line == "chain reloaded (1)");
        AwaitLine(up, line => line.Contains("pass") && !line.Contains("pass 0/s"));
        Signal(up, "TERM");
        up.StandardOutput.ReadToEnd();
        up.WaitForExit();

        Assert.That(work.Text("e.jsonl"), Does.StartWith(early).And.EndsWith("\n"));
        var events = work.Lines("e.jsonl").Select(l => JsonNode.Parse(l)!).Select(l => (Frame: (long)l["frame"]!, Queue: (int)l["queue"]!, Program: (string)l["program"]!)).ToList();
        Assert.That(events.Select(e => e.Frame).Distinct().Order(), Is.EqualTo(Enumerable.Range(0, (int)work.Json("r.json")["frames"]!["received"]!)), "each frame has put something out");
        Assert.That(events.Select(e => e.Queue).Distinct(), Is.EquivalentTo(new[] { 0, 1 }));
        foreach (var queue in events.GroupBy(e => e.Queue))
        {
            Assert.That(queue.Select(e => e.Frame), Is.Ordered);
            var programs = queue.Select(e => e.Program).ToList();
            Assert.That(programs.Where((p, n) => n == 0 || p != programs[n - 1]), Is.EqualTo(new[] { "before", "after" }));
        }

        static string Chain(string alias) => $"programs: {{ {alias}: {{ object: {TestData.Path("objects", "perf-capture.o")} }} }}";
    }

    [Test]
    public void Events_do_not_go_where_another_output_goes([Values("--json", "wire")] string other)
    {
        using var work = new Workspace();
        work.Write("card.yaml", other == "wire" ? Few.Replace("wire: {", "wire: { record: x,") : Few);
        string[] given = other == "wire" ? [] : [other, "x"];
        var outcome = work.Run(["up", "--card", "card.yaml", "--prog", Workspace.Example("pass.o"), "--quiet", "--events", "x", .. given]);
        Assert.That((outcome.Code, outcome.Error), Is.EqualTo((2, "chainring: x: two outputs cannot go to the same file [U04 cannot-write]\n")));
    }

    [Test]
    public void A_capture_that_is_played_is_not_written_and_no_file_twice([Values("record: in.pcap", "out: x, record: x")] string outputs)
    {
        using var work = new Workspace();
        File.Copy(Workspace.Capture("imix-100-flows"), work.PathOf("in.pcap"));
        work.Write("card.yaml", $"ports: {{ eth0: {{ wire: {{ capture: in.pcap, {outputs} }} }} }}");
        var outcome = work.Run(["up", "--card", "card.yaml", "--prog", Workspace.Example("pass.o"), "--quiet"]);
        Assert.That((outcome.Code, outcome.Error), Is.EqualTo((2, outputs[0] == 'r'
            ? "chainring: in.pcap: it is played at the same time [U04 cannot-write]\n"
            : "chainring: x: two outputs cannot go to the same file [U04 cannot-write]\n")));
        Assert.That(File.ReadAllBytes(work.PathOf("in.pcap")), Is.EqualTo(File.ReadAllBytes(Workspace.Capture("imix-100-flows"))));
    }

    [Test]
    public void A_full_disk_is_said_with_the_files_name()
    {
        using var work = new Workspace();
        work.Write("card.yaml", Endless.Replace("wire: {", "wire: { record: /dev/full, trace: trace.txt,"));
        var outcome = work.Run(["up", "--card", "card.yaml", "--prog", Workspace.Example("pass.o"), "--quiet"]);
        AssertFull(outcome);
        work.Write("card.yaml", Endless);
        outcome = work.Run(["up", "--card", "card.yaml", "--chain", TestData.Path("objects", "perf-capture.yaml"), "--quiet", "--events", "/dev/full"]);
        AssertFull(outcome);

        static void AssertFull(Outcome outcome) => Assert.That((outcome.Code, outcome.Error), Is.EqualTo((2, "chainring: /dev/full: No space left on device [U04 cannot-write]\n")));
    }

    [Test]
    public void Standard_output_has_nothing_but_the_result_that_it_is_for()
    {
        using var work = new Workspace();
        work.Write("card.yaml", Endless);
        var outcome = work.Run(["up", "--card", "card.yaml", "--prog", Workspace.Example("pass.o"), "--json", "-", "--for", "2"]);
        Assert.That((int)JsonNode.Parse(outcome.Out)!["frames"]!["received"]!, Is.Positive);
        Assert.That(outcome.Error, Does.Contain(" s  rx "));
    }

    [Test]
    public void Lines_and_summary_stand_one_after_the_other_in_a_file()
    {
        using var work = new Workspace();
        work.Write("card.yaml", Endless);
        string command = $"dotnet '{Path.Combine(AppContext.BaseDirectory, "chainring.dll")}' up --card card.yaml --prog '{Workspace.Example("pass.o")}' --socket s --for 2 > out";
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", command]) { WorkingDirectory = work.Folder })!;
        shell.WaitForExit();
        Assert.That(work.Lines("out")[0], Does.Contain(" s  rx "));
        Assert.That(work.Text("out"), Does.Contain("\nxdp_pass over card.yaml\n"));
    }

    [Test]
    public void It_ends_when_nobody_reads_what_it_says()
    {
        using var work = new Workspace();
        work.Write("card.yaml", Endless);
        using var up = work.Start("up", "--card", "card.yaml", "--prog", Workspace.Example("pass.o"), "--json", "r");
        up.StandardOutput.ReadLine();
        up.StandardOutput.Close();
        Assert.That(up.WaitForExit(20_000), Is.True);
        Assert.That((up.ExitCode, (int)work.Json("r")["frames"]!["received"]! > 0), Is.EqualTo((0, true)));
    }

    [Test]
    public void A_wire_that_is_a_silent_pipe_does_not_keep_it_from_stopping()
    {
        using var work = new Workspace();
        Process.Start("mkfifo", [work.PathOf("pipe")]).WaitForExit();
        work.Write("card.yaml", "ports: { a: { wire: { capture: pipe } } }");
        using var up = work.Start("up", "--card", "card.yaml", "--prog", Workspace.Example("pass.o"), "--for", "1");
        using var writer = new FileStream(work.PathOf("pipe"), FileMode.Open, FileAccess.Write);
        writer.Write(File.ReadAllBytes(Workspace.Capture("imix-100-flows")));
        writer.Flush();
        Assert.That(up.WaitForExit(20_000), Is.True);
        Assert.That(up.ExitCode, Is.Zero);
        Assert.That(up.StandardOutput.ReadToEnd(), Does.Contain("200 frames"));
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
