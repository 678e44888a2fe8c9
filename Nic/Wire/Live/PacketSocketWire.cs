using System.Buffers.Binary;
using Chainring.Offload;

namespace Chainring.Nic.Wire.Live;

/// <summary>
/// An AF_PACKET socket on an interface that exists, such as one end of a veth pair: the card takes the frames that arrive there and
/// sends out of it. Frames that the host itself sends out of that interface are not taken. Needs CAP_NET_RAW.
/// </summary>
public sealed unsafe class PacketSocketWire : FileWire
{
    const int AF_PACKET = 17, SOCK_RAW = 3, SOCK_NONBLOCK = 0x800, SOCK_CLOEXEC = 0x80000;
    const int SOL_PACKET = 263, PACKET_ADD_MEMBERSHIP = 1, PACKET_IGNORE_OUTGOING = 23, PACKET_MR_PROMISC = 1;
    const ushort ETH_P_ALL = 3;
    const int AddressBytes = 20, MembershipBytes = 16;

    PacketSocketWire(int fd, string name) : base(fd, name)
    {
    }

    public static Result<PacketSocketWire> Open(string name)
    {
        uint ifindex = Libc.IfNameToIndex(name);
        if (ifindex == 0) return WireError.Cannot("find the interface", name, Libc.LastError());
        int protocol = BinaryPrimitives.ReverseEndianness(ETH_P_ALL);
        int fd = Libc.Socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
        if (fd < 0) return WireError.Cannot("open a packet socket on", name, Libc.LastError());

        int one = 1;
        byte* membership = stackalloc byte[MembershipBytes];
        new Span<byte>(membership, MembershipBytes).Clear();
        *(uint*)membership = ifindex;
        *(ushort*)(membership + 4) = PACKET_MR_PROMISC;
        byte* address = stackalloc byte[AddressBytes];
        new Span<byte>(address, AddressBytes).Clear();
        *(ushort*)address = AF_PACKET;
        *(ushort*)(address + 2) = (ushort)protocol;
        *(uint*)(address + 4) = ifindex;

        if (Libc.SetSockOpt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(int)) == 0
            && Libc.SetSockOpt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership, MembershipBytes) == 0
            && Libc.Bind(fd, address, AddressBytes) == 0)
            return new PacketSocketWire(fd, name);

        var error = WireError.Cannot("bind a packet socket to", name, Libc.LastError());
        _ = Libc.Close(fd);
        return error;
    }
}
