namespace Chainring.Kernels.Network;

/// <summary>By IP protocol numbers.</summary>
public enum SocketProtocol : byte
{
    Tcp = 6,
    Udp = 17,
}

/// <summary>By the kernel's numbers (include/net/tcp_states.h), which programs read. UDP sockets are established or closed.</summary>
public enum SocketState : byte
{
    Established = 1,
    SynSent = 2,
    FinWait1 = 4,
    FinWait2 = 5,
    TimeWait = 6,
    Close = 7,
    CloseWait = 8,
    LastAck = 9,
    Listen = 10,
    Closing = 11,
}

/// <summary>When a listening socket answers with SYN cookies (<c>net.ipv4.tcp_syncookies</c>, by its numbers).</summary>
public enum SynCookieUse : byte
{
    Never = 0,

    /// <summary>As Linux does unless told otherwise. No connection waits in a socket of a card, so its queue never is full.</summary>
    WhenQueueIsFull = 1,
    Always = 2,
}

/// <summary>A TCP or UDP socket of the host. Pure data.</summary>
public sealed record SocketSpec
{
    public required SocketProtocol Protocol { get; init; }

    /// <summary>
    /// An IPv6 address makes it an IPv6 socket: one with :: has IPv4's packets too, unless <see cref="Ipv6Only"/>, and one with
    /// ::ffff:a.b.c.d only those.
    /// </summary>
    public required IpAddress Local { get; init; }

    public required ushort LocalPort { get; init; }

    /// <summary>Of the same version as <see cref="Local"/>; null of a socket that listens, or waits for datagrams from anywhere.</summary>
    public IpAddress? Remote { get; init; }

    public ushort RemotePort { get; init; }

    public required SocketState State { get; init; }

    public bool Ipv6Only { get; init; }

    /// <summary>The only interface whose packets it gets (<c>SO_BINDTODEVICE</c>); 0 for all.</summary>
    public uint Ifindex { get; init; }

    /// <summary><c>SO_MARK</c>.</summary>
    public uint Mark { get; init; }

    /// <summary><c>SO_PRIORITY</c>.</summary>
    public uint Priority { get; init; }

    public bool IsIpv6 => Local.IsIpv6;
}
