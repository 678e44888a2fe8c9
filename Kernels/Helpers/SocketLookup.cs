using System.Buffers.Binary;
using Chainring.Kernels.Network;

namespace Chainring.Kernels.Helpers;

/// <summary>
/// Looks for the host's socket that a packet would be given to (net/core/filter.c, __bpf_skc_lookup). Any flag, a tuple of another size, and a network namespace
/// by its id, of which a card has none, find nothing.
/// </summary>
/// <remarks><code>
/// struct bpf_sock_tuple
/// 0       4       8       10       12            0       16      32      34       36
/// │ saddr │ daddr │ sport │ dport │     or       │ saddr │ daddr │ sport │ dport │
/// </code>
/// Source and destination as the packet has them, in network order.</remarks>
static class SocketLookup
{
    const int Ipv4Bytes = 12, Ipv6Bytes = 36, Ipv4AddressBytes = 4, Ipv6AddressBytes = 16, PortBytes = 2;

    /// <summary>A TCP socket, or what is left of one.</summary>
    public static long Any(ref HelperCall call) => Hold(ref call, Find(in call, SocketProtocol.Tcp));

    /// <summary>A full socket: a connection in TIME_WAIT is none any more.</summary>
    public static long Full(ref HelperCall call, SocketProtocol protocol) =>
        Hold(ref call, Find(in call, protocol) is { Spec.State: not SocketState.TimeWait } socket ? socket : null);

    static long Hold(ref HelperCall call, InetSocket? socket) => socket is not null && call.Sockets.TryHold(socket) ? socket.Id : -1;

    static InetSocket? Find(ref readonly HelperCall call, SocketProtocol protocol)
    {
        ReadOnlySpan<byte> tuple = call.Memory1;
        if (tuple.Length is not (Ipv4Bytes or Ipv6Bytes) || call.R5 != 0 || (int)call.R4 >= 0) return null;
        bool isIpv6 = tuple.Length == Ipv6Bytes;
        int width = isIpv6 ? Ipv6AddressBytes : Ipv4AddressBytes;
        var ports = tuple[(2 * width)..];
        return call.Environment.Network.Current.Sockets.Find(
            protocol, Address(tuple, isIpv6), BinaryPrimitives.ReadUInt16BigEndian(ports),
            Address(tuple[width..], isIpv6), BinaryPrimitives.ReadUInt16BigEndian(ports[PortBytes..]), call.Frame.IngressIfindex);
    }

    static IpAddress Address(ReadOnlySpan<byte> bytes, bool isIpv6) => isIpv6 ? IpAddress.Ipv6(bytes) : IpAddress.Ipv4(bytes);
}
