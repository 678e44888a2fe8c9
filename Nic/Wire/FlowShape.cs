namespace Chainring.Nic.Wire;

/// <summary>What follows the Ethernet header and the VLAN tags.</summary>
public enum Network { Plain, Arp, Ipv4, Ipv6 }

/// <summary>What an IP packet carries. <see cref="Icmp"/> is an echo request; over IPv6, an ICMPv6 one.</summary>
public enum Transport { Udp, Tcp, Icmp }

/// <summary>IPv6 extension headers of 8 bytes each, in the order in which RFC 8200 section 4.1 wants them.</summary>
[Flags]
public enum Ipv6Extensions { None = 0, HopByHop = 1, Routing = 2, DestinationOptions = 4 }

/// <summary>
/// Which headers the frames of a flow have.
/// <code>
/// ┌──────────┬──────────────┬──────────────────────┬──────────────────────────────┬───────────┬─────────┐
/// │ Ethernet │ Tags × 4     │ ARP 28, IPv4 20 or   │ IPv4: OptionWords × 4        │ transport │ payload │
/// │ 14       │ 0, 1 or 2    │ IPv6 40              │ IPv6: extensions, 8 each     │ 8 or 20   │         │
/// └──────────┴──────────────┴──────────────────────┴──────────────────────────────┴───────────┴─────────┘
/// </code>
/// </summary>
/// <param name="Network"><see cref="Network.Plain"/> has EtherType 0x88b5, which IEEE 802 leaves to local experiments.</param>
/// <param name="Transport">Of IP only.</param>
/// <param name="Tags">1 is an 802.1Q tag; 2 is an 802.1ad tag before it (QinQ).</param>
/// <param name="OptionWords">IPv4 options, 0 to 10 words of 4 bytes: Router Alert, then no-operations.</param>
/// <param name="Extensions">Of IPv6 only.</param>
/// <param name="Fragmented">Every datagram goes out in three fragments, one frame each, one after the other.</param>
public readonly record struct FlowShape(
    Network Network,
    Transport Transport = Transport.Udp,
    int Tags = 0,
    int OptionWords = 0,
    Ipv6Extensions Extensions = Ipv6Extensions.None,
    bool Fragmented = false)
{
    public const int EthernetLength = 14;
    public const int TagLength = 4;
    public const int ArpLength = 28;
    public const int Ipv4Length = 20;
    public const int Ipv6Length = 40;
    public const int ExtensionLength = 8;

    public bool IsIp => Network is Network.Ipv4 or Network.Ipv6;

    public int NetworkOffset => EthernetLength + Tags * TagLength;

    public int NetworkLength => Network switch
    {
        Network.Plain => 0,
        Network.Arp => ArpLength,
        Network.Ipv4 => Ipv4Length + 4 * OptionWords,
        _ => Ipv6Length + ExtensionLength * (int.PopCount((int)Extensions) + (Fragmented ? 1 : 0)),
    };

    public int TransportOffset => NetworkOffset + NetworkLength;

    public int TransportLength => !IsIp ? 0 : Transport == Transport.Tcp ? 20 : 8;

    /// <summary>All headers and no payload: a frame of this flow cannot be shorter.</summary>
    public int ShortestFrame => TransportOffset + TransportLength;
}
