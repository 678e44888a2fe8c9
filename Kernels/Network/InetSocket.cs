using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Chainring.Offload.Isa;

namespace Chainring.Kernels.Network;

/// <summary>A socket of the host as programs find it: its data, the <c>struct bpf_sock</c> that they read, and when it last gave a SYN cookie.</summary>
public sealed class InetSocket
{
    /// <summary>24 bits, since pointers of the interpreter have no more for it.</summary>
    public const uint MaxId = 0xff_ffff;

    const uint StreamType = 1, DatagramType = 2, Ipv4Family = 2, Ipv6Family = 10;

    /// <summary>What an IPv6 socket has for an IPv4 address, 127.0.0.6 (LOOPBACK4_IPV6).</summary>
    static readonly IpAddress NoIpv4 = new((UInt128)0x7f000006 << 96, false);

    readonly byte[] _fields = GC.AllocateArray<byte>(SocketFields.Bytes, pinned: true);

    /// <summary>A tick more than that of the last cookie; 0 if there was none.</summary>
    ulong _lastCookie;

    public InetSocket(SocketSpec spec, uint id)
    {
        (Spec, Id) = (spec, id);
        Write(SocketFields.BoundIfindex, spec.Ifindex);
        Write(SocketFields.Family, spec.IsIpv6 ? Ipv6Family : Ipv4Family);
        Write(SocketFields.Type, spec.Protocol == SocketProtocol.Tcp ? StreamType : DatagramType);
        Write(SocketFields.Protocol, (uint)spec.Protocol);
        Write(SocketFields.Mark, spec.Mark);
        Write(SocketFields.Priority, spec.Priority);
        WriteAddress(SocketFields.SourceIpv4, SocketFields.SourceIpv6, spec.Local);
        Write(SocketFields.SourcePort, spec.LocalPort);
        BinaryPrimitives.WriteUInt16BigEndian(_fields.AsSpan(SocketFields.DestinationPort), spec.RemotePort);
        if (spec.Remote is { } remote) WriteAddress(SocketFields.DestinationIpv4, SocketFields.DestinationIpv6, remote, isRemote: true);
        Write(SocketFields.State, (uint)spec.State);
        Write(SocketFields.RxQueue, uint.MaxValue);
    }

    public SocketSpec Spec { get; }

    /// <summary>Unlike that of any other socket of the card.</summary>
    public uint Id { get; }

    /// <summary>What programs may read, as <see cref="SocketFields"/> says.</summary>
    public ReadOnlySpan<byte> Fields => _fields;

    /// <summary>Where those are in memory; they do not move.</summary>
    internal nint FieldsAddress => Marshal.UnsafeAddrOfPinnedArrayElement(_fields, 0);

    /// <summary>That a cookie was given now; as exact as a second (tcp_synq_overflow in include/net/tcp.h).</summary>
    public void GiveCookie(ulong ticks, ulong ticksPerSecond)
    {
        ulong last = Volatile.Read(ref _lastCookie);
        if (last == 0 || ticks + 1 < last || ticks + 1 > last + ticksPerSecond) Volatile.Write(ref _lastCookie, ticks + 1);
    }

    /// <summary>Whether a cookie was given so long ago at most, or by another CPU up to a second ahead (tcp_synq_no_recent_overflow).</summary>
    public bool GaveCookie(ulong ticks, ulong ticksPerSecond, ulong within)
    {
        ulong last = Volatile.Read(ref _lastCookie);
        return last != 0 && ticks + 1 + ticksPerSecond >= last && ticks + 1 <= last + within;
    }

    void Write(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_fields.AsSpan(at), value);

    /// <summary>
    /// An address in both versions. TCP gives a connection of IPv4 mapped addresses as well (sk_daddr_set, sk_rcv_saddr_set); an IPv6 socket has an invalid local
    /// IPv4 address. The remote one would be that too if the host had not opened but accepted a TCP connection, which nothing here says.
    /// </summary>
    void WriteAddress(int ipv4At, int ipv6At, IpAddress address, bool isRemote = false)
    {
        if (!address.IsIpv6)
        {
            address.Write(_fields.AsSpan(ipv4At));
            if (Spec.Protocol == SocketProtocol.Tcp && Spec.Remote is not null && Spec.State != SocketState.TimeWait) address.Mapped.Write(_fields.AsSpan(ipv6At));
            return;
        }
        address.Write(_fields.AsSpan(ipv6At));
        if (address.IsMapped) address.Unmapped.Write(_fields.AsSpan(ipv4At));
        else if (!address.IsAny && !isRemote) NoIpv4.Write(_fields.AsSpan(ipv4At));
    }
}
