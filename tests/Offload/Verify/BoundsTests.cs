using Chainring.Offload.Isa;
using Chainring.Offload.Verify;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Verify;

/// <summary>What is known of numbers stays true of them: whatever a program does with numbers, the results are where they are said to be.</summary>
public sealed class BoundsTests
{
    const int Samples = 500;

    static IEnumerable<TestCaseData> AluForms() =>
        from form in InstructionSet.Forms
        where form.Meaning.Kind == InstructionKind.Alu
        group form by (form.Meaning.Alu, form.Meaning.Is64) into operation
        select new TestCaseData(operation.Key.Alu, operation.Key.Is64);

    static IEnumerable<TestCaseData> Comparisons() =>
        from op in Enum.GetValues<CompareOp>()
        from is64 in new[] { true, false }
        select new TestCaseData(op, is64);

    [TestCaseSource(nameof(AluForms))]
    public void A_result_is_among_those_that_are_possible(AluOp op, bool is64) =>
        Gen.Select(AbstractGen.Bounds, AbstractGen.Bounds).Sample((a, b) =>
        {
            var result = Semantics.Alu<Bounds, Truth>(op, is64, a.Bounds, b.Bounds);
            if (Bounds.Join(result, result) != result) Assert.Fail($"{result} is not tight");
            foreach (ulong x in a.Members)
            {
                foreach (ulong y in b.Members)
                {
                    ulong number = Semantics.Alu<Scalar, bool>(op, is64, new(x), new(y)).Value;
                    if (!result.Contains(number)) Assert.Fail($"{x:x} {op} {y:x} = {number:x} is not in {result}; {a.Bounds}, {b.Bounds}");
                }
            }
        }, iter: Samples);

    [TestCaseSource(nameof(Comparisons))]
    public void A_comparison_comes_to_what_is_possible(CompareOp op, bool is64) =>
        Gen.Select(AbstractGen.Bounds, AbstractGen.Bounds).Sample((a, b) =>
        {
            var truth = Semantics.Compare<Bounds, Truth>(op, is64, a.Bounds, b.Bounds);
            foreach (ulong x in a.Members)
            {
                foreach (ulong y in b.Members)
                {
                    bool holds = Semantics.Compare<Scalar, bool>(op, is64, new(x), new(y));
                    if (truth == (holds ? Truth.Never : Truth.Always)) Assert.Fail($"{x:x} {op} {y:x} is {holds}; {a.Bounds}, {b.Bounds}");
                }
            }
        }, iter: Samples);

    [TestCaseSource(nameof(Comparisons))]
    public void Numbers_that_go_a_way_are_known_behind_it(CompareOp op, bool is64) =>
        Gen.Select(AbstractGen.Bounds, AbstractGen.Bounds, Gen.Bool).Sample((a, b, taken) =>
        {
            var (refinedA, refinedB) = (a.Bounds, b.Bounds);
            bool isPossible = Bounds.TryRefine(op, is64, taken, ref refinedA, ref refinedB);
            foreach (ulong x in a.Members)
            {
                foreach (ulong y in b.Members)
                {
                    if (Semantics.Compare<Scalar, bool>(op, is64, new(x), new(y)) != taken) continue;
                    if (!isPossible) Assert.Fail($"{x:x} {op} {y:x} is {taken}, which is said to be impossible; {a.Bounds}, {b.Bounds}");
                    if (!refinedA.Contains(x) || !refinedB.Contains(y))
                        Assert.Fail($"{x:x} {op} {y:x} is {taken}: not in {refinedA}, {refinedB}; {a.Bounds}, {b.Bounds}");
                }
            }
        }, iter: Samples);

    [TestCaseSource(nameof(Comparisons))]
    public void Behind_a_branch_nothing_is_forgotten(CompareOp op, bool is64) =>
        Gen.Select(AbstractGen.Bounds, AbstractGen.Bounds, Gen.Bool).Sample((a, b, taken) =>
        {
            var (refinedA, refinedB) = (a.Bounds, b.Bounds);
            bool isPossible = Bounds.TryRefine(op, is64, taken, ref refinedA, ref refinedB);
            if (isPossible) return a.Bounds.Contains(refinedA) && b.Bounds.Contains(refinedB);
            return refinedA == a.Bounds && refinedB == b.Bounds;
        });

    [TestCaseSource(nameof(Comparisons))]
    public void A_way_that_a_comparison_never_goes_is_impossible(CompareOp op, bool is64) =>
        Gen.Select(AbstractGen.Bounds, AbstractGen.Bounds).Sample((a, b) =>
        {
            var truth = Semantics.Compare<Bounds, Truth>(op, is64, a.Bounds, b.Bounds);
            if (truth == Truth.Maybe) return true;
            var (refinedA, refinedB) = (a.Bounds, b.Bounds);
            return !Bounds.TryRefine(op, is64, truth == Truth.Never, ref refinedA, ref refinedB);
        });

    [TestCaseSource(nameof(AluForms))]
    public void Constants_give_the_constant_that_the_operation_means(AluOp op, bool is64)
    {
        if (op is AluOp.Div or AluOp.SDiv or AluOp.Mod or AluOp.SMod) Assert.Pass("Linux does not divide");
        Gen.Select(InstructionGen.Value, InstructionGen.Value).Sample((a, b) =>
            Semantics.Alu<Bounds, Truth>(op, is64, Bounds.Const(a), Bounds.Const(b))
            == Bounds.Const(Semantics.Alu<Scalar, bool>(op, is64, new(a), new(b)).Value));
    }

    [TestCaseSource(nameof(AluForms))]
    public void Knowing_more_before_is_knowing_no_less_behind(AluOp op, bool is64) =>
        Gen.Select(AbstractGen.Bounds, AbstractGen.Bounds, AbstractGen.Bounds).Sample((a, more, b) =>
        {
            var less = Bounds.Join(a.Bounds, more.Bounds);
            return Semantics.Alu<Bounds, Truth>(op, is64, less, b.Bounds).Contains(Semantics.Alu<Bounds, Truth>(op, is64, a.Bounds, b.Bounds));
        });

    [Test]
    public void A_join_contains_both() =>
        Gen.Select(AbstractGen.Bounds, AbstractGen.Bounds).Sample((a, b) =>
        {
            var join = Bounds.Join(a.Bounds, b.Bounds);
            return join.Contains(a.Bounds) && join.Contains(b.Bounds) && Bounds.Join(b.Bounds, a.Bounds) == join;
        });

    [Test]
    public void Knowledge_that_contains_other_knowledge_contains_its_numbers() =>
        Gen.Select(AbstractGen.Bounds, AbstractGen.Bounds).Sample((a, b) =>
            !a.Bounds.Contains(b.Bounds) || b.Members.All(a.Bounds.Contains));

    [Test]
    public void A_number_that_is_known_is_a_constant() =>
        AbstractGen.Bounds.Sample(a => a.Bounds.IsConst == (a.Bounds.UMin == a.Bounds.UMax)
            && a.Bounds.IsConst == (a.Bounds.SMin == a.Bounds.SMax) && (!a.Bounds.IsConst || a.Bounds == Bounds.Const(a.Bounds.Value)));

    [TestCase(8, 0xfful)]
    [TestCase(16, 0xfffful)]
    [TestCase(32, 0xfffffffful)]
    [TestCase(64, ulong.MaxValue)]
    public void A_load_leaves_as_many_bits_as_it_reads(int bits, ulong max) =>
        Assert.That((Bounds.OfBits(bits).UMin, Bounds.OfBits(bits).UMax, Bounds.OfBits(bits).Bits), Is.EqualTo((0ul, max, new Tnum(0, max))));

    static IEnumerable<TestCaseData> Texts() =>
        from text in new (Bounds Bounds, string Text)[]
        {
            (Bounds.Const(4), "4"),
            (Bounds.Const(ulong.MaxValue), "-1"),
            (Bounds.OfBits(8), "0..255"),
            (Bounds.OfBits(new Tnum(0, 0x3fc)), "0..1020 step 4"),
            (Bounds.OfBits(new Tnum(2, 0xfc)), "2..254 step 4"),
            (Bounds.Within(7, 9), "7..9"),
            (Bounds.WithinSigned(-1, 1500), "-1..1500"),
            (Bounds.WithinSigned(-10, -3), "-10..-3"),
            (Bounds.WithinSigned(3, long.MaxValue), "at least 3"),
            (Bounds.WithinSigned(long.MinValue, -1), "at most -1"),
            (Bounds.Within(1, ulong.MaxValue), "at least 1, unsigned"),
            (Bounds.OfBits(new Tnum(0, ulong.MaxValue - 7)), "unknown step 8"),
            (Bounds.OfBits(new Tnum(0, 0xffff_ffff_0000_00ff)), "low 32 bits 0..255"),
            (Semantics.Alu<Bounds, Truth>(AluOp.MovSx8, false, Bounds.Unknown, Bounds.Unknown), "low 32 bits -128..127"),
            (Bounds.Unknown, "unknown"),
        }
        select new TestCaseData(text.Bounds, text.Text).SetArgDisplayNames(text.Text);

    [TestCaseSource(nameof(Texts))]
    public void What_is_known_in_words(Bounds bounds, string text) => Assert.That(bounds.ToString(), Is.EqualTo(text));

    [Test]
    public void The_default_is_zero() => Assert.That(default(Bounds), Is.EqualTo(Bounds.Const(0)));
}
