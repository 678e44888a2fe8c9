using System.Buffers.Binary;
using Chainring.Nic.Wire;

namespace Chainring.Tests.Nic.Wire;

/// <summary>
/// Parses frames header by header, without the generator's offsets and sums, puts fragments together, and throws at the first thing
/// that is wrong or is not what the shape says.
/// </summary>
sealed class FrameChecker
{
    readonly List<byte> _fragments = [];

    /// <summary>How many IP datagrams were complete and right.</summary>
    public int Datagrams { get; private set; }

    public void Check(byte[] frame, FlowShape shape)
    {
        var at = 12;
        ushort[] tags = shape.Tags switch { 0 => [], 1 => [0x8100], _ => [0x88a8, 0x8100] };
        foreach (var tag in tags)
        {
            Demand(Half(frame, at) == tag, "tag");
            Demand((Half(frame, at + 2) & 0xfff) is > 0 and < 4095, "VLAN");
            at += 4;
        }
        var packet = frame[(at + 2)..];
        switch (Half(frame, at))
        {
            case 0x88b5: Demand(shape.Network == Network.Plain, "EtherType"); break;
            case 0x0806: CheckArp(packet); break;
            case 0x0800: CheckIpv4(packet, shape); break;
            case 0x86dd: CheckIpv6(packet, shape); break;
            default: throw new InvalidDataException("EtherType");
        }
    }

    static void CheckArp(byte[] arp)
    {
        Demand(Convert.ToHexString(arp, 0, 7) == "00010800060400" && arp[7] is 1 or 2, "ARP header");
        Demand(arp.Length >= 28, "ARP length");
    }

    void CheckIpv4(byte[] packet, FlowShape shape)
    {
        Demand(packet[0] >> 4 == 4, "version");
        var header = (packet[0] & 15) * 4;
        Demand(header == 20 + 4 * shape.OptionWords, "IHL");
        Demand(Half(packet, 2) == packet.Length, "total length");
        Demand(Sum(packet.AsSpan(0, header)) == 0xffff, "header checksum");
        var fragment = Half(packet, 6);
        Demand((fragment & 0x4000) != 0 != shape.Fragmented, "do not fragment");
        Collect(packet[header..], (fragment & 0x1fff) * 8, (fragment & 0x2000) != 0, packet[12..20], packet[9], shape);
    }

    void CheckIpv6(byte[] packet, FlowShape shape)
    {
        Demand(packet[0] >> 4 == 6, "version");
        Demand(Half(packet, 4) == packet.Length - 40, "payload length");
        var next = packet[6];
        var at = 40;
        var (offset, more) = (0, false);
        var seen = new List<int>();
        for (; next is 0 or 43 or 44 or 60; next = packet[at], at += 8)
        {
            seen.Add(next);
            if (next == 44) (offset, more) = (Half(packet, at + 2) & 0xfff8, (packet[at + 3] & 1) != 0);
            else Demand(packet[at + 1] == 0, "extension length");
        }
        int[] wanted =
        [
            .. shape.Extensions.HasFlag(Ipv6Extensions.HopByHop) ? [0] : Array.Empty<int>(),
            .. shape.Extensions.HasFlag(Ipv6Extensions.Routing) ? [43] : Array.Empty<int>(),
            .. shape.Fragmented ? [44] : Array.Empty<int>(),
            .. shape.Extensions.HasFlag(Ipv6Extensions.DestinationOptions) ? [60] : Array.Empty<int>(),
        ];
        Demand(seen.SequenceEqual(wanted), "extension headers");
        Collect(packet[at..], offset, more, packet[8..40], next, shape);
    }

    void Collect(byte[] piece, int offset, bool more, byte[] addresses, byte protocol, FlowShape shape)
    {
        Demand(offset == _fragments.Count, "fragment offset");
        Demand(!more || piece.Length % 8 == 0, "fragment length");
        _fragments.AddRange(piece);
        if (more) return;
        CheckSegment([.. _fragments], addresses, protocol, shape);
        _fragments.Clear();
        Datagrams++;
    }

    static void CheckSegment(byte[] segment, byte[] addresses, byte protocol, FlowShape shape)
    {
        Demand(protocol == shape.Transport switch { Transport.Udp => 17, Transport.Tcp => 6, _ => addresses.Length == 8 ? 1 : 58 }, "protocol");
        Demand(segment.Length >= (protocol == 6 ? 20 : 8), "transport header");
        if (protocol == 17) Demand(Half(segment, 4) == segment.Length && Half(segment, 6) != 0, "UDP length");
        if (protocol == 6) Demand(segment[12] == 0x50, "TCP data offset");
        byte[] pseudo = protocol == 1 ? [] : [.. addresses, 0, protocol, (byte)(segment.Length >> 8), (byte)segment.Length];
        Demand(Sum([.. pseudo, .. segment]) == 0xffff, "transport checksum");
    }

    static ushort Half(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at, 2));

    /// <summary>RFC 1071, two bytes at a time with the carry added at once.</summary>
    static int Sum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0;
        for (var i = 0; i < bytes.Length; i += 2)
        {
            sum += bytes[i] << 8 | (i + 1 < bytes.Length ? bytes[i + 1] : 0);
            if (sum > 0xffff) sum -= 0xffff;
        }
        return sum;
    }

    static void Demand(bool holds, string what)
    {
        if (!holds) throw new InvalidDataException(what);
    }
}
