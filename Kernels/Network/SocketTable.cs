namespace Chainring.Kernels.Network;

/// <summary>
/// The host's sockets by the packets that they get; immutable. A look allocates nothing. Connections come first, then sockets with the packet's own
/// address, then those with any; of equal ones that of the packet's interface (net/ipv4/inet_hashtables.c, net/ipv4/udp.c).
/// </summary>
public sealed class SocketTable
{
    public static readonly SocketTable Empty = new([]);

    readonly record struct Place(SocketProtocol Protocol, IpAddress Local, ushort Port);

    readonly record struct Connection(Place Local, IpAddress Remote, ushort RemotePort);

    /// <summary>Each list has what comes first in a lookup first.</summary>
    readonly Dictionary<Connection, InetSocket[]> _connections;
    readonly Dictionary<Place, InetSocket[]> _waiting;

    public SocketTable(IReadOnlyList<InetSocket> sockets)
    {
        _connections = Index(sockets.Where(s => s.Spec.Remote is not null), s => ConnectionsOf(s.Spec));
        _waiting = Index(sockets.Where(s => s.Spec.Remote is null), s => PlacesOf(s.Spec));
    }

    /// <summary>The socket that a packet would be given to; null if there is none.</summary>
    /// <param name="ifindex">Where the packet came in.</param>
    public InetSocket? Find(SocketProtocol protocol, IpAddress source, ushort sourcePort, IpAddress destination, ushort port, uint ifindex)
    {
        var place = new Place(protocol, destination, port);
        return First(_connections, new(place, source, sourcePort), ifindex)
            ?? First(_waiting, place, ifindex)
            ?? First(_waiting, place with { Local = new(0, destination.IsIpv6) }, ifindex);
    }

    /// <summary>Whether there is a packet for which a lookup could not tell two sockets apart.</summary>
    public static bool Collide(SocketSpec one, SocketSpec other)
    {
        if ((one.Remote is null) != (other.Remote is null)) return false;
        // Listeners without an interface and with one are kept apart by who came first, if Linux admits them at all.
        bool listening = one.State == SocketState.Listen;
        if (one.Ifindex != other.Ifindex && !(listening && (one.Ifindex == 0 || other.Ifindex == 0))) return false;
        if (one.Protocol == SocketProtocol.Udp && one.IsIpv6 != other.IsIpv6) return false;
        return one.Remote is null ? PlacesOf(one).Intersect(PlacesOf(other)).Any() : ConnectionsOf(one).Intersect(ConnectionsOf(other)).Any();
    }

    static InetSocket? First<TKey>(Dictionary<TKey, InetSocket[]> sockets, TKey key, uint ifindex) where TKey : notnull
    {
        if (!sockets.TryGetValue(key, out var candidates)) return null;
        foreach (var socket in candidates)
        {
            if (socket.Spec.Ifindex == 0 || socket.Spec.Ifindex == ifindex) return socket;
        }
        return null;
    }

    static Dictionary<TKey, InetSocket[]> Index<TKey>(IEnumerable<InetSocket> sockets, Func<InetSocket, IEnumerable<TKey>> keys) where TKey : notnull => sockets
        .SelectMany(s => keys(s).Select(key => (Key: key, Socket: s))).GroupBy(s => s.Key, s => s.Socket)
        .ToDictionary(g => g.Key, g => g.OrderByDescending(s => s.Spec.Ifindex != 0).ThenBy(s => s.Spec.IsIpv6).ToArray());

    static IEnumerable<Connection> ConnectionsOf(SocketSpec socket)
    {
        var remote = socket.Remote!.Value;
        return PlacesOf(socket).Select(place => new Connection(place, place.Local.IsIpv6 == remote.IsIpv6 ? remote : remote.Unmapped, socket.RemotePort));
    }

    /// <summary>Where packets find a socket: one with a mapped address in both versions of IP, but for connections of TCP.</summary>
    static IEnumerable<Place> PlacesOf(SocketSpec socket)
    {
        var local = socket.Local;
        bool onlyIpv4 = local.IsMapped && socket.Protocol == SocketProtocol.Tcp && socket.Remote is not null;
        if (!onlyIpv4) yield return new(socket.Protocol, local, socket.LocalPort);
        if (local.IsMapped) yield return new(socket.Protocol, local.Unmapped, socket.LocalPort);
        if (local.IsIpv6 && local.IsAny && !socket.Ipv6Only) yield return new(socket.Protocol, default, socket.LocalPort);
    }
}
