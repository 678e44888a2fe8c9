using System.Buffers.Binary;

namespace Chainring.Nic.Wire;

/// <summary>Ethernet, VLAN, ARP, IPv4 and IPv6 headers of a flow's frames: everything before the transport header.</summary>
static class FrameHeaders
{
    const ushort MoreFragments = 0x2000;
    const ushort DoNotFragment = 0x4000;
    const byte FragmentHeader = 44;

    /// <summary>
    /// Writes all headers up to <see cref="FlowShape.TransportOffset"/>; the frame's length is final. <paramref name="fragmentOffset"/>
    /// is in bytes, a multiple of 8.
    /// </summary>
    public static void Write(in Flow flow, uint number, Span<byte> frame, int fragmentOffset = 0, bool moreFragments = false)
    {
        var shape = flow.Shape;
        WriteLink(flow, number, frame);
        var network = frame[shape.NetworkOffset..];
        switch (shape.Network)
        {
            case Network.Arp: WriteArp(flow, number, network); break;
            case Network.Ipv4: WriteIpv4(flow, number, network, fragmentOffset, moreFragments); break;
            case Network.Ipv6: WriteIpv6(flow, number, network, fragmentOffset, moreFragments); break;
        }
    }

    public static byte ProtocolNumber(in FlowShape shape) => shape.Transport switch
    {
        Transport.Udp => 17,
        Transport.Tcp => 6,
        _ => (byte)(shape.Network == Network.Ipv4 ? 1 : 58),
    };

    /// <summary>IEEE 802.1Q-2018; the outer tag of two has the type of 802.1ad.</summary>
    static void WriteLink(in Flow flow, uint number, Span<byte> frame)
    {
        if (flow.Shape.Network == Network.Arp && IsArpRequest(number)) frame[..6].Fill(0xff);
        else Flow.WriteDestinationMac(frame);
        flow.WriteSourceMac(frame[6..]);

        var at = frame[12..];
        if (flow.Shape.Tags == 2) at = WriteTag(at, 0x88a8, flow.OuterVlan);
        if (flow.Shape.Tags >= 1) at = WriteTag(at, 0x8100, flow.InnerVlan);
        BinaryPrimitives.WriteUInt16BigEndian(at, flow.Shape.Network switch
        {
            Network.Arp => 0x0806,
            Network.Ipv4 => 0x0800,
            Network.Ipv6 => 0x86dd,
            _ => 0x88b5,
        });
    }

    static Span<byte> WriteTag(Span<byte> at, ushort type, ushort vlan)
    {
        BinaryPrimitives.WriteUInt16BigEndian(at, type);
        BinaryPrimitives.WriteUInt16BigEndian(at[2..], vlan);
        return at[FlowShape.TagLength..];
    }

    static bool IsArpRequest(uint number) => number % 2 == 0;

    /// <summary>RFC 826: requests, and replies in between.</summary>
    static void WriteArp(in Flow flow, uint number, Span<byte> arp)
    {
        ReadOnlySpan<byte> ethernetIpv4 = [0, 1, 8, 0, 6, 4, 0, (byte)(IsArpRequest(number) ? 1 : 2)];
        ethernetIpv4.CopyTo(arp);
        flow.WriteSourceMac(arp[8..]);
        flow.WriteSourceIpv4(arp[14..]);
        if (IsArpRequest(number)) arp.Slice(18, 6).Clear();
        else Flow.WriteDestinationMac(arp[18..]);
        flow.WriteDestinationIpv4(arp[24..]);
    }

    /// <summary>RFC 791; the options begin with Router Alert (RFC 2113).</summary>
    static void WriteIpv4(in Flow flow, uint number, Span<byte> packet, int fragmentOffset, bool moreFragments)
    {
        var shape = flow.Shape;
        var header = packet[..shape.NetworkLength];
        header[0] = (byte)(0x40 | header.Length / 4);
        header[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)packet.Length);
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)flow.KeyOf(number));
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], (ushort)(
            !shape.Fragmented ? DoNotFragment : fragmentOffset / 8 | (moreFragments ? MoreFragments : 0)));
        header[8] = 64;
        header[9] = ProtocolNumber(shape);
        header.Slice(10, 2).Clear();
        flow.WriteSourceIpv4(header[12..]);
        flow.WriteDestinationIpv4(header[16..]);
        if (header.Length > FlowShape.Ipv4Length)
        {
            header[FlowShape.Ipv4Length..].Fill(1);
            ReadOnlySpan<byte> routerAlert = [148, 4, 0, 0];
            routerAlert.CopyTo(header[FlowShape.Ipv4Length..]);
        }
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], InternetChecksum.Fold(InternetChecksum.Sum(header)));
    }

    /// <summary>RFC 8200. The routing header has an experimental type (253, RFC 4727) and nowhere left to go.</summary>
    static void WriteIpv6(in Flow flow, uint number, Span<byte> packet, int fragmentOffset, bool moreFragments)
    {
        var shape = flow.Shape;
        var key = flow.KeyOf(number);
        BinaryPrimitives.WriteUInt32BigEndian(packet, 0x6000_0000 | (uint)(flow.KeyOf(0) & 0xfffff));
        BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)(packet.Length - FlowShape.Ipv6Length));
        packet[7] = 64;
        flow.WriteSourceIpv6(packet[8..]);
        flow.WriteDestinationIpv6(packet[24..]);

        var next = 6;
        var at = FlowShape.Ipv6Length;
        // PadN of 4 bytes fills an options header to its 8 bytes.
        if ((shape.Extensions & Ipv6Extensions.HopByHop) != 0) Extend(packet, ref next, ref at, 0, [1, 4, 0, 0, 0, 0]);
        if ((shape.Extensions & Ipv6Extensions.Routing) != 0) Extend(packet, ref next, ref at, 43, [253, 0, 0, 0, 0, 0]);
        if (shape.Fragmented)
        {
            var offset = (ushort)(fragmentOffset | (moreFragments ? 1 : 0));
            Extend(packet, ref next, ref at, FragmentHeader,
                [(byte)(offset >> 8), (byte)offset, (byte)(key >> 24), (byte)(key >> 16), (byte)(key >> 8), (byte)key]);
        }
        if ((shape.Extensions & Ipv6Extensions.DestinationOptions) != 0) Extend(packet, ref next, ref at, 60, [1, 4, 0, 0, 0, 0]);
        packet[next] = ProtocolNumber(shape);
    }

    /// <summary>Puts a header of 8 bytes at <paramref name="at"/>, and its type in the header before it.</summary>
    static void Extend(Span<byte> packet, ref int next, ref int at, byte type, ReadOnlySpan<byte> body)
    {
        packet[next] = type;
        packet[at + 1] = 0;
        body.CopyTo(packet[(at + 2)..]);
        next = at;
        at += FlowShape.ExtensionLength;
    }
}
