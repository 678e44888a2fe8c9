using System.Buffers.Binary;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary>
/// <c>BPF_MAP_TYPE_DEVMAP_HASH</c>: interfaces by any number (kernel/bpf/devmap.c). A hash in which an entry keeps its place and a place
/// without one is 0, so that a broadcast, going from place to place, finds every entry that is there throughout.
/// </summary>
public sealed class DevMapHash : HashMap, IDevMap
{
    public DevMapHash(uint id, MapSpec spec) : base(id, spec, cpus: 1, inPlace: true) => ProgramsMayWrite = false;

    public ulong KnownFlags => RedirectFlags.Broadcast | RedirectFlags.ExcludeIngress;

    public int Slots => Storage.Length / Stride;

    public uint InterfaceAt(int slot) => WordAt(slot);

    public RedirectTarget TargetOf(uint key)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, key);
        return RedirectTarget.Interface(WordOf(bytes));
    }

    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int cpu) => -Errno.Invalid;

    /// <summary>An absent key is added even when it is asked to be present.</summary>
    public override int UpdateAll(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        var entry = new RedirectValue(value);
        if (flags > UpdateFlags.Exist || entry.Word == 0) return -Errno.Invalid;
        if (entry.HasProgram) return flags == UpdateFlags.NoExist && Find(key, 0) >= 0 ? -Errno.Exists : -Errno.Invalid;

        Span<byte> stored = stackalloc byte[value.Length];
        stored.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(stored, entry.Word);
        return base.UpdateAll(key, stored, flags & UpdateFlags.NoExist);
    }

    protected override void Released(int slot) => ValueAt(OffsetOf(slot, 0)).Clear();
}
