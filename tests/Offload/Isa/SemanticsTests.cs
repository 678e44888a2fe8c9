using System.Numerics;
using Chainring.Offload.Isa;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Isa;

/// <summary>The one page of semantics against RFC 9669, section 4, said a second time in whole numbers, without shifts or masks.</summary>
public sealed class SemanticsTests
{
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
    public void An_operation_is_that_of_whole_numbers_cut_to_its_width(AluOp op, bool is64) =>
        Gen.Select(InstructionGen.Value, InstructionGen.Value).Sample((a, b) =>
            Semantics.Alu<Scalar, bool>(op, is64, new(a), new(b)).Value == Expected(op, is64 ? 64 : 32, a, b));

    [TestCaseSource(nameof(Comparisons))]
    public void A_comparison_is_that_of_whole_numbers(CompareOp op, bool is64) =>
        Gen.Select(InstructionGen.Value, InstructionGen.Value).Sample((a, b) =>
            Semantics.Compare<Scalar, bool>(op, is64, new(a), new(b)) == Expected(op, is64 ? 64 : 32, a, b));

    [TestCaseSource(nameof(Comparisons))]
    public void A_comparison_of_a_value_with_itself_is_that_of_equal_numbers(CompareOp op, bool is64) =>
        InstructionGen.Value.Sample(a =>
            Semantics.Compare<Scalar, bool>(op, is64, new(a), new(a)) == Expected(op, is64 ? 64 : 32, a, a));

    [Test]
    public void Of_two_opposite_comparisons_exactly_one_holds([Values] bool is64)
    {
        (CompareOp, CompareOp)[] opposites =
        [
            (CompareOp.Eq, CompareOp.Ne), (CompareOp.Lt, CompareOp.Ge), (CompareOp.Gt, CompareOp.Le),
            (CompareOp.SLt, CompareOp.SGe), (CompareOp.SGt, CompareOp.SLe),
        ];
        Gen.Select(InstructionGen.Value, InstructionGen.Value, Gen.OneOf(opposites)).Sample((a, b, pair) =>
            Semantics.Compare<Scalar, bool>(pair.Item1, is64, new(a), new(b))
            != Semantics.Compare<Scalar, bool>(pair.Item2, is64, new(a), new(b)));
    }

    [Test]
    public void Quotient_times_divisor_plus_remainder_is_the_dividend([Values] bool is64, [Values] bool signed)
    {
        var (div, mod) = signed ? (AluOp.SDiv, AluOp.SMod) : (AluOp.Div, AluOp.Mod);
        Gen.Select(InstructionGen.Value, InstructionGen.Value).Sample((a, b) =>
        {
            var product = Run(AluOp.Mul, Run(div, a, b), b);
            return Run(AluOp.Add, product, Run(mod, a, b)) == Run(AluOp.Mov, 0, a);
        });

        ulong Run(AluOp op, ulong a, ulong b) => Semantics.Alu<Scalar, bool>(op, is64, new(a), new(b)).Value;
    }

    [TestCaseSource(nameof(AluForms))]
    public void A_32_bit_operation_clears_the_upper_half_and_ignores_that_of_its_operands(AluOp op, bool is64)
    {
        if (is64) return;
        Gen.Select(InstructionGen.Value, InstructionGen.Value, InstructionGen.Value, InstructionGen.Value).Sample((a, b, c, d) =>
        {
            ulong result = Semantics.Alu<Scalar, bool>(op, false, new(a), new(b)).Value;
            ulong other = Semantics.Alu<Scalar, bool>(op, false, new((uint)a | c << 32), new((uint)b | d << 32)).Value;
            return result <= uint.MaxValue && result == other;
        });
    }

    [TestCase(AluOp.Div, true, 0x1234ul, 0ul, 0ul)]
    [TestCase(AluOp.SDiv, true, 0x1234ul, 0ul, 0ul)]
    [TestCase(AluOp.Mod, true, 0xdeadbeef_00000007ul, 0ul, 0xdeadbeef_00000007ul)]
    [TestCase(AluOp.Mod, false, 0xdeadbeef_00000007ul, 0xdeadbeef_00000000ul, 7ul)]
    [TestCase(AluOp.SMod, true, ulong.MaxValue, 0ul, ulong.MaxValue)]
    [TestCase(AluOp.SMod, false, ulong.MaxValue, 0ul, 0xfffffffful)]
    [TestCase(AluOp.SDiv, true, 0x80000000_00000000ul, ulong.MaxValue, 0x80000000_00000000ul)]
    [TestCase(AluOp.SDiv, false, 0x80000000ul, 0xfffffffful, 0x80000000ul)]
    [TestCase(AluOp.SMod, true, 0x80000000_00000000ul, ulong.MaxValue, 0ul)]
    [TestCase(AluOp.SMod, false, 0x80000000ul, 0xfffffffful, 0ul)]
    [TestCase(AluOp.SDiv, true, 0xffffffff_fffffff9ul, 2ul, 0xffffffff_fffffffdul)]
    [TestCase(AluOp.SMod, true, 0xffffffff_fffffff9ul, 2ul, ulong.MaxValue)]
    [TestCase(AluOp.SMod, true, 7ul, 0xffffffff_fffffffeul, 1ul)]
    [TestCase(AluOp.Lsh, true, 1ul, 64ul, 1ul)]
    [TestCase(AluOp.Rsh, false, 0x80000000ul, 63ul, 1ul)]
    [TestCase(AluOp.Arsh, false, 0x80000000ul, 31ul, 0xfffffffful)]
    [TestCase(AluOp.Arsh, true, 0x80000000ul, 31ul, 1ul)]
    [TestCase(AluOp.Neg, true, 0x80000000_00000000ul, 0ul, 0x80000000_00000000ul)]
    [TestCase(AluOp.MovSx8, false, 0ul, 0x80ul, 0xffffff80ul)]
    [TestCase(AluOp.MovSx32, true, 0ul, 0x80000000ul, 0xffffffff_80000000ul)]
    [TestCase(AluOp.Be16, true, 0x0123456789abcdeful, 0ul, 0xefcdul)]
    [TestCase(AluOp.Le16, true, 0x0123456789abcdeful, 0ul, 0xcdeful)]
    [TestCase(AluOp.Swap64, true, 0x0123456789abcdeful, 0ul, 0xefcdab8967452301ul)]
    public void An_edge_of_an_operation_is_what_the_standard_says(AluOp op, bool is64, ulong a, ulong b, ulong result) =>
        Assert.That(Semantics.Alu<Scalar, bool>(op, is64, new(a), new(b)).Value, Is.EqualTo(result));

    [Test]
    public void A_load_extends_the_sign_only_if_it_says_so([Values] AccessSize size) =>
        InstructionGen.Value.Sample(value =>
        {
            int bits = 8 * (int)size;
            ulong raw = Cut(value, bits);
            return Semantics.Loaded<Scalar, bool>(size, false, new(raw)).Value == raw
                && Semantics.Loaded<Scalar, bool>(size, true, new(raw)).Value == Cut(Signed(raw, bits), 64);
        });

    [Test]
    public void An_atomic_operation_stores_what_its_name_says([Values] AtomicOp op) =>
        Gen.Select(InstructionGen.Value, InstructionGen.Value, InstructionGen.Value, Gen.Bool).Sample((old, operand, r0, equal) =>
        {
            if (equal) r0 = old;
            ulong expected = op switch
            {
                AtomicOp.Add or AtomicOp.FetchAdd => Cut((BigInteger)old + operand, 64),
                AtomicOp.Or or AtomicOp.FetchOr => Bitwise(64, old, operand, (x, y) => x || y),
                AtomicOp.And or AtomicOp.FetchAnd => Bitwise(64, old, operand, (x, y) => x && y),
                AtomicOp.Xor or AtomicOp.FetchXor => Bitwise(64, old, operand, (x, y) => x != y),
                AtomicOp.Xchg => operand,
                _ => old == r0 ? operand : old,
            };
            return Semantics.Stored<Scalar, bool>(op, new(old), new(operand), new(r0)).Value == expected;
        });

    static ulong Expected(AluOp op, int bits, ulong wideA, ulong wideB)
    {
        BigInteger a = Cut(wideA, bits), b = Cut(wideB, bits), sa = Signed(wideA, bits), sb = Signed(wideB, bits);
        int amount = (int)(b % bits);
        return op switch
        {
            AluOp.Add => Cut(a + b, bits),
            AluOp.Sub => Cut(a - b, bits),
            AluOp.Mul => Cut(a * b, bits),
            AluOp.Div => Cut(b.IsZero ? 0 : a / b, bits),
            AluOp.Mod => Cut(b.IsZero ? a : a % b, bits),
            AluOp.SDiv => Cut(b.IsZero ? 0 : sa / sb, bits),
            AluOp.SMod => Cut(b.IsZero ? a : sa % sb, bits),
            AluOp.Or => Bitwise(bits, a, b, (x, y) => x || y),
            AluOp.And => Bitwise(bits, a, b, (x, y) => x && y),
            AluOp.Xor => Bitwise(bits, a, b, (x, y) => x != y),
            AluOp.Lsh => Cut(a * BigInteger.Pow(2, amount), bits),
            AluOp.Rsh => Cut(a / BigInteger.Pow(2, amount), bits),
            AluOp.Arsh => Cut(sa >> amount, bits),
            AluOp.Neg => Cut(-a, bits),
            AluOp.Mov => Cut(b, bits),
            AluOp.MovSx8 => Cut(Signed(wideB, 8), bits),
            AluOp.MovSx16 => Cut(Signed(wideB, 16), bits),
            AluOp.MovSx32 => Cut(Signed(wideB, 32), bits),
            AluOp.Le16 => Cut(a, 16),
            AluOp.Le32 => Cut(a, 32),
            AluOp.Le64 => Cut(a, 64),
            AluOp.Be16 or AluOp.Swap16 => Reversed(wideA, 2),
            AluOp.Be32 or AluOp.Swap32 => Reversed(wideA, 4),
            AluOp.Be64 or AluOp.Swap64 => Reversed(wideA, 8),
            _ => throw new ArgumentOutOfRangeException(nameof(op)),
        };
    }

    static bool Expected(CompareOp op, int bits, ulong wideA, ulong wideB)
    {
        BigInteger a = Cut(wideA, bits), b = Cut(wideB, bits), sa = Signed(wideA, bits), sb = Signed(wideB, bits);
        return op switch
        {
            CompareOp.Eq => a == b,
            CompareOp.Ne => a != b,
            CompareOp.Gt => a > b,
            CompareOp.Ge => a >= b,
            CompareOp.Lt => a < b,
            CompareOp.Le => a <= b,
            CompareOp.SGt => sa > sb,
            CompareOp.SGe => sa >= sb,
            CompareOp.SLt => sa < sb,
            CompareOp.SLe => sa <= sb,
            CompareOp.Set => Enumerable.Range(0, bits).Any(i => Bit(a, i) && Bit(b, i)),
            _ => throw new ArgumentOutOfRangeException(nameof(op)),
        };
    }

    /// <summary>The number modulo 2^bits.</summary>
    static ulong Cut(BigInteger number, int bits)
    {
        var modulus = BigInteger.Pow(2, bits);
        return (ulong)(((number % modulus) + modulus) % modulus);
    }

    static BigInteger Signed(BigInteger number, int bits)
    {
        BigInteger cut = Cut(number, bits);
        return cut >= BigInteger.Pow(2, bits - 1) ? cut - BigInteger.Pow(2, bits) : cut;
    }

    static bool Bit(BigInteger number, int bit) => !(number / BigInteger.Pow(2, bit)).IsEven;

    static ulong Bitwise(int bits, BigInteger a, BigInteger b, Func<bool, bool, bool> of) =>
        Enumerable.Range(0, bits).Aggregate(0ul, (sum, i) => of(Bit(a, i), Bit(b, i)) ? sum + (ulong)BigInteger.Pow(2, i) : sum);

    static ulong Reversed(ulong number, int bytes) =>
        BitConverter.GetBytes(number).Take(bytes).Aggregate(0ul, (sum, b) => (sum * 256) + b);
}
