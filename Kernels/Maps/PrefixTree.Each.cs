using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Chainring.Kernels.Maps;

/// <remarks>
/// Up to eight prefixes that are looked for together, a search in each lane of a vector: all go down by one node, and then all by the next. Nodes are waited for together, and no branch depends on a single bit.
/// </remarks>
sealed unsafe partial class PrefixTree
{
    /// <summary>Prefixes that are looked for together at most.</summary>
    public const int MaxTogether = 8;

    const int WordBits = 32;

    /// <summary>Whether there is <see cref="LongestEight"/>: nodes that fill a vector, and data of whole words.</summary>
    public bool CanLookTogether => Avx2.IsSupported && _nodeWords == Vector256<int>.Count && _dataBytes % sizeof(int) == 0;

    /// <summary>The place of the longest prefix of each, or -1; -1 as well where none is wanted.</summary>
    /// <param name="data">Where the data of each is in memory, wanted or not: eight of them.</param>
    /// <param name="lengths">Of each, in bits.</param>
    /// <param name="wanted">All ones for each that is looked for.</param>
    public Vector256<int> LongestEight(nint* data, Vector256<int> lengths, Vector256<int> wanted)
    {
        int words = _dataBytes / sizeof(int);
        var (first, second) = (Words(data, 0), words > 1 ? Words(data, 1) : default);
        var (third, fourth) = (words > 2 ? Words(data, 2) : default, words > 3 ? Words(data, 3) : default);
        var (none, full) = (Vector256.Create(None), Vector256.Create(WordBits));
        nint nodes = (nint)Unsafe.AsPointer(ref _words[_first]);
        int* at = stackalloc int[MaxTogether];
        while (true)
        {
            long changes = Volatile.Read(ref _state[ChangesAt]);
            int root = Root;
            var (left, node, above, found) = (root == None ? default : wanted, Vector256.Create(root), none, none);
            while (left != default)
            {
                // Those that are through look at the first node.
                (node & left).Store(at);
                Volatile.ReadBarrier();
                Vector256<int> a = Node(0), b = Node(1), c = Node(2), d = Node(3), e = Node(4), f = Node(5), g = Node(6), h = Node(7);
                // Words 0, 1, 4 and 5 of two nodes each, and words 2, 3, 6 and 7.
                Vector256<long> ab = Low(a, b), cd = Low(c, d), ef = Low(e, f), gh = Low(g, h), ab2 = High(a, b), cd2 = High(c, d), ef2 = High(e, f), gh2 = High(g, h);
                Vector256<long> even = Avx2.UnpackLow(ab, cd), evenToo = Avx2.UnpackLow(ef, gh), odd = Avx2.UnpackHigh(ab, cd), oddToo = Avx2.UnpackHigh(ef, gh);
                Vector256<long> even2 = Avx2.UnpackLow(ab2, cd2), even2Too = Avx2.UnpackLow(ef2, gh2), odd2 = Avx2.UnpackHigh(ab2, cd2), odd2Too = Avx2.UnpackHigh(ef2, gh2);
                Vector256<int> own = Front(even, evenToo), place = Front(odd, oddToo), zero = Front(even2, even2Too), one = Front(odd2, odd2Too);

                var (differing, bit) = (Differing(first, Back(even, evenToo), own), Bits(first, own));
                if (words > 1)
                {
                    var behind = own - full;
                    differing |= Differing(second, Back(odd, oddToo), behind);
                    bit |= Bits(second, behind);
                    if (words > 2)
                    {
                        differing |= Differing(third, Back(even2, even2Too), behind - full);
                        bit |= Bits(third, behind - full);
                        differing |= Differing(fourth, Back(odd2, odd2Too), behind - full - full);
                        bit |= Bits(fourth, behind - full - full);
                    }
                }
                // A node under a longer prefix is one that was filled anew.
                var fits = left & Avx2.CompareGreaterThan(own, above) & Avx2.CompareEqual(differing, default) & ~Avx2.CompareGreaterThan(own, lengths);
                found = Vector256.ConditionalSelect(fits & Avx2.CompareGreaterThan(place, none), place, found);
                node = Vector256.ConditionalSelect(Avx2.ShiftRightArithmetic(bit, WordBits - 1), one, zero);
                left = fits & Avx2.CompareGreaterThan(lengths, own) & Avx2.CompareGreaterThan(node, none);
                above = own;
            }
            if (!HasChanged(changes)) return found;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector256<int> Node(int lane) => Vector256.Load((int*)(nodes + at[lane] * (nint)Vector256<byte>.Count));
    }

    /// <summary>A word of each one's data, whose first bit is the highest.</summary>
    static Vector256<int> Words(nint* data, int word)
    {
        return Turned(Vector256.Create(Word(0), Word(1), Word(2), Word(3), Word(4), Word(5), Word(6), Word(7)));

        int Word(int lane) => Unsafe.ReadUnaligned<int>((void*)(data[lane] + word * sizeof(int)));
    }

    /// <summary>What of the first so many bits is not the same: some of them all, none of a number below 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<int> Differing(Vector256<int> one, Vector256<int> node, Vector256<int> bits) =>
        Avx2.ShiftRightLogicalVariable(one ^ Turned(node), (Vector256.Create(WordBits) - Avx2.Max(Avx2.Min(bits, Vector256.Create(WordBits)), default)).AsUInt32());

    /// <summary>The bit of that number becomes the highest; zeros if it is none of this word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<int> Bits(Vector256<int> word, Vector256<int> number) => Avx2.ShiftLeftLogicalVariable(word, number.AsUInt32());

    /// <summary>The first byte is the highest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<int> Turned(Vector256<int> words) =>
        Avx2.Shuffle(words.AsByte(), Vector256.Create((byte)3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)).AsInt32();

    static Vector256<long> Low(Vector256<int> one, Vector256<int> other) => Avx2.UnpackLow(one, other).AsInt64();

    static Vector256<long> High(Vector256<int> one, Vector256<int> other) => Avx2.UnpackHigh(one, other).AsInt64();

    static Vector256<int> Front(Vector256<long> one, Vector256<long> other) => Avx2.Permute2x128(one, other, 0x20).AsInt32();

    static Vector256<int> Back(Vector256<long> one, Vector256<long> other) => Avx2.Permute2x128(one, other, 0x31).AsInt32();
}
