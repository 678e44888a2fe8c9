using System.Buffers.Binary;
using System.Text;
using Chainring.Host.Driver.Emulated;

namespace Chainring.Host;

/// <summary>Reads answers of a netlink socket.</summary>
static class NetlinkReply
{
    const int HeaderBytes = 16, InfoBytes = 16, TypeAt = 4, FlagsAt = 6, ErrorAt = 16, EchoAt = 20;

    const ushort Error = 2, NewLink = 16, AckTlvs = 0x200, Capped = 0x100, XdpAttribute = 43, TypeMask = 0x3fff;

    /// <summary>What an NLMSG_ERROR says.</summary>
    public static Answer Read(byte[] message)
    {
        if (BinaryPrimitives.ReadUInt16LittleEndian(message.AsSpan(TypeAt)) != Error) return Answer.Ok;
        int errno = -BinaryPrimitives.ReadInt32LittleEndian(message.AsSpan(ErrorAt));
        ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(message.AsSpan(FlagsAt));
        if ((flags & AckTlvs) == 0) return new(errno);
        int echoed = (flags & Capped) != 0 ? HeaderBytes : BinaryPrimitives.ReadInt32LittleEndian(message.AsSpan(EchoAt));
        foreach (var (type, payload) in Attributes(message.AsMemory((EchoAt + echoed + 3) & ~3)))
        {
            if (type == 1) return new(errno, Encoding.UTF8.GetString(payload.Span).TrimEnd('\0'));
        }
        return new(errno);
    }

    /// <summary>What an RTM_NEWLINK says of programs; null of another message.</summary>
    public static XdpQuery? XdpOf(byte[] message)
    {
        if (BinaryPrimitives.ReadUInt16LittleEndian(message.AsSpan(TypeAt)) != NewLink) return null;
        var query = new XdpQuery(0, 0, 0, 0, 0, []);
        foreach (var (outer, nest) in Attributes(message.AsMemory(HeaderBytes + InfoBytes)))
        {
            if (outer != XdpAttribute) continue;
            foreach (var (type, payload) in Attributes(nest))
            {
                uint Number() => BinaryPrimitives.ReadUInt32LittleEndian(payload.Span);
                query = type switch
                {
                    2 => query with { AttachMode = payload.Span[0] },
                    4 => query with { ProgramId = Number() },
                    5 => query with { DrvProgramId = Number() },
                    6 => query with { SkbProgramId = Number() },
                    7 => query with { HwProgramId = Number() },
                    ChainUapi.MapIdAttribute => query with { ChainTables = [.. query.ChainTables, Number()] },
                    _ => query,
                };
            }
        }
        return query;
    }

    static IEnumerable<(int Type, ReadOnlyMemory<byte> Payload)> Attributes(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length >= sizeof(int))
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes.Span);
            if (length < sizeof(int) || length > bytes.Length) yield break;
            yield return (BinaryPrimitives.ReadUInt16LittleEndian(bytes.Span[2..]) & TypeMask, bytes[sizeof(int)..length]);
            bytes = bytes[Math.Min((length + 3) & ~3, bytes.Length)..];
        }
    }
}
