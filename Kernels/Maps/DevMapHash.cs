using System.Buffers.Binary;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary>
/// <c>BPF_MAP_TYPE_DEVMAP_HASH</c>: interfaces by any number (kernel/bpf/devmap.c). A hash in which a place without an entry is 0, so
/// that a broadcast finds the others.
/// </summary>
public sealed class DevMapHash : HashMap, IDevMap
{
    public DevMapHash(uint id, MapSpec spec) : base(id, spec, cpus: 1) => ProgramsMayWrite = false;

    public ulong KnownFlags => RedirectFlags.Broadcast | RedirectFlags.ExcludeIngress;

    public int Slots => Storage.Length / Stride;

    public uint InterfaceAt(int slot) => InterfaceAtOffset(OffsetOf(slot, 0));

    public RedirectTarget TargetOf(uint key)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, key);
        return Find(bytes, 0) is >= 0 and var at ? RedirectTarget.Interface(InterfaceAtOffset(at)) : default;
    }

    public override bool Admits(HelperEffect effect) => effect is HelperEffect.ReadsMap or HelperEffect.SetsRedirect;

    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int cpu) => -Errno.Invalid;

    /// <summary>An absent key is added even when it is asked to be present.</summary>
    public override int UpdateAll(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        var entry = new RedirectValue(value);
        int old = Find(key, 0);
        if (flags > UpdateFlags.Exist || entry.Word == 0) return -Errno.Invalid;
        if (old >= 0 && flags == UpdateFlags.NoExist) return -Errno.Exists;
        if (entry.HasProgram) return -Errno.Invalid;

        Span<byte> stored = stackalloc byte[value.Length];
        stored.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(stored, entry.Word);
        int error = base.UpdateAll(key, stored, UpdateFlags.Any);
        if (error == 0 && old >= 0) ValueAt(old).Clear();
        return error;
    }

    public override int Delete(ReadOnlySpan<byte> key)
    {
        int old = Find(key, 0);
        if (old >= 0) ValueAt(old).Clear();
        return base.Delete(key);
    }

    uint InterfaceAtOffset(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(ValueAt(offset));
}
