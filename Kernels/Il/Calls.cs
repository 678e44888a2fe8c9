using System.Runtime.CompilerServices;
using Chainring.Kernels.Helpers;
using Chainring.Kernels.Interpreter;
using Chainring.Kernels.Maps;
using Chainring.Offload.Ir;
using Chainring.Offload.Isa;

namespace Chainring.Kernels.Il;

/// <summary>
/// What compiled code calls. Addresses are those of the process, a map is its id. The verifier has proven that arguments are what the rows say, so that
/// nothing is checked again: memory that an argument points to is there, for as many bytes as the row says.
/// </summary>
static unsafe class Calls
{
    /// <summary>One of the codes that are no action: which one it was, nobody asks.</summary>
    const ulong UnknownCode = (ulong)Offload.Spec.XdpAction.Redirect + 1;

    /// <summary>Any helper or kfunc, by its row.</summary>
    public static ulong Helper(Execution execution, ref Frame frame, nint buffer, int id, int stage, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        var row = HelperTable.Find(id)!;
        Loop none = default;
        var call = new HelperCall
        {
            Frame = ref frame,
            Buffer = new((void*)buffer, execution.BufferBytes),
            Environment = execution.Environment,
            Program = execution.Programs[stage],
            Reservations = execution.Reservations,
            Sockets = execution.Sockets,
            R1 = r1,
            R2 = r2,
            R3 = r3,
            R4 = r4,
            R5 = r5,
            Draws = ref execution.Draws,
            Held = ref execution.Held,
            Made = ref execution.Made,
            Loop = ref none,
        };
        if (row.Effect is HelperEffect.FollowsPointers or HelperEffect.OutputsText) call.Addresses = execution;
        ReadOnlySpan<ulong> registers = [r1, r2, r3, r4, r5];
        if (!Resolve(execution, row, registers, ref call)) return 0;
        long result = HelperBodies.Of(id)(ref call);
        if (row.MovesDynptrs) MoveDynptrs(execution, row, registers, call);
        return row.Result == HelperResult.Number ? (ulong)result : Answer(execution, buffer, row.Result, call, result);
    }

    /// <summary><c>bpf_map_lookup_elem</c> of a map whose values lie in its storage.</summary>
    public static ulong Lookup(Execution execution, uint map, nint key)
    {
        var found = execution.Environment.Maps.Find(map)!;
        int offset = found.Find(new ReadOnlySpan<byte>((void*)key, found.Spec.KeySize), execution.Cpu);
        return offset < 0 ? 0 : (ulong)found.StorageAddress + (uint)offset;
    }

    /// <summary>The same for several frames at once: keys and values are one after the other in memory.</summary>
    /// <param name="wanted">A bit for each.</param>
    public static void LookupEach(Execution execution, uint map, nint keys, nint values, int lanes, int wanted) =>
        execution.Environment.Maps.Find(map)!.FindEach(new((void*)keys, lanes), wanted, execution.Cpu, new((void*)values, lanes));

    /// <summary>The same for keys whose words are in columns, a vector of each; and for as many others, whose columns and values are so many bytes further on.</summary>
    public static void LookupColumns(Execution execution, uint map, nint columns, nint values, int lanes, int wanted, nint further)
    {
        var found = execution.Environment.Maps.Find(map)!;
        int others = wanted >> lanes;
        if (others != 0) found.FetchColumns((ulong*)columns, (ulong*)(columns + further), lanes);
        found.FindColumns((ulong*)columns, lanes, wanted & (1 << lanes) - 1, execution.Cpu, (nint*)values);
        if (others != 0) found.FindColumns((ulong*)(columns + further), lanes, others, execution.Cpu, (nint*)(values + further));
    }

    /// <summary><c>bpf_map_update_elem</c>.</summary>
    public static ulong Update(Execution execution, uint map, nint key, nint value, ulong flags)
    {
        var found = execution.Environment.Maps.Find(map)!;
        return (ulong)found.Update(new((void*)key, found.Spec.KeySize), new((void*)value, found.Spec.ValueSize), flags, execution.Cpu);
    }

    public static ulong Now(Execution execution, ref Frame frame) => CardTime.Now(execution.Environment.Clock, frame.ClockNs);

    public static ulong AdjustHead(Execution execution, ref Frame frame, nint buffer, ulong delta) =>
        (ulong)PacketRoom.AdjustHead(ref frame, new((void*)buffer, execution.BufferBytes), (int)delta);

    /// <summary>A run begins; not if it is a tail call's.</summary>
    public static void BeginRun(Execution execution)
    {
        if (execution.Nesting > 0) return;
        execution.Executed = 0;
        execution.TailCalls = 0;
    }

    /// <summary>
    /// What a tail-called program returned, with the outcome beside it. It runs compiled if it was compiled when the chain was, else interpreted; and always so
    /// where a function has called it, because the one that called that goes on with all of r0.
    /// </summary>
    /// <param name="depth">Of the function that calls it; 0 is the program itself.</param>
    public static ulong TailCall(Execution execution, ref Frame frame, nint buffer, uint array, ulong index, int depth)
    {
        execution.Outcome = (ulong)TailCallOutcome.NotTaken;
        if (execution.Environment.Maps.Find(array) is not ProgramArrayMap programs || programs[(uint)index] is not { } target || execution.TailCalls == RunLimits.MaxTailCalls) return 0;
        execution.TailCalls++;
        execution.Nesting++;
        if (depth == 0 && execution.RoomOf(target) is { } room)
        {
            var verdict = room.RunNested(execution, ref frame, buffer);
            execution.Nesting--;
            execution.TailFault = verdict.Reason;
            bool isCode = verdict.Reason is AbortReason.None or AbortReason.Returned or AbortReason.UnknownCode;
            execution.Outcome = (ulong)(isCode ? TailCallOutcome.Taken : TailCallOutcome.Faulted);
            return verdict.Reason == AbortReason.UnknownCode ? UnknownCode : (ulong)verdict.Action;
        }
        var packet = new Span<byte>((void*)buffer, execution.BufferBytes);
        var fault = execution.Machine.Continue(target, depth, ref frame, packet, ref execution.Draws, ref execution.TailCalls, out ulong result);
        execution.Nesting--;
        execution.TailFault = fault;
        execution.Outcome = (ulong)(fault == AbortReason.None ? TailCallOutcome.Taken : TailCallOutcome.Faulted);
        return result;
    }

    /// <summary>The verdict of a frame whose tail-called program was aborted.</summary>
    public static uint TailFault(Execution execution) => new Verdict(Offload.Spec.XdpAction.Aborted, execution.TailFault).Word;

    public static void BeginWalk(Execution execution, uint map, int walk)
    {
        execution.Cursors[walk] = default;
        execution.Walked[walk] = execution.Environment.Maps.Find(map);
    }

    public static int NextElement(Execution execution, int walk) => execution.Walked[walk] is IWalkedMap map && map.TryNext(ref execution.Cursors[walk]) ? 1 : 0;

    public static ulong ElementKey(Execution execution, int walk)
    {
        nint at = execution.KeyOf(walk);
        var key = ((IWalkedMap)execution.Walked[walk]!).KeyAt(ref execution.Cursors[walk]);
        key.CopyTo(new Span<byte>((void*)at, key.Length));
        return (ulong)at;
    }

    public static ulong ElementValue(Execution execution, int walk)
    {
        var map = execution.Walked[walk]!;
        return (ulong)map.StorageAddress + (uint)((IWalkedMap)map).ValueAt(execution.Cursors[walk], execution.Cpu);
    }

    public static int PushVerdict(Execution execution, ref Frame frame, nint buffer, ulong action) =>
        PreviousVerdict.Push(ref frame, new((void*)buffer, execution.BufferBytes), (Offload.Spec.XdpAction)action) ? 1 : 0;

    public static void PopVerdict(ref Frame frame, ulong metadata) => PreviousVerdict.Pop(ref frame, (int)metadata);

    public static ulong Sdiv(ulong a, ulong b) => Scalar.Sdiv(new(a), new(b)).Value;

    public static ulong Smod(ulong a, ulong b) => Scalar.Smod(new(a), new(b)).Value;

    public static ulong Xor64(nint address, ulong value)
    {
        ref ulong place = ref Unsafe.AsRef<ulong>((void*)address);
        ulong old = Volatile.Read(ref place), seen;
        for (; (seen = Interlocked.CompareExchange(ref place, old ^ value, old)) != old; old = seen) ;
        return old;
    }

    public static ulong Xor32(nint address, ulong value)
    {
        ref uint place = ref Unsafe.AsRef<uint>((void*)address);
        uint old = Volatile.Read(ref place), seen;
        for (; (seen = Interlocked.CompareExchange(ref place, old ^ (uint)value, old)) != old; old = seen) ;
        return old;
    }

    /// <summary>Turns arguments into what bodies take; false if a map of a map of maps has gone meanwhile.</summary>
    static bool Resolve(Execution execution, HelperRow row, ReadOnlySpan<ulong> r, ref HelperCall call)
    {
        bool first = true;
        for (int n = 0; n < row.Arguments.Length; n++)
        {
            ulong value = r[n];
            ref readonly var argument = ref row.Arguments[n];
            int size;
            switch (argument.Kind)
            {
                case ArgumentKind.Map:
                    call.Map = execution.Environment.Maps.Find((uint)value);
                    if (call.Map is null) return false;
                    continue;
                case ArgumentKind.LockInValue:
                    call.Map = execution.Environment.Maps.FindByAddress(value, out int locked)!;
                    call.ValueOffset = locked - call.Map.Spec.LockOffset!.Value;
                    continue;
                case ArgumentKind.Dynptr:
                    ref var pointer = ref execution.Dynptrs.At(Depth(execution, value), Offset(execution, value));
                    if (Unsafe.IsNullRef(ref call.Dynptr1)) call.Dynptr1 = ref pointer;
                    else call.Dynptr2 = ref pointer;
                    continue;
                case ArgumentKind.NewDynptr:
                    execution.Dynptrs.TryEnd(Depth(execution, value), Offset(execution, value), DynptrTable.Bytes);
                    execution.Made = new(argument.Dynptrs, argument.Dynptrs == DynptrKinds.Record ? execution.Dynptrs.NewHolder() : 0);
                    continue;
                case ArgumentKind.Record:
                    execution.Reservations.TryTake(value, out call.Record);
                    continue;
                case ArgumentKind.Socket or ArgumentKind.ReleasedSocket:
                    call.Socket = execution.Sockets.At(value);
                    if (argument.Kind == ArgumentKind.ReleasedSocket) execution.Sockets.Take(call.Socket!.Id);
                    continue;
                case ArgumentKind.Text:
                    var map = execution.Environment.Maps.FindByAddress(value, out int text)!;
                    call.Text = map.TextAt(text);
                    continue;
                case ArgumentKind.MapKey:
                    size = call.Map!.Spec.KeySize;
                    break;
                case ArgumentKind.MapValue or ArgumentKind.PeekedValue:
                    size = call.Map!.Spec.ValueSize;
                    break;
                case ArgumentKind.Memory or ArgumentKind.ValueMemory:
                    size = (int)r[n + 1];
                    if (argument.Kind == ArgumentKind.ValueMemory) call.Map = execution.Environment.Maps.FindByAddress(value, out call.ValueOffset);
                    break;
                case ArgumentKind.FixedMemory:
                    size = argument.Bytes;
                    break;
                default:
                    continue;
            }
            Span<byte> span = value == 0 && argument.MayBeNull ? default : new((void*)value, size);
            if (first) call.Memory1 = span;
            else call.Memory2 = span;
            first = false;
        }
        return true;
    }

    static uint Depth(Execution execution, ulong address) => (uint)((address - (ulong)execution.Stack) / RunLimits.StackBytes);

    static uint Offset(Execution execution, ulong address) => (uint)((address - (ulong)execution.Stack) % RunLimits.StackBytes);

    static void MoveDynptrs(Execution execution, HelperRow row, ReadOnlySpan<ulong> r, in HelperCall call)
    {
        for (int n = 0; n < row.Arguments.Length; n++)
        {
            if (row.Arguments[n].Releases) execution.Dynptrs.Release(call.Dynptr1.Holder);
            if (row.Arguments[n].Kind != ArgumentKind.NewDynptr) continue;
            new Span<byte>((void*)r[n], DynptrTable.Bytes).Clear();
            execution.Dynptrs.Put(Depth(execution, r[n]), Offset(execution, r[n]), execution.Made);
        }
    }

    static ulong Answer(Execution execution, nint buffer, HelperResult kind, in HelperCall call, long result)
    {
        if (kind is HelperResult.None or HelperResult.Number32 or HelperResult.Boolean) return (uint)result;
        if (result < 0) return 0;
        if (kind is HelperResult.SocketOrNull or HelperResult.CommonSocketOrNull) return (ulong)execution.Sockets.Find((uint)result)!.FieldsAddress;
        if (kind == HelperResult.MapValueOrNull && call.Map is IMapOfMaps) return (uint)result;
        if (kind is HelperResult.MapValueOrNull or HelperResult.RecordOrNull) return (ulong)call.Map!.StorageAddress + (uint)result;
        if (result == DynptrBytes.InBuffer) return call.R3;
        return call.Dynptr1.Kind == DynptrKinds.Packet ? (ulong)buffer + (uint)result : (ulong)call.Dynptr1.Map!.StorageAddress + (uint)result;
    }
}
