namespace Chainring.Host.Driver.Netlink;

/// <summary>Attributes of a link (<c>IFLA_*</c>), those that are read or written here.</summary>
static class LinkAttribute
{
    public const ushort Address = 1, Broadcast = 2, Name = 3, Mtu = 4, QueueDiscipline = 6, Stats = 7, TxQueueLength = 13, Map = 14, OperationalState = 16, LinkMode = 17,
        Stats64 = 23, FamilySpecific = 26, Group = 27, ExtensionMask = 29, Promiscuity = 30, TxQueues = 31, RxQueues = 32, Carrier = 33, CarrierChanges = 35, PhysicalSwitchId = 36,
        PhysicalPortName = 38, ProtocolDown = 39, GsoMaxSegments = 40, GsoMaxSize = 41, Pad = 42, Xdp = 43, CarrierUpCount = 47, CarrierDownCount = 48, MinMtu = 50, MaxMtu = 51,
        AlternativeName = 53, ParentDevice = 56, ParentBus = 57, GroMaxSize = 58, TsoMaxSize = 59, TsoMaxSegments = 60, AllMulti = 61, DevlinkPort = 62, GsoIpv4MaxSize = 63,
        GroIpv4MaxSize = 64, DpllPin = 65;
}

/// <summary>Attributes in <see cref="LinkAttribute.Xdp"/> (<c>IFLA_XDP_*</c>); those of chains are in <see cref="Emulated.ChainUapi"/>.</summary>
static class XdpAttribute
{
    public const ushort Fd = 1, Attached = 2, Flags = 3, ProgramId = 4, DrvProgramId = 5, SkbProgramId = 6, HwProgramId = 7, ExpectedFd = 8;
}

/// <summary>How a device reports its programs (<c>XDP_ATTACHED_*</c>).</summary>
enum XdpAttached : byte
{
    None,
    Drv,
    Skb,
    Hw,
    Multi,
}
