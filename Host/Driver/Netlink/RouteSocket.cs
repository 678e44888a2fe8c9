using System.Text;
using Chainring.Host.Driver.Emulated;
using Chainring.Kernels;

namespace Chainring.Host.Driver.Netlink;

/// <summary>
/// A socket of NETLINK_ROUTE of an emulated process: bytes in, bytes out. What is sent is carried out before <see cref="Send"/> returns.
/// </summary>
public sealed class RouteSocket : IDisposable
{
    /// <summary>RTNLGRP_LINK.</summary>
    public const int LinkGroup = 1;

    const uint SkipStatistics = 8;

    readonly EmulatedProcess _process;
    readonly LinkRequests _links;
    readonly Queue<byte[]> _datagrams = new();
    bool _hearsOfLinks;

    internal RouteSocket(EmulatedProcess process, uint portId)
    {
        (_process, PortId, _links) = (process, portId, new(process));
        MayAdminister = process.MayAdministerNet;
        process.Host.LinkChanged += Hear;
    }

    /// <summary>Its address: what answers bear.</summary>
    public uint PortId { get; }

    /// <summary>NETLINK_EXT_ACK: errors come with a sentence.</summary>
    public bool ExtendedAck { get; set; }

    /// <summary>NETLINK_CAP_ACK: errors come without the body of the request.</summary>
    public bool CappedAck { get; set; }

    /// <summary>Whoever opened it was allowed to change devices.</summary>
    bool MayAdminister { get; }

    /// <summary>NETLINK_ADD_MEMBERSHIP.</summary>
    public void Join(int group) => _hearsOfLinks |= group == LinkGroup;

    /// <summary>NETLINK_DROP_MEMBERSHIP.</summary>
    public void Leave(int group) => _hearsOfLinks &= group != LinkGroup;

    /// <summary>Datagrams that wait to be received.</summary>
    public int Waiting => _datagrams.Count;

    /// <summary>The next datagram; null if none waits.</summary>
    public byte[]? Receive()
    {
        lock (_process.Host.Rtnl) return _datagrams.TryDequeue(out byte[]? next) ? next : null;
    }

    /// <summary>One or several messages; those that are cut short end what is done.</summary>
    public void Send(ReadOnlySpan<byte> datagram)
    {
        lock (_process.Host.Rtnl)
        {
            while (datagram.Length >= NetlinkHeader.Bytes)
            {
                var header = NetlinkHeader.Read(datagram);
                if (header.Length < NetlinkHeader.Bytes || header.Length > datagram.Length) return;
                var message = datagram[..header.Length];
                Deal(header, message);
                datagram = datagram[Math.Min(NetlinkHeader.Align(header.Length), datagram.Length)..];
            }
        }
    }

    public void Dispose() => _process.Host.LinkChanged -= Hear;

    void Deal(in NetlinkHeader header, ReadOnlySpan<byte> message)
    {
        if ((header.Flags & NetlinkHeader.Request) == 0) return;
        bool wantsAck = (header.Flags & NetlinkHeader.Acknowledge) != 0;
        if (header.Type < NetlinkHeader.FirstOfFamily)
        {
            if (wantsAck) Acknowledge(header, message, Answer.Ok);
            return;
        }
        var body = message[NetlinkHeader.Bytes..];
        var answer = header.Type switch
        {
            LinkRequests.NewLink or LinkRequests.SetLink => MayAdminister ? _links.Set(header.Type, body) : new(Errno.NotPermitted),
            LinkRequests.GetLink => Get(header, body, ref wantsAck),
            _ => new(Errno.OperationNotSupported),
        };
        if (!answer.IsOk || wantsAck) Acknowledge(header, message, answer);
    }

    Answer Get(in NetlinkHeader header, ReadOnlySpan<byte> body, ref bool wantsAck)
    {
        if ((header.Flags & NetlinkHeader.Dump) == NetlinkHeader.Dump)
        {
            Dump(header, WithStatistics(body));
            wantsAck = false;
            return Answer.Ok;
        }
        if (body.Length < LinkRequests.InfoBytes) return new(Errno.Invalid);
        if (_links.Find(body, Errno.Invalid, out var device) is { IsOk: false } absent) return absent;
        _datagrams.Enqueue(LinkMessage.Of(device!, LinkRequests.NewLink, 0, header.Sequence, PortId, WithStatistics(body)));
        return Answer.Ok;
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

    void Dump(in NetlinkHeader header, bool withStatistics)
    {
        var all = new List<byte>();
        foreach (var device in _process.Host.DevicesOf(_process.Namespace))
            all.AddRange(LinkMessage.Of(device, LinkRequests.NewLink, NetlinkHeader.Multi, header.Sequence, PortId, withStatistics));
        _datagrams.Enqueue([.. all]);
        var done = NetlinkWriter.Begin(NetlinkHeader.Done, NetlinkHeader.Multi, header.Sequence, PortId);
        done.Put(0);
        _datagrams.Enqueue(done.Finish());
    }

    /// <summary>NLMSG_ERROR: the request is echoed whole with an error, unless the socket wants it capped; a success always is.</summary>
    void Acknowledge(in NetlinkHeader request, ReadOnlySpan<byte> message, Answer answer)
    {
        const ushort text = 1;
        bool isCapped = answer.IsOk || CappedAck;
        bool hasText = ExtendedAck && answer is { IsOk: false, Text: not null };
        var ack = NetlinkWriter.Begin(NetlinkHeader.Error, (ushort)((isCapped ? NetlinkHeader.Capped : 0) | (hasText ? NetlinkHeader.AckTlvs : 0)), request.Sequence, PortId);
        ack.Put(-answer.Errno);
        ack.Put(isCapped ? message[..NetlinkHeader.Bytes] : message);
        if (hasText)
        {
            while (ack.Length % NetlinkHeader.Alignment != 0) ack.Put((byte)0);
            ack.Attribute(text, answer.Text!);
        }
        _datagrams.Enqueue(ack.Finish());
    }

    void Hear(NetDevice device, bool isThere)
    {
        if (!_hearsOfLinks || device.Namespace != _process.Namespace) return;
        _datagrams.Enqueue(LinkMessage.Of(device, isThere ? LinkRequests.NewLink : LinkRequests.DelLink, 0, 0, 0, withStats: true));
    }
}
