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

    /// <summary>Those that are made together.</summary>
    const int TurnedWords = 8;

    /// <summary>Makes the slices of a group.</summary>
    /// <param name="starts">By lane of the first half: where the frame begins.</param>
    /// <param name="others">Likewise of the second.</param>
    /// <param name="slices">Where the first <see cref="PerHalf"/> go, one behind the other.</param>
    /// <param name="more">Where the others go.</param>
    /// <param name="words">How many are wanted; up to seven more are written.</param>
    /// <param name="half">Lanes of a half.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Make(nint* starts, nint* others, uint* slices, uint* more, int words, int half)
    {
        if (half == 8 && Avx512F.IsSupported)
        {
            for (int word = 0; word < words; word += TurnedWords)
            {
                Turn(starts, others, word * WordBytes, (word < PerHalf ? slices : more) + word % PerHalf * 2 * half);
            }
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

    /// <summary>Rows become columns: two rows in each vector, then pairs of words, pairs of pairs, and quarters.</summary>
    static unsafe void Turn(nint* starts, nint* others, int at, uint* to)
    {
        var (a0, a1, a2, a3) = Four(Rows(starts, 0), Rows(starts, 1), Rows(starts, 2), Rows(starts, 3));
        var (b0, b1, b2, b3) = Four(Rows(others, 0), Rows(others, 1), Rows(others, 2), Rows(others, 3));
        Two(a0, b0, to);
        Two(a1, b1, to + 16);
        Two(a2, b2, to + 2 * 16);
        Two(a3, b3, to + 3 * 16);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector512<uint> Rows(nint* starts, int lane) => Vector512.Create(Vector256.Load((uint*)(starts[lane] + at)), Vector256.Load((uint*)(starts[lane + 4] + at)));

        // Of four times two rows: words n and n + 4 of the first four, and of the others.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static (Vector512<uint>, Vector512<uint>, Vector512<uint>, Vector512<uint>) Four(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d)
        {
            var (ab, cd) = (Avx512F.UnpackLow(a, b).AsUInt64(), Avx512F.UnpackLow(c, d).AsUInt64());
            var (abToo, cdToo) = (Avx512F.UnpackHigh(a, b).AsUInt64(), Avx512F.UnpackHigh(c, d).AsUInt64());
            return (Avx512F.UnpackLow(ab, cd).AsUInt32(), Avx512F.UnpackHigh(ab, cd).AsUInt32(), Avx512F.UnpackLow(abToo, cdToo).AsUInt32(), Avx512F.UnpackHigh(abToo, cdToo).AsUInt32());
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Two(Vector512<uint> first, Vector512<uint> second, uint* to)
        {
            Avx512F.Shuffle4x128(first, second, 0x88).Store(to);
            Avx512F.Shuffle4x128(first, second, 0xdd).Store(to + 4 * 16);
        }
    }
}
