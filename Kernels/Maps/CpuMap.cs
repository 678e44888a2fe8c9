using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary>
/// <c>BPF_MAP_TYPE_CPUMAP</c>: a key is a CPU of the host, its value the length of that CPU's queue, 0 emptying the slot
/// (kernel/bpf/cpumap.c). Programs cannot look into it.
/// </summary>
/// <remarks>Every CPU exists that there is a key for, where the kernel refuses those that the machine cannot have (ENODEV). A program
/// to run on the CPU is refused: the card has none.</remarks>
public sealed class CpuMap(uint id, MapSpec spec) : RedirectArray(id, spec)
{
    /// <summary>The largest number of CPUs that a kernel is built for; each kernel takes those of its own build.</summary>
    public const int MaxCpus = 8192;

    const uint MaxQueueFrames = 16_384;

    protected override RedirectTarget TargetAt(int slot, uint word) => new(RedirectKind.Cpu, (uint)slot);

    protected override int Set(int slot, ReadOnlySpan<byte> value, ulong flags)
    {
        var entry = new RedirectValue(value);
        if (flags == UpdateFlags.NoExist) return -Errno.Exists;
        if (entry.Word > MaxQueueFrames) return -Errno.Overflow;
        if (entry.Word == 0)
        {
            Clear(slot);
            return 0;
        }
        if (entry.HasProgram) return -Errno.NoMemory;
        Put(slot, entry.Word);
        return 0;
    }
}
