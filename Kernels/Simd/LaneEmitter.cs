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
    readonly int _stride;
    readonly NodeEmitter _nodes;
    readonly Func<IReadOnlyList<int>, int> _pathOf;
    readonly Dictionary<Block, LocalBuilder> _masks = [];
    readonly Dictionary<Block, Label> _labels = [];
    readonly Dictionary<(Node, int Half), LocalBuilder> _locals = [];
    readonly LocalBuilder[] _results;
    readonly LocalBuilder _current, _lane, _number, _left;
    readonly List<Node> _operands = [];

    /// <param name="piece">Which of the plan's methods it is.</param>
    public LaneEmitter(IlWriter il, LanePlan plan, int piece, LaneShape shape, Func<IrMap, nint> storage, Func<IReadOnlyList<int>, int> pathOf)
    {
        (_il, _plan, _piece, _shape, _pathOf) = (il, plan, piece, shape, pathOf);
        _nodes = new(il, this, storage, pathOf);
        (_wide, _narrow) = (new(il, shape), new(il, shape, isNarrow: true));
        _stride = LaneMemory.StrideOf(shape, plan.VectorsOfValues(shape.Bytes));
        _results = new LocalBuilder[AreResultsNarrow ? 1 : LaneShape.Halves];
        EachPart(AreResultsNarrow, () => _results[_part.Half] = il.Local(Vectors.Numbers));
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
            _maskVectors.Clear();
            foreach (var parameter in block.Parameters) HandOn(parameter);
            if (_plan.IsCut(block)) Leave(block);
            else Run(block);
            _il.Mark(past);
            GoBack(block);
        }
        PutEach(LaneMemory.Results, Results);
        _il.Op(OpCodes.Ret);
    }

    /// <summary>Results have more bits only where frames go on by themselves.</summary>
    bool AreResultsNarrow => _plan.Rest is null;

    void Results()
    {
        if (AreResultsNarrow) FromNarrow(() => _il.Load(_results[0]));
        else _il.Load(_results[_part.Half]);
    }

    void Run(Block block)
    {
        foreach (var node in block.Nodes.Where(n => !_plan.IsInline(n)))
        {
            if (IsValue(node))
            {
                Keep(node, () => Computed(node));
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
                Finish(() => Vectors.Constant(IlEmitter.VerdictOf(block.Verdict)));
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
            PutEach(place, () =>
            {
                CurrentVector();
                if (Ops.IsTruth(node.Op))
                {
                    Bits(node);
                    MaskOf();
                    Vectors.Constant(1);
                    Vectors.And();
                }
                else
                {
                    Vector(node);
                }
                Get(place);
                Vectors.Choose();
            });
        }
        int piece = _plan.Rest!.PieceOf(block);
        ulong next = IlEmitter.NextAt(piece, _plan.Rest.Pieces[piece].ToList().IndexOf(block));
        Finish(() => Vectors.Constant(next));
    }

    void Finish(Action result) => EachPart(AreResultsNarrow, () =>
    {
        CurrentVector();
        result();
        _il.Load(_results[_part.Half]);
        Vectors.Choose();
        _il.Store(_results[_part.Half]);
    });

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
            ulong number = block.Cases[n];
            Compare(_plan.Widths.Fits(block.Value!) && number <= uint.MaxValue, Op.Equal, () => Vector(block.Value!), () => Vectors.Constant(number));
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
        var parts = new Stack<(Node Parameter, Part Part)>();
        for (int n = 0; n < edge.Arguments.Length; n++)
        {
            var (parameter, argument) = (to.Parameters[n], edge.Arguments[n]);
            EachPart(_plan.Widths.IsNarrow(parameter), () =>
            {
                parts.Push((parameter, _part));
                if (isFirst)
                {
                    VectorFor(parameter, argument);
                    return;
                }
                _il.Load(lanes);
                MaskOf();
                VectorFor(parameter, argument);
                KeptVector(parameter, to);
                Vectors.Choose();
            });
        }
        foreach (var (parameter, part) in parts) In(part, () => SetParameter(to, parameter));
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

    /// <summary>Pushes what it computes: a vector, which has offsets if the node is kept as such, or bits of lanes.</summary>
    void Computed(Node node)
    {
        if (Ops.IsTruth(node.Op)) Compute(node);
        else if (_plan.Widths.IsComputedNarrow(node)) FromNarrow(() => Compute(node));
        else FromHalves(() => Compute(node));
    }

    void Compute(Node node)
    {
        switch (node.Op)
        {
            case Op.Equal or Op.Below or Op.Less:
                CompareInputs(node);
                break;
            case Op.Not:
                Bits(node.Inputs[0]);
                _il.Constant32(_shape.All);
                _il.Op(OpCodes.Xor);
                break;
            case Op.Select:
                Bits(node.Inputs[0]);
                MaskOf();
                VectorFor(node, node.Inputs[1]);
                VectorFor(node, node.Inputs[2]);
                Vectors.Choose();
                break;
            default:
                VectorFor(node, node.Inputs[0]);
                if (VectorIl.TakesVector(node)) VectorFor(node, node.Inputs[1]);
                Vectors.Do(node);
                break;
        }
    }

    void CompareInputs(Node node)
    {
        var (left, right) = (node.Inputs[0], node.Inputs[1]);
        if (_plan.Widths.AreOffsets(node))
        {
            // From the same place on, with a sign.
            Compare(isNarrow: true, node.Op == Op.Below ? Op.Less : node.Op, () => Offset(left), () => Offset(right));
            return;
        }
        bool isNarrow = _plan.Widths.IsComputedNarrow(node);
        Compare(isNarrow, isNarrow && node.Op == Op.Less ? Op.Below : node.Op, () => Vector(left), () => Vector(right));
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
                Keep(node, () => Offsets(node.Field == FrameField.Data ? hasMoved ? LaneMemory.StartNow : LaneMemory.Start : hasMoved ? LaneMemory.EndNow : LaneMemory.End));
                break;
            case Op.Field:
                Keep(node, () => Vectors.FromLanes(lane =>
                {
                    AtLane(lane + _part.Half * _shape.Half);
                    _nodes.Value(node);
                }));
                break;
            case Op.Load when _plan.Headers.Of(node) is { } places && (places.Count == 1 || _plan.Widths.IsOffset(node.Inputs[0])):
                Sliced(node, places);
                break;
            case Op.Load when _plan.StackWords.Of(node) is var (place, bytes):
                Keep(node, () => StackBytes(place, bytes));
                break;
            case Op.Load:
                Load(node);
                break;
            case Op.ClearStack:
                ClearStack(node);
                break;
            case Op.Call when CallEmitter.IsLookup(node) && _plan.StackWords.Of(node) is var (place, bytes):
                LookupColumns(node, place, bytes);
                break;
            case Op.Call when CallEmitter.IsLookup(node):
                Lookup(node);
                break;
            case Op.BeginRun:
                BeginRun();
                break;
            case Op.TakeTailCall:
                TakeTailCall(node);
                break;
            case Op.Call when CallEmitter.IsAdjustHead(node):
                AdjustHead(node);
                break;
            default:
                ByLane(node);
                if (FrameOrder.MovesFrame(node)) LookAgain();
                break;
        }
    }
}
