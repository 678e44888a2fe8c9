using System.Numerics;
using System.Reflection.Emit;
using Chainring.Kernels.Il;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.Simd;

/// <remarks>Where values are, and how many lanes are here.</remarks>
sealed partial class LaneEmitter
{
    /// <summary>A value goes to its variables; only in lanes that are here, if lanes that have left the loop may still want theirs.</summary>
    /// <param name="push">For a part.</param>
    void Keep(Node node, Action push)
    {
        if (Ops.IsTruth(node.Op)) KeepBits(node, push);
        else EachPart(_plan.Widths.IsNarrow(node), () => KeepVector(node, push));
        HandOn(node);
    }

    bool IsBlended(Node node) => _plan.IsRepeated(_plan.BlockOf(node)) && _plan.IsWantedElsewhere(node);

    void KeepVector(Node node, Action push)
    {
        var local = LocalOf(node);
        push();
        if (IsBlended(node))
        {
            var made = _il.Local(local.LocalType);
            _il.Store(made);
            CurrentVector();
            _il.Load(made);
            _il.Load(local);
            Vectors.Choose();
        }
        _il.Store(local);
    }

    void KeepBits(Node node, Action push)
    {
        var local = LocalOf(node);
        push();
        if (IsBlended(node))
        {
            // made & current | old & ~current
            _il.Load(local);
            _il.Op(OpCodes.Xor);
            _il.Load(_current);
            _il.Op(OpCodes.And);
            _il.Load(local);
            _il.Op(OpCodes.Xor);
        }
        _il.Store(local);
    }

    LocalBuilder LocalOf(Node node)
    {
        int half = Ops.IsTruth(node.Op) ? 0 : _part.Half;
        if (!_locals.TryGetValue((node, half), out var local)) _locals.Add((node, half), local = _il.Local(Ops.IsTruth(node.Op) ? typeof(int) : Vectors.Numbers));
        return local;
    }

    /// <summary>Pushes a number of every lane.</summary>
    void Vector(Node given)
    {
        var node = given.Now;
        if (node.Op == Op.Stack)
        {
            Get(LaneMemory.Stacks);
            if (node.Number == 0) return;
            Vectors.Constant(node.Number);
            Vectors.Add();
        }
        else if (Ops.IsLeaf(node.Op))
        {
            _nodes.Value(node);
            Vectors.Spread();
        }
        else if (_plan.Widths.IsOffset(node))
        {
            FromOffsets(() => Offset(node));
        }
        else if (_plan.IsInline(node))
        {
            Computed(node);
        }
        else if (_plan.Widths.IsNarrow(node))
        {
            FromNarrow(() => KeptVector(node, _plan.HomeOf(node)));
        }
        else
        {
            FromHalves(() => KeptVector(node, _plan.HomeOf(node)));
        }
    }

    /// <summary>Pushes a number of every lane for something that is computed from it: as offsets, if that is kept as such and the number too.</summary>
    void VectorFor(Node made, Node from)
    {
        if (_plan.Widths.IsOffset(made) && _plan.Widths.IsOffset(from)) Offset(from);
        else Vector(from);
    }

    /// <summary>Pushes bits of the lanes in which it is true; of lanes that are not here they may be anything.</summary>
    void Bits(Node given)
    {
        var node = given.Now;
        if (node.IsConst) _il.Constant32(node.Number != 0 ? _shape.All : 0);
        else if (!Ops.IsTruth(node.Op)) NotZero(node);
        else if (_plan.IsInline(node)) Compute(node);
        else KeptBits(node);
    }

    void NotZero(Node number)
    {
        Compare(_plan.Widths.Fits(number), Op.Equal, () => Vector(number), () => Vectors.Constant(0));
        _il.Constant32(_shape.All);
        _il.Op(OpCodes.Xor);
    }

    void Count(Node node)
    {
        _nodes.ReadExecution(nameof(Execution.Counts));
        _il.Constant32(_pathOf(node.Events) * sizeof(long));
        _il.Op(OpCodes.Add);
        _il.Op(OpCodes.Dup);
        _il.Op(OpCodes.Ldind_I8);
        Here();
        _il.Op(OpCodes.Add);
        _il.Op(OpCodes.Stind_I8);
    }

    /// <summary>Pushes how many lanes are here.</summary>
    void Here()
    {
        _il.Load(_current);
        _il.Call(typeof(BitOperations).GetMethod(nameof(BitOperations.PopCount), [typeof(uint)])!);
        _il.Op(OpCodes.Conv_I8);
    }
}
