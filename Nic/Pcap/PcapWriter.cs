namespace Chainring.Nic.Pcap;

/// <summary>Writes a classic pcap file of Ethernet frames, version 2.4, little-endian unless asked otherwise.</summary>
public sealed class PcapWriter : CaptureWriter
{
    readonly bool _nanoseconds;
    readonly int _snapLength;

    /// <param name="stream">The writer owns it.</param>
    /// <param name="nanoseconds">False loses what is finer than a microsecond.</param>
    /// <param name="snapLength">Longer frames are cut to it, and keep their original length.</param>
    /// <param name="bigEndian">For files that test other readers.</param>
    public PcapWriter(Stream stream, bool nanoseconds = true, int snapLength = CaptureReader.MaxCapturedLength, bool bigEndian = false)
        : base(stream, bigEndian)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(snapLength, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(snapLength, CaptureReader.MaxCapturedLength);
        _nanoseconds = nanoseconds;
        _snapLength = snapLength;

        Append(nanoseconds ? PcapReader.NanosecondMagic : PcapReader.MicrosecondMagic);
        Append(bigEndian ? 0x0002_0004u : 0x0004_0002u);
        Append(0); // the time zone: all times are UTC
        Append(0); // the accuracy of the times, which nobody fills in
        Append((uint)snapLength);
        Append(CaptureReader.Ethernet);
    }

    public override void Write(ulong timestampNs, ReadOnlySpan<byte> frame, uint originalLength = 0, FrameNotes notes = default)
    {
        var (seconds, fraction) = Math.DivRem(timestampNs, 1_000_000_000UL);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(seconds, uint.MaxValue, nameof(timestampNs));
        originalLength = Math.Max(originalLength, (uint)frame.Length);
        frame = frame[..Math.Min(frame.Length, _snapLength)];

        Append((uint)seconds);
        Append((uint)(_nanoseconds ? fraction : fraction / 1_000));
        Append((uint)frame.Length);
        Append(originalLength);
        Append(frame);
    }
}
