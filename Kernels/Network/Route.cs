namespace Chainring.Kernels.Network;

/// <summary>What becomes of packets that take a route (<c>RTN_*</c>).</summary>
public enum RouteKind : byte
{
    /// <summary>They are forwarded.</summary>
    Unicast,

    /// <summary>They are for the host: one of its addresses, a broadcast, an anycast.</summary>
    Local,
    Blackhole,
    Unreachable,
    Prohibit,
}

/// <summary>A way to a prefix.</summary>
public sealed record Route
{
    public const uint DefaultTable = 253, MainTable = 254, LocalTable = 255;

    public required IpPrefix To { get; init; }

    public RouteKind Kind { get; init; }

    /// <summary>The interface it leads out of; 0 for a route that leads nowhere.</summary>
    public uint Ifindex { get; init; }

    /// <summary>The next hop; null where the destination itself is on the link. That of an IPv4 route may be an IPv6 address.</summary>
    public IpAddress? Via { get; init; }

    public uint Table { get; init; } = MainTable;

    /// <summary>Of several routes to one prefix the lowest is taken.</summary>
    public uint Metric { get; init; }

    /// <summary>A locked MTU (<c>mtu lock N</c>); 0 for that of the interface.</summary>
    public int Mtu { get; init; }

    /// <summary>The source address that the host prefers; null for one of the interface's.</summary>
    public IpAddress? Source { get; init; }
}

/// <summary>The Ethernet address of a neighbour on a link; permanent.</summary>
public sealed record Neighbour(uint Ifindex, IpAddress Address, ulong Mac);
