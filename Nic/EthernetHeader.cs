using System.Buffers.Binary;

namespace Chainring.Nic;

/// <summary>What a frame begins with: two addresses, up to two VLAN tags that hardware looks behind, and the EtherType.</summary>
/// <param name="Type">Of what follows; that of a tag if there are more than two.</param>
/// <param name="Length">Bytes up to what follows.</param>
readonly record struct EthernetHeader(ushort Type, int Length)
{
    public const int Bytes = 14;

    public const ushort Ipv4 = 0x0800, Ipv6 = 0x86dd, Vlan = 0x8100, ServiceVlan = 0x88a8;

    const int Tags = 2;

    /// <summary>Of a frame that has at least <see cref="Bytes"/>; a tag that is cut short counts as what it is: a type.</summary>
    public static EthernetHeader Of(ReadOnlySpan<byte> frame)
    {
        int at = Bytes;
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(frame[(at - 2)..]);
        for (int tags = 0; tags < Tags && IsTag(type) && frame.Length >= at + VlanTag.Bytes; tags++)
        {
            type = BinaryPrimitives.ReadUInt16BigEndian(frame[(at + 2)..]);
            at += VlanTag.Bytes;
        }
        return new(type, at);
    }

    public static bool IsTag(ushort type) => type is Vlan or ServiceVlan;
}
