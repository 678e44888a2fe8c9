using System.Buffers.Binary;
using Chainring.Kernels;

namespace Chainring.Nic.Rss;

/// <summary>A packet's hash, what it was made from, and the queue it leads to.</summary>
public readonly record struct PacketHash(uint Hash, HashType Type, int Queue);

/// <summary>
/// Finds addresses and ports behind up to two VLAN tags and hashes them. Fragments and packets behind IPv6 extension headers are
/// hashed by address alone, so that all parts of a datagram reach one queue.
/// </summary>
public sealed class PacketHasher(RssConfig config)
{
    const byte TcpProtocol = 6, UdpProtocol = 17;
    const int Ipv6Header = 40;

    readonly ToeplitzHash _hash = new(config.Key);

    public PacketHash Of(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < EthernetHeader.Bytes) return Spread(0, HashType.None);
        var header = EthernetHeader.Of(frame);
        var packet = frame[header.Length..];
        return header.Type switch
        {
            EthernetHeader.Ipv4 when packet.Length >= 20 => OfIpv4(packet),
            EthernetHeader.Ipv6 when packet.Length >= Ipv6Header => OfIpv6(packet),
            _ => Spread(0, HashType.None),
        };
    }

    PacketHash OfIpv4(ReadOnlySpan<byte> packet)
    {
        int header = (packet[0] & 15) * 4;
        bool fragment = (BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & 0x3fff) != 0;
        var kind = header > 20 ? HashType.Ipv4 | HashType.DynamicHeader : HashType.Ipv4;
        return Of(packet.Slice(12, 8), fragment || header < 20 ? default : Ports(packet, header), packet[9], kind, config.Tcp4, config.Udp4);
    }

    PacketHash OfIpv6(ReadOnlySpan<byte> packet) =>
        Of(packet.Slice(8, 32), Ports(packet, Ipv6Header), packet[6], HashType.Ipv6, config.Tcp6, config.Udp6);

    static ReadOnlySpan<byte> Ports(ReadOnlySpan<byte> packet, int header) => packet.Length >= header + 4 ? packet.Slice(header, 4) : default;

    PacketHash Of(ReadOnlySpan<byte> addresses, ReadOnlySpan<byte> ports, byte protocol, HashType kind, HashFields tcp, HashFields udp)
    {
        var (fields, layer4) = protocol switch
        {
            TcpProtocol when !ports.IsEmpty => (tcp, HashType.Tcp),
            UdpProtocol when !ports.IsEmpty => (udp, HashType.Udp),
            _ => (config.OtherIp, HashType.None),
        };
        if (fields == HashFields.None) return Spread(0, HashType.None);

        Span<byte> input = stackalloc byte[ToeplitzHash.MaxInput];
        addresses.CopyTo(input);
        // "Addresses and ports" of a packet without ports are its addresses.
        if (fields == HashFields.Addresses || layer4 == HashType.None) return Spread(_hash.Of(input[..addresses.Length]), kind);
        ports.CopyTo(input[addresses.Length..]);
        return Spread(_hash.Of(input[..(addresses.Length + ports.Length)]), kind | HashType.Layer4 | layer4);
    }

    PacketHash Spread(uint hash, HashType type) => new(hash, type, config.Table[hash % RssConfig.TableEntries]);
}
