namespace Chainring.Offload.Isa;

/// <summary>
/// One register value as some reader of the program sees it: a number, lanes of numbers, text, an abstract value. Every reading
/// gets its meaning of each operation from <see cref="Semantics"/>; what it brings itself is only the primitives below.
/// </summary>
/// <typeparam name="W">The reading.</typeparam>
/// <typeparam name="B">Its truth values.</typeparam>
public interface IWord<W, B> where W : IWord<W, B>
{
    static abstract W Const(ulong value);
    static abstract W operator +(W a, W b);
    static abstract W operator -(W a, W b);
    static abstract W operator *(W a, W b);
    static abstract W operator &(W a, W b);
    static abstract W operator |(W a, W b);
    static abstract W operator ^(W a, W b);

    /// <summary>Shifts; the amount is below 64.</summary>
    static abstract W Shl(W a, W amount);
    static abstract W Shr(W a, W amount);
    static abstract W Sar(W a, W amount);

    /// <summary>Total division: x / 0 = 0, x % 0 = x, MIN / -1 = MIN, MIN % -1 = 0.</summary>
    static abstract W Udiv(W a, W b);
    static abstract W Umod(W a, W b);
    static abstract W Sdiv(W a, W b);
    static abstract W Smod(W a, W b);

    /// <summary>All eight bytes reversed.</summary>
    static abstract W Reverse(W a);

    static abstract B Equal(W a, W b);
    static abstract B Below(W a, W b);
    static abstract B Less(W a, W b);
    static abstract B Not(B b);

    static abstract W Select(B condition, W whenTrue, W whenFalse);
}
