using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Chainring.Offload;

namespace Chainring.Nic.Wire.Live;

/// <summary>
/// An AF_PACKET socket on an interface that exists, such as one end of a veth pair: the card takes the frames that arrive there and
/// sends out of it. Frames that the host itself sends out of that interface are not taken. The interface is
/// looked for in the network namespace of the thread that opens the wire. Needs CAP_NET_RAW.
/// <para>What the host has done or left undone for the sake of offloads is put right: a VLAN tag that it took out is put back, a
/// checksum that it left to the device is filled in. What it has merged into one (GRO, or TSO on a veth pair) stays one, and is longer than
/// a port takes: turn those off with <c>ethtool -K</c>.</para>
/// </summary>
public sealed unsafe class PacketSocketWire : FileWire, IWire
{
    const int AF_PACKET = 17, SOCK_RAW = 3, SOCK_NONBLOCK = 0x800, SOCK_CLOEXEC = 0x80000;
    const int SOL_PACKET = 263, PACKET_ADD_MEMBERSHIP = 1, PACKET_AUXDATA = 8, PACKET_VNET_HDR = 15, PACKET_IGNORE_OUTGOING = 23, PACKET_MR_PROMISC = 1;
    const ushort ETH_P_ALL = 3;
    const int AddressBytes = 20, MembershipBytes = 16;

    // struct virtio_net_hdr, which comes before every frame: flags, type, header length, segment size, where the sum starts, its offset.
    const int VnetHeader = 10, NeedsChecksum = 1, MacBytes = 12;

    // struct cmsghdr and struct tpacket_auxdata: status at 0, the tag at 16, its type at 18.
    const int ControlHeader = 16, ControlBytes = ControlHeader + 24;
    const uint TP_STATUS_VLAN_VALID = 1 << 4;

    const nuint SIOCGIFNAME = 0x8910;
    const int NameBytes = 16, RequestBytes = 40;

    readonly uint _ifindex;
    bool _wasDown;

    PacketSocketWire(int fd, string name, uint ifindex) : base(fd, name) => _ifindex = ifindex;

    public static Result<PacketSocketWire> Open(string name)
    {
        uint ifindex = Libc.IfNameToIndex(name);
        if (ifindex == 0) return WireError.Cannot("find the interface", name, Libc.LastError());
        int protocol = BinaryPrimitives.ReverseEndianness(ETH_P_ALL);
        // No protocol yet, and so no frames: until it is bound, a socket hears every interface.
        int fd = Libc.Socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
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
            && Libc.SetSockOpt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(int)) == 0
            && Libc.SetSockOpt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(int)) == 0
            && Libc.SetSockOpt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership, MembershipBytes) == 0
            && Libc.Bind(fd, address, AddressBytes) == 0)
            return new PacketSocketWire(fd, name, ifindex);

        var error = WireError.Cannot("bind a packet socket to", name, Libc.LastError());
        _ = Libc.Close(fd);
        return error;
    }

    /// <summary>One system call for a bulk; a frame that is not taken costs another for those behind it.</summary>
    public void Send(TxBulk bulk)
    {
        byte* nothing = stackalloc byte[VnetHeader];
        new Span<byte>(nothing, VnetHeader).Clear();
        var pieces = stackalloc Libc.IoVec[2 * TxBulk.Capacity];
        var messages = stackalloc Libc.MMsgHdr[TxBulk.Capacity];
        for (int n = 0; n < bulk.Count; n++)
        {
            // Packet memory is pinned, and the batch owns the frame's buffer until the bulk is sent: the address stays good.
            var bytes = bulk.Bytes(n);
            pieces[2 * n] = new Libc.IoVec { Base = nothing, Length = VnetHeader };
            pieces[2 * n + 1] = new Libc.IoVec { Base = Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes)), Length = (nuint)bytes.Length };
            messages[n] = new Libc.MMsgHdr { Header = new() { Pieces = &pieces[2 * n], PieceCount = 2 } };
        }
        for (int at = 0; at < bulk.Count; at++)
        {
            int sent = Libc.SendMMsg(Fd, messages + at, (uint)(bulk.Count - at), 0);
            for (int end = at + Math.Max(0, sent); at < end; at++) bulk.Take(at);
        }
    }

    private protected override ReadOnlySpan<byte> Read(int fd)
    {
        byte* control = stackalloc byte[ControlBytes];
        nint read;
        nuint controlLength;
        fixed (byte* buffer = Buffer)
        {
            var piece = new Libc.IoVec { Base = buffer, Length = (nuint)Buffer.Length };
            var message = new Libc.MsgHdr { Pieces = &piece, PieceCount = 1, Control = control, ControlLength = ControlBytes };
            read = Libc.RecvMsg(fd, &message, 0);
            controlLength = message.ControlLength;
        }
        if (read <= VnetHeader) return default;
        var all = Buffer.AsSpan(0, (int)read);
        FillChecksum(all[..VnetHeader], all[VnetHeader..]);
        return controlLength == ControlBytes ? PutTagBack(all, new ReadOnlySpan<byte>(control, ControlBytes)) : all[VnetHeader..];
    }

    /// <summary>
    /// The socket says once that its interface is down, before it is gone if it goes: from then on its number tells, whenever there is no frame.
    /// </summary>
    private protected override bool IsGone(int fd, int error)
    {
        _wasDown |= error == Libc.ENETDOWN;
        if (!_wasDown) return false;
        byte* request = stackalloc byte[RequestBytes];
        new Span<byte>(request, RequestBytes).Clear();
        *(uint*)(request + NameBytes) = _ifindex;
        return Libc.Ioctl(fd, SIOCGIFNAME, request) < 0;
    }

    private protected override bool Write(int fd, ReadOnlySpan<byte> frame)
    {
        byte* nothing = stackalloc byte[VnetHeader];
        new Span<byte>(nothing, VnetHeader).Clear();
        fixed (byte* bytes = frame)
        {
            Libc.IoVec* pieces = stackalloc Libc.IoVec[2];
            pieces[0] = new Libc.IoVec { Base = nothing, Length = VnetHeader };
            pieces[1] = new Libc.IoVec { Base = bytes, Length = (nuint)frame.Length };
            return Libc.WriteV(fd, pieces, 2) == VnetHeader + frame.Length;
        }
    }

    /// <summary>The checksum field of a frame that needs it holds the sum of the pseudo-header; the rest is to be added.</summary>
    static void FillChecksum(ReadOnlySpan<byte> header, Span<byte> frame)
    {
        if ((header[0] & NeedsChecksum) == 0) return;
        int start = BinaryPrimitives.ReadUInt16LittleEndian(header[6..]);
        int field = start + BinaryPrimitives.ReadUInt16LittleEndian(header[8..]);
        if (field + 2 > frame.Length) return;
        ushort sum = InternetChecksum.Fold(InternetChecksum.Sum(frame[start..]));
        // A UDP checksum of 0 would say that there is none; its other spelling is as good for TCP (RFC 768).
        BinaryPrimitives.WriteUInt16BigEndian(frame[field..], sum == 0 ? (ushort)0xffff : sum);
    }

    /// <summary>The kernel hands the outermost tag over beside the frame: the addresses move forward over the header, and it goes behind them.</summary>
    static ReadOnlySpan<byte> PutTagBack(Span<byte> all, ReadOnlySpan<byte> control)
    {
        var aux = control[ControlHeader..];
        if ((BitConverter.ToUInt32(aux) & TP_STATUS_VLAN_VALID) == 0 || all.Length < VnetHeader + MacBytes) return all[VnetHeader..];
        var frame = all[(VnetHeader - FlowShape.TagLength)..];
        frame.Slice(FlowShape.TagLength, MacBytes).CopyTo(frame);
        BinaryPrimitives.WriteUInt16BigEndian(frame[MacBytes..], BitConverter.ToUInt16(aux[18..]));
        BinaryPrimitives.WriteUInt16BigEndian(frame[(MacBytes + 2)..], BitConverter.ToUInt16(aux[16..]));
        return frame;
    }
}
