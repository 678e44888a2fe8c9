using System.IO.Compression;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Cli;

public class InputCaptureTests
{
    static string Foreign(string name) => TestData.Path("captures", name);

    static byte[] Gzip(byte[] bytes)
    {
        var file = new MemoryStream();
        using (var gzip = new GZipStream(file, CompressionLevel.Optimal)) gzip.Write(bytes);
        return file.ToArray();
    }

    [TestCase("two-sections.pcapng"), TestCase("two-sections.pcapng.gz")]
    public void A_capture_of_any_kind_comes_from_a_file_or_a_pipe(string name)
    {
        using var work = new Workspace();
        work.Done("run", "--prog", Workspace.Example("pass.o"), "--in", Foreign(name), "--verdicts", "file");
        var outcome = work.Run(["run", "--prog", Workspace.Example("pass.o"), "--in", "-", "--verdicts", "pipe"], File.ReadAllBytes(Foreign(name)));
        Assert.That((outcome.Code, outcome.Error), Is.EqualTo((0, "")));
        Assert.That(work.Lines("file"), Has.Length.EqualTo(22));
        Assert.That(work.Text("pipe"), Is.EqualTo(work.Text("file")));
    }

    [Test]
    public void A_folder_is_its_captures_in_the_order_of_their_names([Values(1, 2)] int times)
    {
        using var work = new Workspace();
        byte[] arp = File.ReadAllBytes(Workspace.Capture("arp")), pcapng = File.ReadAllBytes(Foreign("dpkt-big-endian.pcapng"));
        work.Write("in/0-notes.txt", "no capture");
        work.Write("in/sub.pcap/none", "no capture");
        File.WriteAllBytes(work.PathOf("in/1.pcap"), arp);
        File.WriteAllBytes(work.PathOf("in/2.pcapng.gz"), Gzip(pcapng));
        File.WriteAllBytes(work.PathOf("in/10.pcapng"), pcapng);
        File.WriteAllBytes(work.PathOf("in/3.pcap.gz"), Gzip(arp));
        work.Done("run", "--prog", Workspace.Example("pass.o"), "--in", Workspace.Capture("arp"), "--verdicts", "arp");
        work.Done("run", "--prog", Workspace.Example("pass.o"), "--in", Foreign("dpkt-big-endian.pcapng"), "--verdicts", "pcapng");
        string output = work.Done("run", "--prog", Workspace.Example("pass.o"), "--in", "in", "--repeat", $"{times}", "--verdicts", "v", "--out", "out");

        string[] once = [.. new[] { "arp", "pcapng", "pcapng", "arp" }.SelectMany(name => work.Lines(name).Select(Bare))];
        Assert.That(work.Lines("v").Select(Bare), Is.EqualTo(Enumerable.Repeat(once, times).SelectMany(lines => lines)));
        Assert.That(output, Does.StartWith("xdp_pass over in"));
        Assert.That(new RawCapture(work.PathOf("out/pass.pcap")).Nanoseconds, Is.True);

        static string Bare(string line) => line[line.IndexOf('\t')..];
    }

    [Test]
    public void A_damaged_capture_in_a_folder_is_named_and_no_file_is_written()
    {
        using var work = new Workspace();
        work.Write("in/2.pcap", "no capture");
        File.Copy(Workspace.Capture("arp"), work.PathOf("in/1.pcap"));
        var outcome = work.Run(["run", "--prog", Workspace.Example("pass.o"), "--in", "in", "--verdicts", "v"]);
        Assert.That((outcome.Code, outcome.Error), Is.EqualTo((2, "chainring: in/2.pcap: byte 0: 6e6f2063 does not begin a pcap or pcapng file [P03 bad-magic]\n")));
        Assert.That(work.Files, Has.None.EqualTo("v"));
    }
}
