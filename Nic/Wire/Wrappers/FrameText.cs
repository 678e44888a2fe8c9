using System.Buffers.Binary;

namespace Chainring.Nic.Wire.Wrappers;

/// <summary>
/// A frame in half a line, in the manner of tcpdump -n; <c>[|ip]</c> is where the frame ends too early. Lengths are those of what
/// follows the headers that the line has named. Reads nothing beyond the frame, whatever its fields say.
/// </summary>
static class FrameText
{
    public const int MaxLength = 256;

    const int Tcp = 6, Udp = 17, Icmp = 1, Icmp6 = 58;

    public static void Write(ReadOnlySpan<byte> frame, ref TextLine line)
    {
        int at = 12;
        int type = Half(frame, at);
        while (type is 0x8100 or 0x88a8)
        {
            int tag = Half(frame, at + 2);
            if (tag < 0) break;
            line.Add("vlan ");
            line.Add(tag & 0xfff);
            line.Add(", ");
            type = Half(frame, at += 4);
        }
        var rest = frame[Math.Min(frame.Length, at + 2)..];
        switch (type)
        {
            case < 0:
                Cut("ether", ref line);
                break;
            case 0x0800:
                Ipv4(rest, ref line);
                break;
            case 0x86dd:
                Ipv6(rest, ref line);
                break;
            case 0x0806:
                Arp(rest, ref line);
                break;
            default:
                line.Add("ethertype 0x");
                line.Add(type, "x4");
                Length(frame.Length, ref line);
                break;
        }
    }

    static void Arp(ReadOnlySpan<byte> arp, ref TextLine line)
    {
        line.Add("ARP, ");
        if (arp.Length < FlowShape.ArpLength)
        {
            Cut("arp", ref line);
            return;
        }
        switch (Half(arp, 6))
        {
            case 1:
                line.Add("Request who-has ");
                Address(arp.Slice(24, 4), ref line);
                line.Add(" tell ");
                Address(arp.Slice(14, 4), ref line);
                break;
            case 2:
                line.Add("Reply ");
                Address(arp.Slice(14, 4), ref line);
                line.Add(" is-at ");
                Mac(arp.Slice(8, 6), ref line);
                break;
            default:
                line.Add("operation ");
                line.Add(Half(arp, 6));
                break;
        }
        Length(arp.Length, ref line);
    }

    static void Ipv4(ReadOnlySpan<byte> packet, ref TextLine line)
    {
        line.Add("IP ");
        int header = packet.IsEmpty ? 0 : (packet[0] & 0xf) * 4;
        if (packet.Length < FlowShape.Ipv4Length || header < FlowShape.Ipv4Length || header > packet.Length)
        {
            Cut("ip", ref line);
            return;
        }
        int fragment = Half(packet, 6);
        var rest = packet[header..Math.Clamp(Half(packet, 2), header, packet.Length)];
        Carried(packet.Slice(12, 4), packet.Slice(16, 4), packet[9], (fragment & 0x1fff) * 8, (fragment & 0x2000) != 0, rest, ref line);
    }

    static void Ipv6(ReadOnlySpan<byte> packet, ref TextLine line)
    {
        line.Add("IP6 ");
        if (packet.Length < FlowShape.Ipv6Length)
        {
            Cut("ip6", ref line);
            return;
        }
        int next = packet[6], offset = 0;
        bool more = false;
        var rest = packet[FlowShape.Ipv6Length..Math.Min(packet.Length, FlowShape.Ipv6Length + Half(packet, 4))];
        // Hop-by-hop options, routing, fragment, destination options (RFC 8200 section 4).
        while (next is 0 or 43 or 44 or 60 && rest.Length >= 8)
        {
            int length = next == 44 ? 8 : 8 * (rest[1] + 1);
            if (next == 44) (offset, more) = (Half(rest, 2) & 0xfff8, (rest[3] & 1) != 0);
            next = rest[0];
            rest = rest[Math.Min(length, rest.Length)..];
            if (offset > 0) break;
        }
        Carried(packet.Slice(8, 16), packet.Slice(24, 16), next, offset, more, rest, ref line);
    }

    static void Carried(
        ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination, int protocol, int offset, bool more, ReadOnlySpan<byte> rest,
        ref TextLine line)
    {
        bool first = offset == 0;
        bool ports = first && protocol is Tcp or Udp && rest.Length >= 4;
        Endpoint(source, ports ? Half(rest, 0) : -1, ref line);
        line.Add(" > ");
        Endpoint(destination, ports ? Half(rest, 2) : -1, ref line);
        line.Add(": ");
        if (!first || more)
        {
            line.Add("frag ");
            line.Add(offset);
            line.Add(more ? "+ " : " ");
        }
        int header = 0;
        if (first && protocol == Udp) header = UdpHeader(rest, ref line);
        else if (first && protocol == Tcp) header = TcpHeader(rest, ref line);
        else if (first && protocol is Icmp or Icmp6) header = IcmpHeader(rest, protocol, ref line);
        else
        {
            line.Add("protocol ");
            line.Add(protocol);
        }
        if (header >= 0) Length(rest.Length - header, ref line);
    }

    static int UdpHeader(ReadOnlySpan<byte> datagram, ref TextLine line)
    {
        if (datagram.Length < 8) return Cut("udp", ref line);
        line.Add("UDP");
        return 8;
    }

    static int TcpHeader(ReadOnlySpan<byte> segment, ref TextLine line)
    {
        int header = segment.Length < 20 ? 0 : (segment[12] >> 4) * 4;
        if (header < 20 || header > segment.Length) return Cut("tcp", ref line);
        line.Add("Flags [");
        if ((segment[13] & 0x3f) == 0) line.Add("none");
        for (int bit = 0; bit < 6; bit++)
            if ((segment[13] >> bit & 1) != 0) line.Add("FSRP.U".AsSpan(bit, 1));
        line.Add("]");
        return header;
    }

    static int IcmpHeader(ReadOnlySpan<byte> message, int protocol, ref TextLine line)
    {
        if (message.Length < 4) return Cut("icmp", ref line);
        line.Add(protocol == Icmp ? "ICMP " : "ICMP6 ");
        string? name = (protocol, message[0]) switch
        {
            (Icmp, 8) or (Icmp6, 128) => "echo request",
            (Icmp, 0) or (Icmp6, 129) => "echo reply",
            _ => null,
        };
        if (name is not null)
        {
            line.Add(name);
            return 0;
        }
        line.Add("type ");
        line.Add(message[0]);
        line.Add(" code ");
        line.Add(message[1]);
        return 0;
    }

    static void Endpoint(ReadOnlySpan<byte> address, int port, ref TextLine line)
    {
        Address(address, ref line);
        if (port < 0) return;
        line.Add(".");
        line.Add(port);
    }

    static void Address(ReadOnlySpan<byte> address, ref TextLine line)
    {
        if (address.Length == 16)
        {
            Address6(address, ref line);
            return;
        }
        for (int i = 0; i < 4; i++)
        {
            if (i > 0) line.Add(".");
            line.Add(address[i]);
        }
    }

    /// <summary>RFC 5952: the first of the longest runs of zeros, if it has two groups or more, is <c>::</c>.</summary>
    static void Address6(ReadOnlySpan<byte> address, ref TextLine line)
    {
        int from = 8, length = 1;
        for (int at = 0, run = 0; at < 8; at++)
        {
            run = Half(address, 2 * at) == 0 ? run + 1 : 0;
            if (run > length) (from, length) = (at + 1 - run, run);
        }
        for (int at = 0; at < 8; at++)
        {
            if (at == from)
            {
                line.Add("::");
                at += length - 1;
                continue;
            }
            if (at > 0 && at != from + length) line.Add(":");
            line.Add(Half(address, 2 * at), "x");
        }
    }

    static void Mac(ReadOnlySpan<byte> mac, ref TextLine line)
    {
        for (int i = 0; i < mac.Length; i++)
        {
            if (i > 0) line.Add(":");
            line.Add(mac[i], "x2");
        }
    }

    static void Length(int length, ref TextLine line)
    {
        line.Add(", length ");
        line.Add(length);
    }

    static int Cut(ReadOnlySpan<char> what, ref TextLine line)
    {
        line.Add("[|");
        line.Add(what);
        line.Add("]");
        return -1;
    }

    /// <summary>A big-endian field, or -1 if the frame ends before it does.</summary>
    static int Half(ReadOnlySpan<byte> bytes, int at) => at + 2 <= bytes.Length ? BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]) : -1;
}
