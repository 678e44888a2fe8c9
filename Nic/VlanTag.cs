using System.Buffers.Binary;
using Chainring.Kernels;

namespace Chainring.Nic;

/// <summary>The outermost 802.1Q or 802.1ad tag of a frame: taken out when it is received, put back when it is handed to the host.</summary>
/// <remarks><code>
/// 0                 12         14      16
/// │ two addresses   │ protocol │ tag   │ EtherType ...
/// </code></remarks>
static class VlanTag
{
    public const int Bytes = 4;

    /// <summary>Where it stands: behind the two addresses.</summary>
    public const int Offset = 12;

    /// <summary>Whether there is one, with an EtherType behind it; if so, the hints say which.</summary>
    public static bool Find(ReadOnlySpan<byte> frame, ref RxHints hints)
    {
        if (frame.Length < Frame.MinLength + Bytes) return false;
        ushort protocol = BinaryPrimitives.ReadUInt16BigEndian(frame[Offset..]);
        if (!EthernetHeader.IsTag(protocol)) return false;
        hints.HasVlanTag = true;
        hints.VlanProtocol = protocol;
        hints.VlanTag = BinaryPrimitives.ReadUInt16BigEndian(frame[(Offset + 2)..]);
        return true;
    }

    /// <summary>
    /// Puts the tag that was taken out of a frame back, in its buffer, before its first byte; the frame is whole again, and its first byte is
    /// <see cref="Bytes"/> earlier. There is always room: the record before the headroom has 40 bytes.
    /// </summary>
    public static Span<byte> PutBack(Span<byte> buffer, in Frame frame)
    {
        var tagged = buffer[(frame.Data - Bytes)..frame.LastEnd];
        tagged.Slice(Bytes, Offset).CopyTo(tagged);
        BinaryPrimitives.WriteUInt16BigEndian(tagged[Offset..], frame.Hints.VlanProtocol);
        BinaryPrimitives.WriteUInt16BigEndian(tagged[(Offset + 2)..], frame.Hints.VlanTag);
        return tagged;
    }
}
