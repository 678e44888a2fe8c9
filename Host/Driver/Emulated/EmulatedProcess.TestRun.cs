using System.Diagnostics;
using Chainring.Kernels;

namespace Chainring.Host.Driver.Emulated;

// BPF_PROG_TEST_RUN of ordinary XDP programs: on a frame that the caller gives, the context that it gives, and back.
public sealed partial class EmulatedProcess
{
    const int ContextBytes = 24;

    int TestRun(Fields attr)
    {
        if (!Get<BpfProgram>(attr.I32(0)).Try(out var program, out int errno)) return -errno;
        uint contextIn = attr.U32(40), contextOut = attr.U32(44);
        if ((contextIn != 0) != (attr.U64(48) != 0) || (contextOut != 0) != (attr.U64(56) != 0)) return -Errno.Invalid;
        if (program.IsOffloaded || program.Facts.Type != ProgramType.Xdp) return -Errno.NotSupported;
        if (program.IsDeviceBound || program.Loaded is not { } loaded || attr.U32(64) != 0) return -Errno.Invalid;
        uint size = attr.U32(8);
        if (size is < 14 or > Frame.MaxLength) return -Errno.Invalid;
        var data = new byte[size];
        if (!Memory.TryRead(attr.U64(16), data)) return -Errno.Fault;
        if (Context(attr, data.Length, out var context) is var misfit and not 0) return misfit;

        int metadata = context.I32(0);
        uint repeat = Math.Max(attr.U32(32), 1);
        var engine = Host.NewEngine();
        if (engine.Install(Nic.InstallRequest.Attach(loaded)) is { } refusal) return -RefusalErrno.Of(refusal);
        var batch = new PacketBatch(capacity: 1);
        long started = Stopwatch.GetTimestamp();
        for (uint n = 0; n < repeat; n++)
        {
            batch.Clear();
            ref var placed = ref batch.Add(data.AsSpan(metadata));
            data.AsSpan(0, metadata).CopyTo(batch.Buffer(0)[(placed.Data - metadata)..]);
            placed.Meta = placed.Data - metadata;
            placed.IngressIfindex = context.U32(12);
            placed.RxQueue = context.U32(16);
            engine.RunAlone(batch);
        }
        uint duration = (uint)Math.Min(Stopwatch.GetElapsedTime(started).TotalNanoseconds / repeat, uint.MaxValue);
        engine.Install(Nic.InstallRequest.Detach());
        Host.Retire(engine);

        ref var frame = ref batch.Frame(0);
        var verdict = batch.Verdicts[0];
        var after = batch.Buffer(0)[frame.Meta..frame.LastEnd];
        attr.Set(4, (uint)verdict.Action);
        attr.Set(36, duration);
        return Give(attr, context, after, frame.Data - frame.Meta);
    }

    /// <summary>The context as the caller has it: offsets in the data that it gives.</summary>
    int Context(Fields attr, int length, out Fields context)
    {
        var bytes = new byte[ContextBytes];
        context = new(bytes);
        context.Set(4, (uint)length);
        uint size = attr.U32(40);
        if (size == 0) return 0;
        var given = new byte[Math.Min(size, MaxAttributeBytes)];
        if (!Memory.TryRead(attr.U64(48), given)) return -Errno.Fault;
        if (given.Length > ContextBytes && given.AsSpan(ContextBytes).ContainsAnyExcept((byte)0)) return -Errno.TooBig;
        given.AsSpan(0, Math.Min(given.Length, ContextBytes)).CopyTo(bytes);
        uint metadata = context.U32(0);
        if (context.U32(8) != 0 || context.U32(20) != 0 || context.U32(4) != length || metadata > length - Frame.MinLength || metadata % 4 != 0 || metadata > Frame.MaxMetadata) return -Errno.Invalid;
        uint ifindex = context.U32(12);
        if (ifindex == 0) return context.U32(16) == 0 ? 0 : -Errno.Invalid;
        return Host.Find(Namespace, (int)ifindex) is null ? -Errno.NoDevice : context.U32(16) == 0 ? 0 : -Errno.Invalid;
    }

    int Give(Fields attr, Fields context, ReadOnlySpan<byte> after, int metadata)
    {
        uint room = attr.U32(12);
        attr.Set(12, (uint)after.Length);
        ulong address = attr.U64(24);
        if (address != 0 && !Memory.TryWrite(address, room == 0 ? after : after[..(int)Math.Min(room, (uint)after.Length)])) return -Errno.Fault;
        uint contextRoom = attr.U32(44);
        if (contextRoom != 0)
        {
            context.Set(0, (uint)metadata);
            context.Set(4, (uint)after.Length);
            Span<byte> bytes = stackalloc byte[ContextBytes];
            for (int at = 0; at < ContextBytes; at += sizeof(uint)) BitConverter.TryWriteBytes(bytes[at..], context.U32(at));
            attr.Set(44, ContextBytes);
            if (!Memory.TryWrite(attr.U64(56), bytes[..(int)Math.Min(contextRoom, ContextBytes)])) return -Errno.Fault;
        }
        return address != 0 && room != 0 && room < after.Length ? -Errno.NoSpace : 0;
    }
}
