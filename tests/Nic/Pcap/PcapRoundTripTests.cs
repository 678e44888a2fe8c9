using System.Buffers.Binary;
using System.IO.Pipes;
using Chainring.Nic.Pcap;
using NUnit.Framework;

namespace Chainring.Tests.Nic.Pcap;

public sealed class PcapRoundTripTests
{
    const ulong Time = 1_700_000_000_123_456_789;

    [Test]
    public void What_was_written_is_read_back([Values] bool nanoseconds, [Values] bool bigEndian)
    {
        var file = new MemoryStream();
        using (var writer = new PcapWriter(file, nanoseconds, 1000, bigEndian))
        {
            writer.Write(Time, Bytes(14));
            writer.Write(0, Bytes(1000), originalLength: 1001);
            writer.Write(uint.MaxValue * 1_000_000_000UL + 999_999_999, Bytes(1500));
            writer.Write(Time, []);
        }

        using var reader = (PcapReader)CaptureReader.Open(new MemoryStream(file.ToArray()), "x").Value;
        Assert.That((reader.Nanoseconds, reader.BigEndian, reader.SnapLength, reader.Offset), Is.EqualTo((nanoseconds, bigEndian, 1000u, 24L)));
        var unit = nanoseconds ? 1UL : 1000UL;
        Read(reader, Time / unit * unit, Bytes(14), 14, 24);
        Read(reader, 0, Bytes(1000), 1001, 54);
        Read(reader, (uint.MaxValue * 1_000_000_000UL + 999_999_999) / unit * unit, Bytes(1500)[..1000], 1500, 1070);
        Read(reader, Time / unit * unit, [], 0, 2086);
        Assert.That(reader.TryRead(out _), Is.False);
        Assert.That((reader.Problem, reader.Offset), Is.EqualTo(((object?)null, file.ToArray().LongLength)));
    }

    [Test]
    public void Frames_of_every_length_survive_the_edges_of_the_buffers()
    {
        int[] lengths = [65_535, 65_536, 1, 262_144, 65_503, 65_504, 0, 131_072, 262_144, 14];
        var file = new MemoryStream();
        using (var writer = new PcapWriter(file))
            foreach (var length in lengths) writer.Write(Time, Bytes(length));

        using var reader = CaptureReader.Open(new Dribble(file.ToArray()), "x").Value;
        foreach (var length in lengths)
        {
            Assert.That(reader.TryRead(out var record), Is.True);
            Assert.That(record.Frame.SequenceEqual(Bytes(length)), Is.True, $"{length} bytes");
        }
        Assert.That(reader.TryRead(out _), Is.False);
        Assert.That(reader.Problem, Is.Null);
    }

    [Test]
    public void A_frame_in_a_pipe_is_read_before_the_next_one_is_written()
    {
        using var output = new AnonymousPipeServerStream(PipeDirection.Out);
        var input = new AnonymousPipeClientStream(PipeDirection.In, output.ClientSafePipeHandle);
        using var writer = new PcapWriter(output);
        writer.Write(Time, Bytes(60));
        writer.Flush();
        using var reader = CaptureReader.Open(input, "pipe").Value;
        Read(reader, Time, Bytes(60), 60, 24);
        writer.Write(Time + 1, Bytes(61));
        writer.Flush();
        Read(reader, Time + 1, Bytes(61), 61, 100);
        writer.Dispose();
        Assert.That(reader.TryRead(out _), Is.False);
        Assert.That(reader.Problem, Is.Null);
    }

    [Test]
    public void The_check_sequence_bits_above_the_link_type_do_not_matter()
    {
        var file = PcapErrorTests.File(linkType: 0x2400_0001);
        Assert.That(CaptureReader.Open(new MemoryStream(file), "x").Problem, Is.Null);
    }

    [Test]
    public void An_original_length_below_the_captured_one_is_lifted()
    {
        var file = PcapErrorTests.File(PcapErrorTests.Record(captured: 20, original: 3));
        using var reader = CaptureReader.Open(new MemoryStream(file), "x").Value;
        Assert.That(reader.TryRead(out var record), Is.True);
        Assert.That((record.Frame.Length, record.OriginalLength), Is.EqualTo((20, 20u)));
    }

    [Test]
    public void Lengths_that_an_old_writer_swapped_are_swapped_back()
    {
        var file = PcapErrorTests.File(PcapErrorTests.Record(captured: 60, original: 20, present: 20));
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(6), 3);
        using var reader = CaptureReader.Open(new MemoryStream(file), "x").Value;
        Assert.That(reader.TryRead(out var record), Is.True);
        Assert.That((record.Frame.Length, record.OriginalLength), Is.EqualTo((20, 60u)));
    }

    [Test]
    public void Reading_and_writing_allocate_nothing_per_frame()
    {
        var file = new MemoryStream();
        using (var writer = new PcapWriter(file))
            for (var i = 0; i < 5000; i++) writer.Write(Time, Bytes(1514).AsSpan(0, 14 + i % 1500));

        var bytes = file.ToArray();
        var copy = new MemoryStream(bytes.Length);
        // The first pass has the code compiled; the second is measured.
        var frames = 0;
        var allocated = 0L;
        for (var pass = 0; pass < 2 || (allocated > 0 && pass < 6); pass++)
        {
            copy.Position = 0;
            using var reader = CaptureReader.Open(new MemoryStream(bytes), "x").Value;
            var writer = new PcapWriter(copy);
            reader.TryRead(out _);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (frames = 1; reader.TryRead(out var record); frames++) writer.Write(record.TimestampNs, record.Frame, record.OriginalLength);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Assert.That((frames, allocated), Is.EqualTo((5000, 0L)));
    }

    [Test]
    public void A_time_after_2106_is_a_bug_of_the_caller() =>
        Assert.That(() => new PcapWriter(Stream.Null).Write((1UL << 32) * 1_000_000_000, []), Throws.InstanceOf<ArgumentOutOfRangeException>());

    static void Read(CaptureReader reader, ulong time, byte[] frame, uint original, long offset)
    {
        Assert.That(reader.TryRead(out var record), Is.True);
        Assert.That((record.TimestampNs, record.OriginalLength, record.Offset), Is.EqualTo((time, original, offset)));
        Assert.That(record.Frame.ToArray(), Is.EqualTo(frame));
        Assert.That(record.Truncated, Is.EqualTo(original > frame.Length));
    }

    static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++) bytes[i] = (byte)(i * 7 + length);
        return bytes;
    }

    /// <summary>Gives at most 4,093 bytes at a time, as pipes do.</summary>
    sealed class Dribble(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 4093));
    }
}
