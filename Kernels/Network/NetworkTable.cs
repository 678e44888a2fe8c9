namespace Chainring.Kernels.Network;

/// <summary>
/// What a card knows of the network around it. Programs see it as of one moment: the host replaces it whole. One thread changes it, any may look.
/// </summary>
public sealed class NetworkTable
{
    volatile NetworkView _current = NetworkView.Empty;
    IReadOnlyList<Route> _routes = [];
    IReadOnlyList<Neighbour> _neighbours = [];

    public NetworkView Current => _current;

    /// <summary>Adds an interface, in place of one of the same index; the routes that follow from its addresses come with it.</summary>
    public void Add(NetworkInterface added) => Replace(_current.Interfaces.With(added));

    /// <summary>The routes and neighbours there are from now on, beside what follows from addresses.</summary>
    public void Set(IReadOnlyList<Route> routes, IReadOnlyList<Neighbour> neighbours)
    {
        (_routes, _neighbours) = (routes, neighbours);
        Replace(_current.Interfaces);
    }

    void Replace(InterfaceTable interfaces) => _current = new NetworkView(interfaces, new RoutingTables(interfaces.All, _routes, _neighbours));
}

/// <summary>The network as of one moment.</summary>
public sealed record NetworkView(InterfaceTable Interfaces, RoutingTables Routing)
{
    public static readonly NetworkView Empty = new(InterfaceTable.Empty, RoutingTables.Empty);
}
