using System.Buffers.Binary;
using System.Numerics;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary>
/// <c>BPF_MAP_TYPE_HASH</c>, <c>_PERCPU_HASH</c> and <c>_LRU_HASH</c> (kernel/bpf/hashtab.c). Slots are taken from a last-in-first-out
/// free list. As in the kernel, updating an existing key of a map that is not per-CPU moves it to a spare slot, so that a pointer
/// to the old value goes on showing the old value.
/// </summary>
/// <remarks>An LRU map evicts the least recently used key; the kernel approximates that, so the two agree only while nothing is evicted.</remarks>
public class HashMap : Map
{
    const int None = -1;

    readonly byte[] _keys;
    readonly int[] _buckets;
    readonly int[] _next;
    readonly int[] _free;
    readonly LruOrder? _order;
    readonly bool _perCpu;
    int _freeCount;
    int _spare;

    public HashMap(uint id, MapSpec spec, int cpus, bool perCpu = false, bool lru = false) : base(id, spec, spec.MaxEntries + 1, cpus)
    {
        int slots = spec.MaxEntries + 1;
        _keys = new byte[checked(slots * spec.KeySize)];
        _buckets = new int[BitOperations.RoundUpToPowerOf2((uint)slots)];
        _next = new int[slots];
        _free = new int[spec.MaxEntries];
        _perCpu = perCpu;
        _order = lru ? new LruOrder(slots) : null;
        _spare = spec.MaxEntries;
        _buckets.AsSpan().Fill(None);
        for (int slot = spec.MaxEntries - 1; slot >= 0; slot--) _free[_freeCount++] = slot;
    }

    /// <summary>Keys present.</summary>
    public int Count => Spec.MaxEntries - _freeCount;

    public override int Find(ReadOnlySpan<byte> key, int cpu)
    {
        int slot = SlotOf(key, BucketOf(key));
        if (slot == None) return -1;
        _order?.Touch(slot);
        return OffsetOf(slot, cpu);
    }

    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int cpu)
    {
        int slot = Claim(key, flags, out bool isNew);
        if (slot < 0) return slot;
        if (isNew && _perCpu) ClearOthers(slot, cpu);
        value.CopyTo(ValueAt(OffsetOf(slot, cpu)));
        return 0;
    }

    public override int UpdateAll(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        int slot = Claim(key, flags, out _);
        if (slot < 0) return slot;
        WriteAll(slot, value);
        return 0;
    }

    public override int Delete(ReadOnlySpan<byte> key)
    {
        int bucket = BucketOf(key);
        int slot = SlotOf(key, bucket);
        if (slot == None) return -Errno.NoEntry;
        Release(slot, bucket);
        return 0;
    }

    public override IReadOnlyList<MapEntry> Entries()
    {
        var entries = new MapEntry[Count];
        int n = 0;
        foreach (int head in _buckets)
        {
            for (int slot = head; slot != None; slot = _next[slot]) entries[n++] = new(KeyAt(slot).ToArray(), ReadAll(slot));
        }
        return MapEntries.Sorted(entries);
    }

    /// <summary>The slot that the new value of a key goes to, linked in; or a negative errno and nothing changed.</summary>
    int Claim(ReadOnlySpan<byte> key, ulong flags, out bool isNew)
    {
        int bucket = BucketOf(key);
        int old = SlotOf(key, bucket);
        isNew = old == None;
        if (flags > UpdateFlags.Exist) return -Errno.Invalid;
        if (!isNew && flags == UpdateFlags.NoExist) return -Errno.Exists;
        if (isNew && flags == UpdateFlags.Exist) return -Errno.NoEntry;

        if (!isNew && _perCpu) return old;
        int slot;
        if (!isNew)
        {
            slot = _spare;
            Unlink(old, bucket);
            _spare = old;
        }
        else
        {
            if (_freeCount == 0 && !Evict()) return -Errno.TooBig;
            slot = _free[--_freeCount];
        }
        key.CopyTo(KeyAt(slot));
        _next[slot] = _buckets[bucket];
        _buckets[bucket] = slot;
        _order?.Add(slot);
        return slot;
    }

    /// <summary>Not the CPU's own: the new value may be a stale pointer to just that place, and then it keeps what it holds.</summary>
    void ClearOthers(int slot, int cpu)
    {
        for (int other = 0; other < Cpus; other++)
        {
            if (other != cpu) ValueAt(OffsetOf(slot, other)).Clear();
        }
    }

    bool Evict()
    {
        if (_order is null) return false;
        int oldest = _order.Oldest;
        Release(oldest, BucketOf(KeyAt(oldest)));
        return true;
    }

    void Release(int slot, int bucket)
    {
        Unlink(slot, bucket);
        _free[_freeCount++] = slot;
    }

    void Unlink(int slot, int bucket)
    {
        ref int link = ref _buckets[bucket];
        while (link != slot) link = ref _next[link];
        link = _next[slot];
        _order?.Remove(slot);
    }

    int SlotOf(ReadOnlySpan<byte> key, int bucket)
    {
        for (int slot = _buckets[bucket]; slot != None; slot = _next[slot])
        {
            if (KeyAt(slot).SequenceEqual(key)) return slot;
        }
        return None;
    }

    Span<byte> KeyAt(int slot) => _keys.AsSpan(slot * Spec.KeySize, Spec.KeySize);

    /// <summary>Multiply-and-fold over 8-byte words; nothing outside this map can see which function it is.</summary>
    int BucketOf(ReadOnlySpan<byte> key)
    {
        ulong hash = 0x9e3779b97f4a7c15;
        for (; key.Length >= 8; key = key[8..]) hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(key));
        ulong last = 0;
        foreach (byte b in key) last = (last << 8) | b;
        hash = Mix(hash, last);
        return (int)(hash >> 32) & (_buckets.Length - 1);
    }

    static ulong Mix(ulong hash, ulong word)
    {
        ulong high = Math.BigMul(hash ^ word, 0xd6e8feb86659fd93, out ulong low);
        return high ^ low;
    }
}
