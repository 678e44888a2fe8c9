using System.Buffers.Binary;

namespace Chainring.Nic.Wire;

/// <summary>One thing that is wrong with an otherwise correct frame.</summary>
public enum Defect
{
    /// <summary>The Ethernet header and nothing after it.</summary>
    Runt,
    /// <summary>Ends inside a VLAN tag.</summary>
    CutTag,
    /// <summary>Ends inside the ARP, IPv4 or IPv6 header.</summary>
    CutNetworkHeader,
    /// <summary>Ends inside the TCP, UDP or ICMP header.</summary>
    CutTransportHeader,
    /// <summary>Ends inside the payload, if there is one.</summary>
    CutPayload,
    /// <summary>The IP version contradicts the EtherType.</summary>
    WrongVersion,
    /// <summary>An IHL of 0 to 4: the header would be shorter than itself.</summary>
    ShortIhl,
    /// <summary>An IHL of 15 with a total length that ends before.</summary>
    LongIhl,
    /// <summary>The IP length reaches beyond the frame.</summary>
    LongIpLength,
    /// <summary>The IP length ends inside the headers.</summary>
    ShortIpLength,
    WrongIpv4Checksum,
    WrongTransportChecksum,
    /// <summary>The UDP length is shorter than its header, or longer than the datagram.</summary>
    WrongUdpLength,
    /// <summary>A TCP data offset of 0 to 4.</summary>
    ShortTcpOffset,
}

/// <summary>Breaks frames.</summary>
public static class Defects
{
    public const int Count = (int)Defect.ShortTcpOffset + 1;

    public static bool Fits(Defect defect, in FlowShape shape) => defect switch
    {
        Defect.Runt => true,
        Defect.CutTag => shape.Tags > 0,
        Defect.CutNetworkHeader => shape.Network != Network.Plain,
        Defect.ShortIhl or Defect.WrongIpv4Checksum => shape.Network == Network.Ipv4,
        Defect.LongIhl => shape is { Network: Network.Ipv4, OptionWords: < 10 },
        Defect.WrongUdpLength => shape is { IsIp: true, Transport: Transport.Udp },
        Defect.ShortTcpOffset => shape is { IsIp: true, Transport: Transport.Tcp },
        _ => shape.IsIp,
    };

    /// <summary>
    /// Breaks a correct, unfragmented frame of this shape in place, and returns how much of it remains: never less than an Ethernet header.
    /// An IPv4 header checksum stays right unless it is the defect.
    /// </summary>
    public static int Apply(Defect defect, in FlowShape shape, Span<byte> frame, ref SplitMix64 random)
    {
        var network = frame[shape.NetworkOffset..];
        var transport = frame[shape.TransportOffset..];
        var v4 = shape.Network == Network.Ipv4;
        switch (defect)
        {
            case Defect.Runt:
                return FlowShape.EthernetLength;
            case Defect.CutTag:
                return FlowShape.EthernetLength + random.Below(shape.NetworkOffset - FlowShape.EthernetLength);
            case Defect.CutNetworkHeader:
                return shape.NetworkOffset + random.Below(shape.NetworkLength);
            case Defect.CutTransportHeader:
                return shape.TransportOffset + random.Below(shape.TransportLength);
            case Defect.CutPayload:
                return shape.ShortestFrame + random.Below(Math.Max(1, frame.Length - shape.ShortestFrame));
            case Defect.WrongVersion:
                network[0] = (byte)(network[0] & 0x0f | (v4 ? 0x60 : 0x40));
                break;
            case Defect.ShortIhl:
                network[0] = (byte)(0x40 | random.Below(5));
                break;
            case Defect.LongIhl:
                network[0] = 0x4f;
                Put(network, 2, shape.NetworkLength);
                break;
            case Defect.LongIpLength:
                Put(network, v4 ? 2 : 4, Math.Min(ushort.MaxValue, network.Length + 1 + random.Below(2000)));
                break;
            case Defect.ShortIpLength:
                Put(network, v4 ? 2 : 4, random.Below(v4 ? shape.NetworkLength : shape.NetworkLength - FlowShape.Ipv6Length + 8));
                break;
            case Defect.WrongIpv4Checksum:
                network[10] ^= (byte)(1 + random.Below(255));
                return frame.Length;
            case Defect.WrongTransportChecksum:
                transport[shape.Transport switch { Transport.Udp => 6, Transport.Tcp => 16, _ => 2 }] ^= (byte)(1 + random.Below(255));
                break;
            case Defect.WrongUdpLength:
                var longer = random.Below(2) != 0;
                Put(transport, 4, longer ? Math.Min(ushort.MaxValue, transport.Length + 1 + random.Below(2000)) : random.Below(8));
                break;
            case Defect.ShortTcpOffset:
                transport[12] = (byte)(random.Below(5) << 4);
                break;
        }
        if (v4) Reseal(network[..shape.NetworkLength]);
        return frame.Length;
    }

    static void Put(Span<byte> at, int offset, int value) => BinaryPrimitives.WriteUInt16BigEndian(at[offset..], (ushort)value);

    static void Reseal(Span<byte> header)
    {
        header.Slice(10, 2).Clear();
        Put(header, 10, InternetChecksum.Fold(InternetChecksum.Sum(header)));
    }
}
