using System.Reflection.Emit;
using Chainring.Kernels.Il;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.Simd;

/// <summary>
/// Emits what is run for several frames at once: methods one after the other, in each of them every block once and in order, for the lanes that have come to it. A block to which none has
/// come is passed over, unless that may cost more than to run it; a way back is taken as long as it has lanes. Values are vectors, truth values are bits of lanes, and what has no vector instruction is
/// done lane by lane.
/// </summary>
/// <remarks>A value in a lane that has not come to its block is any number: nothing reads it.</remarks>
sealed partial class LaneEmitter
{
    /// <summary>Of the method: the <see cref="Execution"/>, <see cref="LaneMemory"/>, bits of the lanes that have a frame.</summary>
    const int LanesArgument = 1, MaskArgument = 2;

    readonly IlWriter _il;
    readonly LanePlan _plan;
    readonly int _piece;
    readonly LaneShape _shape;
    readonly VectorIl _vectors;
    readonly NodeEmitter _nodes;
    readonly Func<IReadOnlyList<int>, int> _pathOf;
    readonly Dictionary<Block, LocalBuilder> _masks = [];
    readonly Dictionary<Block, Label> _labels = [];
    readonly Dictionary<Node, LocalBuilder> _locals = [];
    readonly LocalBuilder _results, _current, _lane, _number, _left;
    readonly List<Node> _operands = [];
    LocalBuilder? _maskVector;

    /// <param name="piece">Which of the plan's methods it is.</param>
    public LaneEmitter(IlWriter il, LanePlan plan, int piece, LaneShape shape, Func<IrMap, nint> storage, Func<IReadOnlyList<int>, int> pathOf)
    {
        (_il, _plan, _piece, _shape, _pathOf) = (il, plan, piece, shape, pathOf);
        _nodes = new(il, this, storage, pathOf);
        _vectors = new(il, shape);
        _results = il.Local(shape.Numbers);
        (_current, _lane, _number, _left) = (il.Local(typeof(int)), il.Local(typeof(nint)), il.Local(typeof(int)), il.Local(typeof(int)));
    }

    public void Emit()
    {
        var blocks = _plan.Pieces.All[_piece];
        foreach (var block in blocks)
        {
            _masks.Add(block, _il.Local(typeof(int)));
            _labels.Add(block, _il.Label());
        }
        if (_piece == 0)
        {
            _il.Argument(MaskArgument);
            _il.Store(_masks[blocks[0]]);
        }
        else
        {
            TakeUp(blocks);
        }
        foreach (var block in blocks)
        {
            var past = _il.Label();
            _il.Mark(_labels[block]);
            if (!_plan.IsAlwaysRun(block))
            {
                _il.Load(_masks[block]);
                _il.Branch(OpCodes.Brfalse, past);
            }
            _il.Load(_masks[block]);
            _il.Store(_current);
            if (_plan.IsRepeated(block))
            {
                _il.Constant32(0);
                _il.Store(_masks[block]);
            }
            _maskVector = null;
            foreach (var parameter in block.Parameters) HandOn(parameter);
            if (_plan.IsCut(block)) Leave(block);
            else Run(block);
            _il.Mark(past);
            GoBack(block);
        }
        _il.Load(_results);
        Place(LaneMemory.Results);
        _vectors.Store();
        _il.Op(OpCodes.Ret);
    }

    void Run(Block block)
    {
        foreach (var node in block.Nodes.Where(n => !_plan.IsInline(n)))
        {
            if (IsValue(node))
            {
                Compute(node);
                Keep(node);
            }
            else
            {
                Statement(node);
            }
        }
        switch (block.Kind)
        {
            case EndKind.Jump:
                Follow(block, block.Edges[0], _current);
                break;
            case EndKind.Branch:
                Branch(block);
                break;
            case EndKind.Switch:
                Switch(block);
                break;
            case EndKind.Exit:
                Finish(() => _vectors.Constant(IlEmitter.VerdictOf(block.Verdict)));
                break;
            default:
                throw new InvalidOperationException($"a block ends with {block.Kind}");
        }
    }

    /// <summary>Lanes go on by themselves: what they will need goes to memory, and where they go on to their results.</summary>
    void Leave(Block block)
    {
        foreach (var node in _plan.Live[block])
        {
            int place = LaneMemory.Spills + _plan.Rest!.SpillOf(node)!.Value;
            CurrentVector();
            if (Ops.IsTruth(node.Op))
            {
                Bits(node);
                MaskOf();
                _vectors.Constant(1);
                _vectors.And();
            }
            else
            {
                Vector(node);
            }
            Place(place);
            _vectors.Load();
            _vectors.Choose();
            Place(place);
            _vectors.Store();
        }
        int piece = _plan.Rest!.PieceOf(block);
        ulong next = IlEmitter.NextAt(piece, _plan.Rest.Pieces[piece].ToList().IndexOf(block));
        Finish(() => _vectors.Constant(next));
    }

    void Finish(Action result)
    {
        CurrentVector();
        result();
        _il.Load(_results);
        _vectors.Choose();
        _il.Store(_results);
    }

    void Branch(Block block)
    {
        var rest = AllHere();
        Bits(block.Value!);
        Follow(block, block.Edges[0], TakeFrom(rest));
        Follow(block, block.Edges[1], rest);
    }

    void Switch(Block block)
    {
        var rest = AllHere();
        for (int n = 0; n < block.Cases.Length; n++)
        {
            Vector(block.Value!);
            _vectors.Constant(block.Cases[n]);
            _vectors.Compare(Op.Equal);
            Follow(block, block.Edges[n], TakeFrom(rest));
        }
        Follow(block, block.Edges[^1], rest);
    }

    LocalBuilder AllHere()
    {
        var lanes = _il.Local(typeof(int));
        _il.Load(_current);
        _il.Store(lanes);
        return lanes;
    }

    /// <summary>Those of some lanes whose bits are on the stack, which the others are then without.</summary>
    LocalBuilder TakeFrom(LocalBuilder lanes)
    {
        var taken = _il.Local(typeof(int));
        _il.Load(lanes);
        _il.Op(OpCodes.And);
        _il.Store(taken);
        _il.Load(lanes);
        _il.Load(taken);
        _il.Op(OpCodes.Xor);
        _il.Store(lanes);
        return taken;
    }

    /// <summary>Lanes come to where an edge leads, with its arguments.</summary>
    void Follow(Block from, Edge edge, LocalBuilder lanes)
    {
        var to = edge.To;
        bool isFirst = !_plan.IsRepeated(from) && _plan.IsFirst(edge);
        for (int n = 0; n < edge.Arguments.Length; n++)
        {
            if (isFirst)
            {
                Vector(edge.Arguments[n]);
                continue;
            }
            _il.Load(lanes);
            MaskOf();
            Vector(edge.Arguments[n]);
            KeptVector(to.Parameters[n], to);
            _vectors.Choose();
        }
        for (int n = edge.Arguments.Length - 1; n >= 0; n--) SetParameter(to, n);
        Arrive(to, lanes);
    }

    /// <summary>
    /// Ways back are taken once all lanes are on their way, the longest first; and also where a block was passed over, since lanes may wait from an earlier round.
    /// </summary>
    void GoBack(Block from)
    {
        foreach (var to in _plan.Edges(from).Select(e => e.To).Where(to => _plan.PlaceOf(to) <= _plan.PlaceOf(from)).Distinct().OrderBy(_plan.PlaceOf))
        {
            _il.Load(_masks[to]);
            _il.Branch(OpCodes.Brtrue, _labels[to]);
        }
    }

    /// <summary>What is computed for all lanes from values alone.</summary>
    public static bool IsValue(Node node) => node.Op is Op.Equal or Op.Below or Op.Less or Op.Not or Op.Select || VectorIl.CanDo(node);

    /// <summary>Computes a node that is one; its vector, or bits of lanes, are on the stack then.</summary>
    void Compute(Node node)
    {
        switch (node.Op)
        {
            case Op.Equal or Op.Below or Op.Less:
                Vector(node.Inputs[0]);
                Vector(node.Inputs[1]);
                _vectors.Compare(node.Op);
                break;
            case Op.Not:
                Bits(node.Inputs[0]);
                _il.Constant32(_shape.All);
                _il.Op(OpCodes.Xor);
                break;
            case Op.Select:
                Bits(node.Inputs[0]);
                MaskOf();
                Vector(node.Inputs[1]);
                Vector(node.Inputs[2]);
                _vectors.Choose();
                break;
            default:
                Vector(node.Inputs[0]);
                if (VectorIl.TakesVector(node)) Vector(node.Inputs[1]);
                _vectors.Do(node);
                break;
        }
    }

    void Statement(Node node)
    {
        switch (node.Op)
        {
            case Op.AddTo:
                AddTo(node);
                break;
            case Op.Store when _plan.StackWords.Of(node) is var (place, bytes):
                StoreColumns(place, bytes, () => Vector(node.Inputs[1]));
                break;
            case Op.Store when _plan.Rows.Has(node):
                if (_plan.Rows.EndingAt(node) is { } group) StoreRows(group);
                break;
            case Op.Store:
                Store(node);
                break;
            case Op.Count:
                Count(node);
                break;
            case Op.Field when node.Field is FrameField.Data or FrameField.DataEnd:
                bool hasMoved = _plan.MayHaveMoved(node);
                Place(node.Field == FrameField.Data ? hasMoved ? LaneMemory.DataNow : LaneMemory.Data : hasMoved ? LaneMemory.EndNow : LaneMemory.End);
                _vectors.Load();
                Keep(node);
                break;
            case Op.Field:
                _vectors.FromLanes(lane =>
                {
                    AtLane(lane);
                    _nodes.Value(node);
                });
                Keep(node);
                break;
            case Op.Load when _plan.Headers.Of(node) is { } places:
                Sliced(node, places);
                Keep(node);
                break;
            case Op.Load when _plan.StackWords.Of(node) is var (place, bytes):
                Bytes(place, bytes, ColumnOf);
                Keep(node);
                break;
            case Op.Load:
                Load(node);
                Keep(node);
                break;
            case Op.ClearStack:
                ClearStack(node);
                break;
            case Op.Call when CallEmitter.IsLookup(node) && _plan.StackWords.Of(node) is var (place, bytes):
                LookupColumns(node, place, bytes);
                Keep(node);
                break;
            case Op.Call when CallEmitter.IsLookup(node):
                Lookup(node);
                Keep(node);
                break;
            case Op.BeginRun:
                BeginRun();
                break;
            case Op.TakeTailCall:
                TakeTailCall();
                Keep(node);
                break;
            case Op.Call when CallEmitter.IsAdjustHead(node):
                AdjustHead(node);
                Keep(node);
                break;
            default:
                ByLane(node);
                if (FrameOrder.MovesFrame(node)) LookAgain();
                break;
        }
    }
}
