using System.Numerics;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Chainring.Kernels.Maps;

/// <summary>Bob Jenkins' lookup3 as the kernel has it (include/linux/jhash.h): for whole words jhash and jhash2 are the same.</summary>
static class JenkinsHash
{
    const uint Initial = 0xdeadbeef;

    public static uint Of(ReadOnlySpan<byte> key, uint seed)
    {
        uint a = Initial + (uint)key.Length + seed, b = a, c = a;
        for (; key.Length > 12; key = key[12..])
        {
            a += ReadUInt32LittleEndian(key);
            b += ReadUInt32LittleEndian(key[4..]);
            c += ReadUInt32LittleEndian(key[8..]);
            Mix(ref a, ref b, ref c);
        }
        if (key.IsEmpty) return c;

        Span<byte> last = stackalloc byte[12];
        last.Clear();
        key.CopyTo(last);
        a += ReadUInt32LittleEndian(last);
        b += ReadUInt32LittleEndian(last[4..]);
        c += ReadUInt32LittleEndian(last[8..]);
        return Final(a, b, c);
    }

    static void Mix(ref uint a, ref uint b, ref uint c)
    {
        a -= c; a ^= BitOperations.RotateLeft(c, 4); c += b;
        b -= a; b ^= BitOperations.RotateLeft(a, 6); a += c;
        c -= b; c ^= BitOperations.RotateLeft(b, 8); b += a;
        a -= c; a ^= BitOperations.RotateLeft(c, 16); c += b;
        b -= a; b ^= BitOperations.RotateLeft(a, 19); a += c;
        c -= b; c ^= BitOperations.RotateLeft(b, 4); b += a;
    }

    static uint Final(uint a, uint b, uint c)
    {
        c ^= b; c -= BitOperations.RotateLeft(b, 14);
        a ^= c; a -= BitOperations.RotateLeft(c, 11);
        b ^= a; b -= BitOperations.RotateLeft(a, 25);
        c ^= b; c -= BitOperations.RotateLeft(b, 16);
        a ^= c; a -= BitOperations.RotateLeft(c, 4);
        b ^= a; b -= BitOperations.RotateLeft(a, 14);
        c ^= b; c -= BitOperations.RotateLeft(b, 24);
        return c;
    }
}
