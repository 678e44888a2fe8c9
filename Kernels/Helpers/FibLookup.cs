using System.Buffers.Binary;
using Chainring.Kernels.Network;

namespace Chainring.Kernels.Helpers;

/// <summary>
/// <c>bpf_fib_lookup</c> (net/core/filter.c, bpf_ipv4_fib_lookup and bpf_ipv6_fib_lookup): where a packet would go, from the card's
/// routes and neighbours. Fields are written when the kernel writes them, so some are also where the answer is not success.
/// </summary>
/// <remarks><code>
/// struct bpf_fib_lookup
/// 0        1             2       4       6                    8         12                      16    32    48                      52     58    64
/// │ family │ l4_protocol │ sport │ dport │ length, mtu_result │ ifindex │ flow info, rt_metric │ src │ dst │ VLAN tag, or table │ smac │ dmac │
/// </code></remarks>
public static class FibLookup
{
    const int Bytes = 64;
    const int LengthField = 6, IfindexField = 8, MetricField = 12, SourceField = 16, DestinationField = 32, TableField = 48, SourceMacField = 52, TargetMacField = 58;
    const int MacBytes = 6;
    const byte Ipv4Family = 2, Ipv6Family = 10;
    const uint Direct = 1 << 0, Output = 1 << 1, SkipNeighbour = 1 << 2, TableGiven = 1 << 3, WantsSource = 1 << 4, Mark = 1 << 5;
    const int MaxIpv4Mtu = 0xffff;

    /// <summary><c>BPF_FIB_LKUP_RET_*</c>.</summary>
    const int Success = 0, IsBlackhole = 1, IsUnreachable = 2, IsProhibited = 3, NotForwarded = 4, ForwardingDisabled = 5, NoNeighbour = 7, FragmentationNeeded = 8, NoSource = 9;

    /// <param name="fields">The structure, and perhaps more.</param>
    public static int Find(NetworkView network, Span<byte> fields, uint flags)
    {
        if (fields.Length < Bytes || (flags & ~(Direct | Output | SkipNeighbour | TableGiven | WantsSource | Mark)) != 0) return -Errno.Invalid;
        bool isIpv6 = fields[0] == Ipv6Family;
        if (!isIpv6 && fields[0] != Ipv4Family) return -Errno.FamilyNotSupported;

        var destination = Read(fields, DestinationField, isIpv6);
        if (isIpv6 && (NeverForwarded(destination) || NeverForwarded(Read(fields, SourceField, isIpv6)))) return NotForwarded;
        if (network.Interfaces.Find(Word(fields, IfindexField)) is not { } port) return -Errno.NoDevice;
        if (!(isIpv6 ? port.ForwardsIpv6 : port.Forwards)) return ForwardingDisabled;

        return RouteFor(network.Routing, fields, flags, port.Ifindex, destination) is { } route
            ? route.Kind switch
            {
                RouteKind.Unicast => Follow(network, fields, flags, route, destination),
                RouteKind.Blackhole => IsBlackhole,
                RouteKind.Unreachable => IsUnreachable,
                RouteKind.Prohibit => IsProhibited,
                _ => NotForwarded,
            }
            : NotForwarded;
    }

    static Route? RouteFor(RoutingTables routing, Span<byte> fields, uint flags, uint ifindex, IpAddress destination)
    {
        // IPv6 takes the interface of a lookup for output as a wish only.
        uint required = (flags & Output) != 0 && !destination.IsIpv6 ? ifindex : 0;
        uint preferred = destination.IsIpv6 ? ifindex : 0;
        if ((flags & Direct) == 0) return routing.Find(destination, required, preferred);

        uint table = Route.MainTable;
        if ((flags & TableGiven) != 0)
        {
            table = Word(fields, TableField);
            WriteWord(fields, TableField, 0);
        }
        return routing.Find(table == 0 ? Route.MainTable : table, destination, required, preferred);
    }

    static int Follow(NetworkView network, Span<byte> fields, uint flags, Route route, IpAddress destination)
    {
        var port = network.Interfaces.Find(route.Ifindex);
        if (port is null) return NotForwarded;
        int mtu = route.Mtu > 0 ? route.Mtu : destination.IsIpv6 ? Math.Max(NetworkInterface.MinIpv6Mtu, port.Mtu) : Math.Min(port.Mtu, MaxIpv4Mtu);
        if (BinaryPrimitives.ReadUInt16LittleEndian(fields[LengthField..]) > mtu)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(fields[LengthField..], (ushort)mtu);
            return FragmentationNeeded;
        }
        WriteWord(fields, MetricField, route.Metric);
        WriteWord(fields, IfindexField, route.Ifindex);
        var next = route.Via ?? destination;
        if (destination.IsIpv6) next.Write(fields[DestinationField..]);
        if ((flags & WantsSource) != 0)
        {
            var source = network.Routing.SourceFor(route, destination);
            if (source is null && destination.IsIpv6) return NoSource;
            (source ?? default).Write(fields[SourceField..]);
        }
        if (next.IsIpv6) fields[0] = Ipv6Family;
        next.Write(fields[DestinationField..]);

        if ((flags & SkipNeighbour) == 0)
        {
            if (!network.Routing.TryFindNeighbour(route.Ifindex, next, out ulong mac)) return NoNeighbour;
            WriteMac(fields[TargetMacField..], mac);
            WriteMac(fields[SourceMacField..], port.Mac);
        }
        WriteWord(fields, TableField, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(fields[LengthField..], (ushort)mtu);
        return Success;
    }

    /// <summary>Link-local, multicast and loopback addresses (rt6_need_strict).</summary>
    static bool NeverForwarded(IpAddress address)
    {
        uint top = (uint)(address.Bits >> 96);
        return (top & 0xffc00000) == 0xfe800000 || top >> 24 == 0xff || address.Bits == 1;
    }

    static IpAddress Read(ReadOnlySpan<byte> fields, int at, bool isIpv6) => isIpv6 ? IpAddress.Ipv6(fields[at..]) : IpAddress.Ipv4(fields[at..]);

    static uint Word(ReadOnlySpan<byte> fields, int at) => BinaryPrimitives.ReadUInt32LittleEndian(fields[at..]);

    static void WriteWord(Span<byte> fields, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(fields[at..], value);

    static void WriteMac(Span<byte> field, ulong mac)
    {
        for (int n = 0; n < MacBytes; n++) field[n] = (byte)(mac >> (8 * (MacBytes - 1 - n)));
    }
}
