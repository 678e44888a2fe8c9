using System.Text;

namespace Chainring.Nic.Pcap;

/// <summary>
/// Writes a pcapng file of one section with one interface, a port of Ethernet frames, in nanoseconds; an Enhanced Packet block for each
/// frame, with its notes as options.
/// </summary>
public sealed class PcapngWriter : CaptureWriter
{
    const int OptionHeaderLength = 4, MaxOptionLength = ushort.MaxValue;
    const ushort OptionComment = 1, OptionQueue = 6, OptionVerdict = 7;

    /// <summary>epb_verdict's first byte: what follows is the code that an XDP program returned, 8 bytes.</summary>
    const byte VerdictOfXdp = 2;

    readonly bool _bigEndian;
    readonly int _snapLength;

    /// <param name="stream">The writer owns it.</param>
    /// <param name="port">The interface's name, at most 65,535 bytes of UTF-8.</param>
    /// <param name="snapLength">Longer frames are cut to it, and keep their original length.</param>
    /// <param name="bigEndian">For files that test other readers.</param>
    public PcapngWriter(Stream stream, string port, int snapLength = CaptureReader.MaxCapturedLength, bool bigEndian = false)
        : base(stream, bigEndian)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(snapLength, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(snapLength, CaptureReader.MaxCapturedLength);
        byte[] name = Encoding.UTF8.GetBytes(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, MaxOptionLength, nameof(port));
        _snapLength = snapLength;
        _bigEndian = bigEndian;

        Begin(PcapngReader.SectionHeader, 28);
        Append(PcapngReader.ByteOrderMagic);
        Append(Halves(1, 0));
        Append(uint.MaxValue); // the section's length, 8 bytes: not told
        Append(uint.MaxValue);
        Append(28);

        int length = 20 + OptionLength(name.Length) + OptionLength(1) + OptionHeaderLength;
        Begin(PcapngReader.InterfaceDescription, length);
        Append(Halves((ushort)CaptureReader.Ethernet, 0));
        Append((uint)snapLength);
        AppendOption(PcapngReader.OptionName, name);
        AppendOption(PcapngReader.OptionResolution, [9]);
        AppendOption(PcapngReader.OptionEnd, []);
        Append((uint)length);
    }

    public override void Write(ulong timestampNs, ReadOnlySpan<byte> frame, uint originalLength = 0, FrameNotes notes = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(notes.Comment.Length, MaxOptionLength, nameof(notes));
        originalLength = Math.Max(originalLength, (uint)frame.Length);
        frame = frame[..Math.Min(frame.Length, _snapLength)];

        int options = (notes.Comment.IsEmpty ? 0 : OptionLength(notes.Comment.Length))
            + (notes.Queue is null ? 0 : OptionLength(4))
            + (notes.Verdict is null ? 0 : OptionLength(9));
        if (options > 0) options += OptionHeaderLength;
        int length = 32 + Padded(frame.Length) + options;

        Begin(PcapngReader.EnhancedPacket, length);
        Append(0); // the interface
        Append((uint)(timestampNs >> 32));
        Append((uint)timestampNs);
        Append((uint)frame.Length);
        Append(originalLength);
        AppendPadded(frame);
        if (options > 0) AppendOptions(notes);
        Append((uint)length);
    }

    void AppendOptions(FrameNotes notes)
    {
        if (!notes.Comment.IsEmpty) AppendOption(OptionComment, notes.Comment);
        if (notes.Queue is { } queue)
        {
            Append(Halves(OptionQueue, 4));
            Append(queue);
        }
        if (notes.Verdict is { } verdict)
        {
            Span<byte> code = [VerdictOfXdp, 0, 0, 0, 0, 0, 0, 0, 0];
            code[_bigEndian ? 8 : 1] = (byte)verdict;
            AppendOption(OptionVerdict, code);
        }
        AppendOption(PcapngReader.OptionEnd, []);
    }

    void Begin(uint type, int length)
    {
        Append(type);
        Append((uint)length);
    }

    void AppendOption(ushort code, ReadOnlySpan<byte> value)
    {
        Append(Halves(code, (ushort)value.Length));
        AppendPadded(value);
    }

    void AppendPadded(ReadOnlySpan<byte> bytes)
    {
        Append(bytes);
        ReadOnlySpan<byte> zeros = [0, 0, 0];
        Append(zeros[..(Padded(bytes.Length) - bytes.Length)]);
    }

    /// <summary>Two 16-bit fields in the order of the file.</summary>
    uint Halves(ushort first, ushort second) => _bigEndian ? (uint)first << 16 | second : (uint)second << 16 | first;

    static int OptionLength(int value) => OptionHeaderLength + Padded(value);

    static int Padded(int length) => (length + 3) & ~3;
}
