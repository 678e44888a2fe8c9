using Chainring.Offload.Isa;

namespace Chainring.Offload.Ir;

/// <summary>
/// What is known of a node before it is computed: constants folded by the same page of semantics, rules of arithmetic, masks that take nothing away.
/// </summary>
static class Simplify
{
    const int BitsDepth = 6;

    /// <summary>A node that is always equal to the operation on these inputs, or null. New nodes that it needs go to the builder's block.</summary>
    public static Node? Known(Builder b, Op op, Node[] x)
    {
        // Constants come second.
        if (Ops.Commutes(op) && x[0].IsConst) (x[0], x[1]) = (x[1], x[0]);
        return Folded(b, op, x) ?? ByRule(b, op, x);
    }

    static Node? ByRule(Builder b, Op op, Node[] x) => op switch
    {
        Op.Add => Add(b, x[0], x[1]),
        Op.Sub => x[1].IsConst ? b.Make(Op.Add, x[0], b.Const(0 - x[1].Number)) : x[0] == x[1] ? b.Const(0) : Sub(b, x[0], x[1]),
        Op.Mul => x[1].Is(0) ? x[1] : x[1].Is(1) ? x[0] : null,
        Op.And => And(b, x[0], x[1]),
        Op.Or => x[1].Is(0) || x[0] == x[1] ? x[0] : x[1].Is(ulong.MaxValue) ? x[1] : Parts(b, x[0], x[1]),
        Op.Xor => x[1].Is(0) ? x[0] : x[0] == x[1] ? b.Const(0) : null,
        Op.Shl or Op.Shr or Op.Sar => Shift(b, op, x[0], x[1]),
        Op.Udiv => x[1].Is(1) ? x[0] : x[1].Is(0) ? x[1] : null,
        Op.Umod => x[1].Is(1) ? b.Const(0) : x[1].Is(0) ? x[0] : null,
        Op.Reverse => x[0].Op == Op.Reverse ? x[0].Inputs[0].Now : null,
        Op.Select => Select(b, x[0], x[1], x[2]),
        Op.Equal => Equal(b, x[0], x[1]),
        Op.Below => Below(b, x[0], x[1]),
        Op.Less => x[0] == x[1] ? False(b) : null,
        Op.Not => x[0].Op == Op.Not ? x[0].Inputs[0].Now : null,
        _ => null,
    };

    public static Node True(Builder b) => b.Const(1);

    public static Node False(Builder b) => b.Const(0);

    /// <summary>Bits that may be 1.</summary>
    public static ulong Bits(Node node, int depth = BitsDepth)
    {
        if (depth == 0) return ulong.MaxValue;
        switch (node.Op)
        {
            case Op.Const:
                return node.Number;
            case Op.Load or Op.Atomic:
                return node.Size == AccessSize.Double ? ulong.MaxValue : (1UL << (8 * (int)node.Size)) - 1;
            case Op.Field:
                return node.Field is FrameField.IngressIfindex or FrameField.RxQueueIndex ? uint.MaxValue : ulong.MaxValue;
            case Op.Cpu:
                return uint.MaxValue;
            case Op.And:
                return Bits(node.Inputs[0].Now, depth - 1) & Bits(node.Inputs[1].Now, depth - 1);
            case Op.Or or Op.Xor:
                return Bits(node.Inputs[0].Now, depth - 1) | Bits(node.Inputs[1].Now, depth - 1);
            case Op.Add or Op.Mul:
                ulong a = Most(node.Inputs[0].Now, depth), c = Most(node.Inputs[1].Now, depth);
                return node.Op == Op.Add ? (a + c < a ? ulong.MaxValue : Below(a + c)) : Math.BigMul(a, c, out ulong low) != 0 ? ulong.MaxValue : Below(low);
            case Op.Shl when node.Inputs[1].Now is { IsConst: true } by:
                return Bits(node.Inputs[0].Now, depth - 1) << (int)by.Number;
            case Op.Shr when node.Inputs[1].Now is { IsConst: true } by:
                return Bits(node.Inputs[0].Now, depth - 1) >> (int)by.Number;
            case Op.Udiv:
                return Below(Most(node.Inputs[0].Now, depth));
            case Op.Umod when node.Inputs[1].Now is { IsConst: true, Number: > 0 } by:
                return Below(by.Number - 1);
            case Op.Select:
                return Bits(node.Inputs[1].Now, depth - 1) | Bits(node.Inputs[2].Now, depth - 1);
            case Op.Call when node.Row!.Result is HelperResult.Number32 or HelperResult.Boolean or HelperResult.None:
                return uint.MaxValue;
            default:
                return Ops.IsTruth(node.Op) ? 1 : ulong.MaxValue;
        }
    }

    /// <summary>What is surely an address, and so not 0.</summary>
    public static bool IsNotNull(Node node) => node.Op switch
    {
        Op.Stack or Op.Storage or Op.Map => true,
        Op.Field => node.Field <= FrameField.DataMeta,
        Op.Const => node.Number != 0,
        Op.Add => IsNotNull(node.Inputs[0].Now) && node.Inputs[0].Now.Op is Op.Storage or Op.Stack,
        _ => false,
    };

    static ulong Most(Node node, int depth) => Bits(node, depth - 1);

    /// <summary>All bits up to the highest of a number.</summary>
    static ulong Below(ulong most) => most == 0 ? 0 : ulong.MaxValue >> System.Numerics.BitOperations.LeadingZeroCount(most);

    static Node? Folded(Builder b, Op op, Node[] x)
    {
        if (!Ops.IsPure(op) || op is Op.Const or Op.Select || !Array.TrueForAll(x, n => n.IsConst)) return null;
        Scalar first = new(x[0].Number), second = x.Length > 1 ? new(x[1].Number) : default;
        return b.Const(op switch
        {
            Op.Add => (first + second).Value,
            Op.Sub => (first - second).Value,
            Op.Mul => (first * second).Value,
            Op.And => (first & second).Value,
            Op.Or => (first | second).Value,
            Op.Xor => (first ^ second).Value,
            Op.Shl => Scalar.Shl(first, second).Value,
            Op.Shr => Scalar.Shr(first, second).Value,
            Op.Sar => Scalar.Sar(first, second).Value,
            Op.Udiv => Scalar.Udiv(first, second).Value,
            Op.Umod => Scalar.Umod(first, second).Value,
            Op.Sdiv => Scalar.Sdiv(first, second).Value,
            Op.Smod => Scalar.Smod(first, second).Value,
            Op.Reverse => Scalar.Reverse(first).Value,
            Op.Equal => Scalar.Equal(first, second) ? 1u : 0u,
            Op.Below => Scalar.Below(first, second) ? 1u : 0u,
            Op.Less => Scalar.Less(first, second) ? 1u : 0u,
            Op.Not => first.Value ^ 1,
            _ => throw new InvalidOperationException($"{op}"),
        });
    }

    static Node? Add(Builder b, Node x, Node y)
    {
        if (y.Is(0)) return x;
        if (!y.IsConst) return null;
        if (x.Op is Op.Stack or Op.Storage) return b.Graph.Leaf(x.Op, x.Number + y.Number, x.Map);
        return x.Op == Op.Add && x.Inputs[1].Now.IsConst ? b.Make(Op.Add, x.Inputs[0].Now, b.Const(x.Inputs[1].Now.Number + y.Number)) : null;
    }

    static Node? Sub(Builder b, Node x, Node y)
    {
        var ((rootX, offsetX), (rootY, offsetY)) = (Places.Of(x), Places.Of(y));
        return rootX == rootY ? b.Const(offsetX - offsetY) : null;
    }

    /// <summary>Two parts of one number are a larger part of it, or all.</summary>
    static Node? Parts(Builder b, Node x, Node y)
    {
        var ((wholeX, bitsX), (wholeY, bitsY)) = (PartOf(x), PartOf(y));
        return wholeX == wholeY ? b.Make(Op.And, wholeX, b.Const(bitsX | bitsY)) : null;
    }

    /// <summary>A number, and which of its bits are left of it.</summary>
    static (Node Whole, ulong Bits) PartOf(Node x)
    {
        if (x.Op == Op.And && x.Inputs[1].Now is { IsConst: true } mask) return (x.Inputs[0].Now, mask.Number);
        if (x.Op == Op.Shl && x.Inputs[1].Now is { IsConst: true, Number: < 64 } by && x.Inputs[0].Now is { Op: Op.Shr } right && right.Inputs[1].Now == by)
            return (right.Inputs[0].Now, ulong.MaxValue << (int)by.Number);
        return (x, ulong.MaxValue);
    }

    static Node? And(Builder b, Node x, Node y)
    {
        if (x == y || y.Is(ulong.MaxValue)) return x;
        if (y.Is(0)) return y;
        if (!y.IsConst) return null;
        ulong mask = y.Number;
        if ((Bits(x) & ~mask) == 0) return x;
        if (x.Op == Op.And && x.Inputs[1].Now.IsConst) return b.Make(Op.And, x.Inputs[0].Now, b.Const(mask & x.Inputs[1].Now.Number));
        // Only low bits are wanted, and they depend on low bits only.
        if ((mask & (mask + 1)) == 0 && x.Op is Op.Add or Op.Sub or Op.Mul or Op.And or Op.Or or Op.Xor)
        {
            var (left, right) = (Low(b, x.Inputs[0].Now, mask), Low(b, x.Inputs[1].Now, mask));
            if (left != x.Inputs[0].Now || right != x.Inputs[1].Now) return b.Make(Op.And, b.Make(x.Op, left, right), y);
        }
        return null;
    }

    /// <summary>A number that has the same low bits, without a mask that leaves them.</summary>
    static Node Low(Builder b, Node x, ulong mask) =>
        x.Op == Op.And && x.Inputs[1].Now is { IsConst: true } other && (other.Number & mask) == mask ? x.Inputs[0].Now
        : x.Op == Op.Sar && x.Inputs[0].Now is { Op: Op.Shl } shifted && shifted.Inputs[1].Now == x.Inputs[1].Now && x.Inputs[1].Now is { IsConst: true } by
            && mask <= ulong.MaxValue >> (int)by.Number ? shifted.Inputs[0].Now
        : x.IsConst && x.Number != (x.Number & mask) ? b.Const(x.Number & mask)
        : x;

    static Node? Shift(Builder b, Op op, Node x, Node by)
    {
        if (by.Is(0)) return x;
        if (x.Is(0)) return x;
        if (!by.IsConst || by.Number > 63) return null;
        int n = (int)by.Number;
        if (op == Op.Sar && Bits(x) >> 63 == 0) return b.Make(Op.Shr, x, by);
        if (op == Op.Shr && Bits(x) >> n == 0) return b.Const(0);
        if (op == Op.Shl && Bits(x) << n == 0) return b.Const(0);
        if (x.Op == op && op != Op.Sar && x.Inputs[1].Now is { IsConst: true } first && first.Number + by.Number < 64) return b.Make(op, x.Inputs[0].Now, b.Const(first.Number + by.Number));
        // Shifted up and down again: a mask.
        if (op == Op.Shr && x.Op == Op.Shl && x.Inputs[1].Now.Is(by.Number)) return b.Make(Op.And, x.Inputs[0].Now, b.Const(ulong.MaxValue >> n));
        return null;
    }

    static Node? Select(Builder b, Node condition, Node yes, Node no)
    {
        if (condition.IsConst) return condition.Number != 0 ? yes : no;
        if (yes == no) return yes;
        if (condition.Op == Op.Not) return b.Make(Op.Select, condition.Inputs[0].Now, no, yes);
        return null;
    }

    static Node? Equal(Builder b, Node x, Node y)
    {
        if (x == y) return True(b);
        if (!y.IsConst) return Places.Of(x) is var (r, o) && Places.Of(y) is var (s, p) && r == s ? (o == p ? True(b) : False(b)) : null;
        if ((y.Number & ~Bits(x)) != 0) return False(b);
        if (y.Number == 0 && IsNotNull(x)) return False(b);
        if (Ops.IsTruth(x.Op)) return y.Number == 1 ? x : b.Make(Op.Not, x);
        if (x.Op == Op.Select)
        {
            // The answer may be that of the condition.
            var (yes, no) = (b.Make(Op.Equal, x.Inputs[1].Now, y), b.Make(Op.Equal, x.Inputs[2].Now, y));
            if (yes.IsConst && no.IsConst) return b.Make(Op.Select, x.Inputs[0].Now, yes, no) is { IsConst: true } same ? same : yes.Number != 0 ? x.Inputs[0].Now : b.Make(Op.Not, x.Inputs[0].Now);
        }
        if (x.Op == Op.Add && x.Inputs[1].Now.IsConst) return b.Make(Op.Equal, x.Inputs[0].Now, b.Const(y.Number - x.Inputs[1].Now.Number));
        return null;
    }

    static Node? Below(Builder b, Node x, Node y)
    {
        if (x == y || y.Is(0)) return False(b);
        if (x.IsConst && x.Number >= Bits(y)) return False(b);
        if (y.IsConst && Bits(x) < y.Number) return True(b);
        if (y.Is(1)) return b.Make(Op.Equal, x, b.Const(0));
        if (x.Is(0)) return b.IsNotZero(y);
        return null;
    }
}
