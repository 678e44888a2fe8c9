using Chainring.Offload.Isa;

namespace Chainring.Offload.Verify;

/// <summary>
/// What is known of a 64-bit number that is not known: its bits, and where it and its lower half lie, read as unsigned and as signed. Each
/// part is always as tight as the others make it. Tracks as much as <c>struct bpf_reg_state</c> does in kernel/bpf/verifier.c of
/// Linux 6.18, and where more comes for free, more. C#'s <c>default</c> is the number 0.
/// </summary>
/// <remarks>One more reading of <see cref="IWord{W, B}"/>: <see cref="Semantics"/> says what each operation makes of it.</remarks>
public readonly partial record struct Bounds : IWord<Bounds, Truth>
{
    readonly Ranges<ulong, long> _wide;
    readonly Ranges<uint, int> _narrow;

    Bounds(Tnum bits, in Ranges<ulong, long> wide, in Ranges<uint, int> narrow) => (Bits, _wide, _narrow) = (bits, wide, narrow);

    public static Bounds Unknown => new(Tnum.Unknown, Ranges<ulong, long>.Full, Ranges<uint, int>.Full);

    public Tnum Bits { get; }

    public ulong UMin => _wide.UMin;
    public ulong UMax => _wide.UMax;
    public long SMin => _wide.SMin;
    public long SMax => _wide.SMax;
    public uint UMin32 => _narrow.UMin;
    public uint UMax32 => _narrow.UMax;
    public int SMin32 => _narrow.SMin;
    public int SMax32 => _narrow.SMax;

    public bool IsConst => Bits.IsConst;

    /// <summary>The number, if it <see cref="IsConst"/>.</summary>
    public ulong Value => Bits.Value;

    public bool IsUnknown => this == Unknown;

    /// <summary>The lower 32 bits; the others are 0.</summary>
    public Bounds Low32 => new(Bits.Low32, new(_narrow.UMin, _narrow.UMax, _narrow.UMin, _narrow.UMax), _narrow);

    public static Bounds Const(ulong value) =>
        new(Tnum.Const(value), Ranges<ulong, long>.Const(value), Ranges<uint, int>.Const((uint)value));

    /// <summary>Any number of that many bits, 8 to 64: what a load leaves in a register.</summary>
    public static Bounds OfBits(int bits) => Within(0, ulong.MaxValue >> 64 - bits);

    /// <summary>Any unsigned number from <paramref name="min"/> to <paramref name="max"/>, which is not below it.</summary>
    public static Bounds Within(ulong min, ulong max) => Of(Tnum.Unknown, Ranges<ulong, long>.Arc(min, max), Ranges<uint, int>.Full);

    /// <summary>Any signed number from <paramref name="min"/> to <paramref name="max"/>, which is not below it.</summary>
    public static Bounds WithinSigned(long min, long max) =>
        Of(Tnum.Unknown, Ranges<ulong, long>.Arc((ulong)min, (ulong)max), Ranges<uint, int>.Full);

    /// <summary>Any number with these bits.</summary>
    public static Bounds OfBits(Tnum bits) => Of(bits, Ranges<ulong, long>.Full, Ranges<uint, int>.Full);

    /// <summary>Whether the number may be this one.</summary>
    public bool Contains(ulong number) =>
        Bits.Contains(number) && _wide.Contains(Ranges<ulong, long>.Const(number)) && _narrow.Contains(Ranges<uint, int>.Const((uint)number));

    /// <summary>Whether all that is known here is known of <paramref name="other"/> too, so that its numbers are among these.</summary>
    public bool Contains(in Bounds other) => Bits.Contains(other.Bits) && _wide.Contains(other._wide) && _narrow.Contains(other._narrow);

    /// <summary>What is known of a number that is either: the least that contains both.</summary>
    public static Bounds Join(in Bounds a, in Bounds b) => Of(a.Bits.Union(b.Bits), a._wide.Union(b._wide), a._narrow.Union(b._narrow));

    /// <summary>Parts that describe at least one number, tightened.</summary>
    static Bounds Of(Tnum bits, in Ranges<ulong, long> wide, in Ranges<uint, int> narrow) =>
        TryTighten(bits, wide, narrow, out var bounds)
            ? bounds
            : throw new InvalidOperationException($"no number is {bits}, {wide} and {narrow}");

    /// <summary>
    /// Lets each part tighten the others until none can any more (<c>reg_bounds_sync</c> stops after three rounds); false if that shows that
    /// there is no such number.
    /// </summary>
    static bool TryTighten(Tnum bits, Ranges<ulong, long> wide, Ranges<uint, int> narrow, out Bounds tight)
    {
        while (true)
        {
            var (bitsBefore, wideBefore, narrowBefore) = (bits, wide, narrow);
            wide = wide.Intersect(Ranges<ulong, long>.OfBits(bits.Value, bits.Mask)).Crossed();
            narrow = narrow.Intersect(Ranges<uint, int>.OfBits((uint)bits.Value, (uint)bits.Mask))
                .Intersect(LowerHalf(wide.UMin, wide.UMax)).Intersect(LowerHalf((ulong)wide.SMin, (ulong)wide.SMax)).Crossed();
            wide = WithLowerHalf(wide, narrow.UMin, narrow.UMax);
            tight = default;
            if (wide.IsEmpty || narrow.IsEmpty || !TryFindOnly(bits, ref wide, ref narrow)) return false;
            if (!TryIntersect(ref bits, Tnum.Range(wide.UMin, wide.UMax))) return false;
            if (!TryIntersect(ref bits, Tnum.Unknown.WithLow32(Tnum.Range(narrow.UMin, narrow.UMax)))) return false;
            if (bits == bitsBefore && wide == wideBefore && narrow == narrowBefore) break;
        }
        tight = new Bounds(bits, wide, narrow);
        return true;
    }

    /// <summary>Where the lower halves of an arc's numbers lie: on an arc too, if it is shorter than the narrow circle.</summary>
    static Ranges<uint, int> LowerHalf(ulong first, ulong last) =>
        last - first <= uint.MaxValue ? Ranges<uint, int>.Arc((uint)first, (uint)last) : Ranges<uint, int>.Full;

    /// <summary>
    /// Moves each bound inwards, as far as its own upper half lets it, to where the lower half is from <paramref name="min"/> to
    /// <paramref name="max"/>.
    /// </summary>
    static Ranges<ulong, long> WithLowerHalf(in Ranges<ulong, long> wide, uint min, uint max) => new(
        Upwards(wide.UMin, min), Downwards(wide.UMax, max), (long)Upwards((ulong)wide.SMin, min), (long)Downwards((ulong)wide.SMax, max));

    static ulong Upwards(ulong from, uint min) => (uint)from < min ? from & ~(ulong)uint.MaxValue | min : from;

    static ulong Downwards(ulong from, uint max) => (uint)from > max ? from & ~(ulong)uint.MaxValue | max : from;

    /// <summary>
    /// Bits may allow just one number in a range, or none. Where they allow more they could move the bounds as well; Linux does not, and its
    /// decisions go by the bounds. Of lower halves it does not ask this.
    /// </summary>
    static bool TryFindOnly(Tnum bits, ref Ranges<ulong, long> wide, ref Ranges<uint, int> narrow)
    {
        if (!TryFindOnly(bits, wide.UMin, wide.UMax, out bool isOnly, out ulong only)) return false;
        if (isOnly) wide = wide.Intersect(Ranges<ulong, long>.Const(only));
        if (!TryFindOnly(bits.Low32, narrow.UMin, narrow.UMax, out isOnly, out only)) return false;
        if (isOnly) narrow = narrow.Intersect(Ranges<uint, int>.Const((uint)only));
        return true;
    }

    static bool TryFindOnly(Tnum bits, ulong min, ulong max, out bool isOnly, out ulong only)
    {
        (isOnly, only) = (false, min);
        if (bits.Contains(min) && bits.Contains(max)) return true;
        if (!bits.TryNext(min, out only) || !bits.TryPrevious(max, out ulong greatest) || only > greatest) return false;
        isOnly = only == greatest;
        return true;
    }

    static bool TryIntersect(ref Tnum bits, Tnum other)
    {
        if (bits.IsDisjoint(other)) return false;
        bits = bits.Intersect(other);
        return true;
    }
}
