using Chainring.Offload.Isa;

namespace Chainring.Kernels.Interpreter;

/// <summary>
/// <c>struct xdp_md</c> as programs see it: six 32-bit fields, of which the first three read as pointers.
/// </summary>
/// <remarks><code>
/// 0     4         8          12               16              20              24
/// │ data │ data_end │ data_meta │ ingress_ifindex │ rx_queue_index │ egress_ifindex │
/// </code></remarks>
static class Context
{
    const int FirstNumber = 12, RxQueueIndex = 16;

    /// <summary>Reads a field: 4 bytes, aligned. The egress interface belongs to programs behind a devmap and is 0 here.</summary>
    /// <param name="signed">With its sign, which a pointer does not have.</param>
    public static AbortReason Load(ref readonly Frame frame, ulong address, int size, bool signed, out ulong value)
    {
        value = 0;
        if (size != 4 || Address.IndexOf(address) != 0 || (signed && Address.OffsetOf(address) < FirstNumber)) return AbortReason.ContextBounds;
        switch (Address.OffsetOf(address))
        {
            case 0: value = Packet(frame.Data); break;
            case 4: value = Packet(frame.End); break;
            case 8: value = Packet(frame.Meta); break;
            case FirstNumber: value = frame.IngressIfindex; break;
            case RxQueueIndex: value = frame.RxQueue; break;
            case 20: break;
            default: return AbortReason.ContextBounds;
        }
        value = signed ? Semantics.Loaded<Scalar, bool>(AccessSize.Word, true, new(value)).Value : value;
        return AbortReason.None;
    }

    /// <summary>The only field a program may write is rx_queue_index, as Linux allows to offloaded programs.</summary>
    public static AbortReason Store(ref Frame frame, ulong address, int size, ulong value)
    {
        if (size != 4 || Address.IndexOf(address) != 0 || Address.OffsetOf(address) != RxQueueIndex) return AbortReason.ContextReadOnly;
        frame.RxQueue = (uint)value;
        return AbortReason.None;
    }

    static ulong Packet(int offset) => Address.Of(Region.Packet, 0, offset);
}
