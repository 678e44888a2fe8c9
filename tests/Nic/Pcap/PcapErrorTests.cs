using System.Buffers.Binary;
using Chainring.Nic.Pcap;
using Chainring.Nic.Wire;
using Chainring.Offload;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Nic.Pcap;

public sealed class PcapErrorTests
{
    const uint MicrosecondMagic = 0xa1b2c3d4;
    const uint NanosecondMagic = 0xa1b23c4d;

    static IEnumerable<TestCaseData> DamagedFiles()
    {
        yield return Case([], "P01 empty-file: x: byte 0: the file is empty; a capture begins with a header of 24 bytes");
        yield return Case([0xd4, 0xc3], "P02 short-header: x: byte 2: the file ends inside its header, which has 24 bytes");
        yield return Case(File()[..23], "P02 short-header: x: byte 23: the file ends inside its header, which has 24 bytes");
        yield return Case("hello, world"u8.ToArray(), "P03 bad-magic: x: byte 0: 68656c6c does not begin a pcap or pcapng file");
        yield return Case([0x28, 0xb5, 0x2f, 0xfd], "P05 is-compressed: x: byte 0: is compressed with zstd; decompress with unzstd");
        yield return Case([0xfd, 0x37, 0x7a, 0x58], "P05 is-compressed: x: byte 0: is compressed with xz; decompress with unxz");
        yield return Case(File(version: 0x0002_0221), "P06 unknown-version: x: byte 4: is pcap version 545.2; only version 2 can be read");
        yield return LinkType(113, "Linux cooked, SLL");
        yield return LinkType(276, "Linux cooked, SLL2");
        yield return LinkType(101, "raw IP");
        yield return LinkType(127, "802.11 with radiotap");
        yield return LinkType(9999, "not one that Chainring knows");
        yield return Case([.. File(Record(20)), 1, 2, 3], "P10 record-header-cut: x: byte 60: the record's header is cut short: 3 of 16 bytes");
        yield return Case(File(Record(20), Record(30, present: 29)),
            "P11 record-data-cut: x: byte 60: the record's frame is cut short: 29 of 30 bytes");
        yield return Case(File(Record(20), Record(60, present: 0)),
            "P11 record-data-cut: x: byte 60: the record's frame is cut short: 0 of 60 bytes");
        yield return Case(File(Record(262_145, present: 100)),
            "P12 absurd-length: x: byte 24: the record claims 262145 captured bytes; the most is 262144");
        yield return Case(File(Record(uint.MaxValue, present: 100)),
            "P12 absurd-length: x: byte 24: the record claims 4294967295 captured bytes; the most is 262144");
        yield return Case(File(Record(20, fraction: 1_000_000)),
            "P13 absurd-fraction: x: byte 24: the record's time has 1000000 microseconds, a whole second or more");
        yield return Case(File(NanosecondMagic, Record(20, fraction: 999_999_999), Record(20, fraction: 1_000_000_000)),
            "P13 absurd-fraction: x: byte 60: the record's time has 1000000000 nanoseconds, a whole second or more");
    }

    [TestCaseSource(nameof(DamagedFiles))]
    public void Damage_is_one_sentence_with_its_byte(byte[] file, string sentence)
    {
        var problem = ReadAll(new MemoryStream(file), out var frames);
        Assert.That(problem?.ToString(), Is.EqualTo(sentence));
        Assert.That(frames, Is.EqualTo(sentence.Contains("byte 60:") ? 1 : 0), "the frames before it were delivered");
    }

    [Test]
    public void After_damage_nothing_more_is_read()
    {
        using var reader = (PcapReader)CaptureReader.Open(new MemoryStream(File(Record(20, fraction: 1_000_000), Record(20))), "x").Value;
        Assert.That((reader.TryRead(out _), reader.TryRead(out _)), Is.EqualTo((false, false)));
        Assert.That((reader.Problem?.Id, reader.Offset), Is.EqualTo(("P13", 24L)));
    }

    [Test]
    public void A_stream_whose_header_is_bad_is_closed()
    {
        var stream = new MemoryStream([1, 2, 3, 4, 5]);
        Assert.That(CaptureReader.Open(stream, "x").Problem?.Id, Is.EqualTo("P03"));
        Assert.That(stream.CanRead, Is.False);
    }

    static Problem? ReadAll(Stream stream, out int frames)
    {
        frames = 0;
        if (!CaptureReader.Open(stream, "x").Try(out var reader, out var problem)) return problem;
        using (reader)
        {
            while (reader.TryRead(out _)) frames++;
            return reader.Problem;
        }
    }

    static TestCaseData Case(byte[] file, string sentence) =>
        new TestCaseData(file, sentence).SetArgDisplayNames(sentence[..3],
            sentence[(sentence.IndexOf("x:", StringComparison.Ordinal) + 3)..]);

    static TestCaseData LinkType(uint number, string name) => Case(File(linkType: number),
        $"P07 other-link-type: x: byte 20: holds link type {number} ({name}); only Ethernet (1) can be run");

    static byte[] File(params ReadOnlySpan<byte[]> records) => File(MicrosecondMagic, records);

    static byte[] File(uint magic, params ReadOnlySpan<byte[]> records) => [.. Header(magic, 0x0004_0002, 1), .. Joined(records)];

    internal static byte[] File(byte[] record) => [.. Header(MicrosecondMagic, 0x0004_0002, 1), .. record];

    internal static byte[] File(uint version = 0x0004_0002, uint linkType = 1) => Header(MicrosecondMagic, version, linkType);

    internal static byte[] Record(uint captured, uint? original = null, int? present = null, uint fraction = 0) =>
        [.. Words(1, fraction, captured, original ?? captured), .. new byte[present ?? (int)captured]];

    static byte[] Header(uint magic, uint version, uint linkType) => Words(magic, version, 0, 0, 65_535, linkType);

    static byte[] Joined(ReadOnlySpan<byte[]> records)
    {
        List<byte> all = [];
        foreach (var record in records) all.AddRange(record);
        return [.. all];
    }

    static byte[] Words(params ReadOnlySpan<uint> words)
    {
        var bytes = new byte[4 * words.Length];
        for (var i = 0; i < words.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * i), words[i]);
        return bytes;
    }
}
