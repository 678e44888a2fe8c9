using System.Buffers.Binary;
using System.Text;
using Chainring.Host.Driver.Emulated;

namespace Chainring.Host.Driver.Netlink;

/// <summary>What is attached to a port (<c>bpf_xdp_query</c>). Ids are 0 for nothing.</summary>
/// <param name="AttachMode">XDP_ATTACHED_NONE (0), DRV, SKB, HW or MULTI (4).</param>
/// <param name="ChainTables">Ids of the chain tables that are installed, generic first, that of the card last.</param>
/// <param name="ChainEnds">Chains that end as libxdp's do: the last program, and its codes that become PASS (bit n for code n).</param>
public sealed record XdpQuery(
    int AttachMode, uint ProgramId, uint SkbProgramId, uint DrvProgramId, uint HwProgramId, IReadOnlyList<uint> ChainTables, IReadOnlyList<(uint LastProgram, uint Actions)> ChainEnds);

/// <summary>Reads answers as clients do.</summary>
public static class NetlinkReply
{
    const int ErrorAt = NetlinkHeader.Bytes, EchoAt = ErrorAt + sizeof(int);

    const int MessageText = 1;

    /// <summary>What an NLMSG_ERROR says; of any other message, that nothing is wrong.</summary>
    public static Answer Read(ReadOnlySpan<byte> message)
    {
        var header = NetlinkHeader.Read(message);
        if (header.Type != NetlinkHeader.Error) return Answer.Ok;
        int errno = -BinaryPrimitives.ReadInt32LittleEndian(message[ErrorAt..]);
        if ((header.Flags & NetlinkHeader.AckTlvs) == 0) return new(errno);
        int echoed = (header.Flags & NetlinkHeader.Capped) != 0 ? NetlinkHeader.Bytes : NetlinkHeader.Read(message[EchoAt..]).Length;
        var attributes = new NetlinkAttributes(message[NetlinkHeader.Align(EchoAt + echoed)..]);
        while (attributes.Next())
        {
            if (attributes.Type == MessageText) return new(errno, Encoding.UTF8.GetString(attributes.Payload).TrimEnd('\0'));
        }
        return new(errno);
    }

    /// <summary>What an RTM_NEWLINK says of programs; null of another message.</summary>
    public static XdpQuery? XdpOf(ReadOnlySpan<byte> message)
    {
        if (NetlinkHeader.Read(message).Type != LinkRequests.NewLink) return null;
        var query = new XdpQuery(0, 0, 0, 0, 0, [], []);
        var attributes = new NetlinkAttributes(message[(NetlinkHeader.Bytes + LinkRequests.InfoBytes)..]);
        while (attributes.Next())
        {
            if (attributes.Type != LinkAttribute.Xdp) continue;
            var nest = new NetlinkAttributes(attributes.Payload);
            while (nest.Next())
            {
                uint number = nest.Payload.Length >= sizeof(uint) ? BinaryPrimitives.ReadUInt32LittleEndian(nest.Payload) : nest.Payload[0];
                query = nest.Type switch
                {
                    XdpAttribute.Attached => query with { AttachMode = (int)number },
                    XdpAttribute.ProgramId => query with { ProgramId = number },
                    XdpAttribute.DrvProgramId => query with { DrvProgramId = number },
                    XdpAttribute.SkbProgramId => query with { SkbProgramId = number },
                    XdpAttribute.HwProgramId => query with { HwProgramId = number },
                    ChainUapi.MapIdAttribute => query with { ChainTables = [.. query.ChainTables, number] },
                    ChainUapi.EndAttribute => query with { ChainEnds = [.. query.ChainEnds, (number, BinaryPrimitives.ReadUInt32LittleEndian(nest.Payload[sizeof(uint)..]))] },
                    _ => query,
                };
            }
        }
        return query;
    }
}
