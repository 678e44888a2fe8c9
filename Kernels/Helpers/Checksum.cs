using System.Buffers.Binary;

namespace Chainring.Kernels.Helpers;

/// <summary>Internet checksum arithmetic (RFC 1071) as <c>bpf_csum_diff</c> offers it.</summary>
public static class Checksum
{
    /// <summary>
    /// seed + sum(to) - sum(from) in ones' complement, folded to 16 bits, as Linux does since 6.13. Bytes are summed as the host's
    /// (little-endian) words, a last partial word being filled up with zeroes.
    /// </summary>
    public static long Difference(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, uint seed)
    {
        uint sum = seed;
        if (from.Length > 0 && to.Length > 0) sum = Add(Sum(to, seed), ~Sum(from, 0));
        else if (to.Length > 0) sum = Sum(to, seed);
        else if (from.Length > 0) sum = ~Sum(from, ~seed);
        return Fold(sum);
    }

    /// <summary>The 32-bit ones' complement sum of 32-bit words.</summary>
    static uint Sum(ReadOnlySpan<byte> bytes, uint seed)
    {
        ulong sum = seed;
        for (; bytes.Length >= 4; bytes = bytes[4..]) sum += BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        for (int n = 0; n < bytes.Length; n++) sum += (ulong)bytes[n] << (8 * n);
        sum = (sum & uint.MaxValue) + (sum >> 32);
        return (uint)((sum & uint.MaxValue) + (sum >> 32));
    }

    static uint Add(uint a, uint b)
    {
        ulong sum = (ulong)a + b;
        return (uint)sum + (uint)(sum >> 32);
    }

    static ushort Fold(uint sum)
    {
        sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)((sum & 0xffff) + (sum >> 16));
    }
}
