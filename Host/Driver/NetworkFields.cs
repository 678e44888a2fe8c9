using System.Globalization;
using Chainring.Kernels.Network;
using Chainring.Nic;

namespace Chainring.Host.Driver;

/// <summary>Reads what a card file says of the network around a card.</summary>
/// <remarks><code>
/// routes:
///   - to: 10.2.0.0/16                  # or default (IPv4) or default6
///     via: 10.0.1.2                    # the next hop; without one, destinations are on the link
///     port: eth0                       # if not given, the one with an address in the network of via
///     kind: unicast                    # or blackhole, unreachable, prohibit: then without via and port
///     table: 254                       # main
///     metric: 0                        # of IPv6 1024 if not given
///     mtu: 1400                        # instead of the port's, as Linux' mtu lock
///     source: 10.0.1.1                 # the address that the host prefers
/// neighbours:
///   - { address: 10.0.1.2, mac: 02:00:00:00:00:99, port: eth0 }       # port as for routes
/// </code></remarks>
sealed class NetworkFields(IReadOnlyList<PortSpec> ports)
{
    const uint UsualIpv6Metric = 1024;

    static readonly string[] Kinds = ["unicast", "blackhole", "unreachable", "prohibit"];

    static readonly RouteKind[] KindOf = [RouteKind.Unicast, RouteKind.Blackhole, RouteKind.Unreachable, RouteKind.Prohibit];

    /// <summary>A port's addresses, each with the length of its network.</summary>
    public static IReadOnlyList<IpPrefix> Addresses(YamlFields port)
    {
        if (port.List("addresses") is not { } texts) return [];
        var addresses = new List<IpPrefix>();
        foreach (string text in texts)
        {
            if (IpPrefix.TryParse(text, out var address)) addresses.Add(address);
            else port.Fail(YamlError.WrongShape(port.At("addresses"), "'addresses'", "a list such as [10.0.1.1/24, 2001:db8:1::1/64]"));
        }
        return addresses;
    }

    public IReadOnlyList<Route> Routes(YamlFields top)
    {
        var routes = new List<Route>();
        foreach (var fields in top.Items("routes", "{ to: 10.2.0.0/16, via: 10.0.1.2 }"))
        {
            routes.Add(ReadRoute(fields));
            top.Take(fields);
        }
        return routes;
    }

    public IReadOnlyList<Neighbour> Neighbours(YamlFields top)
    {
        var neighbours = new List<Neighbour>();
        foreach (var fields in top.Items("neighbours", "{ address: 10.0.1.2, mac: 02:00:00:00:00:99 }"))
        {
            fields.Only("address", "mac", "port");
            var address = Address(fields, "address");
            if (address is null) fields.Fail(YamlError.MissingKey(fields.Mapping.Where, "address"));
            if (!MacAddress.TryParse(fields.Text("mac") ?? "", out var mac))
                fields.Fail(YamlError.WrongShape(fields.At("mac"), "'mac'", "an Ethernet address such as 02:00:00:00:00:01"));
            neighbours.Add(new(PortOf(fields, address), address ?? default, mac.Value));
            top.Take(fields);
        }
        return neighbours;
    }

    Route ReadRoute(YamlFields route)
    {
        route.Only("to", "via", "port", "kind", "table", "metric", "mtu", "source");
        var to = Destination(route);
        var (via, source) = (Address(route, "via"), Address(route, "source"));
        var kind = KindOf[route.Word("kind", Kinds) ?? 0];
        foreach (var (key, address) in new[] { ("via", via), ("source", source) })
        {
            // An IPv4 route may have an IPv6 next hop.
            if (address is { } given && given.IsIpv6 != to.Address.IsIpv6 && (key == "source" || to.Address.IsIpv6))
                route.Fail(CardFileError.OtherVersion(route.At(key), $"{given}", $"{to}"));
        }
        foreach (string key in new[] { "via", "port" })
        {
            if (kind != RouteKind.Unicast && route.Has(key)) route.Fail(YamlError.UnknownKey(route.At(key), key, ["to", "kind", "table", "metric"]));
        }
        return new()
        {
            To = to,
            Kind = kind,
            Via = via,
            Ifindex = kind == RouteKind.Unicast ? PortOf(route, via) : 0,
            Table = route.Number("table", Route.MainTable, 1u, uint.MaxValue),
            Metric = route.Number("metric", to.Address.IsIpv6 ? UsualIpv6Metric : 0, 0u, uint.MaxValue),
            Mtu = route.Number("mtu", 0, 68, ushort.MaxValue),
            Source = source,
        };
    }

    static IpPrefix Destination(YamlFields route)
    {
        string? text = route.Text("to");
        if (text is null) route.Fail(YamlError.MissingKey(route.Mapping.Where, "to"));
        if (IpPrefix.TryParse(text switch { "default" => "0.0.0.0/0", "default6" => "::/0", _ => text ?? "" }, out var to)) return to;
        route.Fail(YamlError.WrongShape(route.At("to"), "'to'", "a prefix such as 10.2.0.0/16, default or default6"));
        return default;
    }

    static IpAddress? Address(YamlFields fields, string key)
    {
        if (fields.Text(key) is not { } text) return null;
        if (IpAddress.TryParse(text, out var address)) return address;
        fields.Fail(YamlError.WrongShape(fields.At(key), $"'{key}'", "an IP address"));
        return null;
    }

    /// <summary>The interface of the port that is named, or that has an address in the network of another.</summary>
    uint PortOf(YamlFields fields, IpAddress? address)
    {
        PortSpec? port;
        if (fields.Text("port") is { } name)
        {
            port = ports.FirstOrDefault(p => p.Config.Name == name);
            if (port is null) fields.Fail(CardFileError.NoSuchPort(fields.At("port"), name, ports.Select(p => p.Config.Name)));
        }
        else
        {
            port = address is { } known ? ports.FirstOrDefault(p => p.Config.Addresses.Any(a => a.Holds(known))) : null;
            if (port is null) fields.Fail(CardFileError.WhichPort(fields.Mapping.Where, address is null ? "the destination" : string.Create(CultureInfo.InvariantCulture, $"{address}")));
        }
        return port?.Ifindex ?? 0;
    }
}
