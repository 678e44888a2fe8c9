using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.Simd;

/// <summary>
/// The first bytes of the frames of a group, set out by place: word n is a vector with bytes [8 n, 8 n + 8) of each frame. They are made once for a group, before its code runs, and have what
/// <see cref="HeaderLoads"/> finds.
/// </summary>
static class HeaderSlices
{
    /// <summary>The most that there are. A buffer has room for as many bytes behind the last place at which a frame may begin.</summary>
    public const int MaxWords = HeaderLoads.MaxBytes / WordBytes;

    const int WordBytes = sizeof(ulong);

    /// <summary>Makes the slices of a group.</summary>
    /// <param name="starts">By lane: where the frame begins.</param>
    /// <param name="slices">Where the vectors go, one behind the other; up to 7 more of them than asked for are written.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Make(nint* starts, ulong* slices, int words, int lanes)
    {
        if (lanes == 8 && Avx512F.IsSupported)
        {
            for (int first = 0; first < words; first += 8) Turn(starts, first * WordBytes, slices + first * 8);
        }
        else if (lanes == 4 && Avx2.IsSupported)
        {
            for (int first = 0; first < words; first += 4) TurnFour(starts, first * WordBytes, slices + first * 4);
        }
        else
        {
            for (int word = 0; word < words; word++)
            {
                for (int lane = 0; lane < lanes; lane++) slices[word * lanes + lane] = Unsafe.ReadUnaligned<ulong>((void*)(starts[lane] + word * WordBytes));
            }
        }
    }

    /// <summary>Rows become columns: pairs of words, then pairs of pairs, and then their halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe void Turn(nint* starts, int at, ulong* to)
    {
        Vector512<ulong> a = Row(0), b = Row(1), c = Row(2), d = Row(3), e = Row(4), f = Row(5), g = Row(6), h = Row(7);
        Half(Avx512F.UnpackLow(a, b), Avx512F.UnpackLow(c, d), Avx512F.UnpackLow(e, f), Avx512F.UnpackLow(g, h), to);
        Half(Avx512F.UnpackHigh(a, b), Avx512F.UnpackHigh(c, d), Avx512F.UnpackHigh(e, f), Avx512F.UnpackHigh(g, h), to + 8);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector512<ulong> Row(int lane) => Vector512.Load((ulong*)(starts[lane] + at));

        // Words n, n + 2, n + 4 and n + 6.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Half(Vector512<ulong> ab, Vector512<ulong> cd, Vector512<ulong> ef, Vector512<ulong> gh, ulong* to)
        {
            Vector512<ulong> even = Avx512F.Shuffle4x128(ab, cd, 0x88), evenToo = Avx512F.Shuffle4x128(ef, gh, 0x88);
            Vector512<ulong> odd = Avx512F.Shuffle4x128(ab, cd, 0xdd), oddToo = Avx512F.Shuffle4x128(ef, gh, 0xdd);
            Avx512F.Shuffle4x128(even, evenToo, 0x88).Store(to);
            Avx512F.Shuffle4x128(odd, oddToo, 0x88).Store(to + 2 * 8);
            Avx512F.Shuffle4x128(even, evenToo, 0xdd).Store(to + 4 * 8);
            Avx512F.Shuffle4x128(odd, oddToo, 0xdd).Store(to + 6 * 8);
        }
    }

    static unsafe void TurnFour(nint* starts, int at, ulong* to)
    {
        Vector256<ulong> a = Vector256.Load((ulong*)(starts[0] + at)), b = Vector256.Load((ulong*)(starts[1] + at));
        Vector256<ulong> c = Vector256.Load((ulong*)(starts[2] + at)), d = Vector256.Load((ulong*)(starts[3] + at));
        Vector256<ulong> ab = Avx2.UnpackLow(a, b), cd = Avx2.UnpackLow(c, d), abToo = Avx2.UnpackHigh(a, b), cdToo = Avx2.UnpackHigh(c, d);
        Avx2.Permute2x128(ab, cd, 0x20).Store(to);
        Avx2.Permute2x128(abToo, cdToo, 0x20).Store(to + 4);
        Avx2.Permute2x128(ab, cd, 0x31).Store(to + 2 * 4);
        Avx2.Permute2x128(abToo, cdToo, 0x31).Store(to + 3 * 4);
    }
}
