using System.Buffers.Binary;

namespace Chainring.Nic.Pcap;

/// <summary>
/// Writes a classic pcap file of Ethernet frames, version 2.4, little-endian unless asked otherwise. Buffered: the stream has everything
/// after <see cref="Flush"/> or <see cref="Dispose"/>, which also closes it. Allocates nothing per frame.
/// </summary>
public sealed class PcapWriter : IDisposable
{
    readonly Stream _stream;
    readonly byte[] _buffer = new byte[65_536];
    readonly bool _nanoseconds;
    readonly bool _bigEndian;
    readonly int _snapLength;
    int _used;
    bool _closed;

    /// <param name="stream">The writer owns it.</param>
    /// <param name="nanoseconds">False loses what is finer than a microsecond.</param>
    /// <param name="snapLength">Longer frames are cut to it, and keep their original length.</param>
    /// <param name="bigEndian">For files that test other readers.</param>
    public PcapWriter(Stream stream, bool nanoseconds = true, int snapLength = PcapReader.MaxCapturedLength, bool bigEndian = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(snapLength, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(snapLength, PcapReader.MaxCapturedLength);
        _stream = stream;
        _nanoseconds = nanoseconds;
        _snapLength = snapLength;
        _bigEndian = bigEndian;

        Append(nanoseconds ? PcapReader.NanosecondMagic : PcapReader.MicrosecondMagic);
        Append(bigEndian ? 0x0002_0004u : 0x0004_0002u);
        Append(0); // the time zone: all times are UTC
        Append(0); // the accuracy of the times, which nobody fills in
        Append((uint)snapLength);
        Append(PcapReader.Ethernet);
    }

    /// <param name="timestampNs">Since 1970-01-01 UTC, before 2106-02-07, where the format's seconds end.</param>
    /// <param name="frame">What is there of the frame.</param>
    /// <param name="originalLength">Its length on the wire, if more than that.</param>
    public void Write(ulong timestampNs, ReadOnlySpan<byte> frame, uint originalLength = 0)
    {
        var (seconds, fraction) = Math.DivRem(timestampNs, 1_000_000_000UL);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(seconds, uint.MaxValue, nameof(timestampNs));
        originalLength = Math.Max(originalLength, (uint)frame.Length);
        frame = frame[..Math.Min(frame.Length, _snapLength)];

        if (_buffer.Length - _used < PcapReader.RecordHeaderLength + frame.Length) Drain();
        Append((uint)seconds);
        Append((uint)(_nanoseconds ? fraction : fraction / 1_000));
        Append((uint)frame.Length);
        Append(originalLength);
        if (frame.Length <= _buffer.Length - _used)
        {
            frame.CopyTo(_buffer.AsSpan(_used));
            _used += frame.Length;
        }
        else
        {
            Drain();
            _stream.Write(frame);
        }
    }

    public void Flush()
    {
        Drain();
        _stream.Flush();
    }

    public void Dispose()
    {
        if (_closed) return;
        _closed = true;
        Drain();
        _stream.Dispose();
    }

    void Append(uint word)
    {
        var at = _buffer.AsSpan(_used, 4);
        if (_bigEndian) BinaryPrimitives.WriteUInt32BigEndian(at, word);
        else BinaryPrimitives.WriteUInt32LittleEndian(at, word);
        _used += 4;
    }

    void Drain()
    {
        _stream.Write(_buffer, 0, _used);
        _used = 0;
    }
}
