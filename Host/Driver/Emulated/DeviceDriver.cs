using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Emulated;

/// <summary>The driver of a network device, as the kernel's XDP code knows it.</summary>
public abstract class DeviceDriver
{
    /// <summary>It runs programs by itself (<c>ndo_bpf</c>); without, only the network stack does.</summary>
    internal virtual bool HasXdp => true;

    /// <summary>It offloads programs and maps.</summary>
    internal virtual bool Offloads => false;

    /// <summary>Bits of the features that generic netlink reports (NETDEV_XDP_ACT_*).</summary>
    internal virtual ulong Features => 0;

    /// <summary>XDP_SETUP_PROG and XDP_SETUP_PROG_HW: whether a program can be put there, or with null taken away.</summary>
    internal abstract Answer Setup(NetDevice device, XdpMode mode, BpfProgram? program);

    /// <summary>Whether the length of frames can be changed.</summary>
    internal virtual Answer ChangeMtu(NetDevice device, int mtu) => mtu is < 68 or > 65_535 ? new(Errno.Invalid, mtu < 68 ? "mtu less than device minimum" : "mtu greater than device maximum") : Answer.Ok;
}

/// <summary>The loopback device: its driver knows nothing of XDP.</summary>
sealed class LoopbackDriver : DeviceDriver
{
    internal override bool HasXdp => false;

    internal override Answer Setup(NetDevice device, XdpMode mode, BpfProgram? program) => new(Errno.OperationNotSupported);

    internal override Answer ChangeMtu(NetDevice device, int mtu) => Answer.Ok;
}

/// <summary>One end of a veth pair: native XDP, nothing offloaded.</summary>
sealed class VethDriver : DeviceDriver
{
    /// <summary>BASIC, REDIRECT, NDO_XMIT, RX_SG, NDO_XMIT_SG: what veth has with its usual settings.</summary>
    internal override ulong Features => 1 | 2 | 32;

    internal override Answer Setup(NetDevice device, XdpMode mode, BpfProgram? program) => mode == XdpMode.Hw ? new(Errno.Invalid) : Answer.Ok;
}

/// <summary>What a port refuses, as netdevsim's switches in debugfs.</summary>
public sealed class PortSwitches
{
    /// <summary>Programs in native mode, their removal too (<c>bpf_xdpdrv_accept</c>).</summary>
    public bool XdpDrvAccept { get; set; } = true;

    /// <summary>Programs on the card, their removal too (<c>bpf_xdpoffload_accept</c>).</summary>
    public bool XdpOffloadAccept { get; set; } = true;

    /// <summary>Maps (<c>bpf_map_accept</c>).</summary>
    public bool MapAccept { get; set; } = true;
}

/// <summary>What a card refuses, as netdevsim's switches in debugfs.</summary>
public sealed class CardSwitches
{
    /// <summary>Programs, before they are verified (<c>bpf_bind_accept</c>).</summary>
    public bool BindAccept { get; set; } = true;

    /// <summary>Programs, at their last instruction (<c>bpf_bind_verifier_accept</c>).</summary>
    public bool VerifierAccept { get; set; } = true;

    /// <summary>Milliseconds that verifying takes longer (<c>bpf_bind_verifier_delay</c>).</summary>
    public uint VerifierDelayMs { get; set; }

    /// <summary>The card goes away when loading a program has come to this step; null for never.</summary>
    public LoadStep? VanishesAt { get; set; }
}

/// <summary>The steps of loading a program onto a card, each of which can fail.</summary>
public enum LoadStep
{
    Prepare,
    Verify,
    Finalize,
    Translate,
}

/// <summary>The driver of a card that offloads.</summary>
sealed class OffloadDriver(Capabilities capabilities) : DeviceDriver
{
    const string Netdevsim = "netdevsim", Nfp = "nfp";

    /// <summary>NETDEV_XDP_ACT_*.</summary>
    const ulong Basic = 1, Redirect = 2, XskZeroCopy = 8, HardwareOffload = 16;

    /// <summary>Bytes of a frame beyond which netdevsim has no native XDP.</summary>
    const int NetdevsimMaxMtu = 4000;

    bool IsNetdevsim => capabilities.Name == Netdevsim;

    public Capabilities Capabilities => capabilities;

    /// <summary>What its sentences begin with.</summary>
    public string Name => IsNetdevsim || capabilities.Name == Nfp ? capabilities.Name : "chainring";

    internal override bool Offloads => true;

    internal override ulong Features => IsNetdevsim ? HardwareOffload : Basic | Redirect | HardwareOffload | (capabilities.Name == Nfp ? XskZeroCopy : 0);

    /// <summary>Elements of any map, whatever was asked for; null for as many as were.</summary>
    public int? SlotsOfMaps => IsNetdevsim ? 2 : null;

    /// <summary>The line that it puts into the log when the last instruction is looked at; null for none.</summary>
    public string? LogLine => IsNetdevsim ? "[netdevsim] Hello from netdevsim!" : null;

    /// <summary>Kinds of maps that can be created on the card; a kernel has only arrays and hashes there.</summary>
    public bool Admits(MapType type) => capabilities.MapKinds?.ContainsKey(type) ?? true;

    /// <summary>The card links programs.</summary>
    public bool HasChains => capabilities is { ChainPrograms: > 1, ChainEdges: > 0 };

    internal override Answer Setup(NetDevice device, XdpMode mode, BpfProgram? program)
    {
        if (mode == XdpMode.Hw)
        {
            if (program is { IsOffloaded: false }) return Says(Errno.Invalid, "xdpoffload of non-bound program");
            return device.Switches.XdpOffloadAccept ? Answer.Ok : Says(Errno.OperationNotSupported, "XDP offload disabled in DebugFS");
        }
        if (program is { IsDeviceBound: true } && IsNetdevsim) return Says(Errno.Invalid, "attempt to load offloaded prog to drv");
        if (IsNetdevsim && device.Mtu > NetdevsimMaxMtu) return Says(Errno.Invalid, "MTU too large w/ XDP enabled");
        return device.Switches.XdpDrvAccept ? Answer.Ok : Says(Errno.OperationNotSupported, "driver XDP disabled in DebugFS");
    }

    internal override Answer ChangeMtu(NetDevice device, int mtu) =>
        IsNetdevsim && mtu > NetdevsimMaxMtu && device.Slot(XdpMode.Drv).Program is not null ? new(Errno.Busy) : base.ChangeMtu(device, mtu);

    Answer Says(int errno, string text) => new(errno, $"{Name}: {text}");
}
