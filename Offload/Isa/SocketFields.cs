namespace Chainring.Offload.Isa;

/// <summary><c>struct bpf_sock</c>: offsets, and which loads the kernel admits (net/core/filter.c, bpf_sock_is_valid_access).</summary>
/// <remarks><code>
/// 0              4        8      12         16     20         24        28        44         48         50   52        56        72      76                 80
/// │ bound_dev_if │ family │ type │ protocol │ mark │ priority │ src_ip4 │ src_ip6 │ src_port │ dst_port │ -- │ dst_ip4 │ dst_ip6 │ state │ rx_queue_mapping │
/// </code>
/// Addresses and dst_port are in network order, src_port is not.</remarks>
public static class SocketFields
{
    public const int BoundIfindex = 0, Family = 4, Type = 8, Protocol = 12, Mark = 16, Priority = 20, SourceIpv4 = 24, SourceIpv6 = 28, SourcePort = 44, DestinationPort = 48,
        DestinationIpv4 = 52, DestinationIpv6 = 56, State = 72, RxQueue = 76, Bytes = 80;

    const int Word = sizeof(uint), PortBytes = sizeof(ushort);

    /// <param name="isCommon">
    /// The pointer is to a <c>struct sock_common</c>, which a connection that waits or is closed has too: it has no type, protocol, mark and priority.
    /// </param>
    public static bool MayLoad(uint at, int size, bool isCommon)
    {
        if (at >= Bytes || size > Word || at % (uint)size != 0) return false;
        return at switch
        {
            >= Type and < SourceIpv4 when isCommon => false,
            // A part of the padding is read only with the port.
            >= DestinationPort and < DestinationIpv4 => at + (uint)size <= DestinationPort + PortBytes || size == Word,
            (>= SourceIpv4 and < SourcePort) or (>= DestinationIpv4 and < State) => true,
            Family or Type or Protocol or SourcePort or State or RxQueue => true,
            _ => size == Word,
        };
    }
}
