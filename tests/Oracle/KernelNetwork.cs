using System.Globalization;
using Chainring.Kernels.Network;
using Chainring.Nic;

namespace Chainring.Tests.Oracle;

/// <summary>Gives the interfaces of <see cref="KernelPorts"/> the addresses, routes and neighbours of a card. To be used inside them.</summary>
static class KernelNetwork
{
    public static void Set(IReadOnlyList<NetworkInterface> interfaces, IReadOnlyList<Route> routes, IReadOnlyList<Neighbour> neighbours)
    {
        foreach (var port in interfaces)
        {
            string name = NameOf(port.Ifindex);
            KernelPorts.Ip($"link set {name} mtu {port.Mtu} address {new MacAddress(port.Mac)}");
            foreach (string version in new[] { "ipv4", "ipv6" })
                File.WriteAllText($"/proc/sys/net/{version}/conf/{name}/forwarding", port.Forwards ? "1" : "0");
            foreach (var address in port.Addresses) KernelPorts.Ip($"addr add {address} dev {name}{(address.Address.IsIpv6 ? " nodad" : "")}");
        }
        foreach (var route in routes) KernelPorts.Ip($"{Version(route.To.Address)} route add {TextOf(route)}");
        foreach (var neighbour in neighbours)
            KernelPorts.Ip($"{Version(neighbour.Address)} neigh add {neighbour.Address} lladdr {new MacAddress(neighbour.Mac)} dev {NameOf(neighbour.Ifindex)} nud permanent");
    }

    static string NameOf(uint ifindex) => $"port{ifindex}";

    static string Version(IpAddress address) => address.IsIpv6 ? "-6" : "-4";

    static string TextOf(Route route)
    {
        var words = new List<string> { $"{route.Kind}".ToLower(CultureInfo.InvariantCulture), $"{route.To}" };
        if (route.Via is { } via) words.Add($"via {(via.IsIpv6 && !route.To.Address.IsIpv6 ? "inet6 " : "")}{via}");
        if (route.Ifindex != 0) words.Add($"dev {NameOf(route.Ifindex)}");
        words.Add($"table {route.Table} metric {route.Metric}");
        if (route.Mtu != 0) words.Add($"mtu lock {route.Mtu}");
        if (route.Source is { } source) words.Add($"src {source}");
        return string.Join(' ', words);
    }
}
