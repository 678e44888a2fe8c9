using Chainring.Nic.Pcap;
using Chainring.Offload;
using Chainring.Tests.Nic.Wire;
using NUnit.Framework;
using static Chainring.Tests.Nic.Pcap.PcapngBlocks;

namespace Chainring.Tests.Nic.Pcap;

public sealed class PcapngErrorTests
{
    static readonly PcapngBlocks Little = new(), Big = new(bigEndian: true);

    /// <summary>A section with an interface: 48 bytes.</summary>
    static readonly byte[] Begun = [.. Little.Section(), .. Little.Interface()];

    /// <summary>A frame of 20 bytes: 52 bytes.</summary>
    static readonly byte[] Frame = Little.Enhanced(0, 0, Wires.Frame(20));

    static IEnumerable<TestCaseData> DamagedFiles()
    {
        yield return Case(0, "P20 block-header-cut: x: byte 0: the block's header is cut short: 4 of 8 bytes", Little.Section()[..4]);
        yield return Case(0, "P20 block-header-cut: x: byte 0: the block's header is cut short: 11 of 12 bytes", Big.Section()[..11]);
        yield return Case(1, "P20 block-header-cut: x: byte 100: the block's header is cut short: 7 of 8 bytes", Begun, Frame, Frame[..7]);
        yield return Case(0, "P25 bad-byte-order: x: byte 0: the section's byte-order magic is 01020304",
            Little.Word(SectionType), Little.Word(28), [1, 2, 3, 4]);
        yield return Case(0, "P26 unknown-section-version: x: byte 0: the section is of pcapng version 2.0; only 1.0 and 1.2 can be read",
            Little.Section(2, 0));
        yield return Case(1, "P26 unknown-section-version: x: byte 100: the section is of pcapng version 1.1; only 1.0 and 1.2 can be read",
            Begun, Frame, Big.Section(1, 1));

        yield return Case(0, "P21 block-too-short: x: byte 0: the section header claims to be 24 bytes long; the least is 28",
            Little.Block(SectionType, Little.Word(0x1a2b3c4d), length: 24));
        yield return Case(1, "P21 block-too-short: x: byte 100: the interface description claims to be 16 bytes long; the least is 20",
            Begun, Frame, Little.Block(InterfaceType, new byte[4]));
        yield return Case(1, "P21 block-too-short: x: byte 100: the enhanced packet claims to be 28 bytes long; the least is 32",
            Begun, Frame, Little.Block(EnhancedType, new byte[16]));
        yield return Case(1, "P21 block-too-short: x: byte 100: the obsolete packet claims to be 12 bytes long; the least is 32",
            Begun, Frame, Little.Block(ObsoleteType, []));
        yield return Case(1, "P21 block-too-short: x: byte 100: the simple packet claims to be 12 bytes long; the least is 16",
            Begun, Frame, Little.Block(SimpleType, []));
        yield return Case(1, "P21 block-too-short: x: byte 100: the block of type 77 claims to be 0 bytes long; the least is 12",
            Begun, Frame, Little.Block(77, [], length: 0));
        yield return Case(1, "P22 odd-block-length: x: byte 100: the block of type 77 claims to be 18 bytes long, which is no multiple of 4",
            Begun, Frame, Little.Block(77, new byte[6]));
        yield return Case(1, "P23 block-cut: x: byte 100: the enhanced packet is cut short: 40 of 52 bytes", Begun, Frame, Frame[..40]);
        yield return Case(2, "P23 block-cut: x: byte 100: the enhanced packet is cut short: 50 of 52 bytes", Begun, Frame, Frame[..50]);
        yield return Case(1, "P23 block-cut: x: byte 100: the enhanced packet is cut short: 8 of 52 bytes", Begun, Frame, Frame[..8]);
        yield return Case(1, "P23 block-cut: x: byte 100: the block of type 77 is cut short: 32 of 4294967292 bytes",
            Begun, Frame, Little.Block(77, new byte[20], length: 0xffff_fffc));
        yield return Case(1, "P24 block-lengths-differ: x: byte 100: the block of type 77 claims 16 bytes at its beginning and 20 at its end",
            Begun, Frame, Little.Block(77, new byte[4], last: 20), Frame);

        yield return Case(1, "P27 option-too-long: x: byte 100: option 9 of the interface description claims 65535 bytes; its block has 4 more",
            Begun, Frame, Little.Interface(1, 0, Little.Option(9, [6], length: 65535)));
        yield return Case(1, "P28 bad-option-length: x: byte 100: the interface's if_tsresol has 2 bytes instead of 1",
            Begun, Frame, Little.Interface(1, 0, Little.Option(9, [6, 6])));
        yield return Case(1, "P28 bad-option-length: x: byte 100: the interface's if_tsoffset has 4 bytes instead of 8",
            Begun, Frame, Little.Interface(1, 0, Little.Option(14, [1, 2, 3, 4])));

        yield return Case(1, "P30 unknown-interface: x: byte 100: the frame is of interface 4294967295; its section has described 1 so far",
            Begun, Frame, Little.Enhanced(uint.MaxValue, 0, []));
        yield return Case(0, "P30 unknown-interface: x: byte 28: the frame is of interface 0; its section has described 0 so far",
            Little.Section(), Little.Simple(0, []));
        yield return Case(1, "P30 unknown-interface: x: byte 128: the frame is of interface 0; its section has described 0 so far",
            Begun, Frame, Big.Section(), Big.Obsolete(0, 0, []));
        yield return Case(1, "P31 other-interface: x: byte 120: the frame is of interface 1, whose link type is 113 (Linux cooked, SLL); "
            + "only Ethernet (1) can be run", Begun, Frame, Little.Interface(113), Little.Enhanced(1, 0, []));
        yield return Case(1, "P31 other-interface: x: byte 136: the frame is of interface 1 (wl?n0), whose link type is 127 (802.11 with radiotap); "
            + "only Ethernet (1) can be run", Begun, Frame, Little.Interface(127, 0, Little.Option(2, "wl\nn0\0\0"u8.ToArray()), [0, 0, 0, 0]), Little.Obsolete(1, 0, []));
        yield return Case(1, "P12 absurd-length: x: byte 100: the record claims 4294967295 captured bytes; the most is 262144",
            Begun, Frame, Little.Enhanced(0, 0, [], captured: uint.MaxValue));
        yield return Case(1, "P12 absurd-length: x: byte 100: the record claims 262145 captured bytes; the most is 262144",
            Begun, Frame, Little.Enhanced(0, 0, new byte[262_145]));
        yield return Case(1, "P32 frame-beyond-block: x: byte 100: the enhanced packet claims 25 captured bytes and has room for 24",
            Begun, Frame, Little.Enhanced(0, 0, Wires.Frame(24), captured: 25));
        yield return Case(1, "P32 frame-beyond-block: x: byte 100: the simple packet claims 25 captured bytes and has room for 24",
            Begun, Frame, Little.Simple(25, Wires.Frame(24)));
        yield return Case(1, "P33 absurd-time: x: byte 100: the frame's time is before 1970 or after 2106-02-07",
            Begun, Frame, Little.Enhanced(0, ulong.MaxValue, []));
        yield return Case(1, "P33 absurd-time: x: byte 140: the frame's time is before 1970 or after 2106-02-07",
            Begun, Frame, Little.Clock(6, -1), Little.Enhanced(1, 999_999, []));
    }

    [TestCase(0, ulong.MaxValue, long.MinValue)]
    [TestCase(0, ulong.MaxValue, long.MaxValue)]
    [TestCase(0, 0UL, long.MinValue)]
    [TestCase(0, 1UL << 32, 0)]
    [TestCase(9, 0UL, 1L << 32)]
    [TestCase(0x80 | 32, ulong.MaxValue, 1)]
    public void A_time_outside_of_what_can_be_written_is_damage(int resolution, ulong units, long offset) =>
        Assert.That(ReadAll([.. Big.Section(), .. Big.Clock((byte)resolution, offset), .. Big.Enhanced(0, units, [])], out _)?.Id, Is.EqualTo("P33"));

    [TestCaseSource(nameof(DamagedFiles))]
    public void Damage_is_one_sentence_with_its_byte(byte[] file, int frames, string sentence)
    {
        var problem = ReadAll(file, out int read);
        Assert.That(problem?.ToString(), Is.EqualTo(sentence));
        Assert.That(read, Is.EqualTo(frames), "the frames before it were delivered");
    }

    [Test]
    public void A_section_describes_no_more_interfaces_than_there_is_room_for()
    {
        byte[] full = [.. Little.Section(), .. Enumerable.Repeat(Little.Interface(), PcapngReader.MaxInterfaces).SelectMany(block => block)];
        Assert.That(ReadAll([.. full, .. Little.Enhanced(65_535, 0, [])], out int frames), Is.Null);
        Assert.That(frames, Is.EqualTo(1));
        Assert.That(ReadAll([.. full, .. Little.Interface()], out _)?.ToString(),
            Is.EqualTo($"P29 too-many-interfaces: x: byte {28 + 20 * 65_536}: the section describes more than 65536 interfaces"));
    }

    [Test]
    public void After_damage_nothing_more_is_read()
    {
        using var reader = CaptureReader.Open(new MemoryStream([.. Begun, .. Little.Enhanced(9, 0, []), .. Frame]), "x").Value;
        Assert.That((reader.TryRead(out _), reader.TryRead(out _), reader.Problem?.Id), Is.EqualTo((false, false, "P30")));
    }

    internal static Problem? ReadAll(byte[] file, out int frames)
    {
        frames = 0;
        if (!CaptureReader.Open(new MemoryStream(file), "x").Try(out var reader, out var problem)) return problem;
        using (reader)
        {
            while (reader.TryRead(out _)) frames++;
            return reader.Problem;
        }
    }

    static TestCaseData Case(int frames, string sentence, params ReadOnlySpan<byte[]> blocks) =>
        new TestCaseData(Joined(blocks), frames, sentence).SetArgDisplayNames(sentence[..3], sentence[(sentence.IndexOf("x:", StringComparison.Ordinal) + 3)..]);
}
