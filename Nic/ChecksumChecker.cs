using System.Buffers.Binary;
using Chainring.Kernels;
using Chainring.Nic.Wire;

namespace Chainring.Nic;

/// <summary>
/// Checks what NICs check on reception: the IPv4 header's checksum, and that of TCP or UDP behind it or behind an IPv6 header, behind up to two
/// VLAN tags. Fragments, IPv6 extension headers and UDP without a checksum leave the transport unchecked.
/// </summary>
static class ChecksumChecker
{
    const int Ipv4Header = 20, Ipv6Header = 40, UdpHeader = 8, TcpHeader = 20;
    const byte Tcp = 6, Udp = 17;

    public static ChecksumStatus Of(ReadOnlySpan<byte> frame)
    {
        var header = EthernetHeader.Of(frame);
        var packet = frame[header.Length..];
        return header.Type switch
        {
            EthernetHeader.Ipv4 when packet.Length >= Ipv4Header => OfIpv4(packet),
            EthernetHeader.Ipv6 when packet.Length >= Ipv6Header => OfIpv6(packet),
            _ => ChecksumStatus.None,
        };
    }

    static ChecksumStatus OfIpv4(ReadOnlySpan<byte> packet)
    {
        int header = (packet[0] & 15) * 4, total = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if (packet[0] >> 4 != 4 || header < Ipv4Header || header > total || total > packet.Length) return ChecksumStatus.None;
        if (InternetChecksum.Fold(InternetChecksum.Sum(packet[..header])) != 0) return ChecksumStatus.Bad;
        bool fragment = (BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & 0x3fff) != 0;
        var transport = fragment ? ChecksumStatus.None : OfTransport(packet[9], packet.Slice(12, 8), packet[header..total], mayLack: true);
        return transport == ChecksumStatus.Bad ? ChecksumStatus.Bad : ChecksumStatus.Good;
    }

    static ChecksumStatus OfIpv6(ReadOnlySpan<byte> packet)
    {
        int length = BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        if (packet[0] >> 4 != 6 || Ipv6Header + length > packet.Length) return ChecksumStatus.None;
        return OfTransport(packet[6], packet.Slice(8, 32), packet.Slice(Ipv6Header, length), mayLack: false);
    }

    static ChecksumStatus OfTransport(byte protocol, ReadOnlySpan<byte> addresses, ReadOnlySpan<byte> segment, bool mayLack)
    {
        if (segment.Length < (protocol == Tcp ? TcpHeader : UdpHeader) || protocol is not (Tcp or Udp)) return ChecksumStatus.None;
        if (protocol == Udp)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(segment[4..]);
            if (length < UdpHeader || length > segment.Length) return ChecksumStatus.None;
            segment = segment[..length];
            if (mayLack && BinaryPrimitives.ReadUInt16BigEndian(segment[6..]) == 0) return ChecksumStatus.None;
        }
        ulong sum = InternetChecksum.Sum(addresses, (ulong)segment.Length + protocol);
        return InternetChecksum.Fold(InternetChecksum.Sum(segment, sum)) == 0 ? ChecksumStatus.Good : ChecksumStatus.Bad;
    }
}
