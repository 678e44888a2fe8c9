using System.Reflection;
using System.Reflection.Emit;
using Chainring.Offload.Ir;
using Chainring.Offload.Isa;

namespace Chainring.Kernels.Il;

/// <summary>Emits the blocks of one method.</summary>
sealed class PieceEmitter(IlWriter il, CodePlan plan, int number, bool isWhole, Func<IrMap, nint> storage, Func<IReadOnlyList<int>, int> pathOf)
{
    const int ExecutionArgument = 0, FrameArgument = 1, BufferArgument = 2, SpillsArgument = 3, EntryArgument = 4;

    readonly IReadOnlyList<Block> _blocks = plan.Pieces[number];
    readonly Dictionary<Block, Label> _labels = [];
    readonly Dictionary<Node, LocalBuilder> _locals = [];
    LocalBuilder? _stack;
    Block? _block;

    public void Emit()
    {
        foreach (var block in _blocks) _labels.Add(block, il.Label());
        if (_blocks.Any(UsesStack))
        {
            _stack = il.Local(typeof(ulong));
            ReadExecution(nameof(Execution.Stack));
            il.Op(OpCodes.Conv_U8);
            il.Store(_stack);
        }
        if (!isWhole)
        {
            il.Argument(EntryArgument);
            il.Switch([.. _blocks.Select(b => _labels[b])]);
        }
        for (int n = 0; n < _blocks.Count; n++)
        {
            _block = _blocks[n];
            il.Mark(_labels[_block]);
            foreach (var node in _blocks[n].Nodes)
            {
                if (!plan.IsInline(node)) Statement(node);
            }
            End(_blocks[n], n + 1 < _blocks.Count ? _blocks[n + 1] : null);
        }
    }

    static bool UsesStack(Block block) =>
        block.Nodes.Exists(n => n.Op == Op.ClearStack || Array.Exists(n.Inputs, i => i.Now.Op == Op.Stack))
        || block.Value?.Now.Op == Op.Stack || Array.Exists(block.Edges, e => Array.Exists(e.Arguments, a => a.Now.Op == Op.Stack));

    /// <summary>Does what a node does; its value goes to a variable, and to memory if other methods want it.</summary>
    void Statement(Node node)
    {
        switch (node.Op)
        {
            case Op.Store:
                Address(node);
                Value(node.Inputs[1]);
                il.Op(node.Size switch { AccessSize.Byte => OpCodes.Conv_U1, AccessSize.Half => OpCodes.Conv_U2, AccessSize.Word => OpCodes.Conv_U4, _ => OpCodes.Conv_U8 });
                il.Unaligned();
                il.Op(node.Size switch { AccessSize.Byte => OpCodes.Stind_I1, AccessSize.Half => OpCodes.Stind_I2, AccessSize.Word => OpCodes.Stind_I4, _ => OpCodes.Stind_I8 });
                return;
            case Op.SetRxQueue:
                il.Argument(FrameArgument);
                Value(node.Inputs[0]);
                il.Op(OpCodes.Conv_U4);
                il.SetField(FrameFieldOf(nameof(Frame.RxQueue)));
                return;
            case Op.Fence:
                il.Call(typeof(Interlocked).GetMethod(nameof(Interlocked.MemoryBarrier))!);
                return;
            case Op.ClearStack:
                il.Load(_stack!);
                il.Constant(node.Number);
                il.Op(OpCodes.Add);
                il.Op(OpCodes.Conv_U);
                il.Constant32(0);
                il.Constant32(node.Length);
                il.Op(OpCodes.Initblk);
                return;
            case Op.Count:
                ReadExecution(nameof(Execution.Counts));
                il.Constant32(pathOf(node.Events) * sizeof(long));
                il.Op(OpCodes.Add);
                il.Op(OpCodes.Dup);
                il.Op(OpCodes.Ldind_I8);
                il.Constant(1);
                il.Op(OpCodes.Add);
                il.Op(OpCodes.Stind_I8);
                return;
            case Op.BeginRun:
                il.Argument(ExecutionArgument);
                Call(nameof(Calls.BeginRun));
                return;
            case Op.BeginWalk:
                il.Argument(ExecutionArgument);
                Number32(node.Inputs[0]);
                il.Constant32((int)node.Number);
                Call(nameof(Calls.BeginWalk));
                return;
            case Op.PopVerdict:
                il.Argument(FrameArgument);
                Value(node.Inputs[0]);
                Call(nameof(Calls.PopVerdict));
                return;
            case Op.Select:
                Choose(node);
                break;
            default:
                Operation(node);
                break;
        }
        Keep(node);
    }

    void Keep(Node node)
    {
        var local = LocalOf(node);
        il.Store(local);
        if (plan.SpillOf(node) is not { } spill) return;
        SpillAddress(spill);
        il.Load(local);
        if (Ops.IsTruth(node.Op)) il.Op(OpCodes.Conv_U8);
        il.Op(OpCodes.Stind_I8);
    }

    LocalBuilder LocalOf(Node node)
    {
        if (!_locals.TryGetValue(node, out var local)) _locals.Add(node, local = il.Local(Ops.IsTruth(node.Op) ? typeof(int) : typeof(ulong)));
        return local;
    }

    void SpillAddress(int spill)
    {
        il.Argument(SpillsArgument);
        il.Constant32(spill * sizeof(ulong));
        il.Op(OpCodes.Add);
    }

    void ReadExecution(string field)
    {
        il.Argument(ExecutionArgument);
        il.Field(typeof(Execution).GetField(field)!);
    }

    static FieldInfo FrameFieldOf(string name) => typeof(Frame).GetField(name)!;

    void Call(string name) => il.Call(typeof(Calls).GetMethod(name)!);

    /// <summary>The value of a node of which it is not yet said where it is: a number, or 0 or 1 of 32 bits for a truth value.</summary>
    void Value(Node given)
    {
        var node = given.Now;
        if (Ops.IsLeaf(node.Op) || plan.IsInline(node))
        {
            Operation(node);
        }
        else if (plan.IsElsewhere(node, _block!))
        {
            SpillAddress(plan.SpillOf(node)!.Value);
            il.Op(OpCodes.Ldind_I8);
            if (Ops.IsTruth(node.Op)) il.Op(OpCodes.Conv_I4);
        }
        else
        {
            il.Load(LocalOf(node));
        }
    }

    void Number32(Node node)
    {
        Value(node);
        il.Op(OpCodes.Conv_U4);
    }

    void NativeInt(Node node)
    {
        Value(node);
        il.Op(OpCodes.Conv_U);
    }

    void Address(Node access)
    {
        Value(access.Inputs[0]);
        if (access.Number != 0)
        {
            il.Constant(access.Number);
            il.Op(OpCodes.Add);
        }
        il.Op(OpCodes.Conv_U);
    }

    /// <summary>Computes a node and leaves its value.</summary>
    void Operation(Node node)
    {
        switch (node.Op)
        {
            case Op.Const:
                il.Constant(node.Number);
                break;
            case Op.Stack:
                il.Load(_stack!);
                il.Constant(node.Number);
                il.Op(OpCodes.Add);
                break;
            case Op.Storage:
                il.Constant((ulong)storage(node.Map!) + node.Number);
                break;
            case Op.Map:
                il.Constant((ulong)node.Map!.Number);
                break;
            case Op.Context:
                il.Constant(1);
                break;
            case Op.Function:
                il.Constant(node.Number);
                break;
            case Op.Cpu:
                ReadExecution(nameof(Execution.Cpu));
                il.Op(OpCodes.Conv_U8);
                break;
            case Op.Field:
                Field(node.Field);
                break;
            case Op.Load:
                Address(node);
                il.Unaligned();
                il.Op(node.Size switch { AccessSize.Byte => OpCodes.Ldind_U1, AccessSize.Half => OpCodes.Ldind_U2, AccessSize.Word => OpCodes.Ldind_U4, _ => OpCodes.Ldind_I8 });
                il.Op(OpCodes.Conv_U8);
                break;
            case Op.Atomic:
                Atomic(node);
                break;
            case Op.Call:
                CallEmitter.Emit(il, node, Value);
                break;
            case Op.TailCall:
                il.Argument(ExecutionArgument);
                il.Argument(FrameArgument);
                il.Argument(BufferArgument);
                Number32(node.Inputs[0]);
                Value(node.Inputs[1]);
                il.Constant32(node.Number == 0 ? 0 : 1);
                Call(nameof(Calls.TailCall));
                break;
            case Op.TailCallOutcome:
                ReadExecution(nameof(Execution.Outcome));
                break;
            case Op.TakeTailCall:
                // As many as are left: one or none.
                var left = il.Local(typeof(int));
                ReadExecution(nameof(Execution.TailCalls));
                il.Constant32(RunLimits.MaxTailCalls);
                il.Op(OpCodes.Clt);
                il.Store(left);
                il.Argument(ExecutionArgument);
                ReadExecution(nameof(Execution.TailCalls));
                il.Load(left);
                il.Op(OpCodes.Add);
                il.SetField(typeof(Execution).GetField(nameof(Execution.TailCalls))!);
                il.Load(left);
                il.Op(OpCodes.Conv_U8);
                break;
            case Op.NextElement:
                il.Argument(ExecutionArgument);
                il.Constant32((int)node.Number);
                Call(nameof(Calls.NextElement));
                il.Op(OpCodes.Conv_U8);
                break;
            case Op.ElementKey or Op.ElementValue:
                il.Argument(ExecutionArgument);
                il.Constant32((int)node.Number);
                Call(node.Op == Op.ElementKey ? nameof(Calls.ElementKey) : nameof(Calls.ElementValue));
                break;
            case Op.Executed:
                il.Argument(ExecutionArgument);
                ReadExecution(nameof(Execution.Executed));
                il.Constant(node.Number);
                il.Op(OpCodes.Add);
                il.SetField(typeof(Execution).GetField(nameof(Execution.Executed))!);
                ReadExecution(nameof(Execution.Executed));
                break;
            case Op.PushVerdict:
                il.Argument(ExecutionArgument);
                il.Argument(FrameArgument);
                il.Argument(BufferArgument);
                Value(node.Inputs[0]);
                Call(nameof(Calls.PushVerdict));
                il.Op(OpCodes.Conv_U8);
                break;
            default:
                ScalarIl.Emit(il, node, Value, plan.IsInline);
                break;
        }
    }

    void Field(FrameField field)
    {
        if (field is FrameField.IngressIfindex or FrameField.RxQueueIndex)
        {
            il.Argument(FrameArgument);
            il.Field(FrameFieldOf(field == FrameField.RxQueueIndex ? nameof(Frame.RxQueue) : nameof(Frame.IngressIfindex)));
            il.Op(OpCodes.Conv_U8);
            return;
        }
        il.Argument(BufferArgument);
        il.Argument(FrameArgument);
        il.Field(FrameFieldOf(field switch { FrameField.Data => nameof(Frame.Data), FrameField.DataEnd => nameof(Frame.End), _ => nameof(Frame.Meta) }));
        il.Op(OpCodes.Conv_I);
        il.Op(OpCodes.Add);
        il.Op(OpCodes.Conv_U8);
    }

    /// <summary>The runtime turns conditional stores into conditional moves where that is better.</summary>
    void Choose(Node select)
    {
        var local = LocalOf(select);
        var done = il.Label();
        Value(select.Inputs[1]);
        il.Store(local);
        BranchIf(select.Inputs[0].Now, true, done);
        Value(select.Inputs[2]);
        il.Store(local);
        il.Mark(done);
        il.Load(local);
    }

    void Atomic(Node node)
    {
        bool is64 = node.Size == AccessSize.Double;
        var type = is64 ? typeof(ulong) : typeof(uint);
        // A result that is wanted goes through memory: .NET 10.0 moves the operation to where its result is used, past loads of the same place.
        bool isWanted = node.Atomic is >= AtomicOp.FetchAdd or AtomicOp.CmpXchg;
        if (isWanted) il.Argument(ExecutionArgument);
        Address(node);
        Operand(1);
        switch (node.Atomic)
        {
            case AtomicOp.Add or AtomicOp.FetchAdd:
                il.Call(Method(nameof(Interlocked.Add), 1));
                Operand(1);
                il.Op(OpCodes.Sub);
                break;
            case AtomicOp.And or AtomicOp.FetchAnd:
                il.Call(Method(nameof(Interlocked.And), 1));
                break;
            case AtomicOp.Or or AtomicOp.FetchOr:
                il.Call(Method(nameof(Interlocked.Or), 1));
                break;
            case AtomicOp.Xor or AtomicOp.FetchXor:
                il.Op(OpCodes.Conv_U8);
                Call(is64 ? nameof(Calls.Xor64) : nameof(Calls.Xor32));
                break;
            case AtomicOp.Xchg:
                il.Call(Method(nameof(Interlocked.Exchange), 1));
                break;
            default:
                Operand(2);
                il.Call(Method(nameof(Interlocked.CompareExchange), 2));
                break;
        }
        if (!is64) il.Op(OpCodes.Conv_U8);
        if (isWanted)
        {
            il.SetField(typeof(Execution).GetField(nameof(Execution.Fetched))!);
            ReadExecution(nameof(Execution.Fetched));
        }

        void Operand(int input)
        {
            Value(node.Inputs[input]);
            if (!is64) il.Op(OpCodes.Conv_U4);
        }

        MethodInfo Method(string name, int values) => typeof(Interlocked).GetMethod(name, [type.MakeByRefType(), .. Enumerable.Repeat(type, values)])!;
    }

    void End(Block block, Block? next)
    {
        switch (block.Kind)
        {
            case EndKind.Jump:
                Follow(block.Edges[0], next);
                break;
            case EndKind.Branch:
                Branch(block.Value!.Now, block.Edges[0], block.Edges[1], next);
                break;
            case EndKind.Switch:
                var ways = block.Edges.Select(_ => il.Label()).ToArray();
                SwitchTo(block, ways);
                for (int n = block.Edges.Length - 1; n >= 0; n--)
                {
                    il.Mark(ways[n]);
                    Follow(block.Edges[n], null);
                }
                break;
            case EndKind.Exit:
                if (block.Verdict.Fault == IrFault.InTailCall)
                {
                    il.Argument(ExecutionArgument);
                    Call(nameof(Calls.TailFault));
                }
                else
                {
                    il.Constant32((int)IlEmitter.VerdictOf(block.Verdict));
                }
                if (!isWhole) il.Op(OpCodes.Conv_U8);
                il.Op(OpCodes.Ret);
                break;
            default:
                throw new InvalidOperationException($"a block ends with {block.Kind}");
        }
    }

    void SwitchTo(Block block, Label[] ways)
    {
        for (int n = 0; n < block.Cases.Length; n++)
        {
            Value(block.Value!);
            il.Constant(block.Cases[n]);
            il.Branch(OpCodes.Beq, ways[n]);
        }
        il.Branch(OpCodes.Br, ways[^1]);
    }

    void Branch(Node condition, Edge yes, Edge no, Block? next)
    {
        if (IsPlain(yes))
        {
            BranchIf(condition, true, _labels[yes.To]);
            Follow(no, next);
        }
        else if (IsPlain(no))
        {
            BranchIf(condition, false, _labels[no.To]);
            Follow(yes, next);
        }
        else
        {
            var otherwise = il.Label();
            BranchIf(condition, false, otherwise);
            Follow(yes, null);
            il.Mark(otherwise);
            Follow(no, next);
        }
    }

    /// <summary>It is within the method, and takes nothing along.</summary>
    bool IsPlain(Edge edge) => edge.Arguments.Length == 0 && plan.PieceOf(edge.To) == number;

    void BranchIf(Node condition, bool wanted, Label to)
    {
        if (plan.IsInline(condition) && condition.Op == Op.Not)
        {
            BranchIf(condition.Inputs[0].Now, !wanted, to);
            return;
        }
        if (!plan.IsInline(condition) || condition.Op is not (Op.Equal or Op.Below or Op.Less))
        {
            Value(condition);
            il.Branch(wanted ? OpCodes.Brtrue : OpCodes.Brfalse, to);
            return;
        }
        Value(condition.Inputs[0]);
        Value(condition.Inputs[1]);
        il.Branch(condition.Op switch
        {
            Op.Equal => wanted ? OpCodes.Beq : OpCodes.Bne_Un,
            Op.Below => wanted ? OpCodes.Blt_Un : OpCodes.Bge_Un,
            _ => wanted ? OpCodes.Blt : OpCodes.Bge,
        }, to);
    }

    /// <summary>Sets the parameters of where an edge leads, all at once, and goes there.</summary>
    void Follow(Edge edge, Block? next)
    {
        for (int n = 0; n < edge.Arguments.Length; n++)
        {
            if (edge.Arguments[n].Now == edge.To.Parameters[n]) continue;
            Value(edge.Arguments[n]);
        }
        for (int n = edge.Arguments.Length - 1; n >= 0; n--)
        {
            var parameter = edge.To.Parameters[n];
            if (edge.Arguments[n].Now != parameter) Set(parameter);
        }
        if (plan.PieceOf(edge.To) != number)
        {
            int piece = plan.PieceOf(edge.To);
            il.Constant(IlEmitter.NextAt(piece, plan.Pieces[piece].ToList().IndexOf(edge.To)));
            il.Op(OpCodes.Ret);
        }
        else if (edge.To != next)
        {
            il.Branch(OpCodes.Br, _labels[edge.To]);
        }
    }

    /// <summary>Takes a value for a parameter: to memory if it is come to from other methods.</summary>
    void Set(Node parameter)
    {
        if (plan.SpillOf(parameter) is not { } spill)
        {
            il.Store(LocalOf(parameter));
            return;
        }
        var value = il.Local(typeof(ulong));
        il.Store(value);
        SpillAddress(spill);
        il.Load(value);
        il.Op(OpCodes.Stind_I8);
    }
}
