using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.Simd;

/// <summary>
/// The first bytes of the frames of a group, set out by place: word n is a vector with bytes [4 n, 4 n + 4) of each frame. They are made once for a group, before its code runs, and have what
/// <see cref="HeaderLoads"/> finds.
/// </summary>
static class HeaderSlices
{
    /// <summary>Of a word.</summary>
    public const int WordBytes = sizeof(uint);

    /// <summary>Words of which the memory of one half of the lanes has the vectors. A buffer has room for as many bytes as both have behind the last place at which a frame may begin.</summary>
    public const int PerHalf = HeaderLoads.MaxBytes / WordBytes / LaneShape.Halves;

    /// <summary>Makes the slices of a group.</summary>
    /// <param name="starts">By lane of the first half: where the frame begins.</param>
    /// <param name="others">Likewise of the second.</param>
    /// <param name="slices">Where the first <see cref="PerHalf"/> go, one behind the other.</param>
    /// <param name="more">Where the others go.</param>
    /// <param name="words">How many are wanted; up to <see cref="PerHalf"/> are written.</param>
    /// <param name="half">Lanes of a half.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Make(nint* starts, nint* others, uint* slices, uint* more, int words, int half)
    {
        if (half == 8 && Avx512F.IsSupported)
        {
            if (words > 0) Turn(starts, others, 0, slices);
            if (words > PerHalf) Turn(starts, others, Vector512<byte>.Count, more);
            return;
        }
        for (int word = 0; word < words; word++)
        {
            uint* to = (word < PerHalf ? slices : more) + word % PerHalf * 2 * half;
            for (int lane = 0; lane < half; lane++)
            {
                to[lane] = Unsafe.ReadUnaligned<uint>((void*)(starts[lane] + word * WordBytes));
                to[half + lane] = Unsafe.ReadUnaligned<uint>((void*)(others[lane] + word * WordBytes));
            }
        }
    }

    /// <summary>Rows become columns: pairs of words, pairs of pairs, and then quarters of rows.</summary>
    static unsafe void Turn(nint* starts, nint* others, int at, uint* to)
    {
        var (a0, a1, a2, a3) = Four(starts, at);
        var (b0, b1, b2, b3) = Four(starts + 4, at);
        var (c0, c1, c2, c3) = Four(others, at);
        var (d0, d1, d2, d3) = Four(others + 4, at);
        Quarters(a0, b0, c0, d0, to);
        Quarters(a1, b1, c1, d1, to + 16);
        Quarters(a2, b2, c2, d2, to + 2 * 16);
        Quarters(a3, b3, c3, d3, to + 3 * 16);

        // Of four rows, columns n, n + 4, n + 8 and n + 12 as the quarters of vector n.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static (Vector512<uint>, Vector512<uint>, Vector512<uint>, Vector512<uint>) Four(nint* starts, int at)
        {
            var (a, b, c, d) = (Vector512.Load((uint*)(starts[0] + at)), Vector512.Load((uint*)(starts[1] + at)), Vector512.Load((uint*)(starts[2] + at)), Vector512.Load((uint*)(starts[3] + at)));
            var (ab, cd) = (Avx512F.UnpackLow(a, b).AsUInt64(), Avx512F.UnpackLow(c, d).AsUInt64());
            var (abToo, cdToo) = (Avx512F.UnpackHigh(a, b).AsUInt64(), Avx512F.UnpackHigh(c, d).AsUInt64());
            return (Avx512F.UnpackLow(ab, cd).AsUInt32(), Avx512F.UnpackHigh(ab, cd).AsUInt32(), Avx512F.UnpackLow(abToo, cdToo).AsUInt32(), Avx512F.UnpackHigh(abToo, cdToo).AsUInt32());
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Quarters(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, uint* to)
        {
            Vector512<uint> even = Avx512F.Shuffle4x128(a, b, 0x88), evenToo = Avx512F.Shuffle4x128(c, d, 0x88);
            Vector512<uint> odd = Avx512F.Shuffle4x128(a, b, 0xdd), oddToo = Avx512F.Shuffle4x128(c, d, 0xdd);
            Avx512F.Shuffle4x128(even, evenToo, 0x88).Store(to);
            Avx512F.Shuffle4x128(odd, oddToo, 0x88).Store(to + 4 * 16);
            Avx512F.Shuffle4x128(even, evenToo, 0xdd).Store(to + 8 * 16);
            Avx512F.Shuffle4x128(odd, oddToo, 0xdd).Store(to + 12 * 16);
        }
    }
}
