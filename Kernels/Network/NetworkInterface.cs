namespace Chainring.Kernels.Network;

/// <summary>A port as programs can ask for it.</summary>
/// <param name="Mac">Its Ethernet address, the first byte the highest of the six.</param>
public sealed record NetworkInterface(uint Ifindex, int Mtu, ulong Mac)
{
    /// <summary>Links with less are none for IPv6 (RFC 8200, section 5).</summary>
    public const int MinIpv6Mtu = 1280;

    /// <summary>Its addresses with their networks, the first of each network its primary one.</summary>
    public IReadOnlyList<IpPrefix> Addresses { get; init; } = [];

    /// <summary>Packets that come in here may be forwarded (<c>net.ipv4.conf.PORT.forwarding</c>, and that of IPv6).</summary>
    public bool Forwards { get; init; } = true;

    public bool ForwardsIpv6 => Forwards && Mtu >= MinIpv6Mtu;

    /// <summary>The routes that follow from its addresses, as Linux makes them.</summary>
    public IEnumerable<Route> OwnRoutes()
    {
        foreach (var own in Addresses)
        {
            var address = own.Address;
            var network = new IpAddress(own.Network, address.IsIpv6);
            yield return Local(address);
            // IPv4's last address of a network is its broadcast; IPv6's first that of any router on it.
            if (!address.IsIpv6 && own.Length < 31) yield return Local(new(network.Bits | (~IpPrefix.MaskOf(own.Length) & IpPrefix.MaskOf(address.Width)), false));
            if (address.IsIpv6 && Forwards && own.Length < 127 && network != address) yield return Local(network);
            if (own.Length < address.Width || address.IsIpv6)
                yield return new Route { To = new(network, own.Length), Ifindex = Ifindex, Source = address.IsIpv6 ? null : address, Metric = address.IsIpv6 ? 256u : 0 };
        }
    }

    Route Local(IpAddress address) => new() { To = new(address, address.Width), Kind = RouteKind.Local, Ifindex = Ifindex, Table = Route.LocalTable };
}
