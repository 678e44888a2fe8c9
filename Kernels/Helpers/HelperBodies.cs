using Chainring.Kernels.Interpreter;
using Chainring.Kernels.Maps;
using Chainring.Kernels.Network;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Helpers;

/// <summary>The body of each helper and kfunc that <see cref="HelperTable"/> has a row for, by id. Tail calls are the backends' own business.</summary>
public static class HelperBodies
{
    static readonly Dictionary<int, HelperBody> Bodies = new()
    {
        [1] = static (ref c) => c.Map!.Find(c.Memory1, c.Environment.Cpu),
        [2] = static (ref c) => c.Map!.Update(c.Memory1, c.Memory2, c.R4, c.Environment.Cpu),
        [3] = static (ref c) => c.Map!.Delete(c.Memory1),
        [5] = static (ref c) => (long)CardTime.Now(c.Environment.Clock, c.Frame.ClockNs),
        [6] = TraceOutput.Three,
        [7] = static (ref c) => Randomness.Draw(c.Environment.Seed, (uint)c.Environment.Cpu, c.Frame.Index, c.Draws++),
        [8] = static (ref c) => c.Environment.Cpu,
        [23] = static (ref c) => Redirect(ref c.Frame, (uint)c.R1, c.R2),
        [25] = EventOutput.Perf,
        [28] = static (ref c) => Checksum.Difference(c.Memory1, c.Memory2, (uint)c.R5),
        [42] = static (ref _) => 0,
        [44] = static (ref c) => PacketRoom.AdjustHead(ref c.Frame, c.Buffer, (int)c.R2),
        [51] = static (ref c) => RedirectMap(ref c.Frame, c.Map!, (uint)c.R2, c.R3),
        [54] = static (ref c) => PacketRoom.AdjustMeta(ref c.Frame, (int)c.R2),
        [65] = static (ref c) => PacketRoom.AdjustTail(ref c.Frame, c.Buffer, (int)c.R2),
        [69] = static (ref c) => FibLookup.Find(c.Environment.Network.Current, c.Memory1, (uint)c.R4),
        [84] = static (ref c) => SocketLookup.Full(ref c, SocketProtocol.Tcp),
        [85] = static (ref c) => SocketLookup.Full(ref c, SocketProtocol.Udp),
        [86] = static (ref _) => 0,
        [87] = static (ref c) => ((IPushMap)c.Map!).Push(c.Memory1, c.R3),
        [88] = static (ref c) => ((IPushMap)c.Map!).Pop(c.Memory1),
        [89] = static (ref c) => ((IPushMap)c.Map!).Peek(c.Memory1),
        [93] = static (ref c) => c.Held.Take(c.Map!, c.ValueOffset),
        [HelperTable.UnlockId] = static (ref c) => c.Held.GiveBack(),
        [99] = SocketLookup.Any,
        [100] = SocketCookies.Check,
        [105] = static (ref c) => TextHelpers.ToSigned(c.Memory1, c.R3, c.Memory2),
        [106] = static (ref c) => TextHelpers.ToUnsigned(c.Memory1, c.R3, c.Memory2),
        [110] = SocketCookies.Generate,
        [118] = static (ref c) => (long)CardTime.Ticks(c.Environment.Clock, c.Frame.ClockNs),
        [125] = static (ref c) => (long)CardTime.Now(c.Environment.Clock, c.Frame.ClockNs),
        [130] = EventOutput.Record,
        [131] = EventOutput.Reserve,
        [132] = static (ref c) => EventOutput.Finish(ref c, c.Record, discard: false),
        [133] = static (ref c) => EventOutput.Finish(ref c, c.Record, discard: true),
        [134] = static (ref c) => EventOutput.Query((RingBufferMap)c.Map!, c.R2),
        [160] = static (ref c) => (long)CardTime.Coarse(c.Environment.Clock, c.Frame.ClockNs),
        [163] = static (ref c) => MtuCheck.Check(in c.Frame, c.Environment.Network.Current, (uint)c.R2, c.Memory1, (int)c.R4, c.R5),
        [164] = Loop.OverElements,
        [165] = TraceOutput.IntoMemory,
        [177] = TraceOutput.Many,
        [181] = Loop.InRounds,
        [182] = static (ref c) => TextHelpers.Compare(c.Memory1, c.Text),
        [188] = static (ref c) => c.Frame.Length,
        [189] = static (ref c) => PacketBytes.Load(in c.Frame, c.Buffer, (uint)c.R2, c.Memory1),
        [190] = static (ref c) => PacketBytes.Store(in c.Frame, c.Buffer, (uint)c.R2, c.Memory1),
        [195] = static (ref c) => (uint)c.R3 < (uint)c.Map!.Cpus ? c.Map!.Find(c.Memory1, (int)c.R3) : -1,
        [197] = DynptrBytes.FromValue,
        [198] = EventOutput.ReserveDynptr,
        [199] = static (ref c) => EventOutput.FinishDynptr(ref c, discard: false),
        [200] = static (ref c) => EventOutput.FinishDynptr(ref c, discard: true),
        [201] = static (ref c) => DynptrBytes.Read(ref c, c.Dynptr1, (uint)c.R4, c.Memory1, c.R5),
        [202] = static (ref c) => DynptrBytes.Write(ref c, c.Dynptr1, (uint)c.R2, c.Memory1, c.R5),
        [203] = static (ref c) => DynptrBytes.Data(c.Dynptr1, (uint)c.R2, (uint)c.R3),
        [204] = RawCookies.Generate,
        [205] = RawCookies.Generate,
        [206] = RawCookies.Check,
        [207] = RawCookies.Check,
        [208] = static (ref c) => (long)CardTime.Tai(c.Environment.Clock, c.Frame.ClockNs),

        [HelperTable.FirstKfunc + 0] = static (ref c) => RxMetadata.Timestamp(in c.Frame, c.Memory1),
        [HelperTable.RxHashId] = static (ref c) => RxMetadata.Hash(in c.Frame.Hints, c.Memory1, c.Memory2),
        [HelperTable.FirstKfunc + 2] = static (ref c) => RxMetadata.VlanTag(in c.Frame.Hints, c.Memory1, c.Memory2),
        [HelperTable.FirstKfunc + 3] = DynptrBytes.FromFrame,
        [HelperTable.FirstKfunc + 4] = static (ref c) => DynptrBytes.Slice(ref c, (uint)c.R2, (uint)c.R4),
        [HelperTable.FirstKfunc + 5] = static (ref c) => DynptrBytes.Slice(ref c, (uint)c.R2, (uint)c.R4),
        [HelperTable.FirstKfunc + 6] = static (ref c) => DynptrBytes.Adjust(ref c.Dynptr1, (uint)c.R2, (uint)c.R3),
        [HelperTable.FirstKfunc + 7] = static (ref c) => c.Dynptr1.Points ? 0 : 1,
        [HelperTable.FirstKfunc + 8] = static (ref _) => 0,
        [HelperTable.FirstKfunc + 9] = static (ref c) => DynptrBytes.Size(c.Dynptr1),
        [HelperTable.FirstKfunc + 10] = DynptrBytes.Clone,
        [HelperTable.FirstKfunc + 11] = static (ref c) => DynptrBytes.Copy(ref c, c.Dynptr1, (uint)c.R2, c.Dynptr2, (uint)c.R4, (uint)c.R5),
        [HelperTable.FirstKfunc + 12] = static (ref c) => DynptrBytes.Fill(ref c, c.Dynptr1, (uint)c.R2, (uint)c.R3, (byte)c.R4),
    };

    static readonly HelperBody?[] ById =
        [.. Enumerable.Range(0, HelperTable.All.Max(r => r.Id) + 1).Select(id => Bodies.GetValueOrDefault(id))];

    /// <summary>Whether a program that calls this helper or kfunc can be loaded.</summary>
    public static bool Has(long id) => HelperTable.Find(id) is { } row && (row.Effect is HelperEffect.TailCall || ById[id] is not null);

    public static HelperBody Of(long id) => ById[id]!;

    /// <summary>The last call wins; any flag is an error that leaves the target alone (net/core/filter.c, bpf_xdp_redirect).</summary>
    static long Redirect(ref Frame frame, uint ifindex, ulong flags)
    {
        if (flags != 0) return (long)XdpAction.Aborted;
        (frame.Redirect, frame.RedirectIndex) = (RedirectTarget.Interface(ifindex), ifindex);
        return (long)XdpAction.Redirect;
    }

    /// <summary>
    /// The key is looked up now; a broadcast needs none. An absent key answers with the code in the flags and forgets the map but not the index of
    /// the call before: a redirect all the same then goes to the interface of that number. Unknown flags leave the target alone
    /// (include/linux/filter.h, __bpf_xdp_redirect_map; net/core/filter.c, __xdp_do_redirect_frame).
    /// </summary>
    static long RedirectMap(ref Frame frame, Map map, uint key, ulong flags)
    {
        var targets = (IRedirectMap)map;
        if ((flags & ~(RedirectFlags.ReturnCode | targets.KnownFlags)) != 0) return (long)XdpAction.Aborted;
        var target = (flags & RedirectFlags.Broadcast) != 0
            ? new RedirectTarget(RedirectKind.Broadcast, map.Id, (flags & RedirectFlags.ExcludeIngress) != 0)
            : targets.TargetOf(key);
        if (target.Kind == RedirectKind.None)
        {
            frame.Redirect = RedirectTarget.Interface(frame.RedirectIndex);
            return (long)(flags & RedirectFlags.ReturnCode);
        }
        (frame.Redirect, frame.RedirectIndex) = (target, key);
        return (long)XdpAction.Redirect;
    }
}
