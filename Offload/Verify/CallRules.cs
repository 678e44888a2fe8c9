using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Offload.Verify;

// Calls of functions and helpers, and coming back from them.
sealed partial class Walk
{
    const int FirstArgument = 1, LastArgument = 5, CalleeSaved = 6;

    Rejection? CallFunction(in Instruction i, ref int next)
    {
        int start = next + i.Displacement;
        int function = _graph.FunctionStartingAt(start);
        if (_graph.Functions[function].Parameters is { } parameters) return CallGlobal(function, parameters);
        if (Enter(_state, start) is { } rejection) return rejection;
        next = start;
        return null;
    }

    /// <summary>Goes into a function: a frame of its own, which gets r1 to r5 and keeps the rest for later.</summary>
    Rejection? Enter(PathState state, int start)
    {
        if (state.Frames.Count == MaxFrames) return Rejection.CallDepth(MaxFrames);
        var caller = state.Top;
        var frame = new CallFrame { CallSite = _slot, Function = _graph.FunctionStartingAt(start), Written = ulong.MaxValue };
        for (int n = FirstArgument; n <= LastArgument; n++)
        {
            frame.Registers[n] = caller.Registers[n];
            caller.Registers[n] = default;
        }
        caller.Registers[0] = default;
        frame.Registers[Instruction.FramePointer] = Register.Pointer(RegisterKind.Stack) with { Frame = (byte)state.Frames.Count };
        state.Push(frame);
        return null;
    }

    Rejection? Exit(out int next)
    {
        next = End;
        if (_state.Depth == 0)
        {
            if (_state.Lock is not null) return Rejection.LockHeld();
            if (_state.References is [var kept, ..]) return Rejection.ReferenceKept(kept.What, kept.Slot);
            if (Needs(0) is { } unset) return unset;
            if (_state.Top.Function != 0 && !R[0].IsNumber) return Rejection.ReturnRange(R[0].What, "a number, since the function is global");
            NoteReturn();
            return _options.Strict && R[0].IsPointer ? Rejection.PointerLeak(0, R[0].What, "returning it") : null;
        }
        if (R[0].Kind == RegisterKind.Stack) return Rejection.ReturnedStack();
        if (_state.Top.InCallback) return ReturnFromCallback(out next);
        var called = _state.Pop();
        R[0] = called.Registers[0];
        next = called.CallSite + 1;
        return null;
    }

    Rejection? CallHelper(in Instruction i, ref int next)
    {
        if (HelperTable.CalledBy(i) is not { } row) return Unavailable(i);
        string name = row.Name;
        if (row.NeedsGpl && _program.License is { } license && !Licenses.AreCompatible(license)) return Rejection.NeedsGpl(name, license);
        if (_options.Strict && row.ShowsAddresses) return Rejection.Unavailable($"{name}() shows addresses (strict mode)");
        if (_state.Lock is not null && row.Id != HelperTable.UnlockId) return Rejection.CalledWithLock($"{name}()");
        if (row.Effect == HelperEffect.TailCall && _state.References is [var kept, ..]) return Rejection.ReferenceKept(kept.What, kept.Slot);
        var call = new HelperUse(row, name);
        for (int n = 0; n < row.Arguments.Length; n++)
        {
            if (CheckArgument(call, n) is { } rejection) return rejection;
        }
        NoteMove(row);
        if (row.Effect == HelperEffect.Locks && ChangeLock(row, call.Pointer) is { } broken) return broken;
        if (call.Overwritten is { } target && OverwriteMemory(target.Register, target.Bytes) is { } unwritable) return unwritable;
        if (call.Released != 0) Void(call.Released);
        if (row.Effect == HelperEffect.MovesPacket) VoidPacketPointers(_state);
        if (row.Effect == HelperEffect.TailCall && _state.Depth > 0 && !_state.Top.InCallback) ReturnFromTailCall();
        if (row.Effect == HelperEffect.CallsBack) return CallBack(call, ref next);
        Return(call);
        return null;
    }

    Rejection Unavailable(in Instruction i)
    {
        int slot = _slot;
        if (i.IsHelperCall && i.Immediate == HelperTable.UnresolvedType)
            return Rejection.Unavailable($"it needs {_program.MissingTypes.FirstOrDefault(m => m.Slot == slot).What}, which the target types do not have; ask bpf_core_field_exists() first");
        if (i.IsHelperCall) return Rejection.Unavailable($"{HelperNames.Of(i.Immediate)} (helper {i.Immediate}) is not one that the card has");
        string? name = _program.ExternReferences.FirstOrDefault(r => r.Slot == slot).Name;
        return Rejection.Unavailable($"{name ?? "the kernel function"} is not one that the card has; ask bpf_ksym_exists() first");
    }

    /// <summary>After a call r0 is what the helper gives, and r1 to r5 are nobody's.</summary>
    void Return(in HelperUse call)
    {
        for (int n = FirstArgument; n <= LastArgument; n++) R[n] = default;
        R[0] = Result(call);
    }

    Register Result(in HelperUse call)
    {
        switch (call.Row.Result)
        {
            case HelperResult.MapValueOrNull:
                if (call.Map!.Spec.Type == MapType.XskMap)
                    return Register.Pointer(RegisterKind.Memory) with { Size = call.Map.Spec.ValueSize, ReadOnly = true, MaybeNull = true, Id = NewId() };
                bool isThere = call.KeyIsThere && !call.Map.IsMapOfMaps;
                return Register.Pointer(RegisterKind.MapValue) with
                {
                    Map = call.Map,
                    MaybeNull = !isThere,
                    Id = !isThere || call.Map.Spec.LockOffset is not null ? NewId() : 0,
                };

            case HelperResult.RecordOrNull:
                return Acquired(Register.Pointer(RegisterKind.Memory) with { Size = call.Size }, "the record");

            case HelperResult.SocketOrNull or HelperResult.CommonSocketOrNull:
                return Acquired(Register.Pointer(call.Row.Result == HelperResult.SocketOrNull ? RegisterKind.Socket : RegisterKind.CommonSocket), "the socket");

            case HelperResult.SliceOrNull or HelperResult.ReadOnlySliceOrNull:
                return Register.Pointer(RegisterKind.Memory) with
                {
                    Size = call.Size,
                    MaybeNull = true,
                    Id = NewId(),
                    Reference = call.Dynptr.Reference,
                    // Slices that kfuncs give outlive a dynamic pointer that is overwritten (destroy_if_dynptr_stack_slot in kernel/bpf/verifier.c).
                    Owner = call.Row.Call == CallKind.Helper ? call.Dynptr.Id : 0,
                    OfPacket = call.Dynptr.Dynptrs == DynptrKinds.Packet,
                    ReadOnly = call.Row.Result == HelperResult.ReadOnlySliceOrNull,
                };

            case HelperResult.None:
                return default;

            default:
                return call.Row.Id == HelperTable.ProcessorId ? Register.Number(Bounds.Within(0, (ulong)(_options.Cpus - 1))) : Register.Unknown;
        }
    }

    /// <summary>Something that has to be given back, if it is there.</summary>
    Register Acquired(Register pointer, string what)
    {
        uint id = NewId();
        _state.Acquire(new(id, _slot, what));
        return pointer with { MaybeNull = true, Id = id, Reference = id };
    }

    /// <summary>What was given back is void, wherever there is a pointer to it.</summary>
    void Void(uint reference)
    {
        _state.Release(reference);
        EndDynptrs(reference);
        VoidWhere((in Register register) => register.Reference == reference);
    }

    /// <summary>Pointers that lead nowhere any more are numbers from now on; strict mode does not let them be seen.</summary>
    void VoidWhere(RegisterPredicate isVoid) => VoidWhere(_state, isVoid);

    void VoidWhere(PathState state, RegisterPredicate isVoid) => state.ForEach((ref Register register) =>
    {
        if (isVoid(register)) register = _options.Strict ? default : Register.Unknown;
    });

    delegate bool RegisterPredicate(in Register register);

    /// <summary>The packet may have moved.</summary>
    void VoidPacketPointers(PathState state) => VoidWhere(state, (in Register register) => register.IsOfPacket || register.OfPacket);

    /// <summary>In a function, a program that is called by a tail call returns to the function's caller, whatever it has done to the packet.</summary>
    void ReturnFromTailCall()
    {
        var returned = Fork(_state.Top.CallSite + 1);
        returned.Pop();
        returned.Top.Registers[0] = Register.Unknown;
        VoidPacketPointers(returned);
    }

    Rejection? ChangeLock(HelperRow row, in Register pointer)
    {
        var @lock = new HeldLock(pointer.Map!, pointer.Id);
        if (row.Id != HelperTable.UnlockId)
        {
            if (_state.Lock is not null) return Rejection.LockRule("a lock is held already, and a program may hold one at a time");
            _state.Lock = @lock;
            return null;
        }
        if (_state.Lock is not { } held) return Rejection.LockRule("no lock is held here");
        if (held != @lock) return Rejection.LockRule($"this is not the lock that is held, which is in a value of map {held.Map.Spec.Name}");
        _state.Lock = null;
        return null;
    }

    /// <summary>A helper filled memory: on the stack nothing else is known of it.</summary>
    Rejection? OverwriteMemory(int register, int bytes)
    {
        for (int n = 0; n < bytes; n++)
        {
            if (Write(register, n, 1, Register.Unknown, NoRegister) is { } rejection) return rejection;
        }
        return null;
    }

    // ── Callbacks ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// <summary>
    /// A helper that calls a function any number of times: one path goes on as if it was not called (again), another enters it, and comes back here
    /// when it returns. Once it comes back with nothing new, that path ends.
    /// </summary>
    Rejection? CallBack(in HelperUse call, ref int next)
    {
        var (function, context) = (call.Function, R[call.ContextArgument]);
        bool mayRun = true;
        if (call.Row.Id == HelperTable.LoopId)
        {
            MarkPrecise(FirstArgument);
            mayRun = R[FirstArgument].IsNumber && (ulong)_state.Top.CallbackDepth < R[FirstArgument].Bounds.UMax;
        }
        if (mayRun)
        {
            if (_graph.FunctionStartingAt(function) < 0) return Rejection.Argument(call.Name, call.FunctionArgument, "a function", R[call.FunctionArgument].What);
            var inside = Fork(function);
            inside.Callbacks++;
            inside.Top.CallbackDepth++;
            // Its caller's registers stay as they are: the call is made again.
            var saved = inside.Top.Registers.AsSpan(0, LastArgument + 1).ToArray();
            if (Enter(inside, function) is { } rejection) return rejection;
            saved.CopyTo(inside.Frames[^2].Registers, 0);
            inside.Top.InCallback = true;
            inside.Top.MaxReturn = 1;
            SetCallbackArguments(call, inside.Top.Registers, context);
        }
        _state.Top.CallbackDepth = 0;
        Return(call);
        return null;
    }

    static void SetCallbackArguments(in HelperUse call, Register[] registers, in Register context)
    {
        for (int n = FirstArgument; n <= LastArgument; n++) registers[n] = default;
        if (call.Row.Arguments[call.FunctionArgument - FirstArgument].Callback == Callback.Round)
        {
            (registers[1], registers[2]) = (Register.Unknown, context);
            return;
        }
        registers[1] = Register.Pointer(RegisterKind.Map) with { Map = call.Map };
        registers[2] = Register.Pointer(RegisterKind.MapKey) with { Map = call.Map };
        registers[3] = Register.Pointer(RegisterKind.MapValue) with { Map = call.Map };
        registers[4] = context;
    }

    Rejection? ReturnFromCallback(out int next)
    {
        next = End;
        if (Needs(0) is { } unset) return unset;
        var called = _state.Top;
        var result = R[0];
        string needed = $"0 to {called.MaxReturn}";
        if (!result.IsNumber) return Rejection.ReturnRange(result.What, needed);
        MarkPrecise(0);
        if (result.Bounds.SMin < 0 || result.Bounds.SMax > called.MaxReturn) return Rejection.ReturnRange(result.What, needed);
        _state.Pop();
        next = called.CallSite;
        if (EarlierAt(next, _state.Parent) is { } before) Widen(before, _state);
        return null;
    }

    /// <summary>The state that this path was in when it came to an instruction before: the last checkpoint there, from one on backwards.</summary>
    PathState? EarlierAt(int slot, PathState? from)
    {
        int frames = _state.Frames.Count;
        for (var at = from; at is not null; at = at.Frames.Count > frames ? at.Outside : at.Parent)
        {
            if (at.Slot == slot && at.Frames.Count == frames) return at;
        }
        return null;
    }

    /// <summary>Numbers that change from one callback to the next, and on which nothing hung so far, may be anything: so a loop converges.</summary>
    static void Widen(PathState before, PathState now)
    {
        for (int f = 0; f < now.Frames.Count; f++)
        {
            var (old, current) = (before.Frames[f], now.Frames[f]);
            for (int n = 0; n < Instruction.FramePointer; n++) Widen(old.Registers[n], ref current.Registers[n]);
            for (int slot = 0; slot < Math.Min(old.Slots, current.Slots); slot++)
            {
                if (old.IsSpilledNumber(slot) && current.IsSpilledNumber(slot)) Widen(old.Spilled(slot), ref current.Spilled(slot));
            }
        }
    }

    static void Widen(in Register before, ref Register now)
    {
        if (!before.IsNumber || !now.IsNumber || before.Precise || before.Bounds == now.Bounds && before.Id == now.Id) return;
        now = Register.Unknown;
    }
}
