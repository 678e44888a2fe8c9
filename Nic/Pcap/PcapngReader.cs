using System.Buffers.Binary;
using System.Text;
using Chainring.Offload;

namespace Chainring.Nic.Pcap;

/// <summary>
/// Reads a pcapng file (draft-ietf-opsawg-pcapng): any number of sections, each in its own byte order and with its own interfaces. Frames
/// come from Enhanced, Simple and the obsolete Packet blocks; what is no frame, section or interface is passed over.
/// <code>
/// block                                                      Enhanced Packet block's content
/// ┌──────┬────────┬─────────────────────────┬────────┐       ┌───────────┬──────┬──────────┬──────────┬───────┬─────────┐
/// │ type │ length │ content, padded to 4    │ length │       │ interface │ time │ captured │ original │ frame │ options │
/// │ 4    │ 4      │ length - 12             │ 4      │       │ 4         │ 8    │ 4        │ 4        │       │         │
/// └──────┴────────┴─────────────────────────┴────────┘       └───────────┴──────┴──────────┴──────────┴───────┴─────────┘
/// </code>
/// Interfaces count from 0 within a section. An interface that is not Ethernet does no harm until there is a frame of it.
/// </summary>
public sealed class PcapngReader : CaptureReader
{
    /// <summary>Interfaces of one section: what the file makes the reader remember has an end.</summary>
    public const int MaxInterfaces = 65_536;

    internal const uint SectionHeader = 0x0a0d0d0a;
    internal const uint InterfaceDescription = 1;
    internal const uint ObsoletePacket = 2;
    internal const uint SimplePacket = 3;
    internal const uint EnhancedPacket = 6;
    internal const uint ByteOrderMagic = 0x1a2b3c4d;
    internal const ushort OptionEnd = 0, OptionName = 2, OptionResolution = 9, OptionOffset = 14;

    const int HeaderLength = 8, TrailerLength = 4, MaxNameLength = 64;

    readonly List<Interface> _interfaces = [];

    /// <summary>Where the block begins that is being read.</summary>
    long _offset;

    uint _type;
    uint _length;

    /// <summary>Bytes of the block's content that were not taken yet.</summary>
    uint _left;

    /// <summary>A block was begun, and its end not checked yet.</summary>
    bool _open;

    /// <param name="Name">Kept only where an error would tell it.</param>
    readonly record struct Interface(ushort LinkType, uint SnapLength, PcapngTime Time, string? Name);

    internal PcapngReader(CaptureBytes bytes) : base(bytes)
    {
    }

    /// <summary>Each interface may have a resolution of its own, and be described late.</summary>
    public override bool Nanoseconds => true;

    string Block => NameOf(_type);

    public override bool TryRead(out PcapRecord record)
    {
        record = default;
        while (!Finished && EndBlock() && BeginBlock())
        {
            switch (_type)
            {
                case SectionHeader: ReadSection(); break;
                case InterfaceDescription: ReadInterface(); break;
                case EnhancedPacket or SimplePacket or ObsoletePacket: return ReadFrame(out record);
                default: break;
            }
        }
        return false;
    }

    internal InputError? ReadFirstSection()
    {
        if (BeginBlock()) ReadSection();
        return Problem;
    }

    bool BeginBlock()
    {
        _offset = Bytes.Offset;
        int present = Bytes.Fill(HeaderLength);
        if (present == 0) return Finish(null);
        if (present < HeaderLength) return Finish(PcapError.BlockHeaderCut(Name, _offset, present, HeaderLength));
        // The type of a section is the same in both byte orders; the length is not, and the order stands behind it.
        if (BinaryPrimitives.ReadUInt32LittleEndian(Bytes.Window) == SectionHeader && !LearnByteOrder()) return false;

        var header = Bytes.Take(HeaderLength);
        (_type, _length) = (Word(header), Word(header[4..]));
        if (_length < LeastOf(_type)) return Finish(PcapError.BlockTooShort(Name, _offset, Block, _length, LeastOf(_type)));
        if (_length % 4 != 0) return Finish(PcapError.OddBlockLength(Name, _offset, Block, _length));
        _left = _length - HeaderLength - TrailerLength;
        return _open = true;
    }

    bool LearnByteOrder()
    {
        const int withMagic = HeaderLength + 4;
        int present = Bytes.Fill(withMagic);
        if (present < withMagic) return Finish(PcapError.BlockHeaderCut(Name, _offset, present, withMagic));
        var magic = Bytes.Window[HeaderLength..withMagic];
        BigEndian = magic[0] == 0x1a;
        return Word(magic) == ByteOrderMagic || Finish(PcapError.BadByteOrder(Name, _offset, magic));
    }

    /// <summary>Passes over what is left of a block, and checks that it ends as it began.</summary>
    bool EndBlock()
    {
        if (!_open) return true;
        _open = false;
        if (!Skip(_left) || !TryTake(TrailerLength, out var trailer)) return false;
        return Word(trailer) == _length || Finish(PcapError.BlockLengthsDiffer(Name, _offset, Block, _length, Word(trailer)));
    }

    void ReadSection()
    {
        if (!TryTakeContent(16, out var content)) return;
        int major = Half(content[4..]), minor = Half(content[6..]);
        // What 1.2 added are kinds of blocks, no more.
        if (major != 1 || minor is not (0 or 2)) Finish(PcapError.UnknownSectionVersion(Name, _offset, major, minor));
        _interfaces.Clear();
    }

    void ReadInterface()
    {
        if (!TryTakeContent(8, out var content)) return;
        var described = new Interface(Half(content), Word(content[4..]), PcapngTime.Usual, null);
        while (_left > 0)
        {
            if (!TryTakeContent(4, out var option)) return;
            int code = Half(option), length = Half(option[2..]);
            if (code == OptionEnd) break;
            if (!ReadOption(code, length, ref described)) return;
        }
        if (_interfaces.Count == MaxInterfaces) Finish(PcapError.TooManyInterfaces(Name, _offset));
        else _interfaces.Add(described);
    }

    bool ReadOption(int code, int length, ref Interface described)
    {
        if (length > _left) return Finish(PcapError.OptionTooLong(Name, _offset, code, length, _left));
        // Content ends at a multiple of 4, so that there is room for the padding too.
        uint behind = _left - (uint)Padded(length);
        ReadOnlySpan<byte> value;
        switch (code)
        {
            case OptionName when described.LinkType != Ethernet:
                if (!TryTakeContent(Math.Min(length, MaxNameLength), out value)) return false;
                described = described with { Name = Printable(value) };
                break;
            case OptionResolution:
                if (length != 1) return Finish(PcapError.BadOptionLength(Name, _offset, "if_tsresol", length, 1));
                if (!TryTakeContent(length, out value)) return false;
                described = described with { Time = described.Time with { Resolution = value[0] } };
                break;
            case OptionOffset:
                if (length != 8) return Finish(PcapError.BadOptionLength(Name, _offset, "if_tsoffset", length, 8));
                if (!TryTakeContent(length, out value)) return false;
                described = described with { Time = described.Time with { OffsetSeconds = Long(value) } };
                break;
            default:
                break;
        }
        return SkipContent(_left - behind);
    }

    bool ReadFrame(out PcapRecord record)
    {
        record = default;
        if (!TryTakeContent(_type == SimplePacket ? 4 : 20, out var content)) return false;
        uint number = _type switch { EnhancedPacket => Word(content), ObsoletePacket => Half(content), _ => 0 };
        if (number >= _interfaces.Count) return Finish(PcapError.UnknownInterface(Name, _offset, number, _interfaces.Count));
        var origin = _interfaces[(int)number];
        if (origin.LinkType != Ethernet) return Finish(PcapError.OtherInterface(Name, _offset, number, origin.Name, origin.LinkType));

        uint original = Word(content[^4..]), captured;
        ulong timestampNs = 0;
        if (_type == SimplePacket)
        {
            // Has no time, and does not say what was captured, which the interface's snap length limits.
            captured = origin.SnapLength == 0 ? original : Math.Min(original, origin.SnapLength);
        }
        else
        {
            captured = Word(content[12..]);
            ulong units = (ulong)Word(content[4..]) << 32 | Word(content[8..]);
            if (!origin.Time.TryConvert(units, out timestampNs)) return Finish(PcapError.AbsurdTime(Name, _offset));
        }
        if (captured > MaxCapturedLength) return Finish(PcapError.AbsurdLength(Name, _offset, captured));
        if (captured > _left) return Finish(PcapError.FrameBeyondBlock(Name, _offset, Block, captured, _left));
        if (!TryTakeContent((int)captured, out var frame)) return false;
        record = new PcapRecord(timestampNs, frame, Math.Max(original, captured), _offset);
        return true;
    }

    /// <summary>Takes bytes of the block's content, which has that many; false if the file does not.</summary>
    bool TryTakeContent(int count, out ReadOnlySpan<byte> content)
    {
        _left -= (uint)count;
        return TryTake(count, out content);
    }

    bool SkipContent(uint count)
    {
        _left -= count;
        return Skip(count);
    }

    bool TryTake(int count, out ReadOnlySpan<byte> bytes)
    {
        bool there = Bytes.Fill(count) == count;
        bytes = there ? Bytes.Take(count) : default;
        return there || Cut();
    }

    bool Skip(long count) => Bytes.Skip(count) || Cut();

    bool Cut() => Finish(PcapError.BlockCut(Name, _offset, Block, Bytes.End - _offset, _length));

    long Long(ReadOnlySpan<byte> at) =>
        BigEndian ? BinaryPrimitives.ReadInt64BigEndian(at) : BinaryPrimitives.ReadInt64LittleEndian(at);

    static int Padded(int length) => (length + 3) & ~3;

    /// <summary>What others called an interface, fit for a sentence.</summary>
    static string Printable(ReadOnlySpan<byte> text) =>
        string.Concat(Encoding.UTF8.GetString(text).TrimEnd('\0').Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? '?' : c));

    static uint LeastOf(uint type) => type switch
    {
        SectionHeader => 28,
        InterfaceDescription => 20,
        EnhancedPacket or ObsoletePacket => 32,
        SimplePacket => 16,
        _ => HeaderLength + TrailerLength,
    };

    static string NameOf(uint type) => type switch
    {
        SectionHeader => "section header",
        InterfaceDescription => "interface description",
        EnhancedPacket => "enhanced packet",
        ObsoletePacket => "obsolete packet",
        SimplePacket => "simple packet",
        _ => $"block of type {type}",
    };
}
