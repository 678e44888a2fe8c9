using Chainring.Offload.Isa;
using Chainring.Offload.Verify;

namespace Chainring.Offload.Ir;

/// <summary>
/// Makes blocks of a verified program. What was proven to be unreachable is left out; functions and what helpers call back are put where they are
/// called. Each register becomes the nodes that compute it, with parameters where paths meet.
/// </summary>
sealed partial class Lowering
{
    const int Result = 0, FirstArgument = 1, Arguments = 5;

    /// <summary>Tail calls of which one leads to the other and that are all put into the graph, and their instructions.</summary>
    const int MaxTailCalls = RunLimits.MaxTailCalls, MaxTailCalled = 2_000;

    readonly Graph _graph;
    readonly Builder _b;
    readonly StageCode _code;
    readonly StageRun _run;
    readonly int _tailCalls;
    int _tailCalled;
    int _walks;
    int _instructions;
    int _depth;
    LoweringLimit? _limit;

    Lowering(Builder b, StageCode code, StageRun run, int tailCalls = 0)
    {
        (_graph, _code, _run, _b, _tailCalls) = (b.Graph, code, run, b, tailCalls);
        IrWord.Builder = _b;
    }

    /// <summary>The block with which a run of a program begins. Its ends are blocks that return or fault, marked with the run.</summary>
    /// <param name="instructions">How many were lowered, those of a function at each place where it is called.</param>
    public static Block Lower(Graph graph, StageCode code, StageRun run, out int instructions)
    {
        var lowering = new Lowering(new Builder(graph), code, run);
        var entry = lowering.Entry();
        instructions = lowering._instructions;
        return lowering._limit is null ? entry : throw new InvalidOperationException($"{code.Program.Name} cannot be lowered: {lowering._limit}");
    }

    /// <summary>Lowers a program by itself, what it tail-calls left aside, to see what comes of it.</summary>
    public static LoweredSize Measure(StageCode code)
    {
        var graph = new Graph();
        var (outer, lowering) = (IrWord.Builder, new Lowering(new Builder(graph), code, new(0, graph.Const(1)), MaxTailCalls));
        lowering.Entry();
        IrWord.Builder = outer;
        return new(lowering._instructions, lowering._depth, lowering._limit);
    }

    Block Entry()
    {
        Block entry = new(), exit = new() { Run = _run };
        var result = new Node(Op.Param);
        exit.Parameters.Add(result);
        _b.Block = entry;
        if (_code.CountsInstructions || _code.TailCalls) _b.Append(new(Op.BeginRun));
        Program(0, exit, mayEnd: true);
        exit.Return(result);
        if (_instructions > LoweringLimit.MaxInstructions) _limit ??= new(LoweringLimitKind.TooManyInstructions, 0);
        return entry;
    }

    /// <summary>Appends the program; its stack begins at that depth.</summary>
    void Program(int depth, Block exit, bool mayEnd)
    {
        var registers = Fresh();
        registers[FirstArgument] = _graph.Leaf(Op.Context);
        Function(0, registers, depth, exit, mayEnd);
    }

    /// <summary>Registers of a function that is entered; those that nobody has set are never read.</summary>
    Node[] Fresh()
    {
        var registers = new Node[Instruction.Registers];
        Array.Fill(registers, _graph.Const(0));
        return registers;
    }

    InstructionFacts FactsOf(int slot) => _code.Proof.Facts[slot];

    /// <summary>Appends a function to the current block; all its ways out lead to <paramref name="exit"/>, with r0.</summary>
    /// <param name="mayEnd">Where it is left, the run ends if too many instructions were executed.</param>
    void Function(int start, Node[] registers, int depth, Block exit, bool mayEnd)
    {
        if (depth == RunLimits.MaxDepth) throw new InvalidOperationException($"{_code.Program.Name}: functions are nested deeper than was proven");
        _depth = Math.Max(_depth, depth + 1);
        if (_instructions > LoweringLimit.MaxInstructions)
        {
            // What was begun is finished, without what it calls.
            _limit ??= new(LoweringLimitKind.TooManyInstructions, start);
            _b.Block.Jump(new(exit, _graph.Const(0)));
            return;
        }
        int bottom = depth * RunLimits.StackBytes, top = bottom + RunLimits.StackBytes;
        _b.Append(new(Op.ClearStack) { Number = (ulong)bottom, Length = RunLimits.StackBytes });
        registers[Instruction.FramePointer] = _graph.Leaf(Op.Stack, (ulong)top);
        new FunctionBody(this, start, depth, exit, mayEnd).Lower(registers);
    }

    /// <summary>The body of one function at one place where it is called.</summary>
    sealed partial class FunctionBody(Lowering outer, int start, int depth, Block exit, bool mayEnd)
    {
        readonly Builder _b = outer._b;
        readonly Graph _graph = outer._graph;
        readonly Instruction[] _code = outer._code.Program.Code;
        readonly Dictionary<int, Block> _blocks = [];
        readonly Dictionary<int, List<(Edge Edge, Node[] Registers)>> _into = [];
        readonly Dictionary<int, int[]> _parameters = [];
        readonly Dictionary<int, int> _place = [];
        int _executed;

        public void Lower(Node[] registers)
        {
            var order = Order(start);
            for (int n = 0; n < order.Count; n++)
            {
                _place.Add(order[n], n);
                _blocks.Add(order[n], new());
                _into.Add(order[n], []);
            }
            var heads = LoopHeads(order);
            _b.Block.Jump(To(start, registers));
            foreach (int slot in order) LowerBlock(slot, Enter(slot, heads.Contains(slot)));
            foreach (int slot in order)
            {
                foreach (var (edge, values) in _into[slot]) edge.Arguments = [.. _parameters[slot].Select(r => values[r])];
            }
        }

        /// <summary>The registers at the start of a block: parameters where it is not the same whichever way was come.</summary>
        Node[] Enter(int slot, bool isHead)
        {
            _b.Block = _blocks[slot];
            var into = _into[slot];
            var registers = (Node[])into[0].Registers.Clone();
            var parameters = new List<int>();
            for (int r = 0; r < Instruction.FramePointer; r++)
            {
                if (!isHead && into.TrueForAll(i => i.Registers[r] == registers[r])) continue;
                registers[r] = new Node(Op.Param);
                _b.Block.Parameters.Add(registers[r]);
                parameters.Add(r);
            }
            _parameters.Add(slot, [.. parameters]);
            return registers;
        }

        Edge To(int slot, Node[] registers)
        {
            var edge = new Edge(_blocks[slot]);
            _into[slot].Add((edge, (Node[])registers.Clone()));
            return edge;
        }

        /// <summary>The slots at which blocks begin, in reverse postorder.</summary>
        List<int> Order(int start)
        {
            var begins = new HashSet<int> { start };
            var seen = new HashSet<int>();
            var work = new Stack<int>([start]);
            while (work.TryPop(out int slot))
            {
                for (; seen.Add(slot); slot = Next(slot)[0])
                {
                    var next = Next(slot);
                    if (next.Length == 1 && next[0] == slot + _code[slot].Slots) continue;
                    foreach (int target in next)
                    {
                        begins.Add(target);
                        work.Push(target);
                    }
                    break;
                }
            }
            // What is come to from two places begins a block as well: it is a target of one of them.
            var order = new List<int>();
            var done = new HashSet<int> { start };
            var stack = new Stack<(int Begin, int[] Next, int At)>();
            stack.Push((start, After(start, begins), 0));
            while (stack.TryPop(out var top))
            {
                if (top.At == top.Next.Length)
                {
                    order.Add(top.Begin);
                    continue;
                }
                stack.Push(top with { At = top.At + 1 });
                int target = top.Next[top.Next.Length - 1 - top.At];
                if (done.Add(target)) stack.Push((target, After(target, begins), 0));
            }
            order.Reverse();
            return order;
        }

        int[] After(int slot, HashSet<int> begins)
        {
            while (true)
            {
                var next = Next(slot);
                if (next.Length != 1 || begins.Contains(next[0])) return next;
                slot = next[0];
            }
        }

        /// <summary>Where an instruction leads within the function.</summary>
        int[] Next(int slot)
        {
            ref readonly var i = ref _code[slot];
            int after = slot + i.Slots, target = after + i.Displacement;
            var facts = outer.FactsOf(slot);
            return i.Kind switch
            {
                InstructionKind.Exit => [],
                InstructionKind.Jump => [target],
                InstructionKind.Branch when !facts.IsTaken => [after],
                InstructionKind.Branch when !facts.IsPassed => [target],
                InstructionKind.Branch or InstructionKind.MayGoto when target == after => [after],
                InstructionKind.Branch or InstructionKind.MayGoto => [after, target],
                _ => [after],
            };
        }

        HashSet<int> LoopHeads(List<int> order)
        {
            var heads = new HashSet<int>();
            var begins = new HashSet<int>(order);
            foreach (int slot in order)
            {
                foreach (int target in After(slot, begins))
                {
                    if (_place[target] <= _place[slot]) heads.Add(target);
                }
            }
            return heads;
        }

        void LowerBlock(int slot, Node[] r)
        {
            _executed = 0;
            int begin = slot;
            while (true)
            {
                ref readonly var i = ref _code[slot];
                _executed++;
                outer._instructions++;
                var next = Next(slot);
                switch (i.Kind)
                {
                    case InstructionKind.Exit:
                        LeaveCounted(r);
                        return;
                    case InstructionKind.Jump or InstructionKind.Branch or InstructionKind.MayGoto:
                        if (next.Length == 2)
                        {
                            var condition = i.Kind == InstructionKind.MayGoto ? HasToEnd() : Condition(i, r);
                            CheckLimit(Array.Exists(next, n => _place[n] <= _place[begin]));
                            _b.Block.Branch(condition, To(next[1], r), To(next[0], r));
                            return;
                        }
                        break;
                    default:
                        Execute(slot, i, r);
                        break;
                }
                if (_blocks.ContainsKey(next[0]))
                {
                    CheckLimit(_place[next[0]] <= _place[begin]);
                    _b.Block.Jump(To(next[0], r));
                    return;
                }
                slot = next[0];
            }
        }

        Node Condition(in Instruction i, Node[] r) => Semantics.Compare<IrWord, IrTruth>(i.Compare, i.Is64, new(r[i.Dst]), Operand(i, r)).Node;

        IrWord Operand(in Instruction i, Node[] r) => new(i.FromRegister ? r[i.Src] : _graph.Const((ulong)i.Immediate));

        /// <summary>Counts what was executed since it was last counted, and ends the run where that is too much.</summary>
        Node? CheckLimit(bool mayEndHere)
        {
            if (!outer._code.CountsInstructions || _executed == 0) return null;
            var executed = _b.Append(new(Op.Executed) { Number = (ulong)_executed });
            _executed = 0;
            if (!mayEndHere) return executed;
            Block fault = new() { Run = outer._run }, on = new();
            fault.Fault(IrFault.InstructionLimit);
            _b.Block.Branch(_b.Make(Op.Below, _graph.Const(RunLimits.MaxInstructions), executed), new(fault), new(on));
            _b.Block = on;
            return executed;
        }

        /// <summary>Of a may_goto: whether so many instructions came before it that its loop has to end.</summary>
        Node HasToEnd() => _b.Make(Op.Below, _graph.Const(RunLimits.LoopsEndAfter), CheckLimit(false)!);

        void LeaveCounted(Node[] r)
        {
            CheckLimit(mayEnd);
            _b.Block.Jump(new(exit, r[Result]));
        }

        void Execute(int slot, in Instruction i, Node[] r)
        {
            switch (i.Kind)
            {
                case InstructionKind.Alu:
                    r[i.Dst] = Semantics.Alu<IrWord, IrTruth>(i.Alu, i.Is64, new(r[i.Dst]), Operand(i, r)).Node;
                    break;
                case InstructionKind.LoadConstant:
                    r[i.Dst] = Constant(slot, i);
                    break;
                case InstructionKind.Load:
                    r[i.Dst] = Load(slot, i, r);
                    break;
                case InstructionKind.Store:
                    Store(slot, i, r);
                    break;
                case InstructionKind.Atomic:
                    Atomic(slot, i, r);
                    break;
                case InstructionKind.Call:
                    Call(slot, i, r);
                    break;
                default:
                    throw new InvalidOperationException($"{outer._code.Program.Name}: slot {slot} is {i.Kind}");
            }
        }

        Node Constant(int slot, in Instruction i)
        {
            if (i.Constant == ConstantKind.Code) return _graph.Leaf(Op.Function, (ulong)(slot + 1 + i.Immediate));
            if (outer._code.MapAt(slot) is not { } map) return _graph.Const((ulong)i.Immediate);
            var reference = outer._code.Program.MapReferences.First(m => m.Slot == slot);
            return reference.IsValue ? _graph.Leaf(Op.Storage, (ulong)reference.Offset, map) : _graph.Leaf(Op.Map, map: map);
        }

        Node Load(int slot, in Instruction i, Node[] r)
        {
            var facts = outer.FactsOf(slot);
            if (facts.ContextField is { } field) return FieldOf(field);
            var raw = _b.Append(new(Op.Load, r[i.Src]) { Number = (ulong)i.Offset, Size = i.Size, Regions = facts.Regions });
            if (i.Load == LoadKind.Acquiring) _b.Append(new(Op.Fence));
            return Semantics.Loaded<IrWord, IrTruth>(i.Size, i.Load == LoadKind.SignExtending, new(raw)).Node;
        }

        /// <summary>The egress interface belongs to programs behind a devmap and is 0 here.</summary>
        Node FieldOf(string name) => name switch
        {
            "data" => Field(FrameField.Data),
            "data_end" => Field(FrameField.DataEnd),
            "data_meta" => Field(FrameField.DataMeta),
            "ingress_ifindex" => Field(FrameField.IngressIfindex),
            "rx_queue_index" => Field(FrameField.RxQueueIndex),
            _ => _graph.Const(0),
        };

        Node Field(FrameField field) => _b.Append(new(Op.Field) { Field = field });

        void Store(int slot, in Instruction i, Node[] r)
        {
            var value = Operand(i, r).Node;
            var facts = outer.FactsOf(slot);
            if (facts.ContextField is not null)
            {
                _b.Append(new(Op.SetRxQueue, value));
                return;
            }
            if (i.Store == StoreKind.Releasing) _b.Append(new(Op.Fence));
            _b.Append(new(Op.Store, r[i.Dst], value) { Number = (ulong)i.Offset, Size = i.Size, Regions = facts.Regions });
        }

        void Atomic(int slot, in Instruction i, Node[] r)
        {
            Node operand = r[i.Src], expected = r[Result];
            if (!i.Is64) (operand, expected) = (Low(operand), Low(expected));
            var old = _b.Append(new(Op.Atomic, r[i.Dst], operand, expected)
            {
                Number = (ulong)i.Offset,
                Size = i.Size,
                Atomic = i.Atomic,
                Regions = outer.FactsOf(slot).Regions,
            });
            if (i.Atomic == AtomicOp.CmpXchg) r[Result] = old;
            else if (i.Atomic >= AtomicOp.FetchAdd) r[i.Src] = old;
        }

        Node Low(Node node) => _b.Make(Op.And, node, _graph.Const(uint.MaxValue));
    }
}
