using System.Numerics;
using System.Reflection.Emit;
using Chainring.Kernels.Il;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.Simd;

/// <remarks>Where values are, and how many lanes are here.</remarks>
sealed partial class LaneEmitter
{
    /// <summary>A value goes to its variable; only in lanes that are here, if lanes that have left the loop may still want theirs.</summary>
    void Keep(Node node)
    {
        var local = LocalOf(node);
        if (_plan.IsRepeated(_plan.BlockOf(node)) && _plan.IsWantedElsewhere(node))
        {
            var made = _il.Local(local.LocalType);
            _il.Store(made);
            if (Ops.IsTruth(node.Op))
            {
                // made & current | old & ~current
                _il.Load(made);
                _il.Load(local);
                _il.Op(OpCodes.Xor);
                _il.Load(_current);
                _il.Op(OpCodes.And);
                _il.Load(local);
                _il.Op(OpCodes.Xor);
            }
            else
            {
                CurrentVector();
                _il.Load(made);
                _il.Load(local);
                _vectors.Choose();
            }
        }
        _il.Store(local);
        HandOn(node);
    }

    LocalBuilder LocalOf(Node node)
    {
        if (!_locals.TryGetValue(node, out var local)) _locals.Add(node, local = _il.Local(Ops.IsTruth(node.Op) ? typeof(int) : _shape.Numbers));
        return local;
    }

    /// <summary>Pushes a number of every lane.</summary>
    void Vector(Node given)
    {
        var node = given.Now;
        if (node.Op == Op.Stack)
        {
            Place(LaneMemory.Stacks);
            _vectors.Load();
            if (node.Number == 0) return;
            _vectors.Constant(node.Number);
            _vectors.Add();
        }
        else if (Ops.IsLeaf(node.Op))
        {
            _nodes.Value(node);
            _vectors.Spread();
        }
        else if (_plan.IsInline(node))
        {
            Compute(node);
        }
        else
        {
            KeptVector(node, _plan.HomeOf(node));
        }
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
        Vector(number);
        _vectors.Constant(0);
        _vectors.Compare(Op.Equal);
        _il.Constant32(_shape.All);
        _il.Op(OpCodes.Xor);
    }

    /// <summary>Bits of lanes become a vector with ones in those.</summary>
    void MaskOf()
    {
        _il.Constant32(BitOperations.Log2((uint)_shape.Bytes));
        _il.Op(OpCodes.Shl);
        _il.Op(OpCodes.Conv_U);
        _il.Constant((ulong)_shape.Masks);
        _il.Op(OpCodes.Conv_U);
        _il.Op(OpCodes.Add);
        _vectors.Load();
    }

    /// <summary>Pushes a vector with ones in the lanes that are here.</summary>
    void CurrentVector()
    {
        MakeCurrentVector();
        _il.Load(_maskVector!);
    }

    /// <summary>Once in a block, on every way through it.</summary>
    void MakeCurrentVector()
    {
        if (_maskVector is not null) return;
        _maskVector = _il.Local(_shape.Numbers);
        _il.Load(_current);
        MaskOf();
        _il.Store(_maskVector);
    }

    /// <summary>Pushes where a vector is in <see cref="LaneMemory"/>.</summary>
    void Place(int vector)
    {
        _il.Argument(LanesArgument);
        _il.Constant32(vector * _shape.Bytes);
        _il.Op(OpCodes.Add);
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
