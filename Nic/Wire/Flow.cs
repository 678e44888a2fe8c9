using System.Buffers.Binary;

namespace Chainring.Nic.Wire;

/// <summary>
/// One conversation: addresses, ports and VLANs follow from the seed and the index, so a million flows need no table. No two indices
/// below 2^32 share a source address and port. Addresses are those for benchmarking: 198.18.0.0/15 (RFC 2544) and 2001:2::/48
/// (RFC 5180); Ethernet addresses are locally administered.
/// </summary>
public readonly struct Flow(ulong seed, int index, FlowShape shape)
{
    static readonly ushort[] DestinationPorts = [53, 80, 123, 443, 8443, 5201, 8080, 51820];

    readonly ulong _key = SplitMix64.Mix(seed + SplitMix64.Mix((ulong)index));

    public int Index { get; } = index;

    public FlowShape Shape { get; } = shape;

    /// <summary>The low half of the index tells sources apart by address, the high half by port.</summary>
    public ushort SourcePort => (ushort)(1024 + (Index >> 16));

    public ushort DestinationPort => DestinationPorts[_key & 7];

    /// <summary>802.1Q leaves 1 to 4094.</summary>
    public ushort InnerVlan => (ushort)(1 + (_key >> 8) % 4094);

    public ushort OuterVlan => (ushort)(1 + (_key >> 24) % 4094);

    public ushort EchoIdentifier => (ushort)(_key >> 40);

    /// <summary>What the frame of this number draws its identification, sequence number and payload from.</summary>
    public ulong KeyOf(uint number) => SplitMix64.Mix(_key ^ number);

    public void WriteSourceMac(Span<byte> at)
    {
        at[0] = 0x02;
        at[1] = 0x00;
        BinaryPrimitives.WriteInt32BigEndian(at[2..], Index);
    }

    public static void WriteDestinationMac(Span<byte> at) => "\u0002\u0001\0\0\0\u0001"u8.CopyTo(at);

    public void WriteSourceIpv4(Span<byte> at) => BinaryPrimitives.WriteUInt32BigEndian(at, 0xc612_0000 | (ushort)Index);

    public void WriteDestinationIpv4(Span<byte> at) => BinaryPrimitives.WriteUInt32BigEndian(at, 0xc613_0000 | (ushort)(_key >> 48));

    public void WriteSourceIpv6(Span<byte> at) => WriteIpv6(at, 0x5000, (ushort)Index);

    public void WriteDestinationIpv6(Span<byte> at) => WriteIpv6(at, 0xd000, (ushort)(_key >> 48));

    static void WriteIpv6(Span<byte> at, ulong side, ulong host)
    {
        BinaryPrimitives.WriteUInt64BigEndian(at, 0x2001_0002_0000_0000);
        BinaryPrimitives.WriteUInt64BigEndian(at[8..], side << 16 | host);
    }
}
