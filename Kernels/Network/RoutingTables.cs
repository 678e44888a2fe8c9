namespace Chainring.Kernels.Network;

/// <summary>Every route and neighbour, as of one moment. Linux keeps IPv4's local routes with those of the main table, and so they are found there too.</summary>
public sealed class RoutingTables
{
    public static readonly RoutingTables Empty = new([], [], []);

    readonly Dictionary<(bool Ipv6, uint Table), RouteTable> _tables;
    readonly Dictionary<(uint Ifindex, IpAddress Address), ulong> _neighbours;
    readonly NetworkInterface[] _interfaces;

    public RoutingTables(IEnumerable<NetworkInterface> interfaces, IEnumerable<Route> routes, IEnumerable<Neighbour> neighbours)
    {
        _interfaces = [.. interfaces.OrderBy(i => i.Ifindex)];
        _tables = _interfaces.SelectMany(i => i.OwnRoutes()).Concat(routes)
            .GroupBy(r => (r.To.Address.IsIpv6, Shared(r.To.Address.IsIpv6, r.Table))).ToDictionary(g => g.Key, g => new RouteTable(g));
        _neighbours = neighbours.DistinctBy(n => (n.Ifindex, n.Address)).ToDictionary(n => (n.Ifindex, n.Address), n => n.Mac);
    }

    /// <summary>The route in a table; null if it has none.</summary>
    public Route? Find(uint table, IpAddress address, uint required = 0, uint preferred = 0) =>
        _tables.TryGetValue((address.IsIpv6, Shared(address.IsIpv6, table)), out var found) ? found.Find(address, required, preferred) : null;

    /// <summary>The route as Linux' usual rules have it: local, main, for IPv4 also default.</summary>
    public Route? Find(IpAddress address, uint required = 0, uint preferred = 0) =>
        Find(Route.LocalTable, address, required, preferred) is { } local ? local
        : address.IsIpv6 ? Find(Route.MainTable, address, required, preferred)
        : Find(Route.DefaultTable, address, required, preferred);

    public bool TryFindNeighbour(uint ifindex, IpAddress address, out ulong mac) => _neighbours.TryGetValue((ifindex, address), out mac);

    /// <summary>The address from which the host would send; null if it has none.</summary>
    public IpAddress? SourceFor(Route route, IpAddress destination) =>
        route.Source ?? (destination.IsIpv6 ? Ipv6SourceFor(route.Ifindex, destination) : Ipv4SourceFor(route));

    /// <summary>One of the interface in the next hop's network, else its first, else any (net/ipv4/devinet.c, inet_select_addr).</summary>
    IpAddress? Ipv4SourceFor(Route route)
    {
        IpAddress? near = null, far = null;
        foreach (var port in _interfaces)
        {
            for (int n = 0; n < port.Addresses.Count; n++)
            {
                var own = port.Addresses[n];
                if (own.Address.IsIpv6) continue;
                if (port.Ifindex != route.Ifindex) far ??= own.Address;
                else if (route.Via is { } via && own.Holds(via)) return own.Address;
                else near ??= own.Address;
            }
        }
        return near ?? far;
    }

    /// <summary>
    /// One of the interface if it has any; of several the one that begins most like the destination, and of equally good ones the last (RFC 6724,
    /// rules 5 and 8; net/ipv6/addrconf.c, ipv6_dev_get_saddr).
    /// </summary>
    IpAddress? Ipv6SourceFor(uint ifindex, IpAddress destination)
    {
        IpAddress? best = null;
        (bool Near, int Bits) bestScore = default;
        foreach (var port in _interfaces)
        {
            for (int n = 0; n < port.Addresses.Count; n++)
            {
                var own = port.Addresses[n];
                if (!own.Address.IsIpv6) continue;
                (bool Near, int Bits) score = (port.Ifindex == ifindex, Math.Min(own.Length, own.Address.CommonBits(destination)));
                if (best is null || score.CompareTo(bestScore) >= 0) (best, bestScore) = (own.Address, score);
            }
        }
        return best;
    }

    static uint Shared(bool ipv6, uint table) => !ipv6 && table == Route.LocalTable ? Route.MainTable : table;
}
