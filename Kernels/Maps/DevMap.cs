using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary><c>BPF_MAP_TYPE_DEVMAP</c>: interfaces by index; interface 0 empties a slot (kernel/bpf/devmap.c).</summary>
public sealed class DevMap(uint id, MapSpec spec) : RedirectArray(id, spec), IDevMap
{
    public override ulong KnownFlags => RedirectFlags.Broadcast | RedirectFlags.ExcludeIngress;

    public uint InterfaceAt(int slot) => EntryAt((uint)slot) ?? 0;

    protected override RedirectTarget TargetAt(int slot, uint word) => RedirectTarget.Interface(word);

    protected override int Set(int slot, ReadOnlySpan<byte> value, ulong flags)
    {
        var entry = new RedirectValue(value);
        if (flags == UpdateFlags.NoExist) return -Errno.Exists;
        if (entry.HasProgram) return -Errno.Invalid;
        if (entry.Word == 0) Clear(slot);
        else Put(slot, entry.Word);
        return 0;
    }
}
