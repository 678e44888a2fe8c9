using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Offload.Verify;

/// <summary>
/// Follows a program along all its paths, one after the other, knowing of each value what every run that comes this way has in common. A path
/// ends at the program's exit, or where one that knew no more went on before. The rules for the instructions are in the other files of
/// this class.
/// </summary>
sealed partial class Walk
{
    /// <summary>What an instruction does to the flow, if it does not go to another one.</summary>
    const int End = -1;

    /// <summary>Branches whose other edge is still to be followed, at once (BPF_COMPLEXITY_LIMIT_JMP_SEQ).</summary>
    const int MaxPending = 8192;

    /// <summary>How much of a path a rejection remembers.</summary>
    const int PathLength = 1_000;

    readonly ProgramSpec _program;
    readonly Instruction[] _code;
    readonly FlowGraph _graph;
    readonly VerifierOptions _options;
    readonly MapFacts?[] _mapAt;
    readonly Dictionary<int, MapReference> _references;
    readonly InstructionFacts[] _facts;
    readonly RegisterKind?[] _reached;
    readonly Stack<(PathState State, int Slot)> _pending = new();
    readonly Queue<int> _globals = new();
    readonly HashSet<int> _knownGlobals = [];

    PathState _state = new();
    int _slot;
    int _processed;
    uint _lastId;

    public Walk(ProgramSpec program, FlowGraph graph, Func<string, MapFacts> map, VerifierOptions options)
    {
        (_program, _code, _graph, _options) = (program, program.Code, graph, options);
        _references = program.MapReferences.ToDictionary(r => r.Slot);
        _mapAt = new MapFacts?[_code.Length];
        var byName = new Dictionary<string, MapFacts>();
        foreach (var reference in program.MapReferences)
        {
            if (!byName.TryGetValue(reference.Map, out var facts)) byName.Add(reference.Map, facts = map(reference.Map));
            _mapAt[reference.Slot] = facts;
        }
        _facts = new InstructionFacts[_code.Length];
        _reached = new RegisterKind?[_code.Length];
        _checkpoints = new List<PathState>?[_code.Length];
        StackDepths = new int[graph.Functions.Count];
    }

    /// <summary>By function: the bytes of stack that it uses.</summary>
    public int[] StackDepths { get; }

    Register[] R => _state.Top.Registers;

    /// <summary>The program, then each global function that it calls.</summary>
    public Rejection? Run()
    {
        if (CheckDirectValues() is { } misplaced) return misplaced;
        R[1] = Register.Pointer(RegisterKind.Context);
        while (true)
        {
            R[Instruction.FramePointer] = Register.Pointer(RegisterKind.Stack);
            if (Follow() is { } rejection) return rejection;
            if (!_globals.TryDequeue(out int function)) return null;
            BeginGlobal(function);
        }
    }

    Rejection? Follow()
    {
        do
        {
            for (int next = _slot; next != End;)
            {
                _slot = next;
                if (++_processed > VerifierOptions.MaxProcessed) return Explained(Rejection.TooComplex(VerifierOptions.MaxProcessed));
                if (_graph.Meets(_slot))
                {
                    var loop = Compare(out bool seen);
                    if (loop is not null) return Explained(loop);
                    if (seen) break;
                }
                _state.LastStep = new Step(_state.LastStep, _slot, _state.Parent);
                _state.Executed++;
                _facts[_slot] = _facts[_slot] with { IsReached = true };
                if (Execute(_code[_slot], out next) is { } rejection) return Explained(rejection);
                if (_pending.Count > MaxPending) return Explained(Rejection.TooManyBranches(MaxPending));
                if (next == End) Leave(0);
            }
        }
        while (TakePending());
        return null;
    }

    public VerifiedProgram Verified(Nesting deepest) => new(_program, _facts)
    {
        Processed = _processed,
        States = _states,
        PeakStates = _peakStates,
        StackBytes = deepest.StackBytes,
        CallDepth = deepest.Functions,
        WorstCase = _knownGlobals.Count == 0 && !Array.Exists(_code, i => i.Kind == InstructionKind.MayGoto || FlowGraph.CallsBack(i)) ? _worstCase : null,
    };

    Rejection? Execute(in Instruction i, out int next)
    {
        next = _slot + i.Slots;
        switch (i.Kind)
        {
            case InstructionKind.Alu:
                return Alu(i);
            case InstructionKind.LoadConstant:
                return LoadConstant(i);
            case InstructionKind.Load:
                return Load(i);
            case InstructionKind.Store:
                return Store(i);
            case InstructionKind.Atomic:
                return Atomic(i);
            case InstructionKind.Jump:
                _jumps++;
                next += i.Displacement;
                return null;
            case InstructionKind.Branch:
                _jumps++;
                return Branch(i, ref next);
            case InstructionKind.MayGoto:
                _jumps++;
                MayGoto(i, ref next);
                return null;
            case InstructionKind.Call:
                _jumps++;
                return i.IsLocalCall ? CallFunction(i, ref next) : CallHelper(i, ref next);
            case InstructionKind.Exit:
                _jumps++;
                return Exit(out next);
            default:
                throw new InvalidOperationException($"{_program.Name}: slot {_slot} is {i.Kind}");
        }
    }

    /// <summary>Remembers another way to go on from here: a copy of the state as it is now.</summary>
    PathState Fork(int slot)
    {
        var other = _state.Copy();
        if (other.Parent is { } parent) parent.Branches++;
        _pending.Push((other, slot));
        return other;
    }

    /// <summary>Forgets the way that was forked last: nothing can go it.</summary>
    void Discard()
    {
        if (_pending.Pop().State.Parent is { } parent) parent.Branches--;
    }

    bool TakePending()
    {
        if (!_pending.TryPop(out var next)) return false;
        (_state, _slot) = next;
        return true;
    }

    uint NewId() => ++_lastId;

    Rejection Explained(Rejection rejection)
    {
        var path = new List<int>();
        for (var step = _state.LastStep; step is not null && path.Count < PathLength; step = step.Previous) path.Add(step.Slot);
        path.Reverse();
        return rejection with { Slot = rejection.Slot < 0 ? _slot : rejection.Slot, Path = path, State = StateText.Of(_state) };
    }

    Rejection? Needs(int register) => R[register].IsSet ? null : Rejection.Unset(register);

    /// <summary>What registers share with others of the same id ends here.</summary>
    static void Unlink(ref Register register) => (register.Id, register.HasDelta, register.Delta) = (0, false, 0);

    /// <summary>The second operand as a register: that which it is, or the number that the instruction has.</summary>
    Register Operand(in Instruction i) => i.FromRegister ? R[i.Src] : Register.Constant((ulong)i.Immediate);
}
