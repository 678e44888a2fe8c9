using Chainring.Offload.Isa;
using Chainring.Offload.Verify;
using Chainring.Tests.Support;
using CsCheck;

namespace Chainring.Tests.Offload.Verify;

/// <summary>Random knowledge of numbers, each with some of the numbers that it is true of.</summary>
static class AbstractGen
{
    const int Members = 6;

    /// <summary>Values of all sizes: edges, and numbers near each other.</summary>
    static Gen<ulong> Number { get; } = Gen.OneOf(
        InstructionGen.Value, Gen.ULong[0, 300], Gen.Select(InstructionGen.Value, Gen.Long[-40, 40], (value, near) => value + (ulong)near));

    static Gen<ulong> Mask { get; } = Gen.OneOf(
        Gen.Const(0UL), Gen.Const(ulong.MaxValue), Gen.Select(Gen.ULong, Gen.ULong, (a, b) => a & b), Gen.Select(Gen.Int[0, 63], n => 1UL << n),
        Gen.Select(Gen.Int[0, 63], Gen.Int[0, 63], (up, down) => ulong.MaxValue << up >> down));

    public static Gen<Tnum> Tnum { get; } = Gen.Select(Number, Mask, (value, mask) => new Tnum(value & ~mask, mask));

    /// <summary>A number, and what is known of it from its bits and from up to three comparisons with others.</summary>
    public static Gen<(Bounds Bounds, ulong[] Members)> Bounds { get; } =
        Gen.Select(Number, Mask, Comparisons(), Gen.ULong.Array[Members], Gen.Int[0, 5], (member, mask, comparisons, more, kind) =>
        {
            var bounds = kind == 0 ? Chainring.Offload.Verify.Bounds.Const(member)
                : Chainring.Offload.Verify.Bounds.OfBits(new Tnum(member & ~mask, mask));
            foreach (var (op, is64, other) in comparisons)
            {
                var with = Chainring.Offload.Verify.Bounds.Const(other);
                bool taken = Semantics.Compare<Scalar, bool>(op, is64, new(member), new(other));
                if (!Chainring.Offload.Verify.Bounds.TryRefine(op, is64, taken, ref bounds, ref with))
                    throw new InvalidOperationException($"{member} is lost: {op} {is64} {other}");
            }
            return (bounds, MembersOf(bounds, member, more));
        });

    static Gen<(CompareOp, bool, ulong)[]> Comparisons() =>
        Gen.Select(Gen.Enum<CompareOp>(), Gen.Bool, Number).Array[0, 3];

    static ulong[] MembersOf(Bounds bounds, ulong member, ulong[] more)
    {
        ulong high = member & ~(ulong)uint.MaxValue;
        IEnumerable<ulong> candidates =
        [
            member, bounds.UMin, bounds.UMax, (ulong)bounds.SMin, (ulong)bounds.SMax, bounds.Bits.Min, bounds.Bits.Max,
            high | bounds.UMin32, high | bounds.UMax32, high | (uint)bounds.SMin32, high | (uint)bounds.SMax32, member + 1, member - 1,
            .. more.Select(n => bounds.Bits.Value | n & bounds.Bits.Mask),
            .. more.Select(n => bounds.UMin + n % Math.Max(1, bounds.UMax - bounds.UMin)),
            .. more.Select(n => (ulong)bounds.SMin + n % Math.Max(1, (ulong)(bounds.SMax - bounds.SMin))),
        ];
        return [.. candidates.Where(bounds.Contains).Distinct()];
    }
}
