using System.Runtime.CompilerServices;

namespace Chainring.Offload.Isa;

/// <summary>What every ALU operation, comparison and atomic operation means (RFC 9669, section 4). The only place that says so.</summary>
public static class Semantics
{
    /// <summary>The new value of the destination; a 32-bit operation clears the upper half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static W Alu<W, B>(AluOp op, bool is64, W a, W b) where W : IWord<W, B>
    {
        if (is64) return Alu<W, B>(op, a, b, W.Const(63));
        bool signed = op is AluOp.SDiv or AluOp.SMod or AluOp.Arsh;
        return Low<W, B>(signed
            ? Alu<W, B>(op, SignExtend<W, B>(a, 32), SignExtend<W, B>(b, 32), W.Const(31))
            : Alu<W, B>(op, Low<W, B>(a), Low<W, B>(b), W.Const(31)));
    }

    /// <summary>Whether a conditional jump is taken.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static B Compare<W, B>(CompareOp op, bool is64, W a, W b) where W : IWord<W, B>
    {
        if (is64) return Compare<W, B>(op, a, b);
        bool signed = op is CompareOp.SGt or CompareOp.SGe or CompareOp.SLt or CompareOp.SLe;
        return signed
            ? Compare<W, B>(op, SignExtend<W, B>(a, 32), SignExtend<W, B>(b, 32))
            : Compare<W, B>(op, Low<W, B>(a), Low<W, B>(b));
    }

    /// <summary>What a load leaves in the register, from the bytes read as an unsigned number.</summary>
    public static W Loaded<W, B>(AccessSize size, bool signExtends, W raw) where W : IWord<W, B> =>
        signExtends ? SignExtend<W, B>(raw, 8 * (int)size) : raw;

    /// <summary>
    /// What an atomic operation stores, from the old memory value, the source operand and r0. A 32-bit one works on the lower halves.
    /// Compare-and-exchange stores the old value back when it differs from r0.
    /// </summary>
    public static W Stored<W, B>(AtomicOp op, W old, W operand, W r0) where W : IWord<W, B> => op switch
    {
        AtomicOp.Add or AtomicOp.FetchAdd => old + operand,
        AtomicOp.Or or AtomicOp.FetchOr => old | operand,
        AtomicOp.And or AtomicOp.FetchAnd => old & operand,
        AtomicOp.Xor or AtomicOp.FetchXor => old ^ operand,
        AtomicOp.Xchg => operand,
        AtomicOp.CmpXchg => W.Select(W.Equal(old, r0), operand, old),
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    };

    static W Alu<W, B>(AluOp op, W a, W b, W shiftMask) where W : IWord<W, B> => op switch
    {
        AluOp.Add => a + b,
        AluOp.Sub => a - b,
        AluOp.Mul => a * b,
        AluOp.Div => W.Udiv(a, b),
        AluOp.SDiv => W.Sdiv(a, b),
        AluOp.Mod => W.Umod(a, b),
        AluOp.SMod => W.Smod(a, b),
        AluOp.Or => a | b,
        AluOp.And => a & b,
        AluOp.Xor => a ^ b,
        AluOp.Lsh => W.Shl(a, b & shiftMask),
        AluOp.Rsh => W.Shr(a, b & shiftMask),
        AluOp.Arsh => W.Sar(a, b & shiftMask),
        AluOp.Neg => W.Const(0) - a,
        AluOp.Mov => b,
        AluOp.MovSx8 => SignExtend<W, B>(b, 8),
        AluOp.MovSx16 => SignExtend<W, B>(b, 16),
        AluOp.MovSx32 => SignExtend<W, B>(b, 32),
        // Hosts are little-endian: to little-endian only truncates.
        AluOp.Le16 => a & W.Const(ushort.MaxValue),
        AluOp.Le32 => a & W.Const(uint.MaxValue),
        AluOp.Le64 => a,
        AluOp.Be16 or AluOp.Swap16 => W.Shr(W.Reverse(a), W.Const(48)),
        AluOp.Be32 or AluOp.Swap32 => W.Shr(W.Reverse(a), W.Const(32)),
        AluOp.Be64 or AluOp.Swap64 => W.Reverse(a),
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    };

    static B Compare<W, B>(CompareOp op, W a, W b) where W : IWord<W, B> => op switch
    {
        CompareOp.Eq => W.Equal(a, b),
        CompareOp.Ne => W.Not(W.Equal(a, b)),
        CompareOp.Set => W.Not(W.Equal(a & b, W.Const(0))),
        CompareOp.Lt => W.Below(a, b),
        CompareOp.Ge => W.Not(W.Below(a, b)),
        CompareOp.Gt => W.Below(b, a),
        CompareOp.Le => W.Not(W.Below(b, a)),
        CompareOp.SLt => W.Less(a, b),
        CompareOp.SGe => W.Not(W.Less(a, b)),
        CompareOp.SGt => W.Less(b, a),
        CompareOp.SLe => W.Not(W.Less(b, a)),
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    };

    static W Low<W, B>(W w) where W : IWord<W, B> => w & W.Const(uint.MaxValue);

    static W SignExtend<W, B>(W w, int bits) where W : IWord<W, B>
    {
        var unused = W.Const((ulong)(64 - bits));
        return W.Sar(W.Shl(w, unused), unused);
    }
}
