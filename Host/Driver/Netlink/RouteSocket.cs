using Chainring.Host.Driver.Emulated;
using Chainring.Kernels;

namespace Chainring.Host.Driver.Netlink;

/// <summary>A socket of NETLINK_ROUTE: RTM_NEWLINK and RTM_SETLINK, RTM_GETLINK for one device or for all, and the group that hears of links.</summary>
public sealed class RouteSocket : NetlinkSocket, IDisposable
{
    /// <summary>RTNLGRP_LINK.</summary>
    public const int LinkGroup = 1;

    const uint SkipStatistics = 8;

    readonly LinkRequests _links;
    readonly bool _mayAdminister;
    bool _hearsOfLinks;

    internal RouteSocket(EmulatedProcess process, uint portId) : base(process, portId)
    {
        (_links, _mayAdminister) = (new(process), process.MayAdministerNet);
        process.Host.LinkChanged += Hear;
    }

    /// <summary>NETLINK_ADD_MEMBERSHIP.</summary>
    public void Join(int group) => _hearsOfLinks |= group == LinkGroup;

    /// <summary>NETLINK_DROP_MEMBERSHIP.</summary>
    public void Leave(int group) => _hearsOfLinks &= group != LinkGroup;

    public void Dispose() => Process.Host.LinkChanged -= Hear;

    private protected override Answer Carry(in NetlinkHeader header, ReadOnlySpan<byte> body, ref bool wantsAck) => header.Type switch
    {
        // Whoever opened the socket must have been allowed to as well.
        LinkRequests.NewLink or LinkRequests.SetLink => _mayAdminister ? _links.Set(header.Type, body) : new(Errno.NotPermitted),
        LinkRequests.GetLink when (header.Flags & NetlinkHeader.Dump) == NetlinkHeader.Dump => Dump(header, body, ref wantsAck),
        LinkRequests.GetLink => Get(header, body),
        _ => new(Errno.OperationNotSupported),
    };

    Answer Get(in NetlinkHeader header, ReadOnlySpan<byte> body)
    {
        if (body.Length < LinkRequests.InfoBytes) return new(Errno.Invalid);
        if (_links.Find(body, Errno.Invalid, out var device) is { IsOk: false } absent) return absent;
        Answer(LinkMessage.Of(device!, LinkRequests.NewLink, 0, header.Sequence, PortId, WithStatistics(body)));
        return Emulated.Answer.Ok;
    }

    Answer Dump(in NetlinkHeader header, ReadOnlySpan<byte> body, ref bool wantsAck)
    {
        wantsAck = false;
        var all = new List<byte>();
        foreach (var device in Process.Host.DevicesOf(Process.Namespace))
            all.AddRange(LinkMessage.Of(device, LinkRequests.NewLink, NetlinkHeader.Multi, header.Sequence, PortId, WithStatistics(body)));
        Answer([.. all]);
        AnswerDone(header);
        return Emulated.Answer.Ok;
    }

    static bool WithStatistics(ReadOnlySpan<byte> body)
    {
        if (body.Length < LinkRequests.InfoBytes) return true;
        var attributes = new NetlinkAttributes(body[LinkRequests.InfoBytes..]);
        while (attributes.Next())
        {
            if (attributes.Type == LinkAttribute.ExtensionMask && attributes.Payload.Length >= sizeof(uint))
                return (BitConverter.ToUInt32(attributes.Payload) & SkipStatistics) == 0;
        }
        return true;
    }

    void Hear(NetDevice device, bool isThere)
    {
        if (!_hearsOfLinks || device.Namespace != Process.Namespace) return;
        Answer(LinkMessage.Of(device, isThere ? LinkRequests.NewLink : LinkRequests.DelLink, 0, 0, 0, withStats: true));
    }
}
