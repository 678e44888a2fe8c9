using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary>
/// <c>BPF_MAP_TYPE_PERF_EVENT_ARRAY</c>: where <c>bpf_perf_event_output</c> sends events (kernel/trace/bpf_trace.c). The card listens on every
/// CPU that it has: slot n is CPU n's. The host can neither see nor change that.
/// </summary>
public sealed class PerfEventArrayMap(uint id, MapSpec spec, int cpus) : Map(id, spec, values: 0, cpus: 1)
{
    public override int Count => 0;

    /// <summary>0 if an event of a program on that CPU may go to that slot, else the negative errno that says why not.</summary>
    public int Refuses(uint slot, int cpu) =>
        slot >= (uint)Spec.MaxEntries ? -Errno.TooBig
        : slot >= (uint)cpus ? -Errno.NoEntry
        : slot != (uint)cpu ? -Errno.OperationNotSupported
        : 0;

    public override int Find(ReadOnlySpan<byte> key, int cpu) => -1;

    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int cpu) => -Errno.Invalid;

    /// <summary>No number is the descriptor of a perf event here.</summary>
    public override int UpdateAll(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags) =>
        flags != UpdateFlags.Any ? -Errno.Invalid
        : IndexOf(key) >= (uint)Spec.MaxEntries ? -Errno.TooBig
        : -Errno.BadDescriptor;

    public override int Delete(ReadOnlySpan<byte> key) => IndexOf(key) >= (uint)Spec.MaxEntries ? -Errno.TooBig : -Errno.NoEntry;

    public override IReadOnlyList<MapEntry> Entries() => [];

    static uint IndexOf(ReadOnlySpan<byte> key) => System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(key);
}
