using Chainring.Host.Driver.Emulated;

namespace Chainring.Host.Driver.Netlink;

/// <summary>What RTM_NEWLINK says of a device, in the order of attributes of Linux 6.12.</summary>
static class LinkMessage
{
    const ushort Ethernet = 1, Loopback = 772;

    /// <summary>IFF_UP, IFF_BROADCAST, IFF_LOOPBACK, IFF_RUNNING, IFF_NOARP, IFF_LOWER_UP.</summary>
    const uint UpFlag = 1, BroadcastFlag = 2, LoopbackFlag = 8, RunningFlag = 0x40, NoArp = 0x80, LowerUp = 0x1_0000;

    const int MaxMtu = 65_535, MinMtu = 68, MaxSegment = 65_536, QueueLength = 1000, StatsBytes = 24 * sizeof(uint), Stats64Bytes = 25 * sizeof(ulong), MapBytes = 32, SwitchIdBytes = 32;

    /// <summary>IF_OPER_UNKNOWN, IF_OPER_DOWN, IF_OPER_UP.</summary>
    const byte Unknown = 0, Down = 2;

    public static byte[] Of(NetDevice device, ushort type, ushort flags, uint sequence, uint portId, bool withStats)
    {
        var message = NetlinkWriter.Begin(type, flags, sequence, portId);
        bool isLoopback = device.Driver is LoopbackDriver;
        message.Put((byte)0);
        message.Put((byte)0);
        message.Put(isLoopback ? Loopback : Ethernet);
        message.Put(device.Ifindex);
        message.Put((isLoopback ? LoopbackFlag : BroadcastFlag) | (device.IsUp ? UpFlag | RunningFlag | LowerUp : 0));
        message.Put(0u);
        message.Attribute(LinkAttribute.Name, device.Name);
        message.Attribute(LinkAttribute.TxQueueLength, QueueLength);
        message.Attribute(LinkAttribute.OperationalState, device.IsUp || device.Card is not null ? Unknown : Down);
        message.Attribute(LinkAttribute.LinkMode, (byte)0);
        message.Attribute(LinkAttribute.Mtu, device.Mtu);
        message.Attribute(LinkAttribute.MinMtu, MinMtu);
        message.Attribute(LinkAttribute.MaxMtu, MaxMtu);
        message.Attribute(LinkAttribute.Group, 0);
        message.Attribute(LinkAttribute.Promiscuity, 0);
        message.Attribute(LinkAttribute.AllMulti, 0);
        message.Attribute(LinkAttribute.TxQueues, 1);
        message.Attribute(LinkAttribute.GsoMaxSegments, MaxMtu);
        message.Attribute(LinkAttribute.GsoMaxSize, MaxSegment);
        message.Attribute(LinkAttribute.GroMaxSize, MaxSegment);
        message.Attribute(LinkAttribute.GsoIpv4MaxSize, MaxSegment);
        message.Attribute(LinkAttribute.GroIpv4MaxSize, MaxSegment);
        message.Attribute(LinkAttribute.TsoMaxSize, MaxSegment);
        message.Attribute(LinkAttribute.TsoMaxSegments, MaxMtu);
        message.Attribute(LinkAttribute.RxQueues, 1);
        message.Attribute(LinkAttribute.Carrier, (byte)1);
        message.Attribute(LinkAttribute.CarrierChanges, 0);
        message.Attribute(LinkAttribute.CarrierUpCount, 0);
        message.Attribute(LinkAttribute.CarrierDownCount, 0);
        message.Attribute(LinkAttribute.ProtocolDown, (byte)0);
        message.Attribute(LinkAttribute.Address, device.Address);
        message.Attribute(LinkAttribute.Broadcast, isLoopback ? new byte[6] : [.. Enumerable.Repeat((byte)0xff, 6)]);
        if (device.Card is not null)
        {
            message.Attribute(LinkAttribute.PhysicalPortName, $"p{device.PortIndex + 1}");
            message.Attribute(LinkAttribute.PhysicalSwitchId, SwitchId(device.Card));
        }
        if (withStats)
        {
            if ((message.Length + NetlinkHeader.AttributeBytes) % sizeof(ulong) != 0) message.Attribute(LinkAttribute.Pad, []);
            message.Attribute(LinkAttribute.Stats64, new byte[Stats64Bytes]);
            message.Attribute(LinkAttribute.Stats, new byte[StatsBytes]);
        }
        PutXdp(message, device);
        message.Attribute(LinkAttribute.QueueDiscipline, device.IsUp ? "noqueue" : "noop");
        message.BeginNest(LinkAttribute.FamilySpecific);
        message.EndNest();
        if ((message.Length + NetlinkHeader.AttributeBytes) % sizeof(ulong) != 0) message.Attribute(LinkAttribute.Pad, []);
        message.Attribute(LinkAttribute.Map, new byte[MapBytes]);
        if (device.Card is { } card)
        {
            message.Attribute(LinkAttribute.ParentDevice, card.Name);
            message.Attribute(LinkAttribute.ParentBus, card.Bus);
        }
        return message.Finish();
    }

    /// <summary>IFLA_XDP: the ids of the programs by slot, how it is attached, and the id again if there is one only; then the chain tables, and libxdp's ends of chains.</summary>
    public static void PutXdp(NetlinkWriter message, NetDevice device)
    {
        (XdpMode Mode, ushort Attribute, XdpAttached Attached)[] order =
        [
            (XdpMode.Skb, XdpAttribute.SkbProgramId, XdpAttached.Skb), (XdpMode.Drv, XdpAttribute.DrvProgramId, XdpAttached.Drv), (XdpMode.Hw, XdpAttribute.HwProgramId, XdpAttached.Hw),
        ];
        var (attached, id) = (XdpAttached.None, 0u);
        message.BeginNest(LinkAttribute.Xdp);
        foreach (var (mode, attribute, how) in order)
        {
            if (device.Slot(mode).Program is not { } program) continue;
            (attached, id) = attached == XdpAttached.None ? (how, program.Id) : (XdpAttached.Multi, 0);
            message.Attribute(attribute, program.Id);
        }
        message.Attribute(XdpAttribute.Attached, (byte)attached);
        if (id != 0) message.Attribute(XdpAttribute.ProgramId, id);
        foreach (var (mode, _, _) in order)
        {
            if (device.Slot(mode).Chain is { } table) message.Attribute(ChainUapi.MapIdAttribute, table.Id);
        }
        foreach (var (mode, _, _) in order)
        {
            if (device.Slot(mode).End is { } end) message.Attribute(ChainUapi.EndAttribute, [.. BitConverter.GetBytes(end.LastProgram), .. BitConverter.GetBytes(end.Mask)]);
        }
        message.EndNest();
    }

    static byte[] SwitchId(OffloadDevice card)
    {
        var id = new byte[SwitchIdBytes];
        BitConverter.TryWriteBytes(id, card.Number);
        return id;
    }
}
