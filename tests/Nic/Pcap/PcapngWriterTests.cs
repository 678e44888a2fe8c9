using Chainring.Nic.Pcap;
using Chainring.Offload.Spec;
using Chainring.Tests.Nic.Wire;
using Chainring.Tests.Support;
using NUnit.Framework;
using static Chainring.Tests.Nic.Pcap.PcapngBlocks;

namespace Chainring.Tests.Nic.Pcap;

public sealed class PcapngWriterTests
{
    const ulong Time = 1_700_000_000_123_456_789;

    static byte[] Written(bool bigEndian, Action<PcapngWriter> write, int snapLength = CaptureReader.MaxCapturedLength)
    {
        var file = new MemoryStream();
        using (var writer = new PcapngWriter(file, "port1", snapLength, bigEndian)) write(writer);
        return file.ToArray();
    }

    [Test]
    public void The_file_is_what_the_draft_says([Values] bool bigEndian)
    {
        byte[] file = Written(bigEndian, snapLength: 100, write: writer =>
        {
            writer.Write(Time, Wires.Frame(60));
            writer.Write(0, Wires.Frame(101), originalLength: 9000, new() { Queue = 3 });
            writer.Write(ulong.MaxValue, [], notes: new() { Comment = "drop"u8, Verdict = XdpAction.Drop });
        });
        var order = new PcapngBlocks(bigEndian);
        byte[] end = order.Option(0, []), dropped = bigEndian ? [2, 0, 0, 0, 0, 0, 0, 0, 1] : [2, 1, 0, 0, 0, 0, 0, 0, 0];
        Assert.That(file, Is.EqualTo(Joined(
            order.Section(),
            order.Interface(1, 100, order.Option(2, "port1"u8.ToArray()), order.Option(9, [9]), end),
            order.Enhanced(0, Time, Wires.Frame(60)),
            order.Enhanced(0, 0, Wires.Frame(101)[..100], original: 9000, options: [order.Option(6, order.Word(3)), end]),
            order.Enhanced(0, ulong.MaxValue, [], options: [order.Option(1, "drop"u8.ToArray()), order.Option(7, dropped), end]))));
    }

    [Test]
    public void Frames_of_every_length_survive_the_edges_of_the_buffers([Values] bool bigEndian)
    {
        int[] lengths = [65_535, 65_536, 1, 262_144, 65_503, 65_504, 14, 131_073, 262_144, 15, 16];
        byte[] file = Written(bigEndian, writer =>
        {
            foreach (int length in lengths) writer.Write(Time + (ulong)length, Wires.Frame(length), 300_000, new() { Queue = 1, Comment = new byte[length & 0xffff] });
        });
        using var reader = CaptureReader.Open(new MemoryStream(file), "x").Value;
        Assert.That((reader.Nanoseconds, reader.BigEndian), Is.EqualTo((true, bigEndian)));
        foreach (int length in lengths)
        {
            Assert.That(reader.TryRead(out var record), Is.True, $"{reader.Problem}");
            Assert.That(record.Frame.SequenceEqual(Wires.Frame(length)), Is.True, $"{length} bytes");
            Assert.That((record.TimestampNs, record.OriginalLength), Is.EqualTo((Time + (ulong)length, 300_000u)));
        }
        Assert.That((reader.TryRead(out _), reader.Problem), Is.EqualTo((false, (object?)null)));
    }

    [TestCase("a/pass.pcapng", true), TestCase("PASS.PCAPNG", true), TestCase("pass.pcap", false), TestCase("pass", false), TestCase("pcapng", false)]
    public void The_name_of_a_file_tells_its_format(string name, bool pcapng)
    {
        var file = new MemoryStream();
        CaptureWriter.Create(file, name, "port1").Dispose();
        Assert.That(file.ToArray()[0], Is.EqualTo(pcapng ? 0x0a : 0x4d));
    }

    [Test]
    public void Nothing_is_allocated_per_frame()
    {
        using var writer = new PcapngWriter(Stream.Null, "port1");
        byte[] frame = Wires.Frame(1500);
        Assert.That(Allocations.Of(() =>
        {
            for (int n = 0; n < 1000; n++)
                writer.Write(Time, frame.AsSpan(0, 14 + n), notes: new() { Queue = 1, Verdict = XdpAction.Pass, Comment = "a comment"u8 });
        }), Is.Zero);
    }

    [Test]
    public void A_comment_or_name_that_no_option_can_hold_is_a_bug_of_the_caller()
    {
        Assert.That(() => Written(false, writer => writer.Write(0, [], notes: new() { Comment = new byte[65_536] })), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new PcapngWriter(Stream.Null, new string('x', 65_536)), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
