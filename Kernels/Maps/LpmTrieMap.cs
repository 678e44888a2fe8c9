using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.Intrinsics;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary>
/// <c>BPF_MAP_TYPE_LPM_TRIE</c>: keys are prefixes, a length in bits and the data, and a lookup finds the longest that its own begins with
/// (kernel/bpf/lpm_trie.c). Updates and deletes take the map's lock, lookups take none. An updated value lies in a new place, so that a
/// pointer to the old one goes on showing that.
/// </summary>
public sealed class LpmTrieMap : Map
{
    const int None = -1, LengthBytes = sizeof(uint);

    readonly PrefixTree _tree;

    /// <summary>Places of values without a prefix; one more than entries, for the update of a full map.</summary>
    readonly int[] _free;

    int _freeCount;
    MapLock _lock;

    public LpmTrieMap(uint id, MapSpec spec) : base(id, spec, spec.MaxEntries + 1, cpus: 1)
    {
        _tree = new PrefixTree(spec.MaxEntries, spec.KeySize - LengthBytes);
        _free = new int[spec.MaxEntries + 1];
        for (int place = spec.MaxEntries; place >= 0; place--) _free[_freeCount++] = place;
    }

    public override int Count => Spec.MaxEntries + 1 - Volatile.Read(ref _freeCount);

    public override long MemoryBytes => Storage.LongLength + _tree.MemoryBytes + sizeof(int) * _free.LongLength;

    internal override IReadOnlyList<MapArray> Arrays => [.. base.Arrays, .. _tree.Arrays];

    /// <summary>A prefix comes behind those that begin with it; else the first bit that differs decides.</summary>
    public static int Compare(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        uint lengthOfA = LengthOf(a), lengthOfB = LengthOf(b), most = 8 * (uint)(Math.Min(a.Length, b.Length) - LengthBytes);
        for (int bit = 0; bit < Math.Min(most, Math.Min(lengthOfA, lengthOfB)); bit++)
        {
            int by = 7 - bit % 8, at = LengthBytes + bit / 8;
            if ((a[at] >> by & 1) - (b[at] >> by & 1) is var differs and not 0) return differs;
        }
        return lengthOfB.CompareTo(lengthOfA);
    }

    int MaxLength => 8 * (Spec.KeySize - LengthBytes);

    public override int Find(ReadOnlySpan<byte> key, int cpu)
    {
        uint length = LengthOf(key);
        if (length > (uint)MaxLength) return -1;
        int place = _tree.Longest(key[LengthBytes..], (int)length);
        return place == None ? -1 : OffsetOf(place, 0);
    }

    /// <summary>Where the tree can do that in vectors, so; else one after the other while it is near the processor, since several ways down at once are harder to guess than one.</summary>
    internal override unsafe void FindEach(ReadOnlySpan<nint> keys, int wanted, int cpu, Span<nint> values)
    {
        if (_tree.CanLookTogether && keys.Length <= PrefixTree.MaxTogether && wanted != 0)
        {
            FindTogether(keys, wanted, values);
            return;
        }
        if (MemoryBytes <= NearBytes)
        {
            base.FindEach(keys, wanted, cpu, values);
            return;
        }
        Span<nint> data = stackalloc nint[keys.Length];
        Span<int> lengths = stackalloc int[keys.Length], places = stackalloc int[keys.Length];
        places.Fill(None);
        for (int left = wanted; left != 0; left &= left - 1)
        {
            int n = BitOperations.TrailingZeroCount(left);
            uint length = *(uint*)keys[n];
            if (length > (uint)MaxLength) wanted &= ~(1 << n);
            (data[n], lengths[n]) = (keys[n] + LengthBytes, (int)length);
        }
        _tree.LongestEach(data, lengths, wanted, places);
        for (int n = 0; n < keys.Length; n++) values[n] = places[n] == None ? 0 : StorageAddress + OffsetOf(places[n], 0);
    }

    unsafe void FindTogether(ReadOnlySpan<nint> keys, int wanted, Span<nint> values)
    {
        // Where nothing is wanted the first key is looked at once more.
        nint some = keys[BitOperations.TrailingZeroCount(wanted)];
        nint* data = stackalloc nint[PrefixTree.MaxTogether];
        int* numbers = stackalloc int[PrefixTree.MaxTogether];
        for (int n = 0; n < PrefixTree.MaxTogether; n++)
        {
            nint key = n < keys.Length ? some + ((keys[n] - some) & -(nint)(wanted >> n & 1)) : some;
            (data[n], numbers[n]) = (key + LengthBytes, *(int*)key);
        }
        var lengths = Vector256.Load(numbers);
        var isWanted = ~Vector256.Equals(Vector256.Create(wanted) & Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128), default);
        _tree.LongestEight(data, lengths, isWanted & Vector256.LessThanOrEqual(lengths.AsUInt32(), Vector256.Create((uint)MaxLength)).AsInt32()).Store(numbers);
        for (int n = 0; n < values.Length; n++) values[n] = (StorageAddress + numbers[n] * (nint)Stride) & ~(nint)(numbers[n] >> 31);
    }

    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int cpu) => UpdateAll(key, value, flags);

    public override int UpdateAll(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        uint length = LengthOf(key);
        if (flags > UpdateFlags.Exist || length > (uint)MaxLength) return -Errno.Invalid;
        // The caller's key may be a value that someone else writes meanwhile.
        Span<byte> data = stackalloc byte[key.Length - LengthBytes];
        key[LengthBytes..].CopyTo(data);
        _lock.Enter();
        try
        {
            int old = _tree.Exact(data, (int)length);
            if (old != None && flags == UpdateFlags.NoExist) return -Errno.Exists;
            if (old == None && flags == UpdateFlags.Exist) return -Errno.NoEntry;
            if (old == None && _freeCount == 1) return -Errno.NoSpace;
            int place = _free[--_freeCount];
            value.CopyTo(ValueAt(OffsetOf(place, 0)));
            _tree.Put(data, (int)length, place);
            if (old != None) Free(old);
            return 0;
        }
        finally
        {
            _lock.Exit();
        }
    }

    public override int Delete(ReadOnlySpan<byte> key)
    {
        uint length = LengthOf(key);
        if (length > (uint)MaxLength) return -Errno.Invalid;
        _lock.Enter();
        try
        {
            int place = _tree.Remove(key[LengthBytes..], (int)length);
            if (place == None) return -Errno.NoEntry;
            Free(place);
            return 0;
        }
        finally
        {
            _lock.Exit();
        }
    }

    /// <summary>As of one moment; writers wait meanwhile. Bits of a key beyond its prefix are as they were given.</summary>
    public override IReadOnlyList<MapEntry> Entries()
    {
        int size = Spec.KeySize + Spec.ValueSize;
        byte[] copies = [];
        int count;
        while ((count = Copy(copies, size)) * size > copies.Length) copies = new byte[(count + 8) * size];
        var entries = new MapEntry[count];
        for (int n = 0; n < count; n++)
        {
            var copy = copies.AsSpan(n * size, size);
            entries[n] = new(copy[..Spec.KeySize].ToArray(), [copy[Spec.KeySize..].ToArray()]);
        }
        return MapEntries.Sorted(entries);
    }

    /// <summary>Copies the entries if there is room for all; how many there are.</summary>
    int Copy(Span<byte> copies, int size)
    {
        _lock.Enter();
        try
        {
            int count = Spec.MaxEntries + 1 - _freeCount;
            if (count * size > copies.Length) return count;
            for (int node = 0; node < _tree.Nodes; node++)
            {
                if (_tree.At(node, out var data, out int length) is not (>= 0 and var place)) continue;
                BinaryPrimitives.WriteInt32LittleEndian(copies, length);
                data.CopyTo(copies[LengthBytes..]);
                ValueAt(OffsetOf(place, 0)).CopyTo(copies[Spec.KeySize..]);
                copies = copies[size..];
            }
            return count;
        }
        finally
        {
            _lock.Exit();
        }
    }

    void Free(int place) => _free[_freeCount++] = place;

    static uint LengthOf(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadUInt32LittleEndian(key);
}
