using System.Reflection.Emit;
using Chainring.Kernels.Il;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.Simd;

/// <summary>
/// The primitives of a word, for a vector of numbers: calls that the runtime makes one instruction of, or a few. Only those are taken that it knows by themselves, such as operators: others (<c>Vector512.Add</c>,
/// <c>Load</c>) have a body that calls these, and in a long method the just-in-time compiler soon stops to put bodies in.
/// </summary>
/// <param name="isNarrow">Of numbers of 32 bits, of which a vector has twice as many; else of 64.</param>
sealed class VectorIl(IlWriter il, LaneShape shape, bool isNarrow = false)
{
    readonly Type _number = isNarrow ? typeof(uint) : typeof(ulong), _signed = isNarrow ? shape.Of<int>() : shape.Of<long>();

    /// <summary>The vector.</summary>
    public Type Numbers { get; } = isNarrow ? shape.Of<uint>() : shape.Of<ulong>();

    /// <summary>Whether there is a vector operation for it; comparisons and choices have ways of their own.</summary>
    public static bool CanDo(Node node) => node.Op switch
    {
        Op.Add or Op.Sub or Op.Mul or Op.And or Op.Or or Op.Xor or Op.Reverse => true,
        Op.Shl or Op.Shr or Op.Sar => node.Inputs[1].Now is { IsConst: true, Number: < 64 },
        _ => false,
    };

    /// <summary>Whether the second input is a vector; else it is a constant in the instruction.</summary>
    public static bool TakesVector(Node node) => node.Op is not (Op.Shl or Op.Shr or Op.Sar or Op.Reverse);

    /// <summary>Inputs are on the stack, but for a constant that goes into the instruction.</summary>
    public void Do(Node node)
    {
        switch (node.Op)
        {
            case Op.Shl:
                ShiftLeft((int)node.Inputs[1].Now.Number);
                break;
            case Op.Shr:
                ShiftRight((int)node.Inputs[1].Now.Number);
                break;
            case Op.Sar:
                AsSigned();
                il.Constant32((int)node.Inputs[1].Now.Number);
                Operator("op_RightShift", _signed, typeof(int));
                il.Call(shape.Method("AsUInt64", _signed));
                break;
            case Op.Reverse:
                Reverse();
                break;
            case Op.Add:
                Add();
                break;
            case Op.Sub:
                Binary("op_Subtraction");
                break;
            case Op.Mul:
                Binary("op_Multiply");
                break;
            case Op.And:
                And();
                break;
            case Op.Or:
                Or();
                break;
            default:
                Binary("op_ExclusiveOr");
                break;
        }
    }

    /// <summary>The bytes of each number the other way round.</summary>
    void Reverse()
    {
        const ulong backwards = 0x0001020304050607, next = 0x0808080808080808;
        il.Call(shape.Method("AsByte", Numbers));
        FromLanes(lane => il.Constant(backwards + (ulong)lane * next));
        il.Call(shape.Method("AsByte", Numbers));
        il.Call(shape.Method("Shuffle", shape.Of<byte>(), shape.Of<byte>()));
        il.Call(shape.Method("AsUInt64", shape.Of<byte>()));
    }

    public void Add() => Binary("op_Addition");

    public void And() => Binary("op_BitwiseAnd");

    public void Or() => Binary("op_BitwiseOr");

    /// <param name="bits">Below 64.</param>
    public void ShiftLeft(int bits) => Shift("op_LeftShift", bits);

    /// <param name="bits">Below 64.</param>
    public void ShiftRight(int bits) => Shift("op_UnsignedRightShift", bits);

    /// <param name="bits">To the left; to the right if it is negative.</param>
    public void Shift(int bits)
    {
        if (bits > 0) ShiftLeft(bits);
        else ShiftRight(-bits);
    }

    void Shift(string name, int bits)
    {
        if (bits == 0) return;
        if (isNarrow && bits >= 8 * sizeof(uint))
        {
            Constant(0);
            And();
            return;
        }
        il.Constant32(bits);
        Operator(name, Numbers, typeof(int));
    }

    void Binary(string name) => Operator(name, Numbers, Numbers);

    void Operator(string name, Type left, Type right) => il.Call(left.GetMethod(name, [left, right])!);

    /// <summary>Two vectors become bits of the lanes in which it holds.</summary>
    public void Compare(Op op)
    {
        var type = Numbers;
        if (op == Op.Less)
        {
            var second = il.Local(Numbers);
            il.Store(second);
            AsSigned();
            il.Load(second);
            AsSigned();
            type = _signed;
        }
        il.Call(shape.Method(op == Op.Equal ? "Equals" : "LessThan", type, type));
        il.Call(shape.Method("ExtractMostSignificantBits", type));
        il.Op(OpCodes.Conv_I4);
    }

    void AsSigned() => il.Call(shape.Method(isNarrow ? "AsInt32" : "AsInt64", Numbers));

    /// <summary>Two vectors become one with ones in the lanes in which they are equal.</summary>
    public void Same() => il.Call(shape.Method("Equals", Numbers, Numbers));

    /// <summary>(ones where the first is wanted, first, second).</summary>
    public void Choose() => il.Call(shape.Method("ConditionalSelect", Numbers, Numbers, Numbers));

    /// <summary>The same number in every lane; its low half, if lanes have but that.</summary>
    public void Constant(ulong number)
    {
        il.Constant(number);
        Spread();
    }

    /// <summary>The number of 64 bits on the stack in every lane, or its low half.</summary>
    public void Spread()
    {
        if (isNarrow) il.Op(OpCodes.Conv_U4);
        il.Call(shape.Method("Create", _number));
    }

    /// <summary>A number of 64 bits for each lane, or its low half.</summary>
    public void FromLanes(Action<int> number)
    {
        int lanes = isNarrow ? shape.Lanes : shape.Half;
        for (int lane = 0; lane < lanes; lane++)
        {
            number(lane);
            if (isNarrow) il.Op(OpCodes.Conv_U4);
        }
        il.Call(shape.Method("Create", [.. Enumerable.Repeat(_number, lanes)]));
    }

    /// <summary>A vector of numbers of 32 bits becomes one of half as many of 64: those of the first lanes, or of the last.</summary>
    public void Widen(int half) => il.Call(shape.Method(half == 0 ? "WidenLower" : "WidenUpper", shape.Of<uint>()));

    /// <summary>Likewise of numbers with a sign.</summary>
    public void WidenSigned(int half)
    {
        il.Call(shape.Method("AsInt32", shape.Of<uint>()));
        il.Call(shape.Method(half == 0 ? "WidenLower" : "WidenUpper", shape.Of<int>()));
        il.Call(shape.Method("AsUInt64", shape.Of<long>()));
    }

    /// <summary>Two vectors of numbers of 64 bits become one of their low 32 bits.</summary>
    public void Narrow() => il.Call(shape.Method("Narrow", shape.Of<ulong>(), shape.Of<ulong>()));

    /// <summary>Of the first lane.</summary>
    public void First() => il.Call(shape.Method("ToScalar", Numbers));

    /// <summary>Of all lanes.</summary>
    public void Sum() => il.Call(shape.Method("Sum", Numbers));

    /// <summary>(address)</summary>
    public void Load() => il.LoadObject(Numbers);

    /// <summary>(vector, address)</summary>
    public void Store() => il.Call(shape.Method("StoreUnsafe", Numbers, _number.MakeByRefType()));
}
