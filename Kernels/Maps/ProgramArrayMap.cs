using System.Buffers.Binary;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary>
/// <c>BPF_MAP_TYPE_PROG_ARRAY</c>: what a tail call jumps to. Programs can neither read nor write it; the host sets slots to loaded
/// programs, one thread at a time, while tail calls read them. Its values, as bytes, are program ids.
/// </summary>
public sealed class ProgramArrayMap(uint id, MapSpec spec) : Map(id, spec, spec.MaxEntries, cpus: 1)
{
    readonly LoadedProgram?[] _slots = new LoadedProgram?[spec.MaxEntries];

    bool? _frags;

    /// <summary>Null for an empty slot and for an index beyond the end: the tail call falls through.</summary>
    public LoadedProgram? this[uint index] => index < (uint)_slots.Length ? Volatile.Read(ref _slots[index]) : null;

    /// <summary>
    /// Whether a program may use the array and be in it: all of them support multi-buffer frames or none does, and the first one decides for good
    /// (kernel/bpf/core.c, bpf_prog_map_compatible).
    /// </summary>
    public bool IsForKindOf(ProgramSpec program) => program.Frags == (_frags ??= program.Frags);

    /// <summary>Fills a slot, or empties it with null; 0, -E2BIG, or -EINVAL for a program of another kind than those that use it.</summary>
    public int Set(ReadOnlySpan<byte> key, LoadedProgram? program)
    {
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        if (index >= (uint)_slots.Length) return -Errno.TooBig;
        if (program is not null && !IsForKindOf(program.Spec)) return -Errno.Invalid;
        BinaryPrimitives.WriteUInt32LittleEndian(ValueAt(OffsetOf((int)index, 0)), program?.Id ?? 0);
        Volatile.Write(ref _slots[index], program);
        return 0;
    }

    public override int Find(ReadOnlySpan<byte> key, int cpu) => -1;

    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int cpu) => -Errno.Invalid;

    public override int UpdateAll(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags) => -Errno.Invalid;

    public override int Delete(ReadOnlySpan<byte> key)
    {
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        return index < (uint)_slots.Length && _slots[index] is null ? -Errno.NoEntry : Set(key, null);
    }

    public override IReadOnlyList<MapEntry> Entries()
    {
        var entries = new List<MapEntry>();
        for (int slot = 0; slot < _slots.Length; slot++)
        {
            if (_slots[slot] is null) continue;
            var key = new byte[sizeof(uint)];
            BinaryPrimitives.WriteInt32LittleEndian(key, slot);
            entries.Add(new(key, ReadAll(slot)));
        }
        return MapEntries.Sorted([.. entries]);
    }
}
