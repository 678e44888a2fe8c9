using System.Buffers.Binary;

namespace Chainring.Host.Driver.Netlink;

/// <summary><c>struct nlmsghdr</c>.</summary>
/// <remarks><code>
/// 0        4      6       8          12        16
/// │ length │ type │ flags │ sequence │ port id │
/// </code></remarks>
readonly record struct NetlinkHeader(int Length, ushort Type, ushort Flags, uint Sequence, uint PortId)
{
    public const int Bytes = 16, AttributeBytes = 4, Alignment = 4;

    // Types of control messages.
    public const ushort Noop = 1, Error = 2, Done = 3;

    /// <summary>Types below this are for control.</summary>
    public const ushort FirstOfFamily = 16;

    // Flags of requests.
    public const ushort Request = 0x0001, Multi = 0x0002, Acknowledge = 0x0004, Root = 0x0100, Match = 0x0200, Dump = Root | Match;

    // Flags of answers with NLMSG_ERROR.
    public const ushort Capped = 0x0100, AckTlvs = 0x0200;

    public static int Align(int length) => (length + Alignment - 1) & ~(Alignment - 1);

    public static NetlinkHeader Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadInt32LittleEndian(bytes),
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]),
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]));
}
