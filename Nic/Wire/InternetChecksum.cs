using System.Buffers.Binary;

namespace Chainring.Nic.Wire;

/// <summary>The ones' complement checksum of IPv4, TCP, UDP and ICMP (RFC 1071).</summary>
public static class InternetChecksum
{
    /// <summary>
    /// Adds the bytes, as big-endian 16-bit words, to a sum that <see cref="Fold"/> ends. An odd last byte counts as the upper half of a
    /// word, so only the last piece of a sum may have an odd length.
    /// </summary>
    public static ulong Sum(ReadOnlySpan<byte> bytes, ulong sum = 0)
    {
        // 2^16 is 1 modulo the 2^16 - 1 of ones' complement: adding 32-bit words and folding later is the same sum.
        while (bytes.Length >= 4)
        {
            sum += BinaryPrimitives.ReadUInt32BigEndian(bytes);
            bytes = bytes[4..];
        }
        if (bytes.Length >= 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
            bytes = bytes[2..];
        }
        return bytes.Length == 1 ? sum + (uint)(bytes[0] << 8) : sum;
    }

    /// <summary>The checksum field's value: 0 when the field was in the sum and is right.</summary>
    public static ushort Fold(ulong sum)
    {
        while (sum > 0xffff) sum = (sum >> 16) + (sum & 0xffff);
        return (ushort)~sum;
    }
}
