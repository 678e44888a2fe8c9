using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Chainring.Kernels.Helpers;
using Chainring.Kernels.Maps;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Interpreter;

/// <summary>
/// Executes one program on one frame, instruction by instruction. What an operation means is on the page of
/// <see cref="Semantics"/>; here is only how registers, memory and control flow hang together.
/// </summary>
sealed partial class Machine(KernelEnvironment environment)
{
    const int CalleeSaved = 6;
    const int SavedRegisters = 4;

    static readonly ulong EntryContext = Address.Of(Region.Context, 0, 0);

    readonly byte[] _stack = new byte[RunLimits.MaxDepth * Memory.StackBytes];
    readonly Return[] _returns = new Return[RunLimits.MaxDepth];
    readonly ulong[] _saved = new ulong[RunLimits.MaxDepth * SavedRegisters];
    readonly Loop[] _loops = new Loop[RunLimits.MaxDepth];
    readonly Reservations _reservations = new();
    readonly DynptrTable _dynptrs = new();
    readonly SocketReferences _sockets = new();
    uint _draws;
    int _tailCalls;
    HeldLock _held;

    /// <summary>What the helper that is called makes, and what it wants to be called back.</summary>
    Dynptr _made;
    Loop _loop;

    /// <summary>Where a function goes on when what it called exits; if it called a helper that calls back, after the last time.</summary>
    record struct Return(LoadedProgram Program, int Slot, bool CallsBack = false);

    /// <summary>Instructions that the last run executed.</summary>
    public int Executed { get; private set; }

    /// <summary>Random numbers are counted per frame, over all programs that run on it.</summary>
    public void BeginFrame() => _draws = 0;

    /// <summary>Runs a program; <paramref name="code"/> is the lower half of r0 at its exit, unless the result says why it was aborted.</summary>
    public AbortReason Run(LoadedProgram program, ref Frame frame, Span<byte> packet, out uint code)
    {
        _tailCalls = 0;
        var fault = Run(program, 0, ref frame, packet, out ulong result);
        code = (uint)result;
        return fault;
    }

    AbortReason Run(LoadedProgram program, int depth, ref Frame frame, Span<byte> packet, out ulong result)
    {
        var fault = Execute(program, depth, ref frame, packet, out result);
        bool kept = _reservations.DiscardAll() | _dynptrs.EndRun(), keptSocket = _sockets.ReleaseAll(), held = _held.IsHeld;
        if (held) _held.GiveBack();
        return fault != AbortReason.None ? fault
            : held ? AbortReason.LockHeld
            : kept ? AbortReason.RecordKept
            : keptSocket ? AbortReason.SocketKept
            : AbortReason.None;
    }

    /// <summary>
    /// Runs a program that a compiled one has tail-called, on the same frame: <paramref name="result"/> is its r0. Random numbers and tail calls are counted on.
    /// </summary>
    /// <param name="depth">Of the function that has called it.</param>
    internal AbortReason Continue(LoadedProgram program, int depth, ref Frame frame, Span<byte> packet, ref uint draws, ref int tailCalls, out ulong result)
    {
        (_draws, _tailCalls) = (draws, tailCalls);
        var fault = Run(program, depth, ref frame, packet, out result);
        (draws, tailCalls) = (_draws, _tailCalls);
        return fault;
    }

    AbortReason Execute(LoadedProgram program, int depth, ref Frame frame, Span<byte> packet, out ulong result)
    {
        var memory = new Memory
        {
            Stack = _stack,
            Depth = depth,
            Frame = ref frame,
            Packet = packet,
            Maps = environment.Maps,
            Reservations = _reservations,
            Dynptrs = _dynptrs,
            Loops = _loops,
            Sockets = _sockets,
        };
        Span<ulong> r = stackalloc ulong[Instruction.Registers];
        r.Clear();
        r[1] = EntryContext;
        Enter(ref memory, r);

        result = 0;
        int slot = 0;
        var instructions = program.Code;
        for (Executed = 0; Executed < RunLimits.MaxInstructions; Executed++)
        {
            ref readonly var i = ref instructions[slot++];
            var fault = AbortReason.None;
            switch (i.Kind)
            {
                case InstructionKind.Alu:
                    r[i.Dst] = Semantics.Alu<Scalar, bool>(i.Alu, i.Is64, new(r[i.Dst]), Operand(i, r)).Value;
                    break;

                case InstructionKind.LoadConstant:
                    r[i.Dst] = Constant(program, slot - 1, i);
                    slot++;
                    break;

                case InstructionKind.Load:
                    fault = Load(ref memory, i, r);
                    break;

                case InstructionKind.Store:
                    fault = Store(ref memory, i, r);
                    break;

                case InstructionKind.Atomic:
                    fault = Atomic(ref memory, i, r);
                    break;

                case InstructionKind.Jump:
                    slot += i.Displacement;
                    break;

                case InstructionKind.Branch:
                    if (Semantics.Compare<Scalar, bool>(i.Compare, i.Is64, new(r[i.Dst]), Operand(i, r))) slot += i.Offset;
                    break;

                case InstructionKind.MayGoto:
                    if (Executed >= RunLimits.LoopsEndAfter) slot += i.Offset;
                    break;

                case InstructionKind.Call when i.IsLocalCall:
                    if (!TryPush(ref memory, r, new(program, slot))) return AbortReason.CallDepth;
                    slot += i.Displacement;
                    break;

                case InstructionKind.Call when _held.IsHeld && i.Immediate != HelperTable.UnlockId:
                    return AbortReason.CallUnderLock;

                case InstructionKind.Call when i.Immediate == HelperTable.TailCallId:
                    fault = TailCallTarget(r, out var target);
                    if (target is null || _tailCalls == RunLimits.MaxTailCalls) break;
                    _tailCalls++;
                    program = target;
                    instructions = program.Code;
                    slot = 0;
                    r[1] = EntryContext;
                    Enter(ref memory, r);
                    break;

                case InstructionKind.Call when HelperTable.Find(i.Immediate) is { } row:
                    fault = Call(ref memory, program, row, r);
                    if (row.Effect != HelperEffect.CallsBack || fault != AbortReason.None) break;
                    if (_loop.Program is null || !_loop.TryBegin(r, memory.Depth, environment.Cpu)) break;
                    if (!TryPush(ref memory, r, new(program, slot, CallsBack: true), _loop)) return AbortReason.CallDepth;
                    slot = _loop.Slot;
                    break;

                case InstructionKind.Call:
                    fault = i.IsHelperCall ? AbortReason.UnresolvedType : AbortReason.MissingKfunc;
                    break;

                case InstructionKind.Exit:
                    if (memory.Depth == depth)
                    {
                        result = r[0];
                        Executed++;
                        return AbortReason.None;
                    }
                    memory.Depth--;
                    if (_returns[memory.Depth].CallsBack && _loops[memory.Depth].TryGoOn(r, memory.Depth, environment.Cpu))
                    {
                        memory.Depth++;
                        Enter(ref memory, r);
                        (program, slot) = (_loops[memory.Depth - 1].Program, _loops[memory.Depth - 1].Slot);
                        instructions = program.Code;
                        break;
                    }
                    (program, slot, _) = _returns[memory.Depth];
                    instructions = program.Code;
                    _saved.AsSpan(memory.Depth * SavedRegisters, SavedRegisters).CopyTo(r[CalleeSaved..]);
                    r[Instruction.FramePointer] = FramePointerAt(memory.Depth);
                    break;

                default:
                    throw new InvalidOperationException($"{program.Name}: slot {slot - 1} is {i.Kind}");
            }
            if (fault != AbortReason.None) return fault;
        }
        return AbortReason.InstructionLimit;
    }

    /// <summary>Enters a function that goes back to <paramref name="caller"/>; false if there are too many already.</summary>
    bool TryPush(ref Memory memory, scoped Span<ulong> r, Return caller, in Loop loop = default)
    {
        if (memory.Depth + 1 == RunLimits.MaxDepth) return false;
        (_returns[memory.Depth], _loops[memory.Depth]) = (caller, loop);
        r.Slice(CalleeSaved, SavedRegisters).CopyTo(_saved.AsSpan(memory.Depth * SavedRegisters));
        memory.Depth++;
        Enter(ref memory, r);
        return true;
    }

    /// <summary>A function begins with an empty stack of its own, all zero.</summary>
    static void Enter(ref Memory memory, scoped Span<ulong> r)
    {
        memory.Stack.Slice(memory.Depth * Memory.StackBytes, Memory.StackBytes).Clear();
        memory.Dynptrs.Enter(memory.Depth);
        r[Instruction.FramePointer] = FramePointerAt(memory.Depth);
    }

    static ulong FramePointerAt(int depth) => Address.Of(Region.Stack, (uint)depth, Memory.StackBytes);

    static Scalar Operand(in Instruction i, scoped ReadOnlySpan<ulong> r) => new(i.FromRegister ? r[i.Src] : (ulong)i.Immediate);

    static ulong Constant(LoadedProgram program, int slot, in Instruction i) =>
        i.Constant == ConstantKind.Code ? Address.Of(Region.Code, program.Id & Address.MaxIndex, slot + 1 + (int)i.Immediate)
        : program.MapAt(slot) is not { } map ? (ulong)i.Immediate
        : i.Constant == ConstantKind.MapValueByFd ? Address.Of(Region.MapValue, map.Id, (int)(i.Immediate >> 32))
        : Address.Of(Region.Map, map.Id, 0);

    static AbortReason Load(ref Memory memory, in Instruction i, scoped Span<ulong> r)
    {
        ulong address = r[i.Src] + (ulong)i.Offset;
        int size = (int)i.Size;
        if (Address.RegionOf(address) == Region.Context && i.Load != LoadKind.Acquiring)
            return Context.Load(in memory.Frame, address, size, i.Load == LoadKind.SignExtending, out r[i.Dst]);

        var fault = memory.Reach(address, size, MemoryAccess.Read, out var bytes);
        // Sockets are no memory, but have fields.
        if (fault != AbortReason.None) return fault == AbortReason.SocketBounds ? LoadField(ref memory, i, address, r) : fault;
        r[i.Dst] = Semantics.Loaded<Scalar, bool>(i.Size, i.Load == LoadKind.SignExtending, new(Read(bytes))).Value;
        if (i.Load == LoadKind.Acquiring) Volatile.ReadBarrier();
        return AbortReason.None;
    }

    /// <summary>A load from a socket.</summary>
    static AbortReason LoadField(ref Memory memory, in Instruction i, ulong address, scoped Span<ulong> r)
    {
        var fault = memory.SocketField(address, (int)i.Size, out var bytes);
        if (fault == AbortReason.None) r[i.Dst] = Semantics.Loaded<Scalar, bool>(i.Size, i.Load == LoadKind.SignExtending, new(Read(bytes))).Value;
        return fault;
    }

    static AbortReason Store(ref Memory memory, in Instruction i, scoped Span<ulong> r)
    {
        ulong address = r[i.Dst] + (ulong)i.Offset;
        int size = (int)i.Size;
        ulong value = Operand(i, r).Value;
        if (Address.RegionOf(address) == Region.Context && i.Store == StoreKind.Plain) return Context.Store(ref memory.Frame, address, size, value);

        var fault = memory.ReachToStore(address, size, out var bytes);
        if (fault != AbortReason.None) return fault;
        if (i.Store == StoreKind.Releasing) Volatile.WriteBarrier();
        Write(bytes, value);
        return AbortReason.None;
    }

    static AbortReason Atomic(ref Memory memory, in Instruction i, scoped Span<ulong> r)
    {
        ulong address = r[i.Dst] + (ulong)i.Offset;
        var fault = memory.Reach(address, (int)i.Size, MemoryAccess.Read | MemoryAccess.Write, out var bytes);
        if (fault != AbortReason.None) return fault;

        ulong mask = i.Is64 ? ulong.MaxValue : uint.MaxValue;
        ulong old = Read(bytes), stored;
        do stored = Semantics.Stored<Scalar, bool>(i.Atomic, new(old), new(r[i.Src] & mask), new(r[0] & mask)).Value;
        while (!Replace(bytes, address, ref old, stored));
        if (i.Atomic == AtomicOp.CmpXchg) r[0] = old;
        else if (i.Atomic >= AtomicOp.FetchAdd) r[i.Src] = old;
        return AbortReason.None;
    }

    /// <summary>Stores a word where the old one still is; else <paramref name="old"/> becomes what is there now.</summary>
    static bool Replace(Span<byte> bytes, ulong address, ref ulong old, ulong value)
    {
        // Every region begins at a multiple of 8. A misaligned word is stored plainly: not every processor has atomics for it.
        if (address % (uint)bytes.Length != 0)
        {
            Write(bytes, value);
            return true;
        }
        ulong expected = old;
        old = bytes.Length == sizeof(ulong)
            ? Interlocked.CompareExchange(ref MemoryMarshal.AsRef<ulong>(bytes), value, expected)
            : Interlocked.CompareExchange(ref MemoryMarshal.AsRef<uint>(bytes), (uint)value, (uint)expected);
        return old == expected;
    }

    AbortReason TailCallTarget(scoped ReadOnlySpan<ulong> r, out LoadedProgram? target)
    {
        target = null;
        if (r[1] != EntryContext) return AbortReason.HelperArgument;
        if (Address.RegionOf(r[2]) != Region.Map || environment.Maps.Find(Address.IndexOf(r[2])) is not ProgramArrayMap programs)
            return AbortReason.HelperArgument;
        target = programs[(uint)r[3]];
        return AbortReason.None;
    }

    /// <summary>Checks and resolves the arguments as the row says, runs the body, and turns its result into what r0 should hold.</summary>
    AbortReason Call(ref Memory memory, LoadedProgram program, HelperRow row, scoped Span<ulong> r)
    {
        var call = new HelperCall
        {
            Frame = ref memory.Frame,
            Buffer = memory.Packet,
            Environment = environment,
            Program = program,
            Reservations = _reservations,
            Sockets = _sockets,
            R1 = r[1],
            R2 = r[2],
            R3 = r[3],
            R4 = r[4],
            R5 = r[5],
            Draws = ref _draws,
            Held = ref _held,
            Made = ref _made,
            Loop = ref _loop,
        };
        if (row.Effect is HelperEffect.FollowsPointers or HelperEffect.OutputsText) call.Memory = memory;
        if (row.Effect == HelperEffect.CallsBack) _loop = default;
        var fault = Resolve(ref memory, row, r, ref call);
        if (fault != AbortReason.None) return fault;

        long result = HelperBodies.Of(row.Id)(ref call);
        r[0] = row.Result == HelperResult.Number ? (ulong)result : Answer(row.Result, call, result);
        if (row.MovesDynptrs) MoveDynptrs(ref memory, row, r, call);
        return AbortReason.None;
    }

    /// <summary>Ends what was given up, and puts what was made to its place on the stack.</summary>
    void MoveDynptrs(ref Memory memory, HelperRow row, scoped ReadOnlySpan<ulong> r, in HelperCall call)
    {
        for (int n = 0; n < row.Arguments.Length; n++)
        {
            if (row.Arguments[n].Releases) _dynptrs.Release(call.Dynptr1.Holder);
            if (row.Arguments[n].Kind != ArgumentKind.NewDynptr) continue;
            var (depth, offset) = (Address.IndexOf(r[n + 1]), Address.OffsetOf(r[n + 1]));
            memory.Stack.Slice((int)(depth * Memory.StackBytes + offset), DynptrTable.Bytes).Clear();
            _dynptrs.Put(depth, offset, _made);
        }
    }

    /// <summary>What r0 holds of a body's result that is not all of r0 itself.</summary>
    static ulong Answer(HelperResult kind, in HelperCall call, long result)
    {
        if (kind is HelperResult.None or HelperResult.Number32 or HelperResult.Boolean) return (uint)result;
        if (result < 0) return 0;
        if (kind == HelperResult.SocketOrNull) return Address.Of(Region.Socket, (uint)result, 0);
        if (kind == HelperResult.CommonSocketOrNull) return Address.Of(Region.CommonSocket, (uint)result, 0);
        if (kind == HelperResult.RecordOrNull) return Address.Of(Region.Record, call.Map!.Id, (int)result);
        if (kind == HelperResult.MapValueOrNull) return call.Map is IMapOfMaps ? Address.Of(Region.Map, (uint)result, 0) : Address.Of(Region.MapValue, call.Map!.Id, (int)result);
        if (result == DynptrBytes.InBuffer) return call.R3;

        bool reads = kind == HelperResult.ReadOnlySliceOrNull;
        var (region, map) = call.Dynptr1.Kind switch
        {
            DynptrKinds.Packet => (reads ? Region.ReadOnlyPacket : Region.Packet, 0u),
            DynptrKinds.Record => (reads ? Region.ReadOnlyRecord : Region.Record, call.Dynptr1.Map!.Id),
            _ => (reads ? Region.ReadOnlyMapValue : Region.MapValue, call.Dynptr1.Map!.Id),
        };
        return Address.Of(region, map, (int)result);
    }

    static ulong Read(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        1 => bytes[0],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        _ => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
    };

    static void Write(Span<byte> bytes, ulong value)
    {
        switch (bytes.Length)
        {
            case 1: bytes[0] = (byte)value; break;
            case 2: BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value); break;
            case 4: BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)value); break;
            default: BinaryPrimitives.WriteUInt64LittleEndian(bytes, value); break;
        }
    }
}
