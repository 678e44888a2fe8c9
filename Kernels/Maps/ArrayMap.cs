using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary>
/// <c>BPF_MAP_TYPE_ARRAY</c> and <c>_PERCPU_ARRAY</c>: every index below max_entries exists from the start and cannot be deleted
/// (kernel/bpf/arraymap.c).
/// </summary>
public sealed class ArrayMap : Map, IWalkedMap
{
    public ArrayMap(uint id, MapSpec spec, int cpus) : base(id, spec, spec.MaxEntries, cpus)
    {
        if (spec.InitialValue is { } initial) WriteAll(0, initial);
    }

    public override int Find(ReadOnlySpan<byte> key, int cpu) =>
        IndexOf(key) is var index && index < (uint)Spec.MaxEntries ? OffsetOf((int)index, cpu) : -1;

    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int cpu)
    {
        if (Refused(key, flags, out int slot) is var error and not 0) return error;
        WriteAt(OffsetOf(slot, cpu), value, flags);
        return 0;
    }

    public override int UpdateAll(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        if (IsLockFlagWrong(flags)) return -Errno.Invalid;
        if (Refused(key, flags, out int slot) is var error and not 0) return error;
        WriteAll(slot, value, flags);
        return 0;
    }

    public override int Delete(ReadOnlySpan<byte> key) => -Errno.Invalid;

    public bool TryNext(ref MapCursor cursor)
    {
        if (cursor.Bucket == Spec.MaxEntries) return false;
        (cursor.Slot, cursor.Index) = (cursor.Bucket, (uint)cursor.Bucket);
        cursor.Bucket++;
        return true;
    }

    public Span<byte> KeyAt(ref MapCursor cursor) => MemoryMarshal.AsBytes(new Span<uint>(ref cursor.Index));

    public int ValueAt(in MapCursor cursor, int cpu) => OffsetOf(cursor.Slot, cpu);

    public override IReadOnlyList<MapEntry> Entries()
    {
        var entries = new MapEntry[Spec.MaxEntries];
        for (int slot = 0; slot < entries.Length; slot++)
        {
            var key = new byte[sizeof(uint)];
            BinaryPrimitives.WriteInt32LittleEndian(key, slot);
            entries[slot] = new(key, ReadAll(slot));
        }
        return MapEntries.Sorted(entries);
    }

    static uint IndexOf(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadUInt32LittleEndian(key);

    /// <summary>In the kernel's order, which a program can tell: it looks for a lock last.</summary>
    int Refused(ReadOnlySpan<byte> key, ulong flags, out int slot)
    {
        uint index = IndexOf(key);
        slot = (int)index;
        return (flags & ~UpdateFlags.Lock) > UpdateFlags.Exist ? -Errno.Invalid
            : index >= (uint)Spec.MaxEntries ? -Errno.TooBig
            : (flags & UpdateFlags.NoExist) != 0 ? -Errno.Exists
            : IsLockFlagWrong(flags) ? -Errno.Invalid
            : 0;
    }
}
