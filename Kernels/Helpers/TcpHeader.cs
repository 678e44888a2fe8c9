using System.Buffers.Binary;

namespace Chainring.Kernels.Helpers;

/// <summary>A TCP header in memory (RFC 9293, section 3.1), with the options that were given along.</summary>
readonly ref struct TcpHeader(ReadOnlySpan<byte> bytes)
{
    public const int MinBytes = 20;

    const byte EndOfOptions = 0, NoOperation = 1, MssOption = 2, MssOptionBytes = 4;
    const byte Fin = 1, Syn = 2, Rst = 4, Ack = 16;

    readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Source and destination port, as they lie there.</summary>
    public ReadOnlySpan<byte> Ports => _bytes[..4];

    public uint Sequence => BinaryPrimitives.ReadUInt32BigEndian(_bytes[4..]);

    public uint Acknowledged => BinaryPrimitives.ReadUInt32BigEndian(_bytes[8..]);

    /// <summary>Its length as it says itself.</summary>
    public int DataOffset => (_bytes[12] >> 4) * sizeof(uint);

    /// <summary>It opens a connection and does nothing else.</summary>
    public bool IsSyn => (_bytes[13] & (Syn | Ack | Fin | Rst)) == Syn;

    /// <summary>It acknowledges, and neither opens nor resets.</summary>
    public bool IsAck => (_bytes[13] & (Ack | Rst | Syn)) == Ack;

    /// <summary>The last MSS option that is not 0; 0 if there is none (net/ipv4/tcp_input.c, tcp_parse_mss_option).</summary>
    public ushort Mss()
    {
        ushort mss = 0;
        for (var rest = _bytes[MinBytes..DataOffset]; rest.Length > 0;)
        {
            if (rest[0] == EndOfOptions) break;
            int size = rest[0] == NoOperation ? 1 : rest.Length < 2 || rest[1] < 2 ? int.MaxValue : rest[1];
            if (size > rest.Length) break;
            if (rest[0] == MssOption && size == MssOptionBytes && BinaryPrimitives.ReadUInt16BigEndian(rest[2..]) is > 0 and var given) mss = given;
            rest = rest[size..];
        }
        return mss;
    }
}
