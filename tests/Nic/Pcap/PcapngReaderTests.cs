using System.IO.Pipes;
using Chainring.Nic.Pcap;
using Chainring.Nic.Wire;
using Chainring.Tests.Nic.Wire;
using NUnit.Framework;
using static Chainring.Tests.Nic.Pcap.PcapngBlocks;

namespace Chainring.Tests.Nic.Pcap;

public sealed class PcapngReaderTests
{
    const ulong Second = 1_700_000_000;

    static readonly PcapngBlocks Little = new(), Big = new(bigEndian: true);

    static List<KeptFrame> ReadAll(params ReadOnlySpan<byte[]> blocks)
    {
        byte[] file = Joined(blocks);
        using var wire = PcapWire.Open(() => CaptureReader.Open(new MemoryStream(file), "x")).Value;
        var frames = wire.ReceiveAll();
        Assert.That(wire.Problem, Is.Null);
        return frames;
    }

    [Test]
    public void Every_kind_of_packet_block_gives_its_frame([Values] bool bigEndian)
    {
        var order = new PcapngBlocks(bigEndian);
        var frames = ReadAll(
            order.Section(), order.Interface(snapLength: 50),
            order.Enhanced(0, Second * 1_000_000 + 5, Wires.Frame(61), original: 1500),
            order.Simple(49, Wires.Frame(49)),
            order.Simple(99, Wires.Frame(50)),
            order.Obsolete(0, Second * 1_000_000 + 6, Wires.Frame(62)));
        Assert.That(frames, Is.EqualTo(new KeptFrame[]
        {
            new(Wires.Frame(61), Second * 1_000_000_000 + 5_000, 1500), new(Wires.Frame(49), 0, 49), new(Wires.Frame(50), 0, 99),
            new(Wires.Frame(62), Second * 1_000_000_000 + 6_000, 62),
        }));
    }

    [Test]
    public void Blocks_and_options_that_are_of_no_use_are_passed_over()
    {
        var frames = ReadAll(
            Little.Section(), Little.Block(NamesType, new byte[100]), Little.Block(0x0bad, []),
            Little.Interface(1, 0, Little.Option(2, "eth0"u8.ToArray()), Little.Option(1, new byte[4000]), Little.Option(0, []), [1, 2, 3, 4]),
            Little.Block(0xbad, new byte[300_000]),
            Little.Enhanced(0, 0, Wires.Frame(60), options: [Little.Option(1, "a comment"u8.ToArray()), Little.Option(0, [])]),
            Little.Block(5, new byte[8]));
        Assert.That(frames, Is.EqualTo(new KeptFrame[] { new(Wires.Frame(60), 0, 60) }));
    }

    [Test]
    public void Each_section_has_its_own_byte_order_and_interfaces()
    {
        var frames = ReadAll(
            Little.Section(), Little.Clock(9), Little.Clock(0), Little.Enhanced(1, 7, Wires.Frame(60)), Little.Enhanced(0, 7, Wires.Frame(60)),
            Big.Section(minor: 2), Big.Clock(3), Big.Enhanced(0, 7, Wires.Frame(60)),
            Big.Section(),
            Little.Section(), Little.Interface(), Little.Enhanced(0, 7, Wires.Frame(60)));
        Assert.That(frames.Select(f => f.TimestampNs), Is.EqualTo(new ulong[] { 7_000_000_000, 7, 7_000_000, 7_000 }));
    }

    [TestCase(6, 1_234_567UL, 1_234_567_000UL)]
    [TestCase(9, 1_234_567UL, 1_234_567UL)]
    [TestCase(3, 1_234UL, 1_234_000_000UL)]
    [TestCase(0, 3UL, 3_000_000_000UL)]
    [TestCase(10, 1_239UL, 123UL)]
    [TestCase(12, 1_234_567_890_123UL, 1_234_567_890UL)]
    [TestCase(19, ulong.MaxValue, 1_844_674_407UL)]
    [TestCase(28, ulong.MaxValue, 1UL)]
    [TestCase(29, ulong.MaxValue, 0UL)]
    [TestCase(127, ulong.MaxValue, 0UL)]
    [TestCase(0x80, 3UL, 3_000_000_000UL)]
    [TestCase(0x80 | 20, (1UL << 20) + (1 << 18), 1_250_000_000UL)]
    [TestCase(0x80 | 20, 1UL, 953UL)]
    [TestCase(0x80 | 32, 1_700_000_000UL << 32 | 1UL << 31, 1_700_000_000_500_000_000UL)]
    [TestCase(0x80 | 63, ulong.MaxValue, 1_999_999_999UL)]
    [TestCase(0x80 | 64, ulong.MaxValue, 999_999_999UL)]
    [TestCase(0xff, ulong.MaxValue, 0UL)]
    public void Times_are_read_in_the_resolution_of_their_interface(int resolution, ulong units, ulong timestampNs) =>
        Assert.That(ReadAll(Little.Section(), Little.Clock((byte)resolution), Little.Enhanced(0, units, [])).Single().TimestampNs, Is.EqualTo(timestampNs));

    [TestCase(6, 5UL, 1_700_000_000, 1_700_000_000_000_005_000UL)]
    [TestCase(9, 3_000_000_005UL, -3, 5UL)]
    [TestCase(0, 0UL, (long)uint.MaxValue, uint.MaxValue * 1_000_000_000UL)]
    public void An_interface_can_count_from_another_second(int resolution, ulong units, long offset, ulong timestampNs) =>
        Assert.That(ReadAll(Big.Section(), Big.Clock((byte)resolution, offset), Big.Enhanced(0, units, [])).Single().TimestampNs, Is.EqualTo(timestampNs));

    [Test]
    public void An_interface_without_Ethernet_does_no_harm_until_there_is_a_frame_of_it()
    {
        var frames = ReadAll(Little.Section(), Little.Interface(linkType: 113), Little.Interface(), Little.Enhanced(1, 0, Wires.Frame(60)));
        Assert.That(frames, Has.Count.EqualTo(1));
    }

    [Test]
    public void An_original_length_below_the_captured_one_is_lifted() =>
        Assert.That(ReadAll(Little.Section(), Little.Interface(), Little.Enhanced(0, 0, Wires.Frame(60), original: 3)).Single().OriginalLength, Is.EqualTo(60));

    [Test]
    public void A_frame_in_a_pipe_is_read_before_its_block_ends()
    {
        using var output = new AnonymousPipeServerStream(PipeDirection.Out);
        var input = new AnonymousPipeClientStream(PipeDirection.In, output.ClientSafePipeHandle);
        byte[] block = Little.Enhanced(0, 1, Wires.Frame(60));
        output.Write(Little.Section());
        using var reader = CaptureReader.Open(input, "pipe").Value;
        output.Write(Little.Interface());
        output.Write(block.AsSpan()[..^4]);
        Assert.That(reader.TryRead(out _), Is.True);
        output.Write(block.AsSpan()[^4..]);
        output.Write(block);
        output.Dispose();
        Assert.That((reader.TryRead(out _), reader.TryRead(out _), reader.Problem), Is.EqualTo((true, false, (object?)null)));
    }

    [Test]
    public void A_block_of_gigabytes_is_passed_over_without_room_for_it()
    {
        byte[] begin = [.. Little.Section(), .. Little.Word(0xbad), .. Little.Word(0xffff_fffc)];
        const long left = 0xffff_fffc - 12;
        var stream = new Endless(begin, left, [.. Little.Word(0xffff_fffc), .. Little.Interface(), .. Little.Enhanced(0, 0, Wires.Frame(60))]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        using var reader = CaptureReader.Open(stream, "x").Value;
        Assert.That((reader.TryRead(out _), reader.TryRead(out _), reader.Problem), Is.EqualTo((true, false, (object?)null)));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(400_000));
    }

    /// <summary>Some bytes, then many that nobody wrote, then some more.</summary>
    sealed class Endless(byte[] first, long middle, byte[] last) : MemoryStream
    {
        long _at;

        public override int Read(byte[] buffer, int offset, int count)
        {
            long from = _at;
            if (from < first.Length) return Give(first, from, buffer.AsSpan(offset, count));
            if (from < first.Length + middle) return (int)(-from + (_at += Math.Min(count, first.Length + middle - from)));
            return Give(last, from - first.Length - middle, buffer.AsSpan(offset, count));
        }

        int Give(byte[] bytes, long from, Span<byte> to)
        {
            var piece = bytes.AsSpan((int)from);
            piece = piece[..Math.Min(piece.Length, to.Length)];
            piece.CopyTo(to);
            _at += piece.Length;
            return piece.Length;
        }
    }
}
