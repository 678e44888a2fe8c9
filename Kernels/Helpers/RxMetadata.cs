using System.Buffers.Binary;

namespace Chainring.Kernels.Helpers;

/// <summary>
/// What the port knows of a frame, as programs ask for it (net/core/xdp.c, bpf_xdp_metadata_rx_*): 0, or -ENODATA and nothing written
/// where there is no such hint.
/// </summary>
public static class RxMetadata
{
    public static int Timestamp(ref readonly Frame frame, Span<byte> timestamp)
    {
        if (frame.TimestampNs == 0) return -Errno.NoData;
        BinaryPrimitives.WriteUInt64LittleEndian(timestamp, frame.TimestampNs);
        return 0;
    }

    public static int Hash(ref readonly RxHints hints, Span<byte> hash, Span<byte> type)
    {
        if (!hints.HasHash) return -Errno.NoData;
        BinaryPrimitives.WriteUInt32LittleEndian(hash, hints.Hash);
        BinaryPrimitives.WriteUInt32LittleEndian(type, (uint)hints.HashType);
        return 0;
    }

    /// <summary>The protocol in network byte order, the tag's control information in the host's.</summary>
    public static int VlanTag(ref readonly RxHints hints, Span<byte> protocol, Span<byte> tag)
    {
        if (!hints.HasVlanTag) return -Errno.NoData;
        BinaryPrimitives.WriteUInt16BigEndian(protocol, hints.VlanProtocol);
        BinaryPrimitives.WriteUInt16LittleEndian(tag, hints.VlanTag);
        return 0;
    }
}
