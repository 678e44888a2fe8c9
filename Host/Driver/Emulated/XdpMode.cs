using Chainring.Nic;

namespace Chainring.Host.Driver.Emulated;

/// <summary>Where a program of a port runs. A slot for each, of which two at most are filled.</summary>
public enum XdpMode
{
    /// <summary>Generic: on the host, in the network stack.</summary>
    Skb,

    /// <summary>Native: on the host, in the driver.</summary>
    Drv,

    /// <summary>Offloaded: on the card.</summary>
    Hw,
}

/// <summary>XDP_FLAGS_* of a request.</summary>
[Flags]
public enum XdpFlags : uint
{
    None = 0,
    UpdateIfNoExist = 1 << 0,
    SkbMode = 1 << 1,
    DrvMode = 1 << 2,
    HwMode = 1 << 3,
    Replace = 1 << 4,
    Modes = SkbMode | DrvMode | HwMode,
    All = UpdateIfNoExist | Modes | Replace,
}

/// <summary>What a slot of a port holds: a program that netlink put there, or that of a link.</summary>
public sealed class XdpSlot
{
    public BpfProgram? Program { get; internal set; }

    /// <summary>Whose program it is; null if netlink put it there.</summary>
    public BpfLink? Link { get; internal set; }

    /// <summary>The chain table that is installed with the program.</summary>
    public ChainMap? Chain { get; internal set; }

    /// <summary>libxdp's end of that chain; null for the table's own.</summary>
    public LibxdpEnd? End { get; internal set; }
}
