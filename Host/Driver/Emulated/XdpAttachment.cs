using Chainring.Kernels;
using Chainring.Nic;

namespace Chainring.Host.Driver.Emulated;

/// <summary>What a request says of the chain table.</summary>
/// <param name="IsGiven">It says something.</param>
/// <param name="Table">Null to take the table away.</param>
/// <param name="ExpectedRevision">That the installed table must have, 0 for no table; null to not care.</param>
/// <param name="End">libxdp's end of the chain; null for the table's own.</param>
readonly record struct ChainRequest(bool IsGiven, ChainMap? Table, ulong? ExpectedRevision, LibxdpEnd? End = null);

/// <summary>A change of what a slot holds.</summary>
/// <param name="Program">Null to take it away.</param>
/// <param name="Expected">That must be there now, with <see cref="XdpFlags.Replace"/>; null for none.</param>
readonly record struct XdpRequest(BpfProgram? Program, XdpFlags Flags, BpfProgram? Expected = null, ChainRequest Chain = default);

/// <summary>
/// Puts programs into the slots of devices, in the order of checks of the kernel (net/core/dev.c, <c>dev_xdp_attach</c>). The checks of the chain table
/// stand between those of who is attached and the shortcut for a program that is there already.
/// </summary>
static class XdpAttachment
{
    const int DevMapProgram = 33, CpuMapProgram = 35;

    /// <summary>Attaches, replaces or takes away what netlink put there.</summary>
    public static Answer Change(NetDevice device, in XdpRequest request) => Change(device, request, link: null);

    /// <summary>Attaches a link's program; the link must not be in the slot yet.</summary>
    public static Answer Attach(NetDevice device, BpfLink link, XdpFlags flags) => Change(device, new(link.Program, flags), link);

    /// <summary>Puts another program into a link's slot.</summary>
    public static Answer Update(BpfLink link, BpfProgram program)
    {
        var slot = link.Device!.Slot(link.Mode);
        if (Fits(link.Device, link.Mode, program) is { IsOk: false } misfit) return misfit;
        if (Install(link.Device, link.Mode, program, slot.Chain, slot.End, link) is { IsOk: false } refused) return refused;
        link.Change(program);
        return Answer.Ok;
    }

    /// <summary>A link gives its slot free, which no driver can refuse.</summary>
    public static void DetachLink(NetDevice device, XdpMode mode) => Empty(device, mode);

    /// <summary>The device goes.</summary>
    public static void Uninstall(NetDevice device)
    {
        foreach (var mode in Enum.GetValues<XdpMode>())
        {
            if (device.Slot(mode).Link is { } link) link.Device = null;
            Empty(device, mode);
        }
    }

    static Answer Change(NetDevice device, in XdpRequest request, BpfLink? link)
    {
        var (program, flags) = (request.Program, request.Flags);
        if (link is not null && (flags & ~XdpFlags.Modes) != 0) return new(Errno.Invalid, "Invalid XDP flags for BPF link attachment");
        int modes = System.Numerics.BitOperations.PopCount((uint)(flags & XdpFlags.Modes));
        if (modes > 1) return new(Errno.Invalid, "Only one XDP mode flag can be set");
        if (modes == 0 && device.Programs > 1) return new(Errno.Invalid, "More than one program loaded, unset mode is ambiguous");

        var mode = device.ModeOf(flags);
        var slot = device.Slot(mode);
        if (slot.Link is not null) return new(Errno.Busy, "Can't replace active BPF XDP link");
        if (link is not null && slot.Program is not null) return new(Errno.Busy, "Can't replace active XDP program with BPF link");
        if (flags.HasFlag(XdpFlags.Replace) && slot.Program != request.Expected) return new(Errno.Exists, "Active program does not match expected");
        if (program is not null && flags.HasFlag(XdpFlags.UpdateIfNoExist) && slot.Program is not null) return new(Errno.Busy, "XDP program already attached");
        var (isGiven, asked, revision, end) = request.Chain;
        if (device.EngineOf(mode)?.RefuseTable(program is not null, isGiven, asked?.Table, revision) is { } aboutTable) return Answer.Of(aboutTable);

        if (end is not null && asked is null) return Answer.Of(Refusal.EndWithoutTable());

        var table = isGiven ? asked : slot.Chain;
        if (program is not null && Fits(device, mode, program) is { IsOk: false } misfit) return misfit;
        if (program == slot.Program && table == slot.Chain && end == slot.End) return Answer.Ok;
        if (mode != XdpMode.Skb && !device.Driver.HasXdp) return new(Errno.OperationNotSupported, "Underlying driver does not support XDP in native mode");
        return Install(device, mode, program, table, end, link);
    }

    /// <summary>Whether a program may be in a slot.</summary>
    static Answer Fits(NetDevice device, XdpMode mode, BpfProgram program)
    {
        var other = mode switch { XdpMode.Skb => XdpMode.Drv, XdpMode.Drv => XdpMode.Skb, _ => (XdpMode?)null };
        if (other is { } there && device.Slot(there).Program is not null) return new(Errno.Exists, "Native and generic XDP can't be active at the same time");
        if (mode != XdpMode.Hw && program.IsOffloaded) return new(Errno.Invalid, "Using offloaded program without HW_MODE flag is not supported");
        if (program.IsDeviceBound && !program.Matches(device)) return new(Errno.Invalid, "Program bound to different device");
        if (program.IsDeviceBound && mode == XdpMode.Skb) return new(Errno.Invalid, "Can't attach device-bound programs in generic mode");
        return program.Facts.ExpectedAttachType switch
        {
            DevMapProgram => new(Errno.Invalid, "BPF_XDP_DEVMAP programs can not be attached to a device"),
            CpuMapProgram => new(Errno.Invalid, "BPF_XDP_CPUMAP programs can not be attached to a device"),
            _ => Answer.Ok,
        };
    }

    static Answer Install(NetDevice device, XdpMode mode, BpfProgram? program, ChainMap? table, LibxdpEnd? end, BpfLink? link)
    {
        if (mode != XdpMode.Skb && device.Driver.Setup(device, mode, program) is { IsOk: false } refused) return refused;
        var request = program is null ? InstallRequest.Detach() : InstallRequest.Attach(program.Loaded!, table?.Table) with { End = end };
        if (device.EngineOf(mode)!.Install(request) is { } refusal) return Answer.Of(refusal);
        Take(device.Slot(mode), program, table, end, link);
        return Answer.Ok;
    }

    static void Empty(NetDevice device, XdpMode mode)
    {
        if (device.Slot(mode).Program is null) return;
        if (device.EngineOf(mode)!.Install(InstallRequest.Detach()) is { } refusal) throw new InvalidOperationException(refusal.Sentence);
        Take(device.Slot(mode), null, null, null, null);
    }

    static void Take(XdpSlot slot, BpfProgram? program, ChainMap? table, LibxdpEnd? end, BpfLink? link)
    {
        var (oldProgram, oldTable) = (slot.Program, slot.Chain);
        (slot.Program, slot.Chain, slot.End, slot.Link) = (program, table, end, link);
        program?.Retain();
        table?.Retain();
        oldProgram?.Release();
        oldTable?.Release();
    }
}
