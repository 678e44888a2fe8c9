using System.Numerics;
using System.Runtime.CompilerServices;
using Chainring.Offload.Isa;

namespace Chainring.Offload.Verify;

/// <summary>
/// Where a number of one width lies, read as unsigned and read as signed; bounds are inclusive. Numbers of a width lie on a circle, and both
/// readings are arcs of it: the unsigned one never passes from the greatest number to 0, the signed one never from the greatest signed
/// number to the least. Written once for 64 and 32 bits.
/// </summary>
readonly record struct Ranges<U, S>(U UMin, U UMax, S SMin, S SMax)
    where U : unmanaged, IBinaryInteger<U>, IUnsignedNumber<U>, IMinMaxValue<U>
    where S : unmanaged, IBinaryInteger<S>, ISignedNumber<S>, IMinMaxValue<S>
{
    public static Ranges<U, S> Full => new(U.MinValue, U.MaxValue, S.MinValue, S.MaxValue);

    public bool IsConst => UMin == UMax;

    /// <summary>Whether one of the readings leaves no number.</summary>
    public bool IsEmpty => UMin > UMax || SMin > SMax;

    static U SignBit => Unsigned(S.MinValue);

    public static Ranges<U, S> Const(U value) => new(value, value, Signed(value), Signed(value));

    /// <summary>The numbers met from <paramref name="first"/> up to <paramref name="last"/>, as far as either reading can say.</summary>
    public static Ranges<U, S> Arc(U first, U last)
    {
        bool isUnsigned = first <= last, isSigned = Signed(first) <= Signed(last);
        return new(
            isUnsigned ? first : U.MinValue, isUnsigned ? last : U.MaxValue,
            isSigned ? Signed(first) : S.MinValue, isSigned ? Signed(last) : S.MaxValue);
    }

    /// <summary>Between the least and the greatest number of some bits that are known.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Ranges<U, S> OfBits(U value, U mask) =>
        new(value, value | mask, Signed(value | mask & SignBit), Signed(value | mask & ~SignBit));

    public bool Contains(in Ranges<U, S> other) =>
        UMin <= other.UMin && UMax >= other.UMax && SMin <= other.SMin && SMax >= other.SMax;

    public bool IsDisjoint(in Ranges<U, S> other) =>
        UMin > other.UMax || UMax < other.UMin || SMin > other.SMax || SMax < other.SMin;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Ranges<U, S> Intersect(in Ranges<U, S> other) =>
        new(U.Max(UMin, other.UMin), U.Min(UMax, other.UMax), S.Max(SMin, other.SMin), S.Min(SMax, other.SMax));

    public Ranges<U, S> Union(in Ranges<U, S> other) =>
        new(U.Min(UMin, other.UMin), U.Max(UMax, other.UMax), S.Min(SMin, other.SMin), S.Max(SMax, other.SMax));

    /// <summary>
    /// Lets each reading tighten the other. A range on one side of the sign is the same in both readings; one that has both signs still
    /// loses the side that the other reading does not reach.
    /// </summary>
    public Ranges<U, S> Crossed()
    {
        var (uMin, uMax, sMin, sMax) = this;
        if (Signed(uMin) <= Signed(uMax)) (sMin, sMax) = (S.Max(sMin, Signed(uMin)), S.Min(sMax, Signed(uMax)));
        else if (uMin > Unsigned(sMax)) sMax = S.Min(sMax, S.NegativeOne);
        else if (uMax < Unsigned(sMin)) sMin = S.Max(sMin, S.Zero);
        if (Unsigned(sMin) <= Unsigned(sMax)) (uMin, uMax) = (U.Max(uMin, Unsigned(sMin)), U.Min(uMax, Unsigned(sMax)));
        return new(uMin, uMax, sMin, sMax);
    }

    public static Ranges<U, S> operator +(in Ranges<U, S> a, in Ranges<U, S> b) =>
        Sum(a.UMin, a.UMax, b.UMin, b.UMax).Intersect(Sum(Unsigned(a.SMin), Unsigned(a.SMax), Unsigned(b.SMin), Unsigned(b.SMax)));

    /// <summary>Subtracting an arc is adding the one from its last number's negative to its first's.</summary>
    public static Ranges<U, S> operator -(in Ranges<U, S> a, in Ranges<U, S> b) =>
        Sum(a.UMin, a.UMax, U.Zero - b.UMax, U.Zero - b.UMin)
            .Intersect(Sum(Unsigned(a.SMin), Unsigned(a.SMax), U.Zero - Unsigned(b.SMax), U.Zero - Unsigned(b.SMin)));

    /// <summary>Known where no product of two bounds leaves the width.</summary>
    public static Ranges<U, S> operator *(in Ranges<U, S> a, in Ranges<U, S> b)
    {
        var product = Full;
        if (b.UMax == U.Zero || a.UMax <= U.MaxValue / b.UMax) product = product with { UMin = a.UMin * b.UMin, UMax = a.UMax * b.UMax };
        Int128 one = Product(a.SMin, b.SMin), two = Product(a.SMin, b.SMax), three = Product(a.SMax, b.SMin), four = Product(a.SMax, b.SMax);
        Int128 least = Int128.Min(Int128.Min(one, two), Int128.Min(three, four));
        Int128 greatest = Int128.Max(Int128.Max(one, two), Int128.Max(three, four));
        if (least >= Int128.CreateTruncating(S.MinValue) && greatest <= Int128.CreateTruncating(S.MaxValue))
            product = product with { SMin = S.CreateTruncating(least), SMax = S.CreateTruncating(greatest) };
        return product;
    }

    /// <summary>At most the smaller operand; what else is known of it, bits say.</summary>
    public static Ranges<U, S> operator &(in Ranges<U, S> a, in Ranges<U, S> b) => Full with { UMax = U.Min(a.UMax, b.UMax) };

    /// <summary>At least the greater operand.</summary>
    public static Ranges<U, S> operator |(in Ranges<U, S> a, in Ranges<U, S> b) => Full with { UMin = U.Max(a.UMin, b.UMin) };

    /// <summary>By any amount below 64; all bits of a narrow number may be shifted out.</summary>
    public Ranges<U, S> Shl(int amount) => Shifted(UMin, UMax, amount).Intersect(Shifted(Unsigned(SMin), Unsigned(SMax), amount));

    /// <summary>By an amount below the width.</summary>
    public Ranges<U, S> Shr(int amount) => Full with { UMin = UMin >> amount, UMax = UMax >> amount };
    public Ranges<U, S> Sar(int amount) => Full with { SMin = SMin >> amount, SMax = SMax >> amount };

    /// <summary>What a comparison that holds says of both sides; a range that becomes empty says that it cannot hold.</summary>
    public static void Refine(CompareOp op, ref Ranges<U, S> a, ref Ranges<U, S> b)
    {
        (a, b) = op switch
        {
            CompareOp.Eq => (a.Intersect(b), a.Intersect(b)),
            CompareOp.Ne => (a.Without(b), b.Without(a)),
            CompareOp.Le => (a with { UMax = U.Min(a.UMax, b.UMax) }, b with { UMin = U.Max(a.UMin, b.UMin) }),
            CompareOp.SLe => (a with { SMax = S.Min(a.SMax, b.SMax) }, b with { SMin = S.Max(a.SMin, b.SMin) }),
            CompareOp.Lt when b.UMax == U.MinValue || a.UMin == U.MaxValue => (Empty, Empty),
            CompareOp.Lt => (a with { UMax = U.Min(a.UMax, b.UMax - U.One) }, b with { UMin = U.Max(a.UMin + U.One, b.UMin) }),
            CompareOp.SLt when b.SMax == S.MinValue || a.SMin == S.MaxValue => (Empty, Empty),
            CompareOp.SLt => (a with { SMax = S.Min(a.SMax, b.SMax - S.One) }, b with { SMin = S.Max(a.SMin + S.One, b.SMin) }),
            _ => throw new ArgumentOutOfRangeException(nameof(op)),
        };
    }

    /// <summary>A constant that is a bound moves the bound past it; elsewhere a range cannot leave it out.</summary>
    Ranges<U, S> Without(in Ranges<U, S> other)
    {
        if (!other.IsConst) return this;
        if (IsConst) return UMin == other.UMin ? Empty : this;
        return new(
            UMin == other.UMin ? UMin + U.One : UMin, UMax == other.UMax ? UMax - U.One : UMax,
            SMin == other.SMin ? SMin + S.One : SMin, SMax == other.SMax ? SMax - S.One : SMax);
    }

    static Ranges<U, S> Empty => new(U.MaxValue, U.MinValue, S.MaxValue, S.MinValue);

    /// <summary>The arc of all sums; everything, if the two together go round the circle.</summary>
    static Ranges<U, S> Sum(U aFirst, U aLast, U bFirst, U bLast)
    {
        U length = aLast - aFirst, sum = length + (bLast - bFirst);
        return sum < length ? Full : Arc(aFirst + bFirst, aLast + bLast);
    }

    /// <summary>An arc of which no two numbers come to the same keeps its order.</summary>
    static Ranges<U, S> Shifted(U first, U last, int amount)
    {
        int width = 8 * Unsafe.SizeOf<U>();
        if (amount >= width) return Const(U.Zero);
        U length = last - first;
        return length << amount >> amount == length ? Arc(first << amount, last << amount) : Full;
    }

    static Int128 Product(S a, S b) => Int128.CreateTruncating(a) * Int128.CreateTruncating(b);

    static S Signed(U value) => Unsafe.BitCast<U, S>(value);

    static U Unsigned(S value) => Unsafe.BitCast<S, U>(value);
}
