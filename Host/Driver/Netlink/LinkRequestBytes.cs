using Chainring.Host.Driver.Emulated;

namespace Chainring.Host.Driver.Netlink;

/// <summary>Requests about links as clients write them.</summary>
public static class LinkRequestBytes
{
    const ushort Nested = 0x8000;

    /// <summary>RTM_SETLINK with IFLA_XDP, as libbpf sends it.</summary>
    /// <param name="fd">The program's descriptor; -1 to take it away.</param>
    /// <param name="expectedFd">IFLA_XDP_EXPECTED_FD; null to leave it out, and so for the rest.</param>
    /// <param name="end">The descriptor of the last program, and its codes that become PASS.</param>
    public static byte[] SetXdp(int ifindex, int fd, XdpFlags flags, int? expectedFd = null, int? chainFd = null, ulong? expectedRevision = null, (int Fd, uint Actions)? end = null)
    {
        var message = Begin(LinkRequests.SetLink, NetlinkHeader.Request | NetlinkHeader.Acknowledge, ifindex);
        message.BeginNest(LinkAttribute.Xdp | Nested);
        message.Attribute(XdpAttribute.Fd, fd);
        if (flags != XdpFlags.None) message.Attribute(XdpAttribute.Flags, (uint)flags);
        if (expectedFd is { } expected) message.Attribute(XdpAttribute.ExpectedFd, expected);
        if (chainFd is { } chain) message.Attribute(ChainUapi.MapFdAttribute, chain);
        if (expectedRevision is { } revision) message.Attribute(ChainUapi.ExpectedRevisionAttribute, revision);
        if (end is { } last) message.Attribute(ChainUapi.EndAttribute, [.. BitConverter.GetBytes(last.Fd), .. BitConverter.GetBytes(last.Actions)]);
        message.EndNest();
        return message.Finish();
    }

    /// <summary>RTM_GETLINK for one device.</summary>
    public static byte[] Get(int ifindex) => Begin(LinkRequests.GetLink, NetlinkHeader.Request, ifindex).Finish();

    static NetlinkWriter Begin(ushort type, ushort flags, int ifindex)
    {
        var message = NetlinkWriter.Begin(type, flags, sequence: 1, portId: 0);
        message.Put(0u);
        message.Put(ifindex);
        message.Put(0u);
        message.Put(0u);
        return message;
    }
}
