using System.Buffers.Binary;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary><c>BPF_MAP_TYPE_ARRAY_OF_MAPS</c>: a slot is empty or names a map (kernel/bpf/arraymap.c). A slot is one word, whole at any time.</summary>
public sealed class ArrayOfMaps(uint id, MapSpec spec) : Map(id, spec, values: 0, cpus: 1), IMapOfMaps
{
    readonly uint[] _slots = GC.AllocateArray<uint>(spec.MaxEntries, pinned: true);

    public MapSpec Template => Spec.Inner!;

    public IEnumerable<uint> Inner => _slots.Where(id => id != 0);

    public override int Count => _slots.Count(id => id != 0);

    public override long MemoryBytes => sizeof(uint) * _slots.LongLength;

    internal override IReadOnlyList<MapArray> Arrays => [MapArray.Of("slots", _slots)];

    public override int Find(ReadOnlySpan<byte> key, int cpu) =>
        IndexOf(key) is var index && index < (uint)_slots.Length && Volatile.Read(ref _slots[index]) is not 0 and var inner ? (int)inner : -1;

    public int Set(ReadOnlySpan<byte> key, Map inner, ulong flags)
    {
        uint index = IndexOf(key);
        if (flags != UpdateFlags.Any) return -Errno.Invalid;
        if (index >= (uint)_slots.Length) return -Errno.TooBig;
        if (!InnerMaps.Fits(Template, inner.Spec)) return -Errno.Invalid;
        Volatile.Write(ref _slots[index], inner.Id);
        return 0;
    }

    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int cpu) => -Errno.Invalid;

    /// <summary>Maps are put there by <see cref="Set"/>: no number is the descriptor of one here.</summary>
    public override int UpdateAll(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags) =>
        flags != UpdateFlags.Any ? -Errno.Invalid
        : IndexOf(key) >= (uint)_slots.Length ? -Errno.TooBig
        : -Errno.BadDescriptor;

    public override int Delete(ReadOnlySpan<byte> key)
    {
        uint index = IndexOf(key);
        if (index >= (uint)_slots.Length) return -Errno.TooBig;
        return Interlocked.Exchange(ref _slots[index], 0) == 0 ? -Errno.NoEntry : 0;
    }

    /// <summary>The filled slots, with the ids of their maps.</summary>
    public override IReadOnlyList<MapEntry> Entries()
    {
        var entries = new List<MapEntry>();
        for (int slot = 0; slot < _slots.Length; slot++)
        {
            if (Volatile.Read(ref _slots[slot]) is not (not 0 and var inner)) continue;
            var (key, value) = (new byte[sizeof(uint)], new byte[sizeof(uint)]);
            BinaryPrimitives.WriteInt32LittleEndian(key, slot);
            BinaryPrimitives.WriteUInt32LittleEndian(value, inner);
            entries.Add(new(key, [value]));
        }
        return MapEntries.Sorted([.. entries]);
    }

    static uint IndexOf(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadUInt32LittleEndian(key);
}
