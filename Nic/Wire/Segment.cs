using System.Buffers.Binary;

namespace Chainring.Nic.Wire;

/// <summary>The transport header and the payload of a datagram, whole or before it is cut into fragments.</summary>
static class Segment
{
    /// <summary>Fills the whole segment; its length is the datagram's.</summary>
    public static void Write(in Flow flow, uint number, Span<byte> segment)
    {
        var headerLength = flow.Shape.TransportLength;
        FillPayload(flow.KeyOf(number), segment[headerLength..]);
        var checksumAt = flow.Shape.Transport switch
        {
            Transport.Udp => WriteUdp(flow, segment),
            Transport.Tcp => WriteTcp(flow, number, segment),
            _ => WriteEcho(flow, number, segment),
        };

        var sum = flow.Shape is { Network: Network.Ipv4, Transport: Transport.Icmp } ? 0 : PseudoHeader(flow, segment.Length);
        var checksum = InternetChecksum.Fold(InternetChecksum.Sum(segment, sum));
        // In UDP, 0 means that there is no checksum, and ones' complement has another zero.
        if (checksum == 0 && flow.Shape.Transport == Transport.Udp) checksum = 0xffff;
        BinaryPrimitives.WriteUInt16BigEndian(segment[checksumAt..], checksum);
    }

    /// <summary>Bytes that compress badly and differ from frame to frame.</summary>
    public static void FillPayload(ulong key, Span<byte> payload)
    {
        var random = new SplitMix64(key);
        while (payload.Length >= 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(payload, random.Next());
            payload = payload[8..];
        }
        for (var rest = random.Next(); !payload.IsEmpty; rest >>= 8, payload = payload[1..]) payload[0] = (byte)rest;
    }

    /// <summary>RFC 768.</summary>
    static int WriteUdp(in Flow flow, Span<byte> segment)
    {
        BinaryPrimitives.WriteUInt16BigEndian(segment, flow.SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(segment[2..], flow.DestinationPort);
        BinaryPrimitives.WriteUInt16BigEndian(segment[4..], (ushort)segment.Length);
        segment.Slice(6, 2).Clear();
        return 6;
    }

    /// <summary>RFC 9293: a data segment (PSH, ACK) of a connection that is already open.</summary>
    static int WriteTcp(in Flow flow, uint number, Span<byte> segment)
    {
        var key = SplitMix64.Mix(flow.KeyOf(number));
        BinaryPrimitives.WriteUInt16BigEndian(segment, flow.SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(segment[2..], flow.DestinationPort);
        BinaryPrimitives.WriteUInt64BigEndian(segment[4..], key);
        segment[12] = 5 << 4;
        segment[13] = 0x18;
        BinaryPrimitives.WriteUInt16BigEndian(segment[14..], 0xffff);
        segment.Slice(16, 4).Clear();
        return 16;
    }

    /// <summary>An echo request: RFC 792, RFC 4443 section 4.1.</summary>
    static int WriteEcho(in Flow flow, uint number, Span<byte> segment)
    {
        segment[..4].Clear();
        segment[0] = (byte)(flow.Shape.Network == Network.Ipv4 ? 8 : 128);
        BinaryPrimitives.WriteUInt16BigEndian(segment[4..], flow.EchoIdentifier);
        BinaryPrimitives.WriteUInt16BigEndian(segment[6..], (ushort)number);
        return 2;
    }

    /// <summary>Addresses, length and protocol, which the checksum covers too: RFC 9293 section 3.1, RFC 8200 section 8.1.</summary>
    static ulong PseudoHeader(in Flow flow, int length)
    {
        Span<byte> addresses = stackalloc byte[32];
        if (flow.Shape.Network == Network.Ipv4)
        {
            addresses = addresses[..8];
            flow.WriteSourceIpv4(addresses);
            flow.WriteDestinationIpv4(addresses[4..]);
        }
        else
        {
            flow.WriteSourceIpv6(addresses);
            flow.WriteDestinationIpv6(addresses[16..]);
        }
        return InternetChecksum.Sum(addresses, (ulong)length + FrameHeaders.ProtocolNumber(flow.Shape));
    }
}
