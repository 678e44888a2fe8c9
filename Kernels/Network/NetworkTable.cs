namespace Chainring.Kernels.Network;

/// <summary>
/// What a card knows of the network around it. Programs see it as of one moment: the host replaces it whole. One thread changes it, any may look.
/// </summary>
public sealed class NetworkTable
{
    volatile NetworkView _current = NetworkView.Empty;
    IReadOnlyList<Route> _routes = [];
    IReadOnlyList<Neighbour> _neighbours = [];
    uint _nextSocketId;

    public NetworkView Current => _current;

    /// <summary>Adds an interface, in place of one of the same index; the routes that follow from its addresses come with it.</summary>
    public void Add(NetworkInterface added) => Replace(_current.Interfaces.With(added));

    /// <summary>The routes and neighbours there are from now on, beside what follows from addresses.</summary>
    public void Set(IReadOnlyList<Route> routes, IReadOnlyList<Neighbour> neighbours)
    {
        (_routes, _neighbours) = (routes, neighbours);
        Replace(_current.Interfaces);
    }

    /// <summary>The sockets that the host has from now on. An id is not given again before 2^24 others were.</summary>
    public void Set(IEnumerable<SocketSpec> sockets, SynCookieUse cookies) => _current = _current with
    {
        Sockets = new SocketTable([.. sockets.Select(s => new InetSocket(s, _nextSocketId++ & InetSocket.MaxId))]),
        SynCookies = cookies,
    };

    void Replace(InterfaceTable interfaces) =>
        _current = _current with { Interfaces = interfaces, Routing = new RoutingTables(interfaces.All, _routes, _neighbours) };
}

/// <summary>The network as of one moment.</summary>
public sealed record NetworkView(InterfaceTable Interfaces, RoutingTables Routing)
{
    public static readonly NetworkView Empty = new(InterfaceTable.Empty, RoutingTables.Empty);

    public SocketTable Sockets { get; init; } = SocketTable.Empty;

    public SynCookieUse SynCookies { get; init; } = SynCookieUse.WhenQueueIsFull;
}
