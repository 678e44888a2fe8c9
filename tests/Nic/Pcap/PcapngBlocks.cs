using System.Buffers.Binary;

namespace Chainring.Tests.Nic.Pcap;

/// <summary>Blocks of a pcapng file in one byte order, as the draft has them and not as our writer does; wrong on request.</summary>
sealed class PcapngBlocks(bool bigEndian = false)
{
    public const uint SectionType = 0x0a0d0d0a, InterfaceType = 1, ObsoleteType = 2, SimpleType = 3, NamesType = 4, EnhancedType = 6;

    public byte[] Section(ushort major = 1, ushort minor = 0) =>
        Block(SectionType, [.. Word(0x1a2b3c4d), .. Half(major), .. Half(minor), .. Word(uint.MaxValue), .. Word(uint.MaxValue)]);

    public byte[] Interface(ushort linkType = 1, uint snapLength = 0, params ReadOnlySpan<byte[]> options) =>
        Block(InterfaceType, [.. Half(linkType), .. Half(0), .. Word(snapLength), .. Joined(options)]);

    /// <summary>An interface with that if_tsresol and, unless it is 0, that if_tsoffset.</summary>
    public byte[] Clock(byte resolution, long offset = 0) => offset == 0
        ? Interface(1, 0, Option(9, [resolution]), Option(0, []))
        : Interface(1, 0, Option(9, [resolution]), Option(14, Long(offset)));

    public byte[] Enhanced(uint number, ulong time, byte[] frame, uint? captured = null, uint? original = null, params ReadOnlySpan<byte[]> options) =>
        Block(EnhancedType,
        [
            .. Word(number), .. Word((uint)(time >> 32)), .. Word((uint)time), .. Word(captured ?? (uint)frame.Length),
            .. Word(original ?? (uint)frame.Length), .. Padded(frame), .. Joined(options),
        ]);

    public byte[] Simple(uint original, byte[] frame) => Block(SimpleType, [.. Word(original), .. Padded(frame)]);

    public byte[] Obsolete(ushort number, ulong time, byte[] frame) => Block(ObsoleteType,
    [
        .. Half(number), .. Half(7), .. Word((uint)(time >> 32)), .. Word((uint)time), .. Word((uint)frame.Length), .. Word((uint)frame.Length),
        .. Padded(frame),
    ]);

    /// <param name="length">What the block claims at its beginning, if not its length.</param>
    /// <param name="last">The same at its end.</param>
    public byte[] Block(uint type, byte[] content, uint? length = null, uint? last = null)
    {
        uint right = (uint)content.Length + 12;
        return [.. Word(type), .. Word(length ?? right), .. content, .. Word(last ?? length ?? right)];
    }

    public byte[] Option(ushort code, byte[] value, ushort? length = null) => [.. Half(code), .. Half(length ?? (ushort)value.Length), .. Padded(value)];

    public byte[] Word(uint word)
    {
        byte[] bytes = new byte[4];
        if (bigEndian) BinaryPrimitives.WriteUInt32BigEndian(bytes, word);
        else BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
        return bytes;
    }

    public static byte[] Joined(params ReadOnlySpan<byte[]> parts)
    {
        List<byte> all = [];
        foreach (byte[] part in parts) all.AddRange(part);
        return [.. all];
    }

    byte[] Half(ushort half) => bigEndian ? [(byte)(half >> 8), (byte)half] : [(byte)half, (byte)(half >> 8)];

    byte[] Long(long value)
    {
        byte[] bytes = new byte[8];
        if (bigEndian) BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        else BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }

    static byte[] Padded(byte[] bytes) => [.. bytes, .. new byte[-bytes.Length & 3]];
}
