using System.Globalization;

namespace Chainring.Offload.Verify;

/// <summary>What is known, in a few words for people.</summary>
public readonly partial record struct Bounds
{
    /// <summary>A bound beyond it, either way, says little to people.</summary>
    const long Far = 1L << 62, NarrowFar = 1L << 30;

    /// <summary>
    /// Such as <c>4</c>, <c>0..255</c>, <c>0..1020 step 4</c>, <c>-1..1500</c>, <c>at least 1</c>, <c>low 32 bits -5..5</c>, <c>unknown</c>.
    /// </summary>
    public override string ToString()
    {
        if (IsConst) return Text($"{SMin}");
        bool isLowHalfBest = UMax <= uint.MaxValue && SMin32 < 0 && SMax32 >= 0 && (ulong)((long)SMax32 - SMin32) < UMax - UMin;
        if (SMin >= -Far && SMax <= Far && !isLowHalfBest) return Text($"{SMin}..{SMax}{Step((ulong)SMin)}");
        if (SMin >= -Far && !isLowHalfBest) return Text($"at least {SMin}");
        if (SMax <= Far && !isLowHalfBest) return Text($"at most {SMax}");
        if (SMin32 >= -NarrowFar && SMax32 <= NarrowFar) return Text($"low 32 bits {LowHalf()}");
        if (UMin is > 0 and <= (ulong)Far) return Text($"at least {UMin}, unsigned");
        return Bits.Mask == ulong.MaxValue ? "unknown" : Step(Bits.Value) is { Length: > 0 } step ? "unknown" + step : Bits.ToString();
    }

    string LowHalf() => SMin32 == SMax32 ? Text($"{SMin32}") : Text($"{SMin32}..{SMax32}{Step((uint)SMin32)}");

    /// <summary>How far apart possible numbers are at least; nothing if that is 1, or if <paramref name="first"/> is not one of them.</summary>
    string Step(ulong first)
    {
        ulong step = Bits.Mask & (0 - Bits.Mask);
        return step > 1 && ((first ^ Bits.Value) & (step - 1)) == 0 ? Text($" step {step}") : "";
    }

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
