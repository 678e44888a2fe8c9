using System.Buffers.Binary;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary>A redirect map whose keys are indices: a slot is empty or holds an entry, and only the host changes that.</summary>
/// <remarks>
/// An entry is one word, so that whoever redirects sees the old one or the new one and nothing between them. The map's values repeat the
/// lower half, for programs that look it up.
/// <code>
/// 63          32 31                                 0
/// │ 1 if there  │ interface, queue size or socket   │
/// </code></remarks>
public abstract class RedirectArray : Map, IRedirectMap
{
    const ulong Present = 1UL << 32;

    readonly ulong[] _entries;
    MapLock _lock;

    protected RedirectArray(uint id, MapSpec spec) : base(id, spec, spec.MaxEntries, cpus: 1)
    {
        _entries = GC.AllocateArray<ulong>(spec.MaxEntries, pinned: true);
        ProgramsMayWrite = false;
    }

    public virtual ulong KnownFlags => 0;

    public int Slots => _entries.Length;

    internal override IReadOnlyList<MapArray> Arrays => [.. base.Arrays, MapArray.Of("entries", _entries)];

    public RedirectTarget TargetOf(uint key) => EntryAt(key) is { } word ? TargetAt((int)key, word) : default;

    public override int Find(ReadOnlySpan<byte> key, int cpu) => IndexOf(key) is var index && EntryAt(index) is not null ? OffsetOf((int)index, 0) : -1;

    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int cpu) => -Errno.Invalid;

    public override int UpdateAll(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        uint index = IndexOf(key);
        if (flags > UpdateFlags.Exist) return -Errno.Invalid;
        if (index >= (uint)Slots) return -Errno.TooBig;
        _lock.Enter();
        try
        {
            return Set((int)index, value, flags);
        }
        finally
        {
            _lock.Exit();
        }
    }

    public override int Delete(ReadOnlySpan<byte> key)
    {
        uint index = IndexOf(key);
        if (index >= (uint)Slots) return -Errno.Invalid;
        Clear((int)index);
        return 0;
    }

    public override IReadOnlyList<MapEntry> Entries()
    {
        var entries = new List<MapEntry>();
        for (int slot = 0; slot < Slots; slot++)
        {
            if (EntryAt((uint)slot) is not { } word) continue;
            var (key, value) = (new byte[sizeof(uint)], new byte[Spec.ValueSize]);
            BinaryPrimitives.WriteInt32LittleEndian(key, slot);
            BinaryPrimitives.WriteUInt32LittleEndian(value, word);
            entries.Add(new(key, [value]));
        }
        return MapEntries.Sorted([.. entries]);
    }

    /// <summary>Where a slot that holds that word sends frames.</summary>
    protected abstract RedirectTarget TargetAt(int slot, uint word);

    /// <summary>The host's update of a slot that exists, with flags that do: 0 or a negative errno. One thread at a time.</summary>
    protected abstract int Set(int slot, ReadOnlySpan<byte> value, ulong flags);

    /// <summary>What a slot holds; null if it is empty or does not exist.</summary>
    protected uint? EntryAt(uint slot) =>
        slot < (uint)_entries.Length && Volatile.Read(ref _entries[slot]) is >= Present and var entry ? (uint)entry : null;

    /// <summary>Puts a word into a slot; the rest of its value is always 0.</summary>
    protected void Put(int slot, uint word)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(ValueAt(OffsetOf(slot, 0)), word);
        Volatile.Write(ref _entries[slot], Present | word);
    }

    protected void Clear(int slot) => Volatile.Write(ref _entries[slot], 0);

    static uint IndexOf(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadUInt32LittleEndian(key);
}
