using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary>
/// The host's commands on a map, as bpf(2) has them (kernel/bpf/syscall.c): with the access that creation flags and freezing leave to it. Answers are 0
/// or a negative errno. A value of a per-CPU map is those of all CPUs side by side, each filled up to a multiple of 8 bytes.
/// </summary>
public static partial class MapCommands
{
    /// <summary>Bytes of a value as these commands exchange it.</summary>
    public static int ValueBytes(Map map) => MapKinds.IsPerCpu(map.Spec.Type) ? map.Stride * map.Cpus : map.Spec.ValueSize;

    /// <summary>Of a queue or stack the value that a pop would take; a Bloom filter is asked for the value that is given.</summary>
    public static int Lookup(Map map, ReadOnlySpan<byte> key, Span<byte> value, ulong flags = UpdateFlags.Any)
    {
        if ((flags & ~UpdateFlags.Lock) != 0) return -Errno.Invalid;
        if (!MayRead(map)) return -Errno.NotPermitted;
        if (flags != 0) return -Errno.Invalid;
        return Copy(map, key, value);
    }

    /// <param name="value">Of a per-CPU map also a single one, for every CPU.</param>
    public static int Update(Map map, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags) =>
        !MayWrite(map) ? -Errno.NotPermitted
        : (flags & UpdateFlags.Lock) != 0 && !map.HasLocks ? -Errno.Invalid
        : map.UpdateAll(key, value, flags);

    public static int Delete(Map map, ReadOnlySpan<byte> key) => MayWrite(map) ? map.Delete(key) : -Errno.NotPermitted;

    /// <summary>Takes an entry out; of a queue or stack the next one. Between the two halves another thread may change a hash.</summary>
    public static int LookupAndDelete(Map map, ReadOnlySpan<byte> key, Span<byte> value, ulong flags = UpdateFlags.Any)
    {
        if ((flags & ~UpdateFlags.Lock) != 0) return -Errno.Invalid;
        if (!MayRead(map) || !MayWrite(map)) return -Errno.NotPermitted;
        if (map is PushPopMap queue) return flags != 0 ? -Errno.Invalid : queue.Pop(value);
        if (map is IPushMap) return -Errno.NotSupported;
        if (map is not HashMap || map is DevMapHash or IMapOfMaps) return -Errno.NotSupported;
        if (flags != 0) return -Errno.Invalid;
        return Copy(map, key, value) is var error and not 0 ? error : map.Delete(key);
    }

    /// <summary>From here on the host changes nothing.</summary>
    public static int Freeze(Map map)
    {
        if (!MayWrite(map)) return -Errno.NotPermitted;
        map.Freeze();
        return 0;
    }

    /// <summary>Neither creation flags nor freezing keep the host from it.</summary>
    public static bool MayWrite(Map map) => (map.Spec.Flags & MapFlags.ReadOnly) == 0 && !map.IsFrozen;

    internal static bool MayRead(Map map) => (map.Spec.Flags & MapFlags.WriteOnly) == 0;

    static int Copy(Map map, ReadOnlySpan<byte> key, Span<byte> value)
    {
        if (map is IPushMap push) return push.Peek(value);
        if (map is RingBufferMap or PerfEventArrayMap) return -Errno.NotSupported;
        if (map is XskMap) return -Errno.OperationNotSupported;
        if (map is ProgramArrayMap programs)
        {
            if (programs[BitConverter.ToUInt32(key)] is not { } program) return -Errno.NoEntry;
            BitConverter.TryWriteBytes(value, program.Id);
            return 0;
        }
        bool perCpu = MapKinds.IsPerCpu(map.Spec.Type);
        for (int cpu = 0; cpu < (perCpu ? map.Cpus : 1); cpu++)
        {
            int at = map.Find(key, cpu);
            if (at < 0) return -Errno.NoEntry;
            if (map is IMapOfMaps) BitConverter.TryWriteBytes(value, at);
            else map.Storage.AsSpan(at, Math.Min(map.Stride, perCpu ? map.Stride : map.Spec.ValueSize)).CopyTo(value[(cpu * map.Stride)..]);
        }
        return 0;
    }
}
