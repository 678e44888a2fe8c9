using System.Buffers.Binary;
using System.Reflection.Emit;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.Il;

/// <summary>The primitives of a word, in opcodes for one number at a time.</summary>
static class ScalarIl
{
    /// <param name="value">Emits the value of an input.</param>
    /// <param name="isInline">Whether an input is computed here, so that its own inputs are at hand.</param>
    public static void Emit(IlWriter il, Node node, Action<Node> value, Func<Node, bool> isInline)
    {
        Node a = node.Inputs[0].Now, b = node.Inputs.Length > 1 ? node.Inputs[1].Now : a;
        switch (node.Op)
        {
            case Op.And when b.IsConst && Narrow(b.Number) is { } narrow:
                value(a);
                il.Op(narrow);
                il.Op(OpCodes.Conv_U8);
                break;
            case Op.Sar when a.Op == Op.Shl && isInline(a) && a.Inputs[1].Now == b && b.IsConst && Signed(b.Number) is { } signed:
                value(a.Inputs[0]);
                il.Op(signed);
                il.Op(OpCodes.Conv_I8);
                break;
            case Op.Shr when a.Op == Op.Reverse && isInline(a) && b.IsConst && b.Number is 48 or 32:
                value(a.Inputs[0]);
                il.Op(b.Number == 48 ? OpCodes.Conv_U2 : OpCodes.Conv_U4);
                il.Call(typeof(BinaryPrimitives).GetMethod(nameof(BinaryPrimitives.ReverseEndianness), [b.Number == 48 ? typeof(ushort) : typeof(uint)])!);
                il.Op(OpCodes.Conv_U8);
                break;
            case Op.Add or Op.Sub or Op.Mul or Op.And or Op.Or or Op.Xor:
                value(a);
                value(b);
                il.Op(node.Op switch
                {
                    Op.Add => OpCodes.Add,
                    Op.Sub => OpCodes.Sub,
                    Op.Mul => OpCodes.Mul,
                    Op.And => OpCodes.And,
                    Op.Or => OpCodes.Or,
                    _ => OpCodes.Xor,
                });
                break;
            case Op.Shl or Op.Shr or Op.Sar:
                value(a);
                value(b);
                il.Op(OpCodes.Conv_I4);
                il.Op(node.Op switch { Op.Shl => OpCodes.Shl, Op.Shr => OpCodes.Shr_Un, _ => OpCodes.Shr });
                break;
            case Op.Udiv or Op.Umod:
                Divide(il, node.Op, a, b, value);
                break;
            case Op.Sdiv or Op.Smod:
                value(a);
                value(b);
                il.Call(typeof(Calls).GetMethod(node.Op == Op.Sdiv ? nameof(Calls.Sdiv) : nameof(Calls.Smod))!);
                break;
            case Op.Reverse:
                value(a);
                il.Call(typeof(BinaryPrimitives).GetMethod(nameof(BinaryPrimitives.ReverseEndianness), [typeof(ulong)])!);
                break;
            case Op.Equal or Op.Below or Op.Less:
                value(a);
                value(b);
                il.Op(node.Op switch { Op.Equal => OpCodes.Ceq, Op.Below => OpCodes.Clt_Un, _ => OpCodes.Clt });
                break;
            case Op.Not:
                value(a);
                il.Constant32(0);
                il.Op(OpCodes.Ceq);
                break;
            default:
                throw new InvalidOperationException($"{node.Op}");
        }
    }

    /// <summary>Division that is total: x / 0 = 0, x % 0 = x.</summary>
    static void Divide(IlWriter il, Op op, Node a, Node b, Action<Node> value)
    {
        var code = op == Op.Udiv ? OpCodes.Div_Un : OpCodes.Rem_Un;
        value(a);
        value(b);
        if (b.IsConst)
        {
            il.Op(code);
            return;
        }
        LocalBuilder dividend = il.Local(typeof(ulong)), divisor = il.Local(typeof(ulong)), result = il.Local(typeof(ulong));
        var done = il.Label();
        il.Store(divisor);
        il.Store(dividend);
        if (op == Op.Udiv) il.Constant(0);
        else il.Load(dividend);
        il.Store(result);
        il.Load(divisor);
        il.Branch(OpCodes.Brfalse, done);
        il.Load(dividend);
        il.Load(divisor);
        il.Op(code);
        il.Store(result);
        il.Mark(done);
        il.Load(result);
    }

    static OpCode? Narrow(ulong mask) => mask switch
    {
        byte.MaxValue => OpCodes.Conv_U1,
        ushort.MaxValue => OpCodes.Conv_U2,
        uint.MaxValue => OpCodes.Conv_U4,
        _ => null,
    };

    static OpCode? Signed(ulong shift) => shift switch
    {
        56 => OpCodes.Conv_I1,
        48 => OpCodes.Conv_I2,
        32 => OpCodes.Conv_I4,
        _ => null,
    };
}
