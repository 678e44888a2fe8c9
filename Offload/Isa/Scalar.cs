using System.Buffers.Binary;

namespace Chainring.Offload.Isa;

/// <summary>Reads a word as itself: one number.</summary>
public readonly record struct Scalar(ulong Value) : IWord<Scalar, bool>
{
    public static Scalar Const(ulong value) => new(value);
    public static Scalar operator +(Scalar a, Scalar b) => new(a.Value + b.Value);
    public static Scalar operator -(Scalar a, Scalar b) => new(a.Value - b.Value);
    public static Scalar operator *(Scalar a, Scalar b) => new(a.Value * b.Value);
    public static Scalar operator &(Scalar a, Scalar b) => new(a.Value & b.Value);
    public static Scalar operator |(Scalar a, Scalar b) => new(a.Value | b.Value);
    public static Scalar operator ^(Scalar a, Scalar b) => new(a.Value ^ b.Value);
    public static Scalar Shl(Scalar a, Scalar amount) => new(a.Value << (int)amount.Value);
    public static Scalar Shr(Scalar a, Scalar amount) => new(a.Value >> (int)amount.Value);
    public static Scalar Sar(Scalar a, Scalar amount) => new((ulong)((long)a.Value >> (int)amount.Value));
    public static Scalar Udiv(Scalar a, Scalar b) => new(b.Value == 0 ? 0 : a.Value / b.Value);
    public static Scalar Umod(Scalar a, Scalar b) => new(b.Value == 0 ? a.Value : a.Value % b.Value);

    public static Scalar Sdiv(Scalar a, Scalar b) => new(b.Value switch
    {
        0 => 0,
        ulong.MaxValue => 0 - a.Value,
        _ => (ulong)((long)a.Value / (long)b.Value),
    });

    public static Scalar Smod(Scalar a, Scalar b) => new(b.Value switch
    {
        0 => a.Value,
        ulong.MaxValue => 0,
        _ => (ulong)((long)a.Value % (long)b.Value),
    });

    public static Scalar Reverse(Scalar a) => new(BinaryPrimitives.ReverseEndianness(a.Value));
    public static bool Equal(Scalar a, Scalar b) => a.Value == b.Value;
    public static bool Below(Scalar a, Scalar b) => a.Value < b.Value;
    public static bool Less(Scalar a, Scalar b) => (long)a.Value < (long)b.Value;
    public static bool Not(bool b) => !b;
    public static Scalar Select(bool condition, Scalar whenTrue, Scalar whenFalse) => condition ? whenTrue : whenFalse;
}
