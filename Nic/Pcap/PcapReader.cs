using System.Buffers.Binary;
using Chainring.Offload;

namespace Chainring.Nic.Pcap;

/// <summary>
/// Reads a classic pcap file front to back, from a file or a pipe. Bad content is a <see cref="Problem"/> with its byte offset, never
/// an exception; what the stream itself throws (a disk error) passes through. Allocates its buffer, of at most
/// <see cref="MaxCapturedLength"/> bytes, and nothing per frame.
/// <code>
/// file header, 24 bytes                                     record header, 16 bytes, then the captured bytes
/// ┌───────┬───────┬───────┬──────┬─────────┬─────────┬───────────┐   ┌─────────┬──────────┬──────────┬──────────┐
/// │ magic │ major │ minor │ zone │ sigfigs │ snaplen │ link type │   │ seconds │ fraction │ captured │ original │
/// │ 4     │ 2     │ 2     │ 4    │ 4       │ 4       │ 4         │   │ 4       │ 4        │ 4        │ 4        │
/// └───────┴───────┴───────┴──────┴─────────┴─────────┴───────────┘   └─────────┴──────────┴──────────┴──────────┘
/// </code>
/// The byte order and the unit of the fraction follow from the magic (pcap-savefile(5), draft-ietf-opsawg-pcap).
/// </summary>
public sealed class PcapReader : IDisposable
{
    /// <summary>The longest frame a record may hold: libpcap's MAXIMUM_SNAPLEN. A longer claim is damage, whatever the snap length.</summary>
    public const int MaxCapturedLength = 262_144;

    internal const int FileHeaderLength = 24;
    internal const int RecordHeaderLength = 16;
    internal const uint MicrosecondMagic = 0xa1b2c3d4;
    internal const uint NanosecondMagic = 0xa1b23c4d;
    internal const uint Ethernet = 1;

    readonly Stream _stream;
    readonly string _name;
    byte[] _buffer = new byte[65_536];
    int _start;
    int _end;
    int _minorVersion;
    bool _finished;

    PcapReader(Stream stream, string name)
    {
        _stream = stream;
        _name = name;
    }

    public bool Nanoseconds { get; private set; }

    public bool BigEndian { get; private set; }

    /// <summary>What the file header says, which its records may exceed.</summary>
    public uint SnapLength { get; private set; }

    /// <summary>Where the next record begins in the file; after damage, the record that has it.</summary>
    public long Offset { get; private set; }

    /// <summary>Why <see cref="TryRead"/> stopped early; null before that, and at an undamaged end.</summary>
    public InputError? Problem { get; private set; }

    /// <summary>
    /// Reads the file header. The reader owns the stream from here on, and has closed it if the result is a problem.
    /// <paramref name="name"/> is what the sentences call the file.
    /// </summary>
    public static Result<PcapReader> Open(Stream stream, string name)
    {
        var reader = new PcapReader(stream, name);
        if (reader.ReadFileHeader() is not { } problem) return reader;
        reader.Dispose();
        return problem;
    }

    /// <summary>False at the end of the file or at the first damage, and from then on; <see cref="Problem"/> tells which.</summary>
    public bool TryRead(out PcapRecord record)
    {
        record = default;
        if (_finished) return false;

        var present = Fill(RecordHeaderLength);
        if (present == 0) return Finish(null);
        if (present < RecordHeaderLength) return Finish(PcapError.RecordHeaderCut(_name, Offset, present));

        var header = _buffer.AsSpan(_start, RecordHeaderLength);
        var seconds = Word(header);
        var fraction = Word(header[4..]);
        var captured = Word(header[8..]);
        var original = Word(header[12..]);
        // Before version 2.4 some writers had the two lengths the other way round; libpcap swaps them back by the same test.
        if (_minorVersion < 4 && captured > original) (captured, original) = (original, captured);
        if (captured > MaxCapturedLength) return Finish(PcapError.AbsurdLength(_name, Offset, captured));
        if (fraction >= (Nanoseconds ? 1_000_000_000u : 1_000_000u))
            return Finish(PcapError.AbsurdFraction(_name, Offset, fraction, Nanoseconds));

        _start += RecordHeaderLength;
        present = Fill((int)captured);
        if (present < captured) return Finish(PcapError.RecordDataCut(_name, Offset, present, captured));

        var timestampNs = seconds * 1_000_000_000UL + fraction * (Nanoseconds ? 1UL : 1_000UL);
        record = new PcapRecord(timestampNs, _buffer.AsSpan(_start, (int)captured), Math.Max(original, captured), Offset);
        _start += (int)captured;
        Offset += RecordHeaderLength + captured;
        return true;
    }

    public void Dispose()
    {
        _finished = true;
        _stream.Dispose();
    }

    InputError? ReadFileHeader()
    {
        var present = Fill(FileHeaderLength);
        if (present == 0) return PcapError.EmptyFile(_name);
        var header = _buffer.AsSpan(0, Math.Min(present, FileHeaderLength));
        if (Foreign(header) is { } problem) return problem;
        if (present < FileHeaderLength) return PcapError.ShortHeader(_name, present);

        var major = Half(header[4..]);
        _minorVersion = Half(header[6..]);
        if (major != 2) return PcapError.UnknownVersion(_name, major, _minorVersion);
        SnapLength = Word(header[16..]);
        // The upper half tells how long a frame check sequence the frames end in; libpcap masks it too, and leaves the bytes there.
        var linkType = Word(header[20..]) & 0xffff;
        if (linkType != Ethernet) return PcapError.OtherLinkType(_name, (int)linkType);

        _start = FileHeaderLength;
        Offset = FileHeaderLength;
        return null;
    }

    /// <summary>Learns byte order and resolution from the magic, or says what else the file is.</summary>
    InputError? Foreign(ReadOnlySpan<byte> header)
    {
        if (header is [0x1f, 0x8b, ..]) return PcapError.IsCompressed(_name, "gzip", "gunzip");
        if (header is [0x28, 0xb5, 0x2f, 0xfd, ..]) return PcapError.IsCompressed(_name, "zstd", "unzstd");
        if (header is [0xfd, 0x37, 0x7a, 0x58, ..]) return PcapError.IsCompressed(_name, "xz", "unxz");
        if (header is [0x0a, 0x0d, 0x0d, 0x0a, ..]) return PcapError.IsPcapng(_name);
        if (header.Length < 4) return PcapError.ShortHeader(_name, header.Length);

        BigEndian = header[0] == 0xa1;
        var magic = Word(header);
        Nanoseconds = magic == NanosecondMagic;
        return Nanoseconds || magic == MicrosecondMagic ? null : PcapError.BadMagic(_name, header[..4]);
    }

    bool Finish(InputError? problem)
    {
        Problem = problem;
        _finished = true;
        return false;
    }

    uint Word(ReadOnlySpan<byte> at) =>
        BigEndian ? BinaryPrimitives.ReadUInt32BigEndian(at) : BinaryPrimitives.ReadUInt32LittleEndian(at);

    ushort Half(ReadOnlySpan<byte> at) =>
        BigEndian ? BinaryPrimitives.ReadUInt16BigEndian(at) : BinaryPrimitives.ReadUInt16LittleEndian(at);

    /// <summary>
    /// Waits until <paramref name="count"/> bytes lie at <c>_start</c>, or the stream ends; never for more than that, so that a frame from a
    /// pipe is delivered when it arrives. Returns how many of them are there.
    /// </summary>
    int Fill(int count)
    {
        if (_buffer.Length - _start < count) MakeRoom(count);
        while (_end - _start < count)
        {
            var read = _stream.Read(_buffer, _end, _buffer.Length - _end);
            if (read == 0) return _end - _start;
            _end += read;
        }
        return count;
    }

    void MakeRoom(int count)
    {
        var kept = _buffer.AsSpan(_start, _end - _start);
        if (_buffer.Length < count)
        {
            var larger = new byte[MaxCapturedLength];
            kept.CopyTo(larger);
            _buffer = larger;
        }
        else
        {
            kept.CopyTo(_buffer);
        }
        _end -= _start;
        _start = 0;
    }
}
