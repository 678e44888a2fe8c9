using System.Buffers.Binary;
using Chainring.Offload.Spec;

namespace Chainring.Nic.Pcap;

/// <summary>What a pcapng file can say about a frame besides its bytes; a classic one has no room for any of it.</summary>
public readonly ref struct FrameNotes
{
    /// <summary>The queue that received it.</summary>
    public uint? Queue { get; init; }

    public XdpAction? Verdict { get; init; }

    /// <summary>For people: UTF-8, no line ends; none if empty.</summary>
    public ReadOnlySpan<byte> Comment { get; init; }
}

/// <summary>
/// Writes a capture of Ethernet frames. Buffered: the stream has everything after <see cref="Flush"/> or <see cref="Dispose"/>, which also
/// closes it. Allocates nothing per frame.
/// </summary>
public abstract class CaptureWriter : IDisposable
{
    /// <summary>How the names of pcapng files end.</summary>
    public const string PcapngEnding = ".pcapng";

    readonly Stream _stream;
    readonly byte[] _buffer = new byte[65_536];
    readonly bool _bigEndian;
    int _used;
    bool _closed;

    /// <param name="stream">The writer owns it.</param>
    private protected CaptureWriter(Stream stream, bool bigEndian) => (_stream, _bigEndian) = (stream, bigEndian);

    /// <summary>Writes pcapng if the file's name ends so, else classic pcap.</summary>
    /// <param name="port">Where the frames come from; only pcapng tells it.</param>
    /// <param name="nanoseconds">False lets a classic file have microseconds; pcapng always has nanoseconds.</param>
    public static CaptureWriter Create(Stream stream, string fileName, string port, bool nanoseconds = true) =>
        fileName.EndsWith(PcapngEnding, StringComparison.OrdinalIgnoreCase)
            ? new PcapngWriter(stream, port)
            : new PcapWriter(stream, nanoseconds);

    /// <param name="timestampNs">Since 1970-01-01 UTC, before 2106-02-07, where the seconds of classic files end.</param>
    /// <param name="frame">What is there of the frame.</param>
    /// <param name="originalLength">Its length on the wire, if more than that.</param>
    public abstract void Write(ulong timestampNs, ReadOnlySpan<byte> frame, uint originalLength = 0, FrameNotes notes = default);

    public void Flush()
    {
        Drain();
        _stream.Flush();
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        if (_closed) return;
        _closed = true;
        Drain();
        _stream.Dispose();
    }

    private protected void Append(uint word)
    {
        Span<byte> bytes = stackalloc byte[4];
        if (_bigEndian) BinaryPrimitives.WriteUInt32BigEndian(bytes, word);
        else BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
        Append(bytes);
    }

    private protected void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _used) Drain();
        if (bytes.Length > _buffer.Length)
        {
            _stream.Write(bytes);
            return;
        }
        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    void Drain()
    {
        _stream.Write(_buffer, 0, _used);
        _used = 0;
    }
}
