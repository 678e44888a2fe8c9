using Chainring.Offload.Isa;

namespace Chainring.Offload.Verify;

/// <summary>
/// What each primitive makes of what is known (<c>adjust_scalar_min_max_vals</c> in kernel/bpf/verifier.c of Linux 6.18). Quotients, remainders
/// and shifts by an unknown amount are unknown there, and here.
/// </summary>
/// <remarks>
/// More is known than in Linux, because <see cref="Semantics"/> says it: a 32-bit quotient, remainder or shift by an unknown amount is a
/// 32-bit number, and sign extension keeps known bits, and a signed range of the lower half. Less is known of <c>le16</c>, which Linux
/// treats as a cast that keeps a range of 16-bit numbers; here it is an <c>&amp;</c>.
/// </remarks>
public readonly partial record struct Bounds
{
    public static Bounds operator +(Bounds a, Bounds b) =>
        a.IsConst && b.IsConst ? Const(a.Value + b.Value) : Of(a.Bits + b.Bits, a._wide + b._wide, a._narrow + b._narrow);

    public static Bounds operator -(Bounds a, Bounds b) =>
        a.IsConst && b.IsConst ? Const(a.Value - b.Value) : Of(a.Bits - b.Bits, a._wide - b._wide, a._narrow - b._narrow);

    public static Bounds operator *(Bounds a, Bounds b) =>
        a.IsConst && b.IsConst ? Const(a.Value * b.Value) : Of(a.Bits * b.Bits, a._wide * b._wide, a._narrow * b._narrow);

    public static Bounds operator &(Bounds a, Bounds b)
    {
        if (b.IsConst)
        {
            if (a.IsConst) return Const(a.Value & b.Value);
            if (b.Value == uint.MaxValue) return a.Low32;
        }
        return Of(a.Bits & b.Bits, a._wide & b._wide, a._narrow & b._narrow);
    }

    public static Bounds operator |(Bounds a, Bounds b) =>
        a.IsConst && b.IsConst ? Const(a.Value | b.Value) : Of(a.Bits | b.Bits, a._wide | b._wide, a._narrow | b._narrow);

    public static Bounds operator ^(Bounds a, Bounds b) =>
        a.IsConst && b.IsConst ? Const(a.Value ^ b.Value) : OfBits(a.Bits ^ b.Bits);

    /// <summary>Linux keeps a signed range only where the amount is 32; here it stays where the order of the numbers does.</summary>
    public static Bounds Shl(Bounds a, Bounds amount)
    {
        if (!amount.IsConst) return Unknown;
        int by = (int)amount.Value;
        if (a.IsConst) return Const(a.Value << by);
        var wide = a._wide.Shl(by);
        // Only the lower half stays, so what is known of it tells the rest.
        if (by >= 32)
        {
            wide = wide.Intersect(Widened(a._narrow.UMin, a._narrow.UMax).Shl(by))
                .Intersect(Widened(a._narrow.SMin, a._narrow.SMax).Shl(by));
        }
        return Of(a.Bits.Shl(by), wide, a._narrow.Shl(by));
    }

    public static Bounds Shr(Bounds a, Bounds amount)
    {
        if (!amount.IsConst) return Unknown;
        int by = (int)amount.Value;
        return a.IsConst ? Const(a.Value >> by) : Of(a.Bits.Shr(by), a._wide.Shr(by), Ranges<uint, int>.Full);
    }

    public static Bounds Sar(Bounds a, Bounds amount)
    {
        if (!amount.IsConst) return Unknown;
        int by = (int)amount.Value;
        return a.IsConst ? Const((ulong)((long)a.Value >> by)) : Of(a.Bits.Sar(by), a._wide.Sar(by), Ranges<uint, int>.Full);
    }

    public static Bounds Udiv(Bounds a, Bounds b) => Unknown;
    public static Bounds Umod(Bounds a, Bounds b) => Unknown;
    public static Bounds Sdiv(Bounds a, Bounds b) => Unknown;
    public static Bounds Smod(Bounds a, Bounds b) => Unknown;

    public static Bounds Reverse(Bounds a) => OfBits(a.Bits.Reverse());

    public static Bounds Select(Truth condition, Bounds whenTrue, Bounds whenFalse) => condition switch
    {
        Truth.Always => whenTrue,
        Truth.Never => whenFalse,
        _ => Join(whenTrue, whenFalse),
    };

    /// <summary>An arc of narrow numbers, each extended as its reading says.</summary>
    static Ranges<ulong, long> Widened(long first, long last) => Ranges<ulong, long>.Arc((ulong)first, (ulong)last);
}
