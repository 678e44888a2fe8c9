using System.Numerics;
using System.Reflection.Emit;
using Chainring.Kernels.Il;
using Chainring.Offload.Ir;
using Chainring.Offload.Isa;
using Chainring.Offload.Verify;

namespace Chainring.Kernels.Simd;

/// <remarks>What is done lane by lane.</remarks>
sealed partial class LaneEmitter : INodePlaces
{
    /// <summary>Memory behind which there is more.</summary>
    const AccessRegions Roomy = AccessRegions.Packet | AccessRegions.Metadata | AccessRegions.Stack | AccessRegions.CallerStack;

    /// <summary>Loads of all lanes; those that are not here read zeros. From one place for all it is one.</summary>
    void Load(Node node)
    {
        if (node.Inputs[0].Now.Op == Op.Storage)
        {
            Keep(node, () =>
            {
                _nodes.Value(node);
                Vectors.Spread();
            });
            return;
        }
        // Behind a frame's last byte, and behind a stack, there is room: what is loaded too much is taken away at once for all lanes.
        bool isWide = node.Size != AccessSize.Double && node.Regions != AccessRegions.None && (node.Regions & ~Roomy) == 0;
        PutEach(LaneMemory.Operands, () => AddressesOr(node, LaneMemory.Zeros));
        Keep(node, () =>
        {
            var loaded = !isWide ? node.Size : _part.IsNarrow ? AccessSize.Word : AccessSize.Double;
            Vectors.FromLanes(lane =>
            {
                OfLane(lane + _part.Half * _shape.Half, LaneMemory.Operands);
                _il.Op(OpCodes.Ldind_I);
                _nodes.LoadIndirect(loaded);
            });
            if (loaded <= node.Size) return;
            Vectors.Constant((1UL << (8 * (int)node.Size)) - 1);
            Vectors.And();
        });
    }

    /// <summary>Pushes where an access leads, or so many bytes further on, and for lanes that are not here another place.</summary>
    void AddressesOr(Node access, int other, int further = 0)
    {
        ulong displacement = access.Number + (ulong)further;
        CurrentVector();
        Vector(access.Inputs[0]);
        if (displacement != 0)
        {
            Vectors.Constant(displacement);
            Vectors.Add();
        }
        Place(other);
        _il.Op(OpCodes.Conv_U8);
        Vectors.Spread();
        Vectors.Choose();
    }

    /// <summary>A load from the beginning of frames that lies ready; from one of several places, where the address says which.</summary>
    void Sliced(Node load, IReadOnlyList<int> places)
    {
        int size = Math.Min((int)load.Size, NarrowBytes);
        var words = new List<LocalBuilder>();
        In(Narrow, () =>
        {
            for (int from = 0; from < (_plan.Widths.IsNarrow(load) ? size : (int)load.Size); from += NarrowBytes)
            {
                int at = from;
                Found(size, place => NarrowSlice(place + at, size));
                var word = _il.Local(Vectors.Numbers);
                _il.Store(word);
                words.Add(word);
            }
        });
        Keep(load, () => Joined([.. words.Select<LocalBuilder, Action>(w => () => _il.Load(w))]));

        void Found(int size, Action<int> slice)
        {
            slice(places[0]);
            if (places.Count == 1) return;
            var found = _il.Local(Vectors.Numbers);
            foreach (int place in places.Skip(1))
            {
                _il.Store(found);
                Offset(load.Inputs[0]);
                Offsets(LaneMemory.Start);
                Vectors.Constant((ulong)place - load.Number);
                Vectors.Add();
                Vectors.Same();
                slice(place);
                _il.Load(found);
                Vectors.Choose();
            }
        }
    }

    /// <summary>Stores of all lanes, without asking which are here: those that are not write where it does no harm.</summary>
    void Store(Node node) => StoreEach(node, 0, node.Size, () => Vector(node.Inputs[1]));

    /// <summary>Likewise, so many bytes further on than where an access leads.</summary>
    void StoreEach(Node access, int further, AccessSize size, Action value)
    {
        PutEach(LaneMemory.Operands, () => AddressesOr(access, LaneMemory.Waste, further));
        PutEach(LaneMemory.Operands + 1, value);
        for (int lane = 0; lane < _shape.Lanes; lane++)
        {
            OfLane(lane, LaneMemory.Operands);
            _il.Op(OpCodes.Ldind_I);
            OfLane(lane, LaneMemory.Operands + 1);
            _il.Op(OpCodes.Ldind_I8);
            _nodes.StoreIndirect(size);
        }
    }

    /// <summary>Pushes where the number of one lane is.</summary>
    void OfLane(int lane, int vector)
    {
        _il.Argument(LanesArgument);
        _il.Constant32(InMemory(lane) + vector * _shape.Bytes);
        _il.Op(OpCodes.Add);
    }

    /// <summary>Looks up for all lanes that are here, by keys that are somewhere in memory.</summary>
    void Lookup(Node node)
    {
        PutEach(LaneMemory.Operands, () => Vector(node.Inputs[1]));
        EachHalf(() =>
        {
            BeginLookup(node, LaneMemory.Operands);
            OfHalf(_current);
            _il.Call(typeof(Calls).GetMethod(nameof(Calls.LookupEach))!);
        });
        Keep(node, () => Get(LaneMemory.Result));
    }

    /// <summary>Pushes what all lookups are told: by which map, by which vectors and to which one in this half, for how many lanes.</summary>
    void BeginLookup(Node node, int keys)
    {
        _il.Argument(0);
        _il.Constant32(node.Inputs[0].Now.Map!.Number);
        Place(keys);
        Place(LaneMemory.Result);
        _il.Constant32(_shape.Half);
    }

    /// <summary>Moves the beginnings of all frames that are here, in one call for each half.</summary>
    void AdjustHead(Node node)
    {
        PutEach(LaneMemory.Operands, () => Vector(node.Inputs[1]));
        EachHalf(() =>
        {
            _il.Argument(0);
            HalfMemory();
            OffsetsOfHalf();
            _il.Constant32(_shape.Half);
            OfHalf(_current);
            _il.Call(typeof(FrameLanes).GetMethod(nameof(FrameLanes.AdjustHead))!);
        });
        Keep(node, () => Get(LaneMemory.Result));
    }

    /// <summary>No tail call was taken yet in the lanes that are here.</summary>
    void BeginRun()
    {
        PutEach(LaneMemory.TailCalls, () =>
        {
            CurrentVector();
            Vectors.Constant(0);
            Get(LaneMemory.TailCalls);
            Vectors.Choose();
        });
    }

    /// <summary>1 for lanes in which a tail call is left, which is taken then, and 0 for the others.</summary>
    void TakeTailCall(Node node)
    {
        var left = AllHere();
        Compare(isNarrow: false, Op.Below, () => Get(LaneMemory.TailCalls), () => Vectors.Constant(RunLimits.MaxTailCalls));
        _il.Load(left);
        _il.Op(OpCodes.And);
        _il.Store(left);
        PutEach(LaneMemory.TailCalls, () =>
        {
            Get(LaneMemory.TailCalls);
            Left();
            Vectors.Add();
        });
        Keep(node, Left);

        void Left()
        {
            _il.Load(left);
            MaskOf();
            Vectors.Constant(1);
            Vectors.And();
        }
    }

    void LookAgain() => EachHalf(() =>
    {
        HalfMemory();
        OffsetsOfHalf();
        _il.Constant32(_shape.Half);
        _il.Call(typeof(FrameLanes).GetMethod(nameof(FrameLanes.LookAgain))!);
    });

    void ByLane(Node node)
    {
        Prepare([.. node.Inputs.Select(i => i.Now)]);
        bool hasValue = false;
        EachLane(() =>
        {
            _il.Load(_lane);
            _il.Constant32(LaneMemory.Result * _shape.Bytes);
            _il.Op(OpCodes.Add);
            hasValue = !_nodes.TryDo(node);
            if (hasValue)
            {
                _nodes.Value(node);
                _il.Op(OpCodes.Stind_I8);
            }
            else
            {
                _il.Op(OpCodes.Pop);
            }
        });
        if (hasValue) Keep(node, () => Get(LaneMemory.Result));
    }

    /// <summary>Puts operands where lanes find theirs.</summary>
    void Prepare(IReadOnlyList<Node> operands)
    {
        _operands.Clear();
        foreach (var operand in operands)
        {
            if (Ops.IsLeaf(operand.Op) || Ops.IsTruth(operand.Op) || _operands.Contains(operand)) continue;
            PutEach(LaneMemory.Operands + _operands.Count, () => Vector(operand));
            _operands.Add(operand);
        }
    }

    /// <summary>For each lane that is here, in order of frames.</summary>
    void EachLane(Action act)
    {
        var again = _il.Label();
        _il.Load(_current);
        _il.Store(_left);
        _il.Mark(again);
        AtFirstLeft();
        act();
        _il.Load(_left);
        _il.Load(_left);
        _il.Constant32(1);
        _il.Op(OpCodes.Sub);
        _il.Op(OpCodes.And);
        _il.Store(_left);
        _il.Load(_left);
        _il.Branch(OpCodes.Brtrue, again);
    }

    /// <summary>The lane of the lowest bit that is left.</summary>
    void AtFirstLeft()
    {
        _il.Load(_left);
        _il.Call(typeof(BitOperations).GetMethod(nameof(BitOperations.TrailingZeroCount), [typeof(int)])!);
        _il.Store(_number);
        _il.Argument(LanesArgument);
        _il.Load(_number);
        _il.Constant32(_shape.Half - 1);
        _il.Op(OpCodes.And);
        _il.Constant32(3);
        _il.Op(OpCodes.Shl);
        _il.Load(_number);
        _il.Constant32(BitOperations.Log2((uint)_shape.Half));
        _il.Op(OpCodes.Shr_Un);
        _il.Constant32(_stride);
        _il.Op(OpCodes.Mul);
        _il.Op(OpCodes.Add);
        _il.Op(OpCodes.Conv_I);
        _il.Op(OpCodes.Add);
        _il.Store(_lane);
    }

    void AtLane(int lane)
    {
        _il.Constant32(lane);
        _il.Store(_number);
        _il.Argument(LanesArgument);
        _il.Constant32(InMemory(lane));
        _il.Op(OpCodes.Add);
        _il.Store(_lane);
    }

    /// <summary>Bytes from the first lane's numbers to those of a lane.</summary>
    int InMemory(int lane) => lane / _shape.Half * _stride + lane % _shape.Half * sizeof(ulong);

    void OfLane(int vector)
    {
        _il.Load(_lane);
        _il.Constant32(vector * _shape.Bytes);
        _il.Op(OpCodes.Add);
    }

    public void Frame()
    {
        OfLane(LaneMemory.Frames);
        _il.Op(OpCodes.Ldind_I);
    }

    public void Buffer()
    {
        OfLane(LaneMemory.Buffers);
        _il.Op(OpCodes.Ldind_I);
    }

    public void Stack()
    {
        OfLane(LaneMemory.Stacks);
        _il.Op(OpCodes.Ldind_I8);
    }

    /// <summary>Of one lane.</summary>
    public void Value(Node given)
    {
        var node = given.Now;
        if (Ops.IsLeaf(node.Op))
        {
            _nodes.Value(node);
        }
        else if (Ops.IsTruth(node.Op))
        {
            KeptBits(node);
            _il.Load(_number);
            _il.Op(OpCodes.Shr_Un);
            _il.Constant32(1);
            _il.Op(OpCodes.And);
        }
        else
        {
            OfLane(LaneMemory.Operands + _operands.IndexOf(node));
            _il.Op(OpCodes.Ldind_I8);
        }
    }

    public bool IsInline(Node node) => false;
}
