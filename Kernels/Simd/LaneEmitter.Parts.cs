using System.Reflection.Emit;
using Chainring.Kernels.Il;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.Simd;

/// <remarks>Numbers of all lanes in one vector, or in one for each half of the lanes (<see cref="LaneWidths"/>).</remarks>
sealed partial class LaneEmitter
{
    /// <summary>What a vector is of: all lanes, with 32 bits each, or one half of them, with 64.</summary>
    readonly record struct Part(bool IsNarrow, int Half);

    static readonly Part Narrow = new(true, 0);

    readonly VectorIl _wide, _narrow;

    /// <summary>By part: lanes that are here as a vector, made once in a block.</summary>
    readonly Dictionary<Part, LocalBuilder> _maskVectors = [];

    /// <summary>What vectors on the stack are of.</summary>
    Part _part;

    VectorIl Vectors => _part.IsNarrow ? _narrow : _wide;

    void In(Part part, Action act)
    {
        var before = _part;
        _part = part;
        act();
        _part = before;
    }

    void EachHalf(Action act)
    {
        for (int half = 0; half < LaneShape.Halves; half++) In(new(false, half), act);
    }

    /// <summary>For each vector in which a number is kept.</summary>
    void EachPart(bool isNarrow, Action act)
    {
        if (isNarrow) In(Narrow, act);
        else EachHalf(act);
    }

    /// <summary>Pushes what can only be pushed for a half.</summary>
    void FromHalves(Action push)
    {
        if (!_part.IsNarrow)
        {
            push();
            return;
        }
        EachHalf(push);
        _narrow.Narrow();
    }

    /// <summary>Pushes what can only be pushed for all lanes at once.</summary>
    void FromNarrow(Action push)
    {
        In(Narrow, push);
        if (!_part.IsNarrow) _narrow.Widen(_part.Half);
    }

    /// <summary>Pushes addresses in frames, of which there are offsets.</summary>
    void FromOffsets(Action push) => FromHalves(() =>
    {
        In(Narrow, push);
        _narrow.WidenSigned(_part.Half);
        Place(LaneMemory.Buffers);
        Vectors.Load();
        Vectors.Add();
    });

    /// <summary>Pushes an address as offsets.</summary>
    void Offset(Node given)
    {
        var node = given.Now;
        if (_plan.IsInline(node)) Compute(node);
        else KeptVector(node, _plan.HomeOf(node));
    }

    /// <summary>Pushes offsets of frames out of <see cref="LaneMemory"/>.</summary>
    void Offsets(int kind)
    {
        Place(LaneMemory.Offsets + kind);
        Vectors.Load();
    }

    /// <summary>Pushes where the part of a half is of <see cref="LaneMemory.Offsets"/>.</summary>
    void OffsetsOfHalf()
    {
        _il.Argument(LanesArgument);
        _il.Constant32(LaneMemory.Offsets * _shape.Bytes + _part.Half * (_shape.Bytes / LaneShape.Halves));
        _il.Op(OpCodes.Add);
    }

    /// <summary>Puts a vector of numbers of 64 bits of each half to a place in <see cref="LaneMemory"/>.</summary>
    void PutEach(int place, Action push) => EachHalf(() =>
    {
        push();
        Place(place);
        Vectors.Store();
    });

    /// <summary>Pushes what is at a place in <see cref="LaneMemory"/>.</summary>
    void Get(int place) => FromHalves(() =>
    {
        Place(place);
        Vectors.Load();
    });

    /// <summary>Pushes where a vector of this half is in <see cref="LaneMemory"/>.</summary>
    void Place(int vector)
    {
        _il.Argument(LanesArgument);
        _il.Constant32(_part.Half * _stride + vector * _shape.Bytes);
        _il.Op(OpCodes.Add);
    }

    /// <summary>Pushes where the memory of this half is.</summary>
    void HalfMemory() => Place(0);

    /// <summary>Pushes the bits of this half out of those of all lanes.</summary>
    void OfHalf(LocalBuilder lanes)
    {
        _il.Load(lanes);
        BitsOfHalf();
    }

    void BitsOfHalf()
    {
        if (_part.Half > 0)
        {
            _il.Constant32(_shape.Half);
            _il.Op(OpCodes.Shr_Un);
        }
        _il.Constant32((1 << _shape.Half) - 1);
        _il.Op(OpCodes.And);
    }

    /// <summary>Pushes bits of all lanes in which two vectors compare so.</summary>
    void Compare(bool isNarrow, Op op, Action left, Action right)
    {
        EachPart(isNarrow, () =>
        {
            left();
            right();
            Vectors.Compare(op);
            if (_part.Half == 0) return;
            _il.Constant32(_shape.Half);
            _il.Op(OpCodes.Shl);
            _il.Op(OpCodes.Or);
        });
    }

    /// <summary>Bits of lanes become a vector with ones in those.</summary>
    void MaskOf()
    {
        if (_part.IsNarrow)
        {
            _il.Op(OpCodes.Conv_U8);
            Vectors.Spread();
            BitOfEach();
            Vectors.And();
            BitOfEach();
            Vectors.Same();
            return;
        }
        BitsOfHalf();
        _il.Constant32(System.Numerics.BitOperations.Log2((uint)_shape.Bytes));
        _il.Op(OpCodes.Shl);
        _il.Op(OpCodes.Conv_U);
        _il.Constant((ulong)_shape.Masks);
        _il.Op(OpCodes.Conv_U);
        _il.Op(OpCodes.Add);
        Vectors.Load();

        void BitOfEach() => Vectors.FromLanes(lane => _il.Constant(1UL << lane));
    }

    /// <summary>Pushes a vector with ones in the lanes that are here, which is made once in a block: at first where every way through it comes by.</summary>
    void CurrentVector()
    {
        if (!_maskVectors.TryGetValue(_part, out var made))
        {
            _maskVectors.Add(_part, made = _il.Local(Vectors.Numbers));
            _il.Load(_current);
            MaskOf();
            _il.Store(made);
        }
        _il.Load(made);
    }
}
