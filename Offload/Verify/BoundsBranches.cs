using System.Numerics;
using Chainring.Offload.Isa;

namespace Chainring.Offload.Verify;

/// <summary>What a comparison can come to, and what is known where it came to something.</summary>
public readonly partial record struct Bounds
{
    /// <summary>Numbers differ for certain if any part of what is known of them does.</summary>
    public static Truth Equal(Bounds a, Bounds b)
    {
        if (a.IsConst && b.IsConst) return a.Value == b.Value ? Truth.Always : Truth.Never;
        return a.Bits.IsDisjoint(b.Bits) || a._wide.IsDisjoint(b._wide) || a._narrow.IsDisjoint(b._narrow) ? Truth.Never : Truth.Maybe;
    }

    public static Truth Below(Bounds a, Bounds b) => a.UMax < b.UMin ? Truth.Always : a.UMin >= b.UMax ? Truth.Never : Truth.Maybe;

    public static Truth Less(Bounds a, Bounds b) => a.SMax < b.SMin ? Truth.Always : a.SMin >= b.SMax ? Truth.Never : Truth.Maybe;

    public static Truth Not(Truth truth) => truth switch
    {
        Truth.Never => Truth.Always,
        Truth.Always => Truth.Never,
        _ => Truth.Maybe,
    };

    /// <summary>
    /// What is known of two numbers behind a branch on them, of which the jump was taken or not (<c>regs_refine_cond_op</c>). False if the
    /// branch cannot have gone that way; both are then as they were.
    /// </summary>
    public static bool TryRefine(CompareOp op, bool is64, bool taken, ref Bounds a, ref Bounds b)
    {
        if (!taken && op != CompareOp.Set) (op, taken) = (Opposite(op), true);
        return op switch
        {
            CompareOp.Gt => TryRefine(CompareOp.Lt, is64, taken, ref b, ref a),
            CompareOp.Ge => TryRefine(CompareOp.Le, is64, taken, ref b, ref a),
            CompareOp.SGt => TryRefine(CompareOp.SLt, is64, taken, ref b, ref a),
            CompareOp.SGe => TryRefine(CompareOp.SLe, is64, taken, ref b, ref a),
            CompareOp.Set => TryRefineBits(is64, taken, ref a, ref b),
            CompareOp.Eq when is64 => TryMakeEqual(ref a, ref b),
            _ => TryRefineRanges(op, is64, ref a, ref b),
        };
    }

    /// <summary>What either knows, both do; Linux leaves it to the whole numbers to tell of their lower halves.</summary>
    static bool TryMakeEqual(ref Bounds a, ref Bounds b)
    {
        var bits = a.Bits;
        if (!TryIntersect(ref bits, b.Bits)) return false;
        if (!TryTighten(bits, a._wide.Intersect(b._wide), a._narrow.Intersect(b._narrow), out var both)) return false;
        (a, b) = (both, both);
        return true;
    }

    static bool TryRefineRanges(CompareOp op, bool is64, ref Bounds a, ref Bounds b)
    {
        var (aBits, bBits) = (a.Bits, b.Bits);
        var (aWide, bWide, aNarrow, bNarrow) = (a._wide, b._wide, a._narrow, b._narrow);
        if (is64) Ranges<ulong, long>.Refine(op, ref aWide, ref bWide);
        else Ranges<uint, int>.Refine(op, ref aNarrow, ref bNarrow);
        if (op == CompareOp.Eq)
        {
            if (!TryIntersect(ref aBits, Tnum.Unknown.WithLow32(b.Bits))) return false;
            if (!TryIntersect(ref bBits, Tnum.Unknown.WithLow32(a.Bits))) return false;
        }
        return TryTighten(aBits, aWide, aNarrow, bBits, bWide, bNarrow, ref a, ref b);
    }

    /// <summary>
    /// Behind a jump on common bits: if only one bit can be common, both have it. Where the jump was not taken, neither has what the other is
    /// known to have. Linux learns this only from constants, and forgets ranges when it does.
    /// </summary>
    static bool TryRefineBits(bool is64, bool taken, ref Bounds a, ref Bounds b)
    {
        ulong width = is64 ? ulong.MaxValue : uint.MaxValue;
        var (aBits, bBits) = (a.Bits, b.Bits);
        if (taken)
        {
            ulong common = aBits.Max & bBits.Max & width;
            if (common == 0) return false;
            if (BitOperations.IsPow2(common)) (aBits, bBits) = (aBits | Tnum.Const(common), bBits | Tnum.Const(common));
        }
        else
        {
            if ((aBits.Value & bBits.Value & width) != 0) return false;
            (aBits, bBits) = (aBits & Tnum.Const(~(bBits.Value & width)), bBits & Tnum.Const(~(aBits.Value & width)));
        }
        return TryTighten(aBits, a._wide, a._narrow, bBits, b._wide, b._narrow, ref a, ref b);
    }

    static bool TryTighten(
        Tnum aBits, in Ranges<ulong, long> aWide, in Ranges<uint, int> aNarrow,
        Tnum bBits, in Ranges<ulong, long> bWide, in Ranges<uint, int> bNarrow, ref Bounds a, ref Bounds b)
    {
        if (!TryTighten(aBits, aWide, aNarrow, out var tightA) || !TryTighten(bBits, bWide, bNarrow, out var tightB)) return false;
        (a, b) = (tightA, tightB);
        return true;
    }

    static CompareOp Opposite(CompareOp op) => op switch
    {
        CompareOp.Eq => CompareOp.Ne,
        CompareOp.Ne => CompareOp.Eq,
        CompareOp.Lt => CompareOp.Ge,
        CompareOp.Ge => CompareOp.Lt,
        CompareOp.Gt => CompareOp.Le,
        CompareOp.Le => CompareOp.Gt,
        CompareOp.SLt => CompareOp.SGe,
        CompareOp.SGe => CompareOp.SLt,
        CompareOp.SGt => CompareOp.SLe,
        CompareOp.SLe => CompareOp.SGt,
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    };
}
