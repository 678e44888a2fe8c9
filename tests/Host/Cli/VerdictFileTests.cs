using System.Text;
using NUnit.Framework;

namespace Chainring.Tests.Host.Cli;

public class VerdictFileTests
{
    static string Line(int index, string verdict, byte[] frame) => $"{index}\t{verdict}\t{frame.Length}\t{RawCapture.Crc(frame):x8}";

    [Test]
    public void The_independent_CRC_has_the_check_value_of_the_standard() =>
        Assert.That(RawCapture.Crc(Encoding.ASCII.GetBytes("123456789")), Is.EqualTo(0xcbf43926));

    [Test]
    public void Each_line_is_index_verdict_length_and_CRC_in_arrival_order([Values(1, 7, 256)] int batch)
    {
        using var work = new Workspace();
        work.RunFirewall("real-dns-over-udp-and-tcp", "--verdicts", "v", "--batch", $"{batch}");

        var frames = new RawCapture(Workspace.Capture("real-dns-over-udp-and-tcp")).Records;
        var expected = frames.Select((f, n) => Line(n, IsToPort(f.Frame, 53) || IsToPort(f.Frame, 23) ? "drop" : "pass", f.Frame));
        Assert.That(work.Text("v"), Is.EqualTo(string.Concat(expected.Select(l => l + "\n"))));
        Assert.That(work.Text("v"), Does.StartWith("0\tdrop\t89\t611fc17d\n1\tpass\t70\taec38aa3\n"));

        static bool IsToPort(byte[] frame, int port)
        {
            int ip = 14, transport = frame[12] == 8 ? ip + (frame[ip] & 15) * 4 : ip + 40;
            int protocol = frame[12] == 8 ? frame[ip + 9] : frame[ip + 6];
            return frame[12..14] is [8, 0] or [0x86, 0xdd] && protocol is 6 or 17 && (frame[transport + 2] << 8 | frame[transport + 3]) == port;
        }
    }

    [Test]
    public void Every_verdict_has_its_word()
    {
        using var work = new Workspace();
        var words = new[] { "aborted", "drop", "pass", "tx", "redirect" };
        foreach (string word in words)
        {
            work.RunProgram($"{Workspace.Object("verdicts")}:returns_{word}", "arp", "--verdicts", word);
            Assert.That(work.Lines(word).Select(l => l.Split('\t')[1]), Is.EqualTo(Enumerable.Repeat(word, 32)));
        }
    }

    [Test]
    public void A_frame_that_never_reached_the_chain_is_missed()
    {
        using var work = new Workspace();
        work.RunProgram(Workspace.Example("pass.o"), "jumbo-9000", "--verdicts", "v");
        var frames = new RawCapture(Workspace.Capture("jumbo-9000")).Records;
        Assert.That(work.Lines("v"), Is.EqualTo(frames.Select((f, n) => Line(n, "missed", f.Frame))));
    }

    [TestCase("encapsulate")]
    [TestCase("vlan", ":vlan_push")]
    [TestCase("tail-trim", ":trim_all")]
    [TestCase("tail-grow")]
    [TestCase("icmp-echo")]
    [TestCase("frags-tail", "", "jumbo-edges-of-pages")]
    [TestCase("frags-head", "", "jumbo-edges-of-pages")]
    [TestCase("frags-bytes", "", "jumbo-9000")]
    public void The_frame_is_told_as_it_leaves_the_chain_whatever_the_verdict(string program, string function = "", string capture = "all-protocols")
    {
        using var work = new Workspace();
        work.RunProgram(Workspace.Object(program) + function, capture, "--verdicts", "v", "--out", "out", "--dropped");
        var left = Directory.EnumerateFiles(work.PathOf("out")).ToDictionary(
            f => Path.GetFileNameWithoutExtension(f).Split('-')[0], f => new Queue<RawCapture.Record>(new RawCapture(f).Records));
        string[] lines = work.Lines("v");
        for (int n = 0; n < lines.Length; n++)
        {
            string verdict = lines[n].Split('\t')[1];
            Assert.That(lines[n], Is.EqualTo(Line(n, verdict, left[verdict].Dequeue().Frame)));
        }
        Assert.That(left.Values.Sum(q => q.Count), Is.Zero);
        Assert.That(lines, Has.Length.EqualTo(new RawCapture(Workspace.Capture(capture)).Records.Count));
        Assert.That(lines, Is.Not.EqualTo(new RawCapture(Workspace.Capture(capture)).Records.Select((f, n) => Line(n, lines[n].Split('\t')[1], f.Frame))));
    }

    [Test]
    public void Metadata_is_no_part_of_the_frame()
    {
        using var work = new Workspace();
        work.RunProgram(Workspace.Object("meta-write"), "arp", "--verdicts", "v");
        var frames = new RawCapture(Workspace.Capture("arp")).Records;
        Assert.That(work.Lines("v").Select(l => l.Split('\t')[^1]), Is.EqualTo(frames.Select(f => $"{RawCapture.Crc(f.Frame):x8}")));
    }

    [Test]
    public void Repeating_goes_on_counting_frames()
    {
        using var work = new Workspace();
        work.RunProgram(Workspace.Example("pass.o"), "arp", "--verdicts", "v", "--repeat", "3");
        string[] lines = work.Lines("v");
        Assert.That(lines.Select(l => l.Split('\t')[0]), Is.EqualTo(Enumerable.Range(0, 96).Select(n => $"{n}")));
        Assert.That(lines[32..64].Select(l => l.Split('\t')[^1]), Is.EqualTo(lines[..32].Select(l => l.Split('\t')[^1])));
    }
}
