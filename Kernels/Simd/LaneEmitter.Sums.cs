using System.Reflection.Emit;
using Chainring.Kernels.Il;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.Simd;

/// <remarks>Sums in map values, to which frames add in any order.</remarks>
sealed partial class LaneEmitter
{
    /// <summary>
    /// A sum in a map value: at once if all lanes have the same place, else for one after the other, since two may have. Lanes that are not here add to what nobody reads.
    /// </summary>
    void AddTo(Node node)
    {
        var (address, other) = (node.Inputs[0].Now, node.Inputs[1].Now);
        if (Ops.IsLeaf(address.Op))
        {
            _nodes.Add(node, () => Total(other));
            return;
        }
        Label each = _il.Label(), done = _il.Label();
        var addresses = new LocalBuilder[LaneShape.Halves];
        PutEach(LaneMemory.Operands, () =>
        {
            AddressesOr(node, LaneMemory.Waste);
            _il.Store(addresses[_part.Half] = _il.Local(Vectors.Numbers));
            _il.Load(addresses[_part.Half]);
        });
        Compare(isNarrow: false, Op.Equal, () => _il.Load(addresses[_part.Half]), () =>
        {
            _il.Load(addresses[0]);
            Vectors.First();
            Vectors.Spread();
        });
        _il.Constant32(_shape.All);
        _il.Branch(OpCodes.Bne_Un, each);
        OfLane(0, LaneMemory.Operands);
        _il.Op(OpCodes.Ldind_I);
        _nodes.AddAt(node.Size, () => Total(other));
        _il.Branch(OpCodes.Br, done);
        _il.Mark(each);
        if (!Ops.IsLeaf(other.Op))
        {
            PutEach(LaneMemory.Operands + 1, () => Vector(other));
        }
        for (int lane = 0; lane < _shape.Lanes; lane++)
        {
            int here = lane;
            OfLane(lane, LaneMemory.Operands);
            _il.Op(OpCodes.Ldind_I);
            _nodes.AddAt(node.Size, () =>
            {
                if (Ops.IsLeaf(other.Op))
                {
                    _nodes.Value(other);
                    return;
                }
                OfLane(here, LaneMemory.Operands + 1);
                _il.Op(OpCodes.Ldind_I8);
            });
        }
        _il.Mark(done);
    }

    /// <summary>Pushes the sum of a number over the lanes that are here.</summary>
    void Total(Node number)
    {
        if (number.IsConst)
        {
            Here();
            _il.Constant(number.Number);
            _il.Op(OpCodes.Mul);
            return;
        }
        EachHalf(() =>
        {
            CurrentVector();
            Vector(number);
            Vectors.Constant(0);
            Vectors.Choose();
            Vectors.Sum();
            if (_part.Half > 0) _il.Op(OpCodes.Add);
        });
    }
}
