using System.Buffers.Binary;
using Chainring.Offload;

namespace Chainring.Nic.Pcap;

/// <summary>
/// Reads a capture front to back, from a file or a pipe: classic pcap or pcapng, told apart by their first bytes, compressed with gzip or
/// not. Bad content is a <see cref="Problem"/> with its byte offset, never an exception; what the stream itself throws (a disk error)
/// passes through. Allocates its buffers, whose size the content has no say in, and nothing per frame.
/// </summary>
public abstract class CaptureReader : IDisposable
{
    /// <summary>The longest frame a record may hold: libpcap's MAXIMUM_SNAPLEN. A longer claim is damage, whatever the snap length.</summary>
    public const int MaxCapturedLength = 262_144;

    internal const uint Ethernet = 1;

    private protected CaptureReader(CaptureBytes bytes) => Bytes = bytes;

    /// <summary>Times may be finer than a microsecond.</summary>
    public abstract bool Nanoseconds { get; }

    /// <summary>The byte order of the file, or of the section that is being read.</summary>
    public bool BigEndian { get; private protected set; }

    /// <summary>Why <see cref="TryRead"/> stopped early; null before that, and at an undamaged end.</summary>
    public InputError? Problem { get; private set; }

    private protected CaptureBytes Bytes { get; }

    private protected string Name => Bytes.Name;

    private protected bool Finished { get; private set; }

    /// <summary>
    /// Reads what is before the first record. The reader owns the stream from here on, and has closed it if the result is a problem.
    /// <paramref name="name"/> is what the sentences call the file.
    /// </summary>
    public static Result<CaptureReader> Open(Stream stream, string name)
    {
        var bytes = new CaptureBytes(stream, name);
        bytes.Fill(4);
        if (bytes.Window is [0x1f, 0x8b, ..])
        {
            bytes = new CaptureBytes(new GzipSource(stream, bytes.Window, name), $"{name}, decompressed");
            bytes.Fill(4);
        }
        if (Open(bytes).Try(out var reader, out var problem)) return reader;
        bytes.Dispose();
        return bytes.Problem ?? problem;
    }

    /// <summary>False at the end of the file or at the first damage, and from then on; <see cref="Problem"/> tells which.</summary>
    public abstract bool TryRead(out PcapRecord record);

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Finished = true;
        Bytes.Dispose();
    }

    /// <summary>Nothing more is read, because of that or, where it explains it, because the compressed file is damaged.</summary>
    private protected bool Finish(InputError? problem)
    {
        Problem = Bytes.Problem ?? problem;
        Finished = true;
        return false;
    }

    private protected uint Word(ReadOnlySpan<byte> at) =>
        BigEndian ? BinaryPrimitives.ReadUInt32BigEndian(at) : BinaryPrimitives.ReadUInt32LittleEndian(at);

    private protected ushort Half(ReadOnlySpan<byte> at) =>
        BigEndian ? BinaryPrimitives.ReadUInt16BigEndian(at) : BinaryPrimitives.ReadUInt16LittleEndian(at);

    static Result<CaptureReader> Open(CaptureBytes bytes)
    {
        if (bytes.Window is [0x0a, 0x0d, 0x0d, 0x0a, ..])
        {
            var reader = new PcapngReader(bytes);
            return reader.ReadFirstSection() is { } problem ? problem : reader;
        }
        else
        {
            var reader = new PcapReader(bytes);
            return reader.ReadFileHeader() is { } problem ? problem : reader;
        }
    }
}
