using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Chainring.Kernels.Maps;

/// <summary>
/// Which slot has a key: a chain of slots for each bucket. One thread at a time changes it; meanwhile any thread looks keys up, waiting for
/// nobody, and finds every key that is there throughout.
/// </summary>
/// <remarks>
/// A bucket is one word, and every change of its chain changes the word:
/// <code>
/// 63              32 31                     0
/// │ changes so far  │ first slot, -1 if none │
/// </code>
/// A slot is filled before it is linked, and filled anew only after the word has changed since it was unlinked. So a reader that finds
/// the word as it was has seen this bucket's chain; one that does not begins again, and only because a writer got on. (Four billion
/// changes of a bucket during one step of a reader would go unnoticed.)
/// </remarks>
sealed unsafe partial class KeyIndex
{
    public const int None = -1;

    const ulong OneChange = 1UL << 32;
    const ulong Changes = ~0UL << 32;

    /// <summary>Of the hash.</summary>
    const ulong Seed = 0x9e3779b97f4a7c15, Factor = 0xd6e8feb86659fd93;

    readonly byte[] _keys;
    readonly int _keySize;
    readonly ulong[] _buckets;
    readonly int[] _next;

    /// <summary>For each slot, how many changes its bucket had seen when it was linked: along a chain these only fall.</summary>
    readonly uint[] _linked;

    public KeyIndex(int slots, int keySize)
    {
        _keys = GC.AllocateArray<byte>(checked(slots * keySize), pinned: true);
        _keySize = keySize;
        _buckets = GC.AllocateArray<ulong>((int)BitOperations.RoundUpToPowerOf2((uint)slots), pinned: true);
        _next = GC.AllocateArray<int>(slots, pinned: true);
        _linked = GC.AllocateArray<uint>(slots, pinned: true);
        _buckets.AsSpan().Fill(Word(0, None));
    }

    public int Buckets => _buckets.Length;

    public IEnumerable<MapArray> Arrays => [MapArray.Of("keys", _keys), MapArray.Of("buckets", _buckets), MapArray.Of("next", _next), MapArray.Of("linked", _linked)];

    public long MemoryBytes => _keys.LongLength + sizeof(ulong) * _buckets.LongLength + 2 * sizeof(int) * _next.LongLength;

    /// <summary>The slot of a key, or <see cref="None"/>.</summary>
    /// <param name="seen">The bucket's word at that moment, for <see cref="Changed"/>.</param>
    public int Find(ReadOnlySpan<byte> key, int bucket, out ulong seen)
    {
        seen = Volatile.Read(ref _buckets[bucket]);
        int slot = First(seen);
        while (slot != None)
        {
            bool found = Differing<Any>(ref _keys[slot * _keySize], ref MemoryMarshal.GetReference(key)) == 0;
            int next = _next[slot];
            if (Changed(bucket, seen))
            {
                seen = Volatile.Read(ref _buckets[bucket]);
                slot = First(seen);
                continue;
            }
            if (found) return slot;
            slot = next;
        }
        return None;
    }

    /// <summary>Has a bucket brought near.</summary>
    public void Fetch(int bucket) => CacheLine.Fetch(Unsafe.AsPointer(ref _buckets[bucket]));

    /// <summary>Whether what was read of a bucket's slots may be another key's by now.</summary>
    public bool Changed(int bucket, ulong seen)
    {
        Volatile.ReadBarrier();
        return Volatile.Read(ref _buckets[bucket]) != seen;
    }

    /// <summary>The first slot of a bucket's chain, or <see cref="None"/>.</summary>
    public int First(int bucket) => First(Volatile.Read(ref _buckets[bucket]));

    /// <summary>For the writer alone, since a slot may leave its chain.</summary>
    public int Next(int slot) => _next[slot];

    /// <summary>Where a walk through a bucket begins: behind this change nothing has been linked yet.</summary>
    public uint NextChange(int bucket) => ChangesOf(Volatile.Read(ref _buckets[bucket])) + 1;

    /// <summary>The first slot of a bucket's chain that was linked before a change, which becomes that of its own; or <see cref="None"/>.</summary>
    public int LinkedBefore(int bucket, ref uint change)
    {
        ulong seen = Volatile.Read(ref _buckets[bucket]);
        int slot = First(seen);
        while (slot != None)
        {
            (uint linked, int next) = (_linked[slot], _next[slot]);
            if (Changed(bucket, seen))
            {
                seen = Volatile.Read(ref _buckets[bucket]);
                slot = First(seen);
                continue;
            }
            if ((int)(linked - change) < 0)
            {
                change = linked;
                return slot;
            }
            slot = next;
        }
        return None;
    }

    public ReadOnlySpan<byte> KeyAt(int slot) => Key(slot);

    /// <summary>The same, for what only promises not to write it.</summary>
    public Span<byte> Key(int slot) => _keys.AsSpan(slot * _keySize, _keySize);

    /// <summary>Gives an unlinked slot its key. Readers may still be looking at it.</summary>
    public void SetKey(int slot, ReadOnlySpan<byte> key)
    {
        Volatile.WriteBarrier();
        key.CopyTo(_keys.AsSpan(slot * _keySize, _keySize));
    }

    /// <summary>Puts a slot in front of the others, so that it hides one with the same key.</summary>
    public void Link(int slot, int bucket)
    {
        ulong word = _buckets[bucket];
        _next[slot] = First(word);
        ulong after = Word(word, slot);
        _linked[slot] = ChangesOf(after);
        Volatile.Write(ref _buckets[bucket], after);
    }

    public void Unlink(int slot, int bucket)
    {
        ulong word = _buckets[bucket];
        int first = First(word);
        if (first == slot)
        {
            first = _next[slot];
        }
        else
        {
            int before = first;
            while (_next[before] != slot) before = _next[before];
            Volatile.Write(ref _next[before], _next[slot]);
        }
        Volatile.Write(ref _buckets[bucket], Word(word, first));
    }

    public int BucketOf(ReadOnlySpan<byte> key) => (int)(Hash<Any>(ref MemoryMarshal.GetReference(key)) >> 32) & (_buckets.Length - 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Mix(ulong hash, ulong word)
    {
        hash ^= word;
        // Math.BigMul leaves one half in memory.
        ulong high = Bmi2.X64.IsSupported ? Bmi2.X64.MultiplyNoFlags(hash, Factor) : Math.BigMul(hash, Factor, out _);
        return high ^ unchecked(hash * Factor);
    }

    static int First(ulong word) => (int)word;

    static uint ChangesOf(ulong word) => (uint)(word >> 32);

    /// <summary>A bucket's word after one change more.</summary>
    static ulong Word(ulong before, int first) => ((before & Changes) + OneChange) | (uint)first;
}
