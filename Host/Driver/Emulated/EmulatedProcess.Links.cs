using System.Numerics;
using Chainring.Kernels;

namespace Chainring.Host.Driver.Emulated;

// bpf_link of XDP.
public sealed partial class EmulatedProcess
{
    const int XdpAttachType = 37;

    const uint XdpLinkType = 6, ReplaceProgram = 4;

    int CreateLink(Fields attr)
    {
        if (!MayAdministerNet) return -Errno.NotPermitted;
        if (!Get<BpfProgram>(attr.I32(0)).Try(out var program, out int errno)) return -errno;
        if (attr.I32(8) != XdpAttachType || program.Facts.Type != ProgramType.Xdp) return -Errno.Invalid;
        if (Host.Find(Namespace, attr.I32(4)) is not { } device) return -Errno.Invalid;
        var flags = (XdpFlags)attr.U32(12);
        uint id = Host.LinkIds.Take();
        if ((flags & ~XdpFlags.Modes) != 0 || BitOperations.PopCount((uint)flags) > 1) return -Errno.Invalid;
        var link = new BpfLink(Host, id, program, device, device.ModeOf(flags));
        var answer = XdpAttachment.Attach(device, link, flags);
        if (answer.IsOk) return Put(link);
        link.Device = null;
        link.Release();
        return -answer.Errno;
    }

    int UpdateLink(Fields attr)
    {
        if (!Get<BpfLink>(attr.I32(0)).Try(out var link, out int errno)) return -errno;
        uint flags = attr.U32(8);
        if ((flags & ~ReplaceProgram) != 0) return -Errno.Invalid;
        if (!Get<BpfProgram>(attr.I32(4)).Try(out var program, out errno)) return -errno;
        BpfProgram? expected = null;
        if (flags == ReplaceProgram && !Get<BpfProgram>(attr.I32(12)).Try(out expected, out errno)) return -errno;
        if (flags == 0 && attr.U32(12) != 0) return -Errno.Invalid;
        if (link.Device is null) return -Errno.Link;
        if (expected is not null && expected != link.Program) return -Errno.NotPermitted;
        if (program.Facts.Type != link.Program.Facts.Type || program.Facts.ExpectedAttachType != link.Program.Facts.ExpectedAttachType) return -Errno.Invalid;
        return program == link.Program ? 0 : -XdpAttachment.Update(link, program).Errno;
    }

    int DetachLink(Fields attr)
    {
        if (!Get<BpfLink>(attr.I32(0)).Try(out var link, out int errno)) return -errno;
        link.Detach();
        return 0;
    }
}
