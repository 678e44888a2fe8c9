using System.IO.Compression;
using System.IO.Pipes;
using Chainring.Nic.Pcap;
using Chainring.Tests.Nic.Wire;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Nic.Pcap;

/// <summary>Captures that are compressed with gzip.</summary>
public sealed class GzipTests
{
    static readonly PcapngBlocks Little = new();

    static readonly byte[] Capture = File.ReadAllBytes(Captures.PathOf("real-tcp-http-ipv4"));

    /// <summary>One frame that hardly can be compressed.</summary>
    static readonly byte[] Random = [.. Little.Section(), .. Little.Interface(), .. Little.Enhanced(0, 0, RandomBytes(100_000))];

    /// <summary>A member without content.</summary>
    static readonly byte[] Nothing = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    static int FramesOf(byte[] file)
    {
        Assert.That(PcapngErrorTests.ReadAll(file, out int frames), Is.Null);
        return frames;
    }

    [Test]
    public void Either_format_can_be_compressed([Values] CompressionLevel level)
    {
        Assert.That(FramesOf(Gzip(Capture, level)), Is.EqualTo(FramesOf(Capture)));
        Assert.That(FramesOf(Gzip(Random, level)), Is.EqualTo(1));
    }

    [Test]
    public void Members_follow_each_other_and_zeros_may_pad_the_last([Values(1, 2, 7, 1000)] int members)
    {
        var parts = Capture.Chunk((Capture.Length + members - 1) / members).Select(part => Gzip(part));
        Assert.That(FramesOf([.. parts.SelectMany(part => part), .. new byte[1000]]), Is.EqualTo(FramesOf(Capture)));
    }

    [Test]
    public void Members_may_be_empty_or_equal()
    {
        byte[] nothing = Nothing, section = Gzip(Little.Section());
        Assert.That(FramesOf([.. nothing, .. section, .. section, .. nothing, .. section]), Is.Zero);
    }

    [TestCase(0), TestCase(2), TestCase(4), TestCase(8), TestCase(16), TestCase(31)]
    public void A_member_may_have_a_header_with_everything(int flags)
    {
        byte[] extra = (flags & 4) != 0 ? [3, 0, 1, 2, 3] : [], name = (flags & 8) != 0 ? [.. "traffic.pcap"u8, 0] : [];
        byte[] comment = (flags & 16) != 0 ? [.. new string('x', 20_000).Select(c => (byte)c), 0] : [], check = (flags & 2) != 0 ? [1, 2] : [];
        byte[] plain = Gzip(Capture);
        Assert.That(FramesOf([.. plain[..3], (byte)flags, .. plain[4..10], .. extra, .. name, .. comment, .. check, .. plain[10..]]), Is.GreaterThan(0));
    }

    static IEnumerable<TestCaseData> DamagedFiles()
    {
        byte[] file = Gzip(Random);
        foreach (int length in new[] { 2, 9, 10, 11, 5000, file.Length - 9 })
            yield return Case(file[..length], $"P08 gzip-cut: x: byte {length}: the file ends inside its gzip data");
        yield return Case([.. file, .. Nothing[..11]], $"P08 gzip-cut: x: byte {file.Length + 11}: the file ends inside its gzip data");
        yield return Case([.. file, 0x1f], $"P08 gzip-cut: x: byte {file.Length + 1}: the file ends inside its gzip data");
        yield return Damaged(file, 2, 0);
        yield return Damaged(file, 3, 0);
        yield return Damaged(file, 10, 10);
        yield return Case([.. file, .. "no gzip at all"u8], $"P09 gzip-damaged: x: byte {file.Length}: the gzip data is damaged, here or shortly after");
        yield return Case(Gzip("no capture"u8.ToArray()), "P03 bad-magic: x, decompressed: byte 0: 6e6f2063 does not begin a pcap or pcapng file");
        yield return Case(Nothing, "P01 empty-file: x, decompressed: byte 0: the file is empty; a capture begins with a header of 24 bytes");
        yield return Case(Gzip(Gzip(Capture)), "P05 is-compressed: x, decompressed: byte 0: is compressed with gzip once more; decompress with gunzip");
        yield return Case(Gzip(Capture[..100]), "P11 record-data-cut: x, decompressed: byte 24: the record's frame is cut short: 60 of 70 bytes");

        static TestCaseData Damaged(byte[] file, int at, int place)
        {
            byte[] damaged = [.. file];
            damaged[at] ^= 0xf7;
            return Case(damaged, $"P09 gzip-damaged: x: byte {place}: the gzip data is damaged, here or shortly after");
        }
    }

    [TestCaseSource(nameof(DamagedFiles))]
    public void Damage_is_one_sentence_with_its_byte(byte[] file, string sentence) =>
        Assert.That(PcapngErrorTests.ReadAll(file, out _)?.ToString(), Is.EqualTo(sentence));

    [Test]
    public void No_byte_of_the_checksum_or_the_length_may_differ_or_be_missing([Range(1, 8)] int fromEnd, [Values] bool missing)
    {
        byte[] file = Gzip(Random);
        file[^fromEnd] ^= 1;
        if (missing) file = file[..^fromEnd];
        Assert.That(PcapngErrorTests.ReadAll(file, out _)?.Id, Is.EqualTo("P09"));
    }

    [Test]
    public void A_frame_in_a_compressed_pipe_is_read_before_the_next_one_is_written()
    {
        using var output = new AnonymousPipeServerStream(PipeDirection.Out);
        var input = new AnonymousPipeClientStream(PipeDirection.In, output.ClientSafePipeHandle);
        var gzip = new GZipStream(output, CompressionMode.Compress);
        gzip.Write([.. Little.Section(), .. Little.Interface(), .. Little.Enhanced(0, 0, Wires.Frame(60))]);
        gzip.Flush();
        using var reader = CaptureReader.Open(input, "pipe").Value;
        Assert.That(reader.TryRead(out _), Is.True);
        gzip.Write(Little.Enhanced(0, 0, Wires.Frame(60)));
        gzip.Dispose();
        Assert.That((reader.TryRead(out _), reader.TryRead(out _), reader.Problem), Is.EqualTo((true, false, (object?)null)));
    }

    [Test]
    public void A_bomb_is_not_stored()
    {
        const int length = 256 << 20;
        byte[] file = Gzip([.. Little.Section(), .. Little.Word(77), .. Little.Word(length)], CompressionLevel.Fastest, zeros: length);
        Assert.That(file, Has.Length.LessThan(length / 100));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(PcapngErrorTests.ReadAll(file, out int frames)?.Id, Is.EqualTo("P24"));
        Assert.That((frames, GC.GetAllocatedBytesForCurrentThread() - before), Is.EqualTo((0, 0L)).Within(600_000));
    }

    [Test]
    public void Nothing_is_allocated_per_frame()
    {
        var file = new MemoryStream();
        using (var writer = new PcapngWriter(file, "port"))
            for (int n = 0; n < 5000; n++) writer.Write(0, Wires.Frame(14 + n % 1500));
        byte[] compressed = Gzip(file.ToArray());
        long allocated = 1;
        int frames = 0;
        for (int pass = 0; pass < 2 || (allocated > 0 && pass < 6); pass++)
        {
            using var reader = CaptureReader.Open(new MemoryStream(compressed), "x").Value;
            reader.TryRead(out _);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (frames = 1; frames < 5000 && reader.TryRead(out _);) frames++;
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Assert.That((frames, allocated), Is.EqualTo((5000, 0L)));
    }

    internal static byte[] Gzip(byte[] bytes, CompressionLevel level = CompressionLevel.Optimal, int zeros = 0)
    {
        var file = new MemoryStream();
        using (var gzip = new GZipStream(file, level))
        {
            gzip.Write(bytes);
            for (byte[] block = new byte[1 << 16]; zeros > 0; zeros -= block.Length) gzip.Write(block);
        }
        return file.ToArray();
    }

    static byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    static TestCaseData Case(byte[] file, string sentence) =>
        new TestCaseData(file, sentence).SetArgDisplayNames(sentence[..3], sentence[(sentence.IndexOf(": ", StringComparison.Ordinal) + 2)..]);
}
