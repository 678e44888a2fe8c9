using Chainring.Kernels.Maps;

namespace Chainring.Kernels.Helpers;

/// <summary>What programs put out: perf events (net/core/filter.c, bpf_xdp_event_output) and records of ring buffers (kernel/bpf/ringbuf.c).</summary>
static class EventOutput
{
    const ulong IndexMask = 0xffff_ffff, PacketMask = 0xf_ffffUL << 32;
    const int PacketShift = 32;

    /// <summary>BPF_RB_NO_WAKEUP and BPF_RB_FORCE_WAKEUP: nobody sleeps here.</summary>
    const ulong WakeupFlags = 3;

    const long MaxRecord = uint.MaxValue / 4;

    public static long Perf(ref HelperCall call)
    {
        ulong flags = call.R3;
        if ((flags & ~(IndexMask | PacketMask)) != 0) return -Errno.Invalid;
        int packet = (int)((flags & PacketMask) >> PacketShift);
        if (packet > call.Frame.Length) return -Errno.Fault;
        uint slot = (flags & IndexMask) == IndexMask ? (uint)call.Environment.Cpu : (uint)flags;
        if (((PerfEventArrayMap)call.Map!).Refuses(slot, call.Environment.Cpu) is var error and not 0) return error;
        return call.Environment.Events.TryAppend(
            EventKind.Perf, call.Frame, call.Program.Id, call.Map!.Id, call.Memory1, call.Buffer.Slice(call.Frame.Data, packet)) ? 0 : -Errno.NoSpace;
    }

    public static long Record(ref HelperCall call)
    {
        if ((call.R4 & ~WakeupFlags) != 0) return -Errno.Invalid;
        if (!TryReserve(ref call, call.Memory1.Length, out var record)) return -Errno.Again;
        call.Memory1.CopyTo(record.Ring.Record(record.Offset, record.Size));
        Finish(ref call, record, discard: false);
        return 0;
    }

    /// <summary>The offset of the record's bytes, or -1.</summary>
    public static long Reserve(ref HelperCall call)
    {
        if (call.R3 != 0 || call.R2 > MaxRecord || call.Reservations.Count == Reservations.Max) return -1;
        if (!TryReserve(ref call, (long)call.R2, out var record)) return -1;
        call.Reservations.Add(record);
        return record.Offset;
    }

    /// <summary>Whether there is room or not, the dynamic pointer has to be given up.</summary>
    public static long ReserveDynptr(ref HelperCall call)
    {
        uint size = (uint)call.R2;
        if (call.R3 != 0) return -Errno.Invalid;
        if (size > Dynptr.MaxSize) return -Errno.TooBig;
        if (call.Reservations.Count == Reservations.Max || !TryReserve(ref call, size, out var record)) return -Errno.Invalid;
        call.Reservations.Add(record with { ByDynptr = true });
        call.Made = call.Made with { Map = record.Ring, Start = record.Offset, Size = size, Points = true };
        return 0;
    }

    /// <summary>The whole record, whatever the dynamic pointer was adjusted to.</summary>
    public static long FinishDynptr(ref HelperCall call, bool discard)
    {
        ref readonly var pointer = ref call.Dynptr1;
        if (!pointer.Points || !call.Reservations.TryTake(pointer.Map!.Id, (uint)pointer.Start, byDynptr: true, out var record)) return 0;
        return Finish(ref call, record, discard);
    }

    /// <summary>Any flags will do.</summary>
    public static long Finish(ref HelperCall call, in Reservation record, bool discard)
    {
        if (!discard) call.Environment.Events.Keep(record.LogPlace, record.Ring.Record(record.Offset, record.Size));
        record.Ring.Commit(record.Offset, record.Size, discard);
        return 0;
    }

    public static long Query(RingBufferMap ring, ulong what) => (ring.Positions, what) switch
    {
        (var (produced, consumed), 0) => produced - consumed,
        (_, 1) => ring.Spec.MaxEntries,
        (var (_, consumed), 2) => consumed,
        (var (produced, _), 3) => produced,
        _ => 0,
    };

    static bool TryReserve(ref HelperCall call, long size, out Reservation record)
    {
        var ring = (RingBufferMap)call.Map!;
        record = default;
        if (size > MaxRecord || ring.Reserve(size) is not (>= 0 and var offset)) return false;
        int place = call.Environment.Events.Reserve(EventKind.RingBuffer, call.Frame, call.Program.Id, ring.Id, (int)size);
        if (place == EventLog.None)
        {
            ring.Commit(offset, (int)size, discard: true);
            return false;
        }
        record = new(ring, offset, (int)size, place);
        return true;
    }
}
