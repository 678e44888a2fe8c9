using System.Buffers.Binary;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary>A redirect map whose keys are indices: a slot is empty or holds an entry, and only the host changes that.</summary>
public abstract class RedirectArray : Map, IRedirectMap
{
    readonly bool[] _present;

    protected RedirectArray(uint id, MapSpec spec) : base(id, spec, spec.MaxEntries, cpus: 1)
    {
        _present = new bool[spec.MaxEntries];
        ProgramsMayWrite = false;
    }

    public virtual ulong KnownFlags => 0;

    public int Slots => _present.Length;

    public RedirectTarget TargetOf(uint key) => IsPresent(key) ? TargetAt((int)key) : default;

    public override bool Admits(HelperEffect effect) => effect is HelperEffect.ReadsMap or HelperEffect.SetsRedirect;

    public override int Find(ReadOnlySpan<byte> key, int cpu) => IndexOf(key) is var index && IsPresent(index) ? OffsetOf((int)index, 0) : -1;

    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int cpu) => -Errno.Invalid;

    public override int UpdateAll(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        uint index = IndexOf(key);
        if (flags > UpdateFlags.Exist) return -Errno.Invalid;
        return index < (uint)Slots ? Set((int)index, value, flags) : -Errno.TooBig;
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
            if (!_present[slot]) continue;
            var key = new byte[sizeof(uint)];
            BinaryPrimitives.WriteInt32LittleEndian(key, slot);
            entries.Add(new(key, ReadAll(slot)));
        }
        return MapEntries.Sorted([.. entries]);
    }

    /// <summary>Where a slot that holds an entry sends frames.</summary>
    protected abstract RedirectTarget TargetAt(int slot);

    /// <summary>The host's update of a slot that exists, with flags that do: 0 or a negative errno.</summary>
    protected abstract int Set(int slot, ReadOnlySpan<byte> value, ulong flags);

    protected bool IsPresent(uint slot) => slot < (uint)_present.Length && _present[slot];

    /// <summary>The first word of a slot's value.</summary>
    protected uint WordAt(int slot) => BinaryPrimitives.ReadUInt32LittleEndian(ValueAt(OffsetOf(slot, 0)));

    /// <summary>Puts a word into a slot; the rest of its value is 0.</summary>
    protected void Put(int slot, uint word)
    {
        var value = ValueAt(OffsetOf(slot, 0));
        value.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(value, word);
        _present[slot] = true;
    }

    protected void Clear(int slot)
    {
        ValueAt(OffsetOf(slot, 0)).Clear();
        _present[slot] = false;
    }

    static uint IndexOf(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadUInt32LittleEndian(key);
}
