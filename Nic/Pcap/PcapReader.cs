using Chainring.Offload;

namespace Chainring.Nic.Pcap;

/// <summary>
/// Reads a classic pcap file.
/// <code>
/// file header, 24 bytes                                     record header, 16 bytes, then the captured bytes
/// ┌───────┬───────┬───────┬──────┬─────────┬─────────┬───────────┐   ┌─────────┬──────────┬──────────┬──────────┐
/// │ magic │ major │ minor │ zone │ sigfigs │ snaplen │ link type │   │ seconds │ fraction │ captured │ original │
/// │ 4     │ 2     │ 2     │ 4    │ 4       │ 4       │ 4         │   │ 4       │ 4        │ 4        │ 4        │
/// └───────┴───────┴───────┴──────┴─────────┴─────────┴───────────┘   └─────────┴──────────┴──────────┴──────────┘
/// </code>
/// The byte order and the unit of the fraction follow from the magic (pcap-savefile(5), draft-ietf-opsawg-pcap).
/// </summary>
public sealed class PcapReader : CaptureReader
{
    internal const int FileHeaderLength = 24;
    internal const int RecordHeaderLength = 16;
    internal const uint MicrosecondMagic = 0xa1b2c3d4;
    internal const uint NanosecondMagic = 0xa1b23c4d;

    int _minorVersion;
    bool _nanoseconds;

    internal PcapReader(CaptureBytes bytes) : base(bytes)
    {
    }

    public override bool Nanoseconds => _nanoseconds;

    /// <summary>What the file header says, which its records may exceed.</summary>
    public uint SnapLength { get; private set; }

    /// <summary>Where the next record begins in the file; after damage, the record that has it.</summary>
    public long Offset { get; private set; }

    public override bool TryRead(out PcapRecord record)
    {
        record = default;
        if (Finished) return false;

        int present = Bytes.Fill(RecordHeaderLength);
        if (present == 0) return Finish(null);
        if (present < RecordHeaderLength) return Finish(PcapError.RecordHeaderCut(Name, Offset, present));

        var header = Bytes.Take(RecordHeaderLength);
        var seconds = Word(header);
        var fraction = Word(header[4..]);
        var captured = Word(header[8..]);
        var original = Word(header[12..]);
        // Before version 2.4 some writers had the two lengths the other way round; libpcap swaps them back by the same test.
        if (_minorVersion < 4 && captured > original) (captured, original) = (original, captured);
        if (captured > MaxCapturedLength) return Finish(PcapError.AbsurdLength(Name, Offset, captured));
        if (fraction >= (Nanoseconds ? 1_000_000_000u : 1_000_000u))
            return Finish(PcapError.AbsurdFraction(Name, Offset, fraction, Nanoseconds));

        present = Bytes.Fill((int)captured);
        if (present < captured) return Finish(PcapError.RecordDataCut(Name, Offset, present, captured));

        var timestampNs = seconds * 1_000_000_000UL + fraction * (Nanoseconds ? 1UL : 1_000UL);
        record = new PcapRecord(timestampNs, Bytes.Take((int)captured), Math.Max(original, captured), Offset);
        Offset = Bytes.Offset;
        return true;
    }

    internal InputError? ReadFileHeader()
    {
        int present = Bytes.Fill(FileHeaderLength);
        if (present == 0) return PcapError.EmptyFile(Name);
        var header = Bytes.Window[..present];
        if (Foreign(header) is { } problem) return problem;
        if (present < FileHeaderLength) return PcapError.ShortHeader(Name, present);

        int major = Half(header[4..]);
        _minorVersion = Half(header[6..]);
        if (major != 2) return PcapError.UnknownVersion(Name, major, _minorVersion);
        SnapLength = Word(header[16..]);
        // The upper half tells how long a frame check sequence the frames end in; libpcap masks it too, and leaves the bytes there.
        var linkType = Word(header[20..]) & 0xffff;
        if (linkType != Ethernet) return PcapError.OtherLinkType(Name, (int)linkType);

        Bytes.Take(FileHeaderLength);
        Offset = FileHeaderLength;
        return null;
    }

    /// <summary>Learns byte order and resolution from the magic, or says what else the file is.</summary>
    InputError? Foreign(ReadOnlySpan<byte> header)
    {
        if (header is [0x1f, 0x8b, ..]) return PcapError.IsCompressed(Name, "gzip once more", "gunzip");
        if (header is [0x28, 0xb5, 0x2f, 0xfd, ..]) return PcapError.IsCompressed(Name, "zstd", "unzstd");
        if (header is [0xfd, 0x37, 0x7a, 0x58, ..]) return PcapError.IsCompressed(Name, "xz", "unxz");
        if (header.Length < 4) return PcapError.ShortHeader(Name, header.Length);

        BigEndian = header[0] == 0xa1;
        var magic = Word(header);
        _nanoseconds = magic == NanosecondMagic;
        return Nanoseconds || magic == MicrosecondMagic ? null : PcapError.BadMagic(Name, header[..4]);
    }
}
