using Chainring.Offload.Isa;
using Chainring.Offload.Verify;

namespace Chainring.Offload.Ir;

/// <remarks>What is called: functions and what helpers call back, put where they are called, and programs that are tail-called.</remarks>
sealed partial class Lowering
{
    sealed partial class FunctionBody
    {
        void Call(int slot, in Instruction i, Node[] r)
        {
            if (i.IsLocalCall)
            {
                CheckLimit(false);
                r[Result] = Inline(slot + 1 + i.Displacement, r.AsSpan(FirstArgument, Arguments));
            }
            else if (i.Immediate == HelperTable.TailCallId)
            {
                TailCall(r);
            }
            else
            {
                var row = HelperTable.Find(i.Immediate)!;
                r[Result] = row.Effect == HelperEffect.CallsBack ? CallBack(slot, row, r)
                    : row.Id == HelperTable.ProcessorId ? _graph.Leaf(Op.Cpu)
                    : _b.Append(new(Op.Call, [.. r.AsSpan(FirstArgument, row.Arguments.Length)]) { Row = row, Stage = outer._code.Number });
            }
            r.AsSpan(FirstArgument, Arguments).Fill(_graph.Const(0));
        }

        /// <summary>A function put here: what it returns.</summary>
        Node Inline(int function, ReadOnlySpan<Node> arguments, bool isCallback = false)
        {
            var registers = outer.Fresh();
            arguments.CopyTo(registers.AsSpan(FirstArgument));
            var (after, result) = Join();
            outer.Function(function, registers, depth + 1, after, isCallback);
            _b.Block = after;
            return result;
        }

        static (Block Block, Node Value) Join()
        {
            Block block = new();
            var value = new Node(Op.Param);
            block.Parameters.Add(value);
            return (block, value);
        }

        /// <summary>A successful one is a return of what the other program returns.</summary>
        void TailCall(Node[] r)
        {
            CheckLimit(false);
            Block after = new();
            if (r[3].Now.IsConst && r[2].Now is { Op: Op.Map, Map: { } array } && outer._code.InSlot(array, (uint)r[3].Now.Number) is { } target) TakeKnown(array, (uint)r[3].Now.Number, target, after);
            var code = _b.Append(new(Op.TailCall, r[2], Low(r[3])) { Number = (ulong)(depth * RunLimits.StackBytes), Stage = outer._code.Number });
            var outcome = _b.Append(new(Op.TailCallOutcome));
            Block left = new(), taken = new(), fault = new() { Run = outer._run };
            fault.Fault(IrFault.InTailCall);
            _b.Block.Branch(_b.Make(Op.Equal, outcome, _graph.Const((ulong)TailCallOutcome.NotTaken)), new(after), new(left));
            _b.Block = left;
            left.Branch(_b.Make(Op.Equal, outcome, _graph.Const((ulong)TailCallOutcome.Taken)), new(taken), new(fault));
            taken.Jump(new(exit, code));
            _b.Block = after;
            r[Result] = _graph.Const(0);
        }

        /// <summary>The program that is in a slot now is put here, and runs as long as it is there; otherwise whatever is there is called, on a way that none leads to if slots stay.</summary>
        void TakeKnown(IrMap array, uint index, StageCode target, Block after)
        {
            if (outer._tailCalls >= MaxTailCalls || outer._tailCalled + target.Program.Code.Length > MaxTailCalled || target.CountsInstructions || outer._code.CountsInstructions) return;
            if (target.Size is not { Limit: null, Depth: var more } || depth + more > RunLimits.MaxDepth) return;
            Block same = new(), taken = new(), other = new();
            if (outer._code.SlotsStay)
            {
                _b.Block.Jump(new(same));
            }
            else
            {
                var there = _b.Append(new(Op.Load, _graph.Leaf(Op.Storage, index * (ulong)array.Stride, array)) { Size = AccessSize.Word, Regions = AccessRegions.MapValue });
                _b.Block.Branch(_b.Make(Op.Equal, there, _graph.Const(target.Id)), new(same), new(other));
            }
            _b.Block = same;
            same.Branch(_b.Append(new(Op.TakeTailCall)), new(taken), new(after));
            _b.Block = taken;
            new Lowering(_b, target, outer._run, outer._tailCalls + 1) { _tailCalled = outer._tailCalled + target.Program.Code.Length }.Program(depth, exit, mayEnd);
            _b.Block = other;
        }

        /// <summary>A loop around a function: in rounds (<c>bpf_loop</c>), or over the elements of a map (<c>bpf_for_each_map_elem</c>).</summary>
        Node CallBack(int slot, HelperRow row, Node[] r)
        {
            CheckLimit(false);
            bool inRounds = row.Id == HelperTable.LoopId;
            var (after, answer) = Join();
            Block begin = new();
            _b.Block.Branch(_b.Make(Op.Equal, r[4], _graph.Const(0)), new(begin), new(after, _graph.Const(unchecked((ulong)HelperTable.BadFlags))));
            _b.Block = begin;
            var (head, done) = Join();
            Block round = new();
            int walk = outer._walks;
            var rounds = Low(r[1]);
            if (inRounds)
            {
                begin.Branch(_b.Make(Op.Below, _graph.Const(RunLimits.MaxRounds), rounds), new(after, _graph.Const(HelperTable.TooManyRounds)), new(head, _graph.Const(0)));
            }
            else
            {
                _b.Append(new(Op.BeginWalk, r[1]) { Number = (ulong)walk });
                begin.Jump(new(head, _graph.Const(0)));
                outer._walks++;
            }
            _b.Block = head;
            head.Branch(inRounds ? _b.Make(Op.Below, done, rounds) : _b.Append(new(Op.NextElement) { Number = (ulong)walk }), new(round), new(after, done));
            _b.Block = round;
            Node[] arguments = inRounds
                ? [done, r[3]]
                : [r[1], _b.Append(new(Op.ElementKey) { Number = (ulong)walk }), _b.Append(new(Op.ElementValue) { Number = (ulong)walk }), r[3]];
            var next = _b.Add(done, 1);
            var stop = Inline(FunctionIn(slot, r[2]), arguments, isCallback: true);
            _b.Block.Branch(_b.Make(Op.Equal, stop, _graph.Const(0)), new(head, next), new(after, next));
            if (!inRounds) outer._walks--;
            _b.Block = after;
            return answer;
        }

        /// <summary>The function that a register names: a constant nearly always; if not, there must be only one that it can be.</summary>
        int FunctionIn(int slot, Node node)
        {
            if (node.Now is { Op: Op.Function } function) return (int)function.Number;
            int[] all = [.. _code.Select((i, at) => (i, at)).Where(x => x.i is { Kind: InstructionKind.LoadConstant, Constant: ConstantKind.Code })
                .Select(x => x.at + 1 + (int)x.i.Immediate).Distinct()];
            if (all.Length > 1) outer._limit ??= new(LoweringLimitKind.SeveralFunctions, slot);
            return all[0];
        }
    }
}
