using System.Buffers.Binary;

namespace Chainring.Host.Driver.Netlink;

/// <summary>
/// Attributes one behind the other, each of a length (its header included), a type, and a payload that is filled up to a multiple of 4. The walk ends
/// where the next one does not fit, as the kernel's does.
/// </summary>
ref struct NetlinkAttributes(ReadOnlySpan<byte> bytes)
{
    const ushort TypeMask = 0x3fff, Nested = 0x8000;

    ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Without its flags.</summary>
    public int Type { get; private set; }

    public bool IsNested { get; private set; }

    public ReadOnlySpan<byte> Payload { get; private set; }

    /// <summary>Goes to the next one; false behind the last.</summary>
    public bool Next()
    {
        if (_rest.Length < NetlinkHeader.AttributeBytes) return false;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(_rest);
        if (length < NetlinkHeader.AttributeBytes || length > _rest.Length) return false;
        ushort type = BinaryPrimitives.ReadUInt16LittleEndian(_rest[2..]);
        Type = type & TypeMask;
        IsNested = (type & Nested) != 0;
        Payload = _rest[NetlinkHeader.AttributeBytes..length];
        _rest = _rest[Math.Min(NetlinkHeader.Align(length), _rest.Length)..];
        return true;
    }
}
