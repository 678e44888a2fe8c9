using System.Buffers.Binary;
using Chainring.Kernels.Network;

namespace Chainring.Kernels.Helpers;

/// <summary>Whether a frame fits an interface (net/core/filter.c, bpf_xdp_check_mtu). Of a frame with fragments it looks at the linear part only, as Linux (6.18) does.</summary>
public static class MtuCheck
{
    const int EthernetBytes = 14;

    /// <summary>BPF_MTU_CHK_RET_SUCCESS and _FRAG_NEEDED; negative for what cannot be asked.</summary>
    const int Fits = 0, FragmentationNeeded = 1;

    /// <param name="ifindex">0 for the interface that the frame came from.</param>
    /// <param name="mtu">In: the length of the packet without its Ethernet header, 0 for the frame's own; out: the interface's MTU.</param>
    /// <param name="change">Bytes that are yet to be added.</param>
    public static int Check(ref readonly Frame frame, NetworkView network, uint ifindex, Span<byte> mtu, int change, ulong flags)
    {
        if (flags != 0) return -Errno.Invalid;
        if (network.Interfaces.Find(ifindex == 0 ? frame.IngressIfindex : ifindex) is not { } target) return -Errno.NoDevice;

        int asked = BinaryPrimitives.ReadInt32LittleEndian(mtu);
        int length = unchecked((asked == 0 ? frame.LinearLength : asked + EthernetBytes) + change);
        BinaryPrimitives.WriteInt32LittleEndian(mtu, target.Mtu);
        return length > target.Mtu + EthernetBytes ? FragmentationNeeded : Fits;
    }
}
