using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Chainring.Kernels.Maps;

/// <remarks>
/// Keys that are looked for together. Most are in the first slot of their chain, or the chain is empty: that is found without a branch, since one that depends on a key would be guessed wrongly. What is
/// chosen is so by masks, all ones or all zeros: the compiler makes branches of conditions in loops.
/// </remarks>
sealed unsafe partial class KeyIndex
{
    /// <summary>Keys that are looked for together at most.</summary>
    public const int MaxTogether = 8;

    /// <summary>A length of keys for which there is code of its own; 0 for that which asks each time.</summary>
    interface ILength
    {
        static abstract int Bytes { get; }
    }

    readonly struct Any : ILength
    {
        public static int Bytes => 0;
    }

    readonly struct Four : ILength
    {
        public static int Bytes => 4;
    }

    readonly struct Eight : ILength
    {
        public static int Bytes => 8;
    }

    readonly struct Sixteen : ILength
    {
        public static int Bytes => 16;
    }

    /// <summary>The slot of each key, or <see cref="None"/>.</summary>
    /// <param name="keys">Where each is in memory.</param>
    /// <param name="slots">As many.</param>
    /// <param name="values">Where the value of slot 0 is, and how far it is from each to the next: those that may be wanted are brought near.</param>
    public void FindEach(nint* keys, int* slots, int count, nint values, nint step)
    {
        switch (_keySize)
        {
            case 4: FindEach<Four>(keys, slots, count, values, step); break;
            case 8: FindEach<Eight>(keys, slots, count, values, step); break;
            case 16: FindEach<Sixteen>(keys, slots, count, values, step); break;
            default: FindEach<Any>(keys, slots, count, values, step); break;
        }
    }

    [SkipLocalsInit, MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void FindEach<T>(nint* keys, int* slots, int count, nint values, nint step) where T : struct, ILength
    {
        nint* at = stackalloc nint[MaxTogether];
        ulong* buckets = (ulong*)AddressOf(_buckets);
        int* nexts = (int*)AddressOf(_next);
        byte* own = (byte*)AddressOf(_keys);
        nint bytes = T.Bytes == 0 ? _keySize : T.Bytes;
        ulong last = (ulong)_buckets.Length - 1;
        for (int n = 0; n < count; n++)
        {
            at[n] = (nint)(buckets + ((Hash<T>(ref *(byte*)keys[n]) >> 32) & last));
            CacheLine.Fetch((void*)at[n]);
        }
        uint open = 0;
        for (int n = 0; n < count; n++)
        {
            ulong seen = Volatile.Read(ref *(ulong*)at[n]);
            int slot = First(seen), some = slot & ~(slot >> 31);
            CacheLine.Fetch((void*)(values + some * step));
            ulong differing = Differing<T>(ref own[some * bytes], ref *(byte*)keys[n]);
            int next = nexts[some];
            Volatile.ReadBarrier();
            ulong changes = Volatile.Read(ref *(ulong*)at[n]) ^ seen;
            // None is all ones: where keys differ, that is what becomes of the slot. What was not found goes on if there was a slot, and there is one behind it.
            int found = slot | ~IfZero(differing);
            slots[n] = found;
            open |= ((uint)((found & ~slot & ~next) | ~IfZero(changes)) >> 31) << n;
        }
        for (; open != 0; open &= open - 1)
        {
            int n = BitOperations.TrailingZeroCount(open);
            slots[n] = Find(new((void*)keys[n], _keySize), (int)((ulong*)at[n] - buckets), out _);
        }
    }

    /// <summary>Multiply-and-fold over words of 8 bytes; nothing outside this map can see which function it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    ulong Hash<T>(ref byte key) where T : struct, ILength
    {
        if (T.Bytes == 4) return Mix(Seed, System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(HalfAt(ref key, 0)));
        if (T.Bytes == 8) return Mix(Mix(Seed, WordAt(ref key, 0)), 0);
        if (T.Bytes == 16) return Mix(Mix(Mix(Seed, WordAt(ref key, 0)), WordAt(ref key, 8)), 0);
        ulong hash = Seed, last = 0;
        int bytes = _keySize, n = 0;
        for (; n + sizeof(ulong) <= bytes; n += sizeof(ulong)) hash = Mix(hash, WordAt(ref key, n));
        if (n + sizeof(uint) == bytes) last = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(HalfAt(ref key, n));
        else for (; n < bytes; n++) last = (last << 8) | Unsafe.Add(ref key, n);
        return Mix(hash, last);
    }

    /// <summary>0 if two keys are the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    ulong Differing<T>(ref byte one, ref byte other) where T : struct, ILength
    {
        if (T.Bytes == 4) return HalfAt(ref one, 0) ^ HalfAt(ref other, 0);
        if (T.Bytes == 8) return WordAt(ref one, 0) ^ WordAt(ref other, 0);
        if (T.Bytes == 16) return (WordAt(ref one, 0) ^ WordAt(ref other, 0)) | (WordAt(ref one, 8) ^ WordAt(ref other, 8));
        ulong differing = 0;
        int bytes = _keySize, n = 0;
        for (; n + sizeof(ulong) <= bytes; n += sizeof(ulong)) differing |= WordAt(ref one, n) ^ WordAt(ref other, n);
        if (n + sizeof(uint) <= bytes)
        {
            differing |= HalfAt(ref one, n) ^ HalfAt(ref other, n);
            n += sizeof(uint);
        }
        for (; n < bytes; n++) differing |= (uint)(Unsafe.Add(ref one, n) ^ Unsafe.Add(ref other, n));
        return differing;
    }

    static ulong WordAt(ref byte key, int place) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref key, place));

    static uint HalfAt(ref byte key, int place) => Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref key, place));

    /// <summary>All ones for 0, else 0.</summary>
    static int IfZero(ulong number) => (int)((long)(~number & (number - 1)) >> 63);

    static nint AddressOf<T>(T[] pinned) => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
}
