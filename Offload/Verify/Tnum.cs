using System.Buffers.Binary;
using System.Numerics;

namespace Chainring.Offload.Verify;

/// <summary>
/// A tristate number: what is known of a word bit by bit. A bit is 0 or 1 as <see cref="Value"/> says, or unknown where
/// <see cref="Mask"/> has a 1; Value is 0 there. The operations are those of "Sound, Precise, and Fast Abstract Interpretation with
/// Tristate Numbers" (CGO 2022), and the product is the one that Linux took up in 6.18.
/// <code>
/// Mask    0 0 1 1
/// Value   0 1 0 0
/// stands  0 1 ? ?   for 4, 5, 6 and 7
/// </code>
/// </summary>
public readonly record struct Tnum(ulong Value, ulong Mask)
{
    public static Tnum Unknown => new(0, ulong.MaxValue);

    public bool IsConst => Mask == 0;

    /// <summary>The least and the greatest member, as unsigned numbers.</summary>
    public ulong Min => Value;
    public ulong Max => Value | Mask;

    /// <summary>The lower 32 bits; the others are 0.</summary>
    public Tnum Low32 => Cast(4);

    public static Tnum Const(ulong value) => new(value, 0);

    /// <summary>The bits that all numbers of a range share: those above the highest in which its ends differ.</summary>
    public static Tnum Range(ulong min, ulong max)
    {
        int free = 64 - BitOperations.LeadingZeroCount(min ^ max);
        ulong mask = free == 64 ? ulong.MaxValue : (1UL << free) - 1;
        return new(min & ~mask, mask);
    }

    public bool Contains(ulong number) => (number & ~Mask) == Value;

    /// <summary>Whether every member of <paramref name="other"/> is one of this.</summary>
    public bool Contains(Tnum other) => (other.Mask & ~Mask) == 0 && (other.Value & ~Mask) == Value;

    /// <summary>Whether every member is a multiple of <paramref name="size"/>, a power of two.</summary>
    public bool IsAligned(int size) => ((Value | Mask) & (ulong)(size - 1)) == 0;

    /// <summary>Whether no number can be a member of both: a bit is known to be 0 in one and 1 in the other.</summary>
    public bool IsDisjoint(Tnum other) => ((Value ^ other.Value) & ~(Mask | other.Mask)) != 0;

    /// <summary>The least member that is not below <paramref name="number"/>; false if all are.</summary>
    public bool TryNext(ulong number, out ulong member)
    {
        ulong wrong = (number ^ Value) & ~Mask;
        ulong below = wrong == 0 ? 0 : ulong.MaxValue >> BitOperations.LeadingZeroCount(wrong);
        // From the highest wrong bit down the least is best, if that bit is to be 1; else the unknown bits above it count on.
        member = (number & below) <= (Value & below)
            ? number & ~below | Value & below
            : (number | ~Mask | below) + 1 & Mask & ~below | Value;
        return member >= number;
    }

    /// <summary>The greatest member that is not above <paramref name="number"/>; false if all are.</summary>
    public bool TryPrevious(ulong number, out ulong member)
    {
        bool isFound = new Tnum(~Value & ~Mask, Mask).TryNext(~number, out ulong complement);
        member = ~complement;
        return isFound;
    }

    /// <summary>The lowest <paramref name="size"/> bytes; the others are 0.</summary>
    public Tnum Cast(int size) => size >= 8 ? this : new(Value & ((1UL << 8 * size) - 1), Mask & ((1UL << 8 * size) - 1));

    /// <summary>These bits above the lower 32 of <paramref name="low"/>.</summary>
    public Tnum WithLow32(Tnum low) =>
        new(Value & ~(ulong)uint.MaxValue | low.Low32.Value, Mask & ~(ulong)uint.MaxValue | low.Low32.Mask);

    /// <summary>What both know; only of use where they are not <see cref="IsDisjoint"/>.</summary>
    public Tnum Intersect(Tnum other) => Known(Value | other.Value, Mask & other.Mask);

    /// <summary>What is true of the members of either.</summary>
    public Tnum Union(Tnum other) => Known(Value & other.Value, Mask | other.Mask | Value ^ other.Value);

    /// <summary>A carry is unknown where the sum of the smallest members and that of the greatest disagree.</summary>
    public static Tnum operator +(Tnum a, Tnum b)
    {
        ulong least = a.Min + b.Min, greatest = a.Max + b.Max;
        return Known(least, least ^ greatest | a.Mask | b.Mask);
    }

    public static Tnum operator -(Tnum a, Tnum b)
    {
        ulong least = a.Min - b.Max, greatest = a.Max - b.Min;
        return Known(a.Value - b.Value, least ^ greatest | a.Mask | b.Mask);
    }

    public static Tnum operator &(Tnum a, Tnum b) => new(a.Value & b.Value, a.Max & b.Max & ~(a.Value & b.Value));

    public static Tnum operator |(Tnum a, Tnum b) => new(a.Value | b.Value, (a.Mask | b.Mask) & ~(a.Value | b.Value));

    public static Tnum operator ^(Tnum a, Tnum b) => Known(a.Value ^ b.Value, a.Mask | b.Mask);

    /// <summary>Long multiplication. Where a bit of <paramref name="a"/> is unknown, the sum so far is kept or added to.</summary>
    public static Tnum operator *(Tnum a, Tnum b)
    {
        if (a.IsConst && b.IsConst) return Const(a.Value * b.Value);
        var sum = Const(0);
        for (; a != Const(0); a = a.Shr(1), b = b.Shl(1))
        {
            if ((a.Value & 1) != 0) sum += b;
            else if ((a.Mask & 1) != 0) sum = sum.Union(sum + b);
        }
        return sum;
    }

    /// <summary>Shifts; the amount is below 64. An unknown sign bit is copied as unknown.</summary>
    public Tnum Shl(int amount) => new(Value << amount, Mask << amount);
    public Tnum Shr(int amount) => new(Value >> amount, Mask >> amount);
    public Tnum Sar(int amount) => new((ulong)((long)Value >> amount), (ulong)((long)Mask >> amount));

    /// <summary>All eight bytes reversed.</summary>
    public Tnum Reverse() => new(BinaryPrimitives.ReverseEndianness(Value), BinaryPrimitives.ReverseEndianness(Mask));

    /// <summary>0s and 1s, most significant first, with ? for what is unknown: <c>0b1??0</c>.</summary>
    public override string ToString()
    {
        int length = Math.Max(1, 64 - BitOperations.LeadingZeroCount(Max));
        var (value, mask) = (Value, Mask);
        return "0b" + string.Create(length, (value, mask), static (text, bits) =>
        {
            for (int n = 0; n < text.Length; n++)
            {
                int bit = text.Length - 1 - n;
                text[n] = (bits.mask >> bit & 1) != 0 ? '?' : (char)('0' + (bits.value >> bit & 1));
            }
        });
    }

    static Tnum Known(ulong value, ulong mask) => new(value & ~mask, mask);
}
