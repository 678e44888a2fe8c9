using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary>
/// <c>BPF_MAP_TYPE_HASH</c>, <c>_PERCPU_HASH</c>, <c>_LRU_HASH</c> and <c>_LRU_PERCPU_HASH</c> (kernel/bpf/hashtab.c). Slots are taken from a last-in-first-out
/// free list. As in the kernel, updating an existing key moves it to a spare slot, so that a pointer to the old value goes on showing the
/// old value, unless the map writes values in place.
/// </summary>
/// <remarks>
/// Lookups take no lock, except in an LRU map, where they change the order. Updates and deletes take the map's one. An LRU map evicts the
/// least recently used key; the kernel approximates that, so the two agree only while nothing is evicted.
/// </remarks>
public class HashMap : Map, IWalkedMap
{
    const int AllCpus = -1;

    readonly KeyIndex _index;
    readonly FreeSlots _free;
    readonly LruOrder? _order;
    readonly bool _inPlace, _isFar;

    /// <summary>The key of the update in progress: the caller's may be a value that someone else writes meanwhile.</summary>
    readonly byte[] _key;

    /// <summary>One, in memory that does not move.</summary>
    readonly MapLock[] _lock = GC.AllocateArray<MapLock>(1, pinned: true);

    /// <param name="inPlace">Whether the value of a key stays where it is, as per-CPU values do.</param>
    public HashMap(uint id, MapSpec spec, int cpus, bool inPlace = false, bool lru = false) : base(id, spec, spec.MaxEntries + 1, cpus)
    {
        int slots = spec.MaxEntries + 1;
        _index = new KeyIndex(slots, spec.KeySize);
        _free = new FreeSlots(spec.MaxEntries);
        _order = lru ? new LruOrder(slots) : null;
        _inPlace = inPlace;
        _isFar = MemoryBytes > NearBytes;
        _key = new byte[spec.KeySize];
    }

    /// <summary>Keys present.</summary>
    public override int Count => Spec.MaxEntries - _free.Count;

    internal override IReadOnlyList<MapArray> Arrays => [.. base.Arrays, .. _index.Arrays, _free.Array, MapArray.Of("lock", _lock), .. _order?.Arrays ?? []];

    public override long MemoryBytes => Storage.LongLength + _index.MemoryBytes;

    public override int Find(ReadOnlySpan<byte> key, int cpu)
    {
        int bucket = _index.BucketOf(key);
        int slot = _order is null ? _index.Find(key, bucket, out _) : Use(key, bucket, _order);
        return slot == KeyIndex.None ? -1 : OffsetOf(slot, cpu);
    }

    /// <summary>All alike, by what their buckets begin with.</summary>
    [SkipLocalsInit]
    internal override unsafe void FindEach(ReadOnlySpan<nint> keys, int wanted, int cpu, Span<nint> values)
    {
        if (_order is not null)
        {
            base.FindEach(keys, wanted, cpu, values);
            return;
        }
        if (wanted == 0) return;
        nint first = StorageAddress + OffsetOf(0, cpu), step = Cpus * Stride;
        if (_index.CanLookInVectors && keys.Length == KeyIndex.MaxTogether)
        {
            fixed (nint* given = keys, found = values) _index.FindEight(given, wanted, found, first, step);
            return;
        }
        // Where nothing is wanted the first key is looked up once more.
        nint some = keys[BitOperations.TrailingZeroCount(wanted)];
        nint* all = stackalloc nint[KeyIndex.MaxTogether];
        int* slots = stackalloc int[KeyIndex.MaxTogether];
        for (int n = 0; n < keys.Length; n++) all[n] = some + ((keys[n] - some) & -(nint)(wanted >> n & 1));
        _index.FindEach(all, slots, keys.Length, first, step);
        for (int n = 0; n < values.Length; n++) values[n] = (first + slots[n] * step) & ~(slots[n] >> 31);
    }

    internal override unsafe void FindColumns(ulong* columns, int keys, int wanted, int cpu, nint* values)
    {
        if (_order is not null || !_index.CanLookInVectors || keys != KeyIndex.MaxTogether) base.FindColumns(columns, keys, wanted, cpu, values);
        else if (wanted != 0) _index.FindEight(columns, wanted, values, StorageAddress + OffsetOf(0, cpu), Cpus * Stride);
    }

    internal override unsafe void FetchColumns(ulong* columns, ulong* others, int keys)
    {
        if (_isFar && _order is null && _index.CanLookInVectors && keys == KeyIndex.MaxTogether) _index.FetchSixteen(columns, others);
    }

    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int cpu) => Put(key, value, flags, cpu);

    public override int UpdateAll(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags) => Put(key, value, flags, AllCpus);

    public override int Delete(ReadOnlySpan<byte> key)
    {
        int bucket = _index.BucketOf(key);
        _lock[0].Enter();
        try
        {
            int slot = _index.Find(key, bucket, out _);
            if (slot == KeyIndex.None) return -Errno.NoEntry;
            Release(slot, bucket);
            return 0;
        }
        finally
        {
            _lock[0].Exit();
        }
    }

    /// <summary>Bucket by bucket, without waiting for anyone. What is linked into a bucket after the walk has come there is not met.</summary>
    public bool TryNext(ref MapCursor cursor)
    {
        for (; cursor.Bucket < _index.Buckets; cursor.Bucket++, cursor.IsInBucket = false)
        {
            if (!cursor.IsInBucket) (cursor.Change, cursor.IsInBucket) = (_index.NextChange(cursor.Bucket), true);
            cursor.Slot = _index.LinkedBefore(cursor.Bucket, ref cursor.Change);
            if (cursor.Slot != KeyIndex.None) return true;
        }
        return false;
    }

    public Span<byte> KeyAt(ref MapCursor cursor) => _index.Key(cursor.Slot);

    public int ValueAt(in MapCursor cursor, int cpu) => OffsetOf(cursor.Slot, cpu);

    /// <summary>Bucket by bucket, as the kernel reads many entries at once: the map may change between one bucket and the next.</summary>
    public override IReadOnlyList<MapEntry> Entries()
    {
        var entries = new List<MapEntry>(Count);
        int size = Spec.KeySize + Cpus * Spec.ValueSize;
        byte[] copies = new byte[size];
        for (int bucket = 0; bucket < _index.Buckets; bucket++)
        {
            if (_index.First(bucket) == KeyIndex.None) continue;
            int count;
            while ((count = Copy(bucket, copies, size)) * size > copies.Length) copies = new byte[count * size];
            for (int n = 0; n < count; n++) entries.Add(EntryFrom(copies.AsSpan(n * size, size)));
        }
        return MapEntries.Sorted([.. entries]);
    }

    /// <summary>The first word of a key's value; 0, and never another key's, if the key is absent.</summary>
    protected uint WordOf(ReadOnlySpan<byte> key)
    {
        int bucket = _index.BucketOf(key);
        while (true)
        {
            int slot = _index.Find(key, bucket, out ulong seen);
            if (slot == KeyIndex.None) return 0;
            uint word = WordAt(slot);
            if (!_index.Changed(bucket, seen)) return word;
        }
    }

    /// <summary>The first word of the value in a slot.</summary>
    protected uint WordAt(int slot) => BinaryPrimitives.ReadUInt32LittleEndian(ValueAt(OffsetOf(slot, 0)));

    /// <summary>Hears that a slot no longer has a key, under the map's lock.</summary>
    protected virtual void Released(int slot)
    {
    }

    int Use(ReadOnlySpan<byte> key, int bucket, LruOrder order)
    {
        _lock[0].Enter();
        try
        {
            int slot = _index.Find(key, bucket, out _);
            if (slot != KeyIndex.None) order.Touch(slot);
            return slot;
        }
        finally
        {
            _lock[0].Exit();
        }
    }

    int Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int cpu)
    {
        bool locks = (flags & UpdateFlags.Lock) != 0;
        if ((flags & ~UpdateFlags.Lock) > UpdateFlags.Exist || IsLockFlagWrong(flags)) return -Errno.Invalid;
        _lock[0].Enter();
        try
        {
            key.CopyTo(_key);
            int bucket = _index.BucketOf(_key);
            int old = _index.Find(_key, bucket, out _);
            bool isNew = old == KeyIndex.None;
            if (!isNew && (flags & UpdateFlags.NoExist) != 0) return -Errno.Exists;
            if (isNew && (flags & UpdateFlags.Exist) != 0) return -Errno.NoEntry;
            if (isNew) return Add(bucket, value, cpu);
            if (_inPlace || locks) Write(old, value, cpu, flags);
            else Move(old, bucket, value, cpu);
            return 0;
        }
        finally
        {
            _lock[0].Exit();
        }
    }

    int Add(int bucket, ReadOnlySpan<byte> value, int cpu)
    {
        if (_free.Count == 0 && !Evict()) return -Errno.TooBig;
        int slot = _free.Take();
        if (Cpus > 1 && cpu != AllCpus) ClearOthers(slot, cpu);
        Link(slot, bucket, value, cpu);
        return 0;
    }

    /// <summary>The new value can be found before the old one no longer can.</summary>
    void Move(int old, int bucket, ReadOnlySpan<byte> value, int cpu)
    {
        Link(_free.Swap(old), bucket, value, cpu);
        _index.Unlink(old, bucket);
        _order?.Remove(old);
    }

    void Link(int slot, int bucket, ReadOnlySpan<byte> value, int cpu)
    {
        _index.SetKey(slot, _key);
        Write(slot, value, cpu);
        _index.Link(slot, bucket);
        _order?.Add(slot);
    }

    void Write(int slot, ReadOnlySpan<byte> value, int cpu, ulong flags = UpdateFlags.Any)
    {
        if (cpu == AllCpus) WriteAll(slot, value, flags);
        else WriteAt(OffsetOf(slot, cpu), value, flags);
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
        Release(oldest, _index.BucketOf(_index.KeyAt(oldest)));
        return true;
    }

    void Release(int slot, int bucket)
    {
        _index.Unlink(slot, bucket);
        _order?.Remove(slot);
        Released(slot);
        _free.Give(slot);
    }

    /// <summary>Copies the entries of a bucket, as many as there is room for; how many it has. Nothing is allocated under the lock.</summary>
    int Copy(int bucket, Span<byte> copies, int size)
    {
        _lock[0].Enter();
        try
        {
            int count = 0;
            for (int slot = _index.First(bucket); slot != KeyIndex.None; slot = _index.Next(slot), count++)
            {
                if (copies.Length < size) continue;
                _index.KeyAt(slot).CopyTo(copies);
                for (int cpu = 0; cpu < Cpus; cpu++) ValueAt(OffsetOf(slot, cpu)).CopyTo(copies[(Spec.KeySize + cpu * Spec.ValueSize)..]);
                copies = copies[size..];
            }
            return count;
        }
        finally
        {
            _lock[0].Exit();
        }
    }

    MapEntry EntryFrom(ReadOnlySpan<byte> copy)
    {
        var values = new byte[Cpus][];
        for (int cpu = 0; cpu < Cpus; cpu++) values[cpu] = copy.Slice(Spec.KeySize + cpu * Spec.ValueSize, Spec.ValueSize).ToArray();
        return new(copy[..Spec.KeySize].ToArray(), values);
    }
}
