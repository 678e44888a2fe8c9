using System.Reflection.Emit;
using Chainring.Offload.Ir;
using Chainring.Offload.Isa;

namespace Chainring.Kernels.Il;

/// <summary>Emits the blocks of one method.</summary>
sealed class PieceEmitter : INodePlaces
{
    const int ExecutionArgument = 0, FrameArgument = 1, BufferArgument = 2, SpillsArgument = 3, EntryArgument = 4;

    readonly IlWriter _il;
    readonly CodePlan _plan;
    readonly int _number;
    readonly bool _isWhole;
    readonly NodeEmitter _nodes;
    readonly IReadOnlyList<Block> _blocks;
    readonly Dictionary<Block, Label> _labels = [];
    readonly Dictionary<Node, LocalBuilder> _locals = [];
    LocalBuilder? _stack;
    Block? _block;

    public PieceEmitter(IlWriter writer, CodePlan plan, int number, bool isWhole, Func<IrMap, nint> storage, Func<IReadOnlyList<int>, int> pathOf)
    {
        (_il, _plan, _number, _isWhole) = (writer, plan, number, isWhole);
        _nodes = new(writer, this, storage, pathOf);
        _blocks = _plan.Pieces[number];
    }

    public void Emit()
    {
        foreach (var block in _blocks) _labels.Add(block, _il.Label());
        if (_blocks.Any(UsesStack))
        {
            _stack = _il.Local(typeof(ulong));
            _nodes.ReadExecution(nameof(Execution.Stack));
            _il.Op(OpCodes.Conv_U8);
            _il.Store(_stack);
        }
        if (!_isWhole)
        {
            _il.Argument(EntryArgument);
            _il.Switch([.. _blocks.Select(b => _labels[b])]);
        }
        for (int n = 0; n < _blocks.Count; n++)
        {
            _block = _blocks[n];
            _il.Mark(_labels[_block]);
            foreach (var node in _blocks[n].Nodes.Where(node => !_plan.IsInline(node))) Statement(node);
            End(_blocks[n], n + 1 < _blocks.Count ? _blocks[n + 1] : null);
        }
    }

    static bool UsesStack(Block block) =>
        block.Nodes.Exists(n => n.Op == Op.ClearStack || Array.Exists(n.Inputs, i => i.Now.Op == Op.Stack))
        || block.Value?.Now.Op == Op.Stack || Array.Exists(block.Edges, e => Array.Exists(e.Arguments, a => a.Now.Op == Op.Stack));

    /// <summary>Does what a node does; its value goes to a variable, and to memory if other methods want it.</summary>
    void Statement(Node node)
    {
        if (_nodes.TryDo(node)) return;
        if (node.Op == Op.Select) Choose(node);
        else _nodes.Value(node);
        var local = LocalOf(node);
        _il.Store(local);
        if (_plan.SpillOf(node) is not { } spill) return;
        SpillAddress(spill);
        _il.Load(local);
        if (Ops.IsTruth(node.Op)) _il.Op(OpCodes.Conv_U8);
        _il.Op(OpCodes.Stind_I8);
    }

    LocalBuilder LocalOf(Node node)
    {
        if (!_locals.TryGetValue(node, out var local)) _locals.Add(node, local = _il.Local(Ops.IsTruth(node.Op) ? typeof(int) : typeof(ulong)));
        return local;
    }

    void SpillAddress(int spill)
    {
        _il.Argument(SpillsArgument);
        _il.Constant32(spill * _plan.SpillStride);
        _il.Op(OpCodes.Add);
    }

    public void Frame() => _il.Argument(FrameArgument);

    public void Buffer() => _il.Argument(BufferArgument);

    public void Stack() => _il.Load(_stack!);

    public bool IsInline(Node node) => _plan.IsInline(node);

    public void Value(Node given)
    {
        var node = given.Now;
        if (Ops.IsLeaf(node.Op) || _plan.IsInline(node))
        {
            _nodes.Value(node);
        }
        else if (_plan.IsElsewhere(node, _block!))
        {
            SpillAddress(_plan.SpillOf(node)!.Value);
            _il.Op(OpCodes.Ldind_I8);
            if (Ops.IsTruth(node.Op)) _il.Op(OpCodes.Conv_I4);
        }
        else
        {
            _il.Load(LocalOf(node));
        }
    }

    /// <summary>The runtime turns conditional stores into conditional moves where that is better.</summary>
    void Choose(Node select)
    {
        var local = LocalOf(select);
        var done = _il.Label();
        Value(select.Inputs[1]);
        _il.Store(local);
        BranchIf(select.Inputs[0].Now, true, done);
        Value(select.Inputs[2]);
        _il.Store(local);
        _il.Mark(done);
        _il.Load(local);
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
                var ways = block.Edges.Select(_ => _il.Label()).ToArray();
                SwitchTo(block, ways);
                for (int n = block.Edges.Length - 1; n >= 0; n--)
                {
                    _il.Mark(ways[n]);
                    Follow(block.Edges[n], null);
                }
                break;
            case EndKind.Exit:
                if (block.Verdict.Fault == IrFault.InTailCall)
                {
                    _il.Argument(ExecutionArgument);
                    _il.Call(typeof(Calls).GetMethod(nameof(Calls.TailFault))!);
                }
                else
                {
                    _il.Constant32((int)IlEmitter.VerdictOf(block.Verdict));
                }
                if (!_isWhole) _il.Op(OpCodes.Conv_U8);
                _il.Op(OpCodes.Ret);
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
            _il.Constant(block.Cases[n]);
            _il.Branch(OpCodes.Beq, ways[n]);
        }
        _il.Branch(OpCodes.Br, ways[^1]);
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
            var otherwise = _il.Label();
            BranchIf(condition, false, otherwise);
            Follow(yes, null);
            _il.Mark(otherwise);
            Follow(no, next);
        }
    }

    /// <summary>It is within the method, and takes nothing along.</summary>
    bool IsPlain(Edge edge) => edge.Arguments.Length == 0 && _plan.PieceOf(edge.To) == _number;

    void BranchIf(Node condition, bool wanted, Label to)
    {
        if (_plan.IsInline(condition) && condition.Op == Op.Not)
        {
            BranchIf(condition.Inputs[0].Now, !wanted, to);
            return;
        }
        if (!_plan.IsInline(condition) || condition.Op is not (Op.Equal or Op.Below or Op.Less))
        {
            Value(condition);
            _il.Branch(wanted ? OpCodes.Brtrue : OpCodes.Brfalse, to);
            return;
        }
        Value(condition.Inputs[0]);
        Value(condition.Inputs[1]);
        _il.Branch(condition.Op switch
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
        if (_plan.PieceOf(edge.To) != _number)
        {
            int piece = _plan.PieceOf(edge.To);
            _il.Constant(IlEmitter.NextAt(piece, _plan.Pieces[piece].ToList().IndexOf(edge.To)));
            _il.Op(OpCodes.Ret);
        }
        else if (edge.To != next)
        {
            _il.Branch(OpCodes.Br, _labels[edge.To]);
        }
    }

    /// <summary>Takes a value for a parameter: to memory if it is come to from other methods.</summary>
    void Set(Node parameter)
    {
        if (_plan.SpillOf(parameter) is not { } spill)
        {
            _il.Store(LocalOf(parameter));
            return;
        }
        var value = _il.Local(typeof(ulong));
        _il.Store(value);
        SpillAddress(spill);
        _il.Load(value);
        _il.Op(OpCodes.Stind_I8);
    }
}
