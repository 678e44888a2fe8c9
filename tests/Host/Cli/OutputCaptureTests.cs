using Chainring.Nic.Pcap;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Cli;

public class OutputCaptureTests
{
    [TestCase("real-dns-over-udp-and-tcp", false)]
    [TestCase("microsecond-big-endian", false)]
    [TestCase("nanosecond-big-endian", true)]
    [TestCase("nanosecond-little-endian", true)]
    [TestCase("truncated-snaplen-96", false)]
    [TestCase("real-truncated-snaplen-80", false)]
    public void Frames_keep_their_times_their_original_lengths_and_the_resolution(string capture, bool nanoseconds)
    {
        using var work = new Workspace();
        work.RunFirewall(capture, "--out", "out", "--dropped", "--verdicts", "v");
        var input = new RawCapture(Workspace.Capture(capture));
        string[] verdicts = [.. work.Lines("v").Select(l => l.Split('\t')[1])];
        Assert.That(input.Nanoseconds, Is.EqualTo(nanoseconds));
        foreach (string verdict in new[] { "pass", "drop", "tx", "aborted" })
        {
            var output = new RawCapture(work.PathOf($"out/{verdict}.pcap"));
            Assert.That(output.Nanoseconds, Is.EqualTo(nanoseconds));
            var expected = input.Records.Where((_, n) => verdicts[n] == verdict);
            Assert.That(output.Records.Select(Show), Is.EqualTo(expected.Select(Show)));
        }

        static string Show(RawCapture.Record r) => $"{r.Seconds}.{r.Fraction} {r.Captured} of {r.Original}: {Convert.ToHexStringLower(r.Frame)}";
    }

    [Test]
    public void Pass_and_tx_are_always_there_and_dropped_frames_only_on_request()
    {
        using var work = new Workspace();
        work.RunFirewall("arp", "--out", "some");
        work.RunFirewall("arp", "--out", "all", "--dropped");
        Assert.That(work.Files, Is.EqualTo(new[]
        {
            "all", "all/aborted.pcap", "all/drop.pcap", "all/pass.pcap", "all/tx.pcap", "some", "some/pass.pcap", "some/tx.pcap",
        }));
    }

    [Test]
    public void Redirected_frames_go_to_a_capture_for_each_interface()
    {
        using var work = new Workspace();
        work.RunProgram(Workspace.Object("redirect"), "sizes-14-to-3520", "--out", "out", "--verdicts", "v");
        int redirected = work.Lines("v").Count(l => l.Contains("\tredirect\t"));
        var captures = Directory.EnumerateFiles(work.PathOf("out"), "redirect-*.pcap").ToList();
        Assert.That(captures.Select(Path.GetFileName), Is.EqualTo(new[] { "redirect-1.pcap" }));
        Assert.That(captures.Sum(c => new RawCapture(c).Records.Count), Is.EqualTo(redirected).And.GreaterThan(0));
    }

    [TestCase("redirect-cpu", "redirect-cpu0.pcap")]
    [TestCase("redirect-xsk", "redirect-xsk0.pcap", "redirect-xsk9.pcap")]
    [TestCase("redirect-dev", "redirect-1.pcap", "redirect-2.pcap", "redirect-5.pcap", "redirect-6.pcap", "redirect-7.pcap")]
    public void Frames_redirected_by_a_map_go_to_a_capture_for_each_target(string chain, params string[] files)
    {
        using var work = new Workspace();
        RunChain(work, chain);
        Assert.That(work.Files.Where(f => f.StartsWith("out/redirect", StringComparison.Ordinal)).Select(Path.GetFileName), Is.EquivalentTo(files));
    }

    [Test]
    public void A_broadcast_goes_to_every_interface_of_the_map_and_no_target_to_no_file()
    {
        using var work = new Workspace();
        RunChain(work, "redirect-dev");
        var frames = new RawCapture(Workspace.Capture("sizes-14-to-3520")).Records.Select(r => r.Frame).Where(f => f.Length is >= 14 and <= 3520).ToList();

        // What redirect-dev.c does for each length, with the maps of redirect-dev.yaml.
        var expected = new Dictionary<int, int[]>
        {
            [0] = [5],
            [3] = [5],
            [5] = [1, 5, 6],
            [6] = [5, 7],
            [7] = [1],
            [11] = [1],
            [13] = [2],
        };
        foreach (int ifindex in new[] { 1, 2, 5, 6, 7 })
        {
            var written = new RawCapture(work.PathOf($"out/redirect-{ifindex}.pcap")).Records.Select(r => Convert.ToHexString(r.Frame));
            var wanted = frames.Where(f => expected.GetValueOrDefault(f.Length % 14, []).Contains(ifindex)).Select(Convert.ToHexString);
            Assert.That(written, Is.EqualTo(wanted));
        }
        int lost = frames.Count(f => f.Length % 14 == 12);
        Assert.That((int?)work.Json("j")["drops"]!["redirect-without-target"], Is.EqualTo(lost).And.GreaterThan(0));
        Assert.That(work.Lines("v").Count(l => l.Contains("\tredirect\t")), Is.EqualTo(lost + frames.Count(f => expected.ContainsKey(f.Length % 14))));
    }

    static void RunChain(Workspace work, string chain, params string[] more) => work.Done(
        ["run", "--chain", TestData.Path("objects", $"{chain}.yaml"), "--in", Workspace.Capture("sizes-14-to-3520"), "--out", "out", "--verdicts", "v", "--json", "j", .. more]);

    [Test]
    public void As_pcapng_the_captures_hold_the_same_frames()
    {
        using var work = new Workspace();
        foreach (string capture in new[] { "real-dns-over-udp-and-tcp", "nanosecond-big-endian", "truncated-snaplen-96" })
        {
            work.RunFirewall(capture, "--out", "classic", "--dropped");
            work.RunFirewall(capture, "--out", "pcapng", "--dropped", "--pcapng");
            string[] names = ["aborted", "drop", "pass", "tx"];
            Assert.That(Directory.EnumerateFiles(work.PathOf("pcapng")).Select(Path.GetFileName).Order(StringComparer.Ordinal), Is.EqualTo(names.Select(n => n + ".pcapng")));
            foreach (string name in names)
                Assert.That(FramesOf(work.PathOf($"pcapng/{name}.pcapng")), Is.EqualTo(FramesOf(work.PathOf($"classic/{name}.pcap"))));
        }
    }

    [TestCase("verdicts", ":returns_aborted", "aborted", "aborted: program-returned-aborted", 0)]
    [TestCase("verdicts", ":returns_drop", "drop", "drop", 1)]
    [TestCase("verdicts", ":returns_pass", "pass", "pass", 2)]
    [TestCase("verdicts", ":returns_tx", "tx", "tx", 3)]
    [TestCase("verdicts", ":returns_5", "aborted", "aborted: unknown-return-code", 0)]
    public void Comments_say_the_verdict_and_its_reason(string program, string function, string file, string comment, int code)
    {
        using var work = new Workspace();
        work.RunProgram(Workspace.Object(program) + function, "arp", "--out", "out", "--dropped", "--pcapng", "--comments");
        work.RunProgram(Workspace.Object(program) + function, "arp", "--out", "bare", "--dropped", "--pcapng");
        Assert.That(new RawPcapng(work.PathOf($"out/{file}.pcapng")).Notes, Is.EqualTo(Enumerable.Repeat($"port1 {comment}; {function[1..]}, queue 0, verdict {code}", 32)));
        Assert.That(new RawPcapng(work.PathOf($"bare/{file}.pcapng")).Notes, Is.EqualTo(Enumerable.Repeat($"port1 , queue 0, verdict {code}", 32)));
    }

    [TestCase("redirect-cpu", "redirect-cpu0", "cpu 0")]
    [TestCase("redirect-xsk", "redirect-xsk9", "xsk 9")]
    [TestCase("redirect-dev", "redirect-5", "ifindex 5")]
    [TestCase("redirect-dev", "redirect-6", "ifindex 6")]
    public void Comments_say_where_a_redirect_leads(string chain, string file, string target)
    {
        using var work = new Workspace();
        RunChain(work, chain, "--pcapng", "--comments", "--queues", "4");
        string[] notes = [.. new RawPcapng(work.PathOf($"out/{file}.pcapng")).Notes];
        Assert.That(notes, Has.All.StartsWith($"port1 redirect: {target}; {chain}, queue ").And.All.EndsWith(", verdict 4").And.Not.Empty);
    }

    [Test]
    public void Comments_say_which_programs_ran()
    {
        using var work = new Workspace();
        work.RunFirewall("real-dns-over-udp-and-tcp", "--out", "out", "--dropped", "--pcapng", "--comments", "--batch", "5");
        Assert.That(new RawPcapng(work.PathOf("out/drop.pcapng")).Notes, Is.EqualTo(Enumerable.Repeat("port1 drop; firewall, queue 0, verdict 1", 26)));
        Assert.That(new RawPcapng(work.PathOf("out/pass.pcapng")).Notes, Is.EqualTo(Enumerable.Repeat("port1 pass; firewall > counter, queue 0, verdict 2", 26)));
    }

    [Test]
    public void A_path_that_is_too_long_for_a_comment_ends_in_an_ellipsis()
    {
        using var work = new Workspace();
        string[] names = [.. Enumerable.Range(0, 32).Select(n => $"p{n:00}" + new string('x', 300))];
        work.Write("chain.yaml", string.Join('\n', [
            "programs:", .. names.Select(n => $"  {n}: {{ object: {Workspace.Example("pass.o")} }}"),
            $"entry: {names[0]}",
            "edges:", .. names.SkipLast(1).Select((n, i) => $"  {n}: {{ pass: {names[i + 1]} }}"),
        ]));
        work.Done("run", "--chain", "chain.yaml", "--in", Workspace.Capture("arp"), "--out", "out", "--pcapng", "--comments");
        string note = new RawPcapng(work.PathOf("out/pass.pcapng")).Notes.First();
        Assert.That(note, Does.StartWith($"port1 pass; {names[0]} > {names[1]} > ").And.EndsWith($"{names[12]} > ..., queue 0, verdict 2"));
    }

    [Test]
    public void Each_frame_tells_the_queue_that_received_it()
    {
        using var work = new Workspace();
        work.RunProgram(Workspace.Example("pass.o"), "imix-100-flows", "--out", "out", "--pcapng", "--queues", "4", "--json", "j");
        var notes = new RawPcapng(work.PathOf("out/pass.pcapng")).Notes.ToList();
        foreach (var queue in work.Json("j")["queues"]!.AsArray())
            Assert.That(notes.Count(n => n == $"port1 , queue {queue!["queue"]}, verdict 2"), Is.EqualTo((int)queue!["frames"]!).And.GreaterThan(0));
    }

    static List<string> FramesOf(string path)
    {
        using var reader = CaptureReader.Open(File.OpenRead(path), path).Value;
        var frames = new List<string>();
        while (reader.TryRead(out var record)) frames.Add($"{record.TimestampNs} of {record.OriginalLength}: {Convert.ToHexString(record.Frame)}");
        Assert.That(reader.Problem, Is.Null);
        return frames;
    }

    [Test]
    public void A_device_or_pipe_is_written_to_and_not_replaced()
    {
        using var work = new Workspace();
        string output = work.RunProgram(Workspace.Example("pass.o"), "arp", "--verdicts", "/dev/stdout", "--json", "/dev/null");
        Assert.That(output.Split('\n').Count(l => l.Contains("\tpass\t")), Is.EqualTo(32));
        Assert.That(File.OpenHandle("/dev/null").IsInvalid, Is.False);
        Assert.That(new FileInfo("/dev/null").Length, Is.Zero);
    }

    [Test]
    public void A_link_stays_and_the_file_it_leads_to_is_replaced()
    {
        using var work = new Workspace();
        work.Write("target", "old");
        File.CreateSymbolicLink(work.PathOf("link"), work.PathOf("target"));
        work.RunProgram(Workspace.Example("pass.o"), "arp", "--verdicts", "link");
        Assert.That(new FileInfo(work.PathOf("link")).LinkTarget, Is.EqualTo(work.PathOf("target")));
        Assert.That(work.Lines("target"), Has.Length.EqualTo(32));
    }
}
