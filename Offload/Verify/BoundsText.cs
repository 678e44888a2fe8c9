using System.Globalization;
using System.Numerics;

namespace Chainring.Offload.Verify;

/// <summary>What is known, in a few words for people.</summary>
public readonly partial record struct Bounds
{
    /// <summary>Such as <c>4</c>, <c>0..255</c>, <c>0..1020 step 4</c>, <c>-1..1500</c>, <c>unknown</c>; of a lower half alone: <c>low 32 bits 0..9</c>.</summary>
    public override string ToString()
    {
        if (IsConst) return SMin.ToString(CultureInfo.InvariantCulture);
        bool isUnsigned = UMin != 0 || UMax != ulong.MaxValue, isSigned = SMin != long.MinValue || SMax != long.MaxValue;
        if (isSigned && (SMin < 0 || !isUnsigned)) return Text(SMin, SMax, (ulong)SMin);
        if (isUnsigned) return Text(UMin, UMax, UMin);
        if (_narrow != Ranges<uint, int>.Full) return "low 32 bits " + Low32NoSign();
        return Step(0) is { Length: > 0 } step ? "any" + step : Bits.Mask == ulong.MaxValue ? "unknown" : Bits.ToString();
    }

    string Low32NoSign() => UMin32 == UMax32 || UMin32 != 0 || UMax32 != uint.MaxValue
        ? Text(UMin32, UMax32, UMin32)
        : Text(SMin32, SMax32, (ulong)SMin32);

    string Text<T>(T min, T max, ulong first) where T : INumber<T> =>
        min == max ? min.ToString(null, CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{min}..{max}{Step(first)}");

    /// <summary>How far apart possible numbers are at least; nothing if that is 1, or if <paramref name="first"/> is not one of them.</summary>
    string Step(ulong first)
    {
        ulong step = Bits.Mask & (0 - Bits.Mask);
        return step > 1 && ((first ^ Bits.Value) & (step - 1)) == 0 ? string.Create(CultureInfo.InvariantCulture, $" step {step}") : "";
    }
}
