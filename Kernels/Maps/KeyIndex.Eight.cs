using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Chainring.Kernels.Maps;

/// <remarks>
/// Eight keys of a word or two, hashed in vectors; then a slot of each is looked at, which needs fewer instructions one by one, and another one in vectors again. There is no branch that depends on a single
/// key before both have been looked at: what may be further on is looked for by itself.
/// </remarks>
sealed unsafe partial class KeyIndex
{
    const int WordBytes = sizeof(ulong);

    /// <summary>Whether there is <see cref="FindEight(ulong*, int, nint*, nint, nint)"/>.</summary>
    public bool CanLookInVectors => Avx512DQ.IsSupported && Avx512BW.IsSupported && _keySize is sizeof(uint) or (>= WordBytes and <= 2 * WordBytes);

    /// <summary>The same for keys that are somewhere in memory.</summary>
    /// <param name="keys">Where each is; anywhere where none is wanted.</param>
    [SkipLocalsInit]
    public void FindEight(nint* keys, int wanted, nint* values, nint zero, nint step)
    {
        ulong* columns = stackalloc ulong[2 * MaxTogether];
        nint some = keys[BitOperations.TrailingZeroCount(wanted)];
        for (int n = 0; n < MaxTogether; n++)
        {
            nint key = some + ((keys[n] - some) & -(nint)(wanted >> n & 1));
            columns[n] = _keySize < WordBytes ? *(uint*)key : *(ulong*)key;
            if (_keySize > WordBytes) columns[MaxTogether + n] = *(ulong*)(key + _keySize - WordBytes) >> 8 * (2 * WordBytes - _keySize);
        }
        FindEight(columns, wanted, values, zero, step);
    }

    /// <summary>The value of each key, or 0.</summary>
    /// <param name="columns">The first word of each key, and then the second of each; bytes behind a key are 0.</param>
    /// <param name="wanted">A bit for each that is looked for: one at least.</param>
    /// <param name="values">As many; any number where none is wanted.</param>
    /// <param name="zero">Where the value of slot 0 is, and how far it is from each to the next.</param>
    public void FindEight(ulong* columns, int wanted, nint* values, nint zero, nint step)
    {
        switch (_keySize)
        {
            case 4: FindEight<Four>(columns, wanted, values, zero, step); break;
            case 8: FindEight<Eight>(columns, wanted, values, zero, step); break;
            case 16: FindEight<Sixteen>(columns, wanted, values, zero, step); break;
            default: FindEight<Any>(columns, wanted, values, zero, step); break;
        }
    }

    /// <summary>Has that brought near which two times eight keys will be compared with. The memory of one may be waited for while that of all others is.</summary>
    /// <param name="columns">As for <see cref="FindEight(ulong*, int, nint*, nint, nint)"/>, of keys that may be wanted or not; and of the others.</param>
    public void FetchSixteen(ulong* columns, ulong* others)
    {
        switch (_keySize)
        {
            case 4: FetchSixteen<Four>(columns, others); break;
            case 8: FetchSixteen<Eight>(columns, others); break;
            case 16: FetchSixteen<Sixteen>(columns, others); break;
            default: FetchSixteen<Any>(columns, others); break;
        }
    }

    [SkipLocalsInit]
    void FetchSixteen<T>(ulong* columns, ulong* others) where T : struct, ILength
    {
        const int count = 2 * MaxTogether;
        nint* buckets = stackalloc nint[count];
        nint own = AddressOf(_keys), next = AddressOf(_next);
        BucketsOf<T>(columns).Store(buckets);
        BucketsOf<T>(others).Store(buckets + MaxTogether);
        for (int n = 0; n < count; n++)
        {
            // None of these loads waits for another one.
            int slot = First(Volatile.Read(ref *(ulong*)buckets[n])), some = slot & ~(slot >> 31);
            CacheLine.Fetch((void*)(own + some * (nint)_keySize));
            CacheLine.Fetch((int*)next + some);
        }
    }

    /// <summary>Where what each key's chain begins with is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    Vector512<nint> BucketsOf<T>(ulong* columns) where T : struct, ILength
    {
        var hash = Hash<T>(Vector512.Load(columns), _keySize > WordBytes ? Vector512.Load(columns + MaxTogether) : default);
        return (Vector512.Create((ulong)AddressOf(_buckets)) + ((hash >>> 32 & Vector512.Create((ulong)_buckets.Length - 1)) << 3)).AsNInt();
    }

    [SkipLocalsInit, MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void FindEight<T>(ulong* columns, int wanted, nint* values, nint zero, nint step) where T : struct, ILength
    {
        // Vectors that lie across two cache lines are slow to be read in parts.
        byte* room = stackalloc byte[6 * Vector512<byte>.Count];
        var buckets = (nint*)((nint)room + Vector512<byte>.Count - 1 & -Vector512<byte>.Count);
        nint* places = buckets + MaxTogether;
        ulong* seen = (ulong*)(places + MaxTogether), differing = seen + MaxTogether;
        int* slots = (int*)(differing + MaxTogether), nexts = slots + MaxTogether;
        int bytes = T.Bytes == 0 ? _keySize : T.Bytes;
        nint own = AddressOf(_keys), next = AddressOf(_next), first = AddressOf(_buckets);

        var (words, more) = (Vector512.Load(columns), bytes > WordBytes ? Vector512.Load(columns + MaxTogether) : default);
        BucketsOf<T>(columns).StoreAligned(buckets);
        Look(0); Look(1); Look(2); Look(3); Look(4); Look(5); Look(6); Look(7);
        var none = Vector512.Create((long)None);
        var slot = Avx512F.ConvertToVector512Int64(Vector256.LoadAligned(slots));
        var isSame = Vector512.Equals(Vector512.LoadAligned(differing), default).AsInt64();
        var found = slot | ~isSame;
        int open = 0;
        slot = Vector512.ConditionalSelect(isSame | slot >> 63, none, Avx512F.ConvertToVector512Int64(Vector256.LoadAligned(nexts)));
        if ((~(int)slot.ExtractMostSignificantBits() & wanted) != 0)
        {
            // Those that are through look at slot 0.
            var some = Vector512.Max(slot, default);
            (Vector512.Create((long)own) + some * bytes).StoreAligned((long*)places);
            var different = Words<T>(places, 0) ^ words;
            if (bytes > WordBytes) different |= (Words<T>(places, bytes - WordBytes) >>> 8 * (2 * WordBytes - bytes)) ^ more;
            isSame = Vector512.Equals(different, default).AsInt64();
            found = Vector512.ConditionalSelect(isSame, Vector512.Max(found, slot), found);
            (Vector512.Create((long)next) + (some << 2)).StoreAligned((long*)places);
            open = ~(int)(slot | isSame | Words<Four>(places, 0).AsInt64() << 32).ExtractMostSignificantBits() & wanted;
        }
        Volatile.ReadBarrier();
        if (!Vector512.EqualsAll(Words<Eight>(buckets, 0), Vector512.LoadAligned(seen))) open = wanted;
        Vector512.AndNot(Vector512.Create((long)zero) + found * step, found >> 63).Store((long*)values);
        for (; open != 0; open &= open - 1)
        {
            int n = BitOperations.TrailingZeroCount(open);
            (differing[0], differing[1]) = (columns[n], bytes > WordBytes ? columns[MaxTogether + n] : 0);
            int at = Find(new(differing, bytes), (int)((ulong*)buckets[n] - (ulong*)first), out _);
            values[n] = at == None ? 0 : zero + at * step;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Look(int n)
        {
            ulong word = Volatile.Read(ref *(ulong*)buckets[n]);
            int slot = First(word), some = slot & ~(slot >> 31);
            nint key = own + some * (nint)bytes;
            seen[n] = word;
            slots[n] = slot;
            differing[n] = (bytes < WordBytes ? *(uint*)key : *(ulong*)key) ^ columns[n];
            if (bytes > WordBytes) differing[n] |= (*(ulong*)(key + bytes - WordBytes) >> 8 * (2 * WordBytes - bytes)) ^ columns[MaxTogether + n];
            nexts[n] = ((int*)next)[some];
        }
    }

    /// <summary>A word of each, so many bytes from where they are; of short keys the one that there is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<ulong> Words<T>(nint* at, int offset) where T : struct, ILength
    {
        return Vector512.Create(Vector256.Create(Two(0), Two(2)), Vector256.Create(Two(4), Two(6)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector128<ulong> Two(int n) => T.Bytes == sizeof(uint)
            ? Vector128.Create(*(uint*)at[n], (ulong)*(uint*)at[n + 1])
            : Sse2.LoadHigh(Sse2.LoadScalarVector128((double*)(at[n] + offset)), (double*)(at[n + 1] + offset)).AsUInt64();
    }

    /// <summary>As of one key: whole words, and then the bytes that are left, the last one lowest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    Vector512<ulong> Hash<T>(Vector512<ulong> words, Vector512<ulong> more) where T : struct, ILength
    {
        int bytes = T.Bytes == 0 ? _keySize : T.Bytes, left = bytes % WordBytes;
        var hash = Vector512.Create(Seed);
        if (bytes >= WordBytes) hash = Mix(hash, words);
        if (bytes == 2 * WordBytes) hash = Mix(hash, more);
        return Mix(hash, left == 0 ? default : Backwards(bytes < WordBytes ? words : more) >>> 8 * (WordBytes - left));
    }

    /// <summary>The bytes of each word the other way round.</summary>
    static Vector512<ulong> Backwards(Vector512<ulong> words)
    {
        var places = Vector128.Create((byte)7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8);
        return Avx512BW.Shuffle(words.AsByte(), Vector512.Create(Vector256.Create(places, places), Vector256.Create(places, places))).AsUInt64();
    }

    /// <summary>The product of 128 bits out of four of 64: its halves, one onto the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<ulong> Mix(Vector512<ulong> hash, Vector512<ulong> word)
    {
        hash ^= word;
        var (low, high) = (Vector512.Create(Factor & uint.MaxValue).AsUInt32(), Vector512.Create(Factor >> 32).AsUInt32());
        var (a, b) = (hash.AsUInt32(), (hash >>> 32).AsUInt32());
        var middle = Avx512F.Multiply(b, low) + (Avx512F.Multiply(a, low) >>> 32);
        var other = Avx512F.Multiply(a, high) + (middle & Vector512.Create((ulong)uint.MaxValue));
        return Avx512F.Multiply(b, high) + (middle >>> 32) + (other >>> 32) ^ Avx512DQ.MultiplyLow(hash, Vector512.Create(Factor));
    }
}
