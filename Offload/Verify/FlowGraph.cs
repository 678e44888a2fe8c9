using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Offload.Verify;

/// <summary>
/// What can be said of a program's code without following values: where its functions are, that every instruction can be reached, where
/// paths meet, and which registers are read before they are written.
/// </summary>
sealed class FlowGraph
{
    /// <summary>r0 to r5: what a call leaves undefined.</summary>
    const ushort CallerSaved = 0x3f, Arguments = 0x3e;

    readonly Instruction[] _code;
    readonly ushort[] _live;
    readonly bool[] _meets;

    FlowGraph(ProgramSpec program)
    {
        Functions = program.Functions;
        _code = program.Code;
        _live = new ushort[_code.Length];
        _meets = new bool[_code.Length];
        FunctionAt = new int[_code.Length];
    }

    public IReadOnlyList<FunctionSpec> Functions { get; }

    /// <summary>By slot: the function that it belongs to.</summary>
    public int[] FunctionAt { get; }

    /// <summary>Registers that are read from here on before they are written, as bits.</summary>
    public ushort LiveAt(int slot) => _live[slot];

    /// <summary>Paths can come here from several places, or part here: worth a look whether it was all seen before.</summary>
    public bool Meets(int slot) => _meets[slot];

    /// <summary>The slot behind a function's last.</summary>
    public int EndOf(int function) => function + 1 < Functions.Count ? Functions[function + 1].Start : _code.Length;

    /// <summary>The number of the function that starts at a slot; -1 if none does.</summary>
    public int FunctionStartingAt(int slot) => slot >= 0 && slot < _code.Length && Functions[FunctionAt[slot]].Start == slot ? FunctionAt[slot] : -1;

    public static FlowGraph? Build(ProgramSpec program, out Rejection? rejection)
    {
        var graph = new FlowGraph(program);
        rejection = graph.PlaceFunctions() ?? graph.CheckTargets() ?? graph.CheckReachable();
        if (rejection is not null) return null;
        graph.FindLiveRegisters();
        return graph;
    }

    /// <summary>Functions follow one another, none is empty, the first is the program.</summary>
    Rejection? PlaceFunctions()
    {
        for (int n = 0; n < Functions.Count; n++)
        {
            int start = Functions[n].Start, end = EndOf(n);
            bool isPlaced = n == 0 ? start == 0 : start > Functions[n - 1].Start;
            if (!isPlaced || end > _code.Length || start >= end || _code[start].Kind == InstructionKind.Continuation) return Rejection.JumpOutside(start) with { Slot = Math.Clamp(start, 0, _code.Length - 1) };
            Array.Fill(FunctionAt, n, start, end - start);
        }
        return null;
    }

    /// <summary>Where execution can go from an instruction within its function, at most two places; a call returns.</summary>
    int Successors(int slot, Span<int> next)
    {
        ref readonly var i = ref _code[slot];
        switch (i.Kind)
        {
            case InstructionKind.Exit:
                return 0;
            case InstructionKind.Jump:
                next[0] = slot + 1 + i.Displacement;
                return 1;
            case InstructionKind.Branch or InstructionKind.MayGoto:
                (next[0], next[1]) = (slot + 1, slot + 1 + i.Displacement);
                return 2;
            default:
                next[0] = slot + i.Slots;
                return 1;
        }
    }

    Rejection? CheckTargets()
    {
        Span<int> next = stackalloc int[2];
        for (int slot = 0; slot < _code.Length; slot += _code[slot].Slots)
        {
            int function = FunctionAt[slot];
            int count = Successors(slot, next);
            for (int n = 0; n < count; n++)
            {
                int target = next[n];
                bool inside = target >= Functions[function].Start && target < EndOf(function);
                if (!inside && target == EndOf(function) && _code[slot].Kind is not (InstructionKind.Jump or InstructionKind.Branch or InstructionKind.MayGoto)) return Rejection.FallsOff() with { Slot = slot };
                if (!inside || _code[target].Kind == InstructionKind.Continuation) return Rejection.JumpOutside(target) with { Slot = slot };
            }
            if (_code[slot].IsLocalCall && FunctionStartingAt(slot + 1 + _code[slot].Displacement) < 0)
                return Rejection.JumpOutside(slot + 1 + _code[slot].Displacement) with { Slot = slot };
        }
        return null;
    }

    Rejection? CheckReachable()
    {
        var reached = new bool[_code.Length];
        var left = new Stack<int>();
        Span<int> next = stackalloc int[2];
        foreach (var function in Functions)
        {
            left.Push(function.Start);
            _meets[function.Start] = true;
        }
        while (left.TryPop(out int slot))
        {
            if (reached[slot]) continue;
            reached[slot] = true;
            ref readonly var i = ref _code[slot];
            int count = Successors(slot, next);
            for (int n = 0; n < count; n++) left.Push(next[n]);
            if (i.Kind is InstructionKind.Branch or InstructionKind.MayGoto) _meets[slot] = true;
            if (i.Kind is InstructionKind.Branch or InstructionKind.MayGoto or InstructionKind.Jump) _meets[slot + 1 + i.Displacement] = true;
            // After every call, and after naming a function, as Linux does (visit_func_call_insn).
            if (i.Kind == InstructionKind.Call || i is { Kind: InstructionKind.LoadConstant, Constant: ConstantKind.Code }) _meets[slot + i.Slots] = true;
            if (CallsBack(i)) _meets[slot] = true;
        }
        for (int slot = 0; slot < _code.Length; slot += _code[slot].Slots)
        {
            if (!reached[slot]) return Rejection.Unreachable() with { Slot = slot };
        }
        return null;
    }

    /// <summary>It calls a helper that calls functions of the program.</summary>
    public static bool CallsBack(in Instruction i) => HelperTable.CalledBy(i)?.Effect == HelperEffect.CallsBack;

    /// <summary>Backwards through each function until nothing changes.</summary>
    void FindLiveRegisters()
    {
        Span<int> next = stackalloc int[2];
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int slot = _code.Length - 1; slot >= 0; slot--)
            {
                ref readonly var i = ref _code[slot];
                if (i.Kind == InstructionKind.Continuation) continue;
                ushort after = 0;
                int count = Successors(slot, next);
                for (int n = 0; n < count; n++) after |= _live[next[n]];
                var (uses, sets) = Effects(i, slot);
                ushort live = (ushort)((after & ~sets) | uses);
                changed |= live != _live[slot];
                _live[slot] = live;
            }
        }
    }

    (ushort Uses, ushort Sets) Effects(in Instruction i, int slot)
    {
        ushort dst = (ushort)(1 << i.Dst), src = (ushort)(1 << i.Src), operand = i.FromRegister ? src : (ushort)0;
        switch (i.Kind)
        {
            case InstructionKind.Alu:
                return (i.Alu is AluOp.Mov or AluOp.MovSx8 or AluOp.MovSx16 or AluOp.MovSx32 ? operand : (ushort)(operand | dst), dst);
            case InstructionKind.LoadConstant:
                return (0, dst);
            case InstructionKind.Load:
                return (src, dst);
            case InstructionKind.Store:
                return ((ushort)(dst | operand), 0);
            case InstructionKind.Atomic:
                ushort fetched = i.Atomic == AtomicOp.CmpXchg ? (ushort)1 : i.Atomic >= AtomicOp.FetchAdd ? src : (ushort)0;
                return ((ushort)(dst | src | (i.Atomic == AtomicOp.CmpXchg ? 1 : 0)), fetched);
            case InstructionKind.Branch:
                return ((ushort)(dst | operand), 0);
            case InstructionKind.Call when i.IsLocalCall:
                return ((ushort)(_live[slot + 1 + i.Displacement] & Arguments), CallerSaved);
            case InstructionKind.Call:
                int arguments = HelperTable.CalledBy(i)?.Arguments.Length ?? 0;
                return ((ushort)(((1 << arguments) - 1) << 1), CallerSaved);
            case InstructionKind.Exit:
                return (1, 0);
            default:
                return (0, 0);
        }
    }

    /// <summary>
    /// The deepest nesting of functions, and what their stacks add up to: in slots' order of calls, callbacks counting as calls where their address
    /// is taken (check_max_stack_depth in kernel/bpf/verifier.c).
    /// </summary>
    /// <param name="depths">Bytes of stack that each function uses.</param>
    public Rejection? CheckStacks(ReadOnlySpan<int> depths, out Nesting deepest)
    {
        var uses = new int[depths.Length];
        for (int n = 0; n < uses.Length; n++) uses[n] = (int)((uint)(depths[n] + 15) & ~15u);
        deepest = default;
        return CheckStacks(0, uses, 0, 0, ref deepest);
    }

    const int MaxFrames = 8, MaxStack = 512, MaxStackBeforeTailCall = 256;

    Rejection? CheckStacks(int function, int[] uses, int frames, int before, ref Nesting deepest)
    {
        if (frames > 0 && before >= MaxStackBeforeTailCall && HasTailCall(function))
            return Rejection.TailCallStack(before, MaxStackBeforeTailCall) with { Slot = Functions[function].Start };
        int depth = before + uses[function];
        if (depth > MaxStack) return Rejection.StackSum(depth, frames + 1, MaxStack) with { Slot = Functions[function].Start };
        deepest = new(Math.Max(deepest.Functions, frames + 1), Math.Max(deepest.StackBytes, depth));
        for (int slot = Functions[function].Start; slot < EndOf(function); slot += _code[slot].Slots)
        {
            ref readonly var i = ref _code[slot];
            bool isAddress = i.Kind == InstructionKind.LoadConstant && i.Constant == ConstantKind.Code;
            if (!i.IsLocalCall && !isAddress) continue;
            if (frames + 1 >= MaxFrames) return Rejection.CallDepth(MaxFrames) with { Slot = slot };
            int called = FunctionStartingAt(slot + 1 + (int)i.Immediate);
            if (called >= 0 && CheckStacks(called, uses, frames + 1, depth, ref deepest) is { } rejection) return rejection;
        }
        return null;
    }

    /// <summary>The function, or one that it calls, may move the packet; a program that it tail-calls may too.</summary>
    public bool MovesPacket(int function) => MovesPacket(function, []);

    bool MovesPacket(int function, HashSet<int> seen)
    {
        if (!seen.Add(function)) return false;
        for (int slot = Functions[function].Start; slot < EndOf(function); slot += _code[slot].Slots)
        {
            ref readonly var i = ref _code[slot];
            if (HelperTable.CalledBy(i)?.Effect is HelperEffect.MovesPacket or HelperEffect.TailCall) return true;
            if (i.IsLocalCall && MovesPacket(FunctionStartingAt(slot + 1 + i.Displacement), seen)) return true;
        }
        return false;
    }

    bool HasTailCall(int function)
    {
        for (int slot = Functions[function].Start; slot < EndOf(function); slot += _code[slot].Slots)
        {
            if (_code[slot].IsHelperCall && _code[slot].Immediate == HelperTable.TailCallId) return true;
        }
        return false;
    }
}

/// <summary>How many functions are in progress at once, and what their stacks take: each at most.</summary>
readonly record struct Nesting(int Functions, int StackBytes);
