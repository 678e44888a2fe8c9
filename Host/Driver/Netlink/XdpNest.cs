using System.Buffers.Binary;
using Chainring.Host.Driver.Emulated;
using Chainring.Kernels;

namespace Chainring.Host.Driver.Netlink;

/// <summary>What a request says in its IFLA_XDP.</summary>
readonly record struct XdpNest(int? Fd, XdpFlags Flags, int? ExpectedFd, int? ChainFd, ulong? ExpectedRevision, (int Fd, uint Actions)? ChainEnd)
{
    /// <summary>Reads one by the kernel's policy; of attributes that are there more than once the last counts.</summary>
    public static Answer Read(ReadOnlySpan<byte> bytes, out XdpNest nest)
    {
        nest = default;
        bool asksForAnswer = false;
        var attributes = new NetlinkAttributes(bytes);
        while (attributes.Next())
        {
            var payload = attributes.Payload;
            int least = attributes.Type switch
            {
                XdpAttribute.Attached => sizeof(byte),
                XdpAttribute.Fd or XdpAttribute.Flags or XdpAttribute.ProgramId or XdpAttribute.DrvProgramId or XdpAttribute.SkbProgramId or XdpAttribute.HwProgramId
                    or XdpAttribute.ExpectedFd or ChainUapi.MapFdAttribute => sizeof(int),
                ChainUapi.ExpectedRevisionAttribute => sizeof(ulong),
                ChainUapi.EndAttribute => ChainUapi.EndBytes,
                _ => 0,
            };
            if (payload.Length < least) return new(Errno.Range);
            // Newer attributes have their exact size.
            if (attributes.Type is XdpAttribute.ExpectedFd or ChainUapi.MapFdAttribute or ChainUapi.ExpectedRevisionAttribute or ChainUapi.EndAttribute && payload.Length != least) return new(Errno.Invalid);
            switch (attributes.Type)
            {
                case XdpAttribute.Fd:
                    nest = nest with { Fd = BinaryPrimitives.ReadInt32LittleEndian(payload) };
                    break;
                case XdpAttribute.Flags:
                    nest = nest with { Flags = (XdpFlags)BinaryPrimitives.ReadUInt32LittleEndian(payload) };
                    break;
                case XdpAttribute.ExpectedFd:
                    nest = nest with { ExpectedFd = BinaryPrimitives.ReadInt32LittleEndian(payload) };
                    break;
                case XdpAttribute.Attached or XdpAttribute.ProgramId:
                    asksForAnswer = true;
                    break;
                case ChainUapi.MapFdAttribute:
                    nest = nest with { ChainFd = BinaryPrimitives.ReadInt32LittleEndian(payload) };
                    break;
                case ChainUapi.ExpectedRevisionAttribute:
                    nest = nest with { ExpectedRevision = BinaryPrimitives.ReadUInt64LittleEndian(payload) };
                    break;
                case ChainUapi.EndAttribute:
                    nest = nest with { ChainEnd = (BinaryPrimitives.ReadInt32LittleEndian(payload), BinaryPrimitives.ReadUInt32LittleEndian(payload[sizeof(int)..])) };
                    break;
            }
        }
        return asksForAnswer ? new(Errno.Invalid) : Answer.Ok;
    }
}
