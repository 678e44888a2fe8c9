using Chainring.Kernels.Simd;
using Chainring.Offload.Ir;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Simd;

/// <summary>What is in lanes of 32 bits, and that it comes to the same: numbers that fit, numbers of which more is wanted, and addresses in frames.</summary>
public sealed class LaneWidthTests
{
    const int Frames = 75;

    /// <summary>r6 = the frame, r7 = its end, r3 and r5 = numbers of 32 bits, r4 = one of 8; r8 is written to the frame's bytes 16 to 23 then.</summary>
    const string Before = """
        r6 = *(u32 *)(r1 + 0)
        r7 = *(u32 *)(r1 + 4)
        r2 = r6
        r2 += 24
        if r2 > r7 goto out
        r3 = *(u32 *)(r6 + 0)
        r5 = *(u32 *)(r6 + 4)
        r4 = *(u8 *)(r6 + 8)
        r8 = 0
        """, After = """
        end:
        *(u64 *)(r6 + 16) = r8
        r0 = 3
        exit
        out:
        r0 = 2
        exit
        """;

    [TestCase("r3 += r5\nif r3 > r8 goto more\nr8 = 1\nmore:\nr8 += r3", TestName = "A sum beyond 32 bits")]
    [TestCase("r3 += r5\nw3 = w3\nif r3 > r5 goto end\nr8 = r3", TestName = "A sum of 32 bits")]
    [TestCase("r3 -= r5\nif r3 s< 0 goto end\nr8 = r3", TestName = "A difference with a sign")]
    [TestCase("r3 -= r5\nr3 >>= 60\nr8 = r3", TestName = "The top of a difference")]
    [TestCase("if r3 s> r5 goto end\nr8 = 7", TestName = "Numbers that fit, compared with a sign")]
    [TestCase("if w3 s> w5 goto end\nr8 = 7", TestName = "Numbers of 32 bits with a sign")]
    [TestCase("r3 <<= 40\nr5 <<= 32\nr3 |= r5\nr8 = r3", TestName = "Shifted out of 32 bits")]
    [TestCase("r3 <<= 36\nr3 += r5\n*(u32 *)(r6 + 12) = r3\nr8 = 1", TestName = "Shifted out of what is wanted")]
    [TestCase("r3 *= r5\nr8 = r3\nr8 >>= 32", TestName = "The upper half of a product")]
    [TestCase("r3 *= r5\nr3 += r4\n*(u16 *)(r6 + 12) = r3", TestName = "The lower half of a product")]
    [TestCase("w3 s>>= 5\nr5 s>>= 3\nr8 = r3\nr8 += r5", TestName = "Shifts with a sign")]
    [TestCase("r3 = be16 r3\nr5 = be32 r5\nr8 = r3\nr8 <<= 32\nr8 |= r5", TestName = "Bytes the other way round")]
    [TestCase("r4 |= 1\nr3 /= r4\nr5 %= 7\nr8 = r3\nr8 ^= r5", TestName = "Divided lane by lane")]
    [TestCase("r2 = 0xffffffff00000001 ll\nif r4 > 100 goto other\nr3 = r2\nother:\nr8 = r3", TestName = "Large on one way alone")]
    [TestCase("r8 = *(u64 *)(r6 + 3)\nr8 &= 0xffff\nr3 = *(u64 *)(r6 + 7)\nr8 += r3", TestName = "Words of 8 bytes")]
    [TestCase("again:\nr8 += r3\nr4 += -1\nr4 &= 7\nif r4 != 0 goto again", TestName = "A sum in a loop")]
    public void Numbers_are_those_of_64_bits(string body) => EqualsReference(body);

    [TestCase("r8 = r7\nr8 -= r6", TestName = "The length")]
    [TestCase("r2 = r7\nr2 -= r6\nif r2 > 40 goto end\nr8 = r2", TestName = "The length, compared")]
    [TestCase("r4 &= 31\nr2 = r6\nr2 += r4\nr2 += 4\nif r2 > r7 goto end\nr8 = *(u32 *)(r2 - 4)", TestName = "A place that the frame says")]
    [TestCase("r4 &= 31\nr2 = r6\nr2 += r4\nr9 = r2\nr9 += 8\nif r9 > r7 goto end\n*(u64 *)(r2 + 0) = r3", TestName = "A store where the frame says")]
    [TestCase("r2 = r6\nif r4 > 100 goto other\nr2 += 4\nother:\nr8 = *(u16 *)(r2 + 0)\nr9 = r2\nr9 += 30\nif r9 > r7 goto end\nr8 = *(u64 *)(r2 + 22)", TestName = "One of two places")]
    [TestCase("r2 = r6\nr2 += -8\nr9 = r2\nr9 += 16\nif r9 > r7 goto end\nif r2 > r6 goto end\nr8 = 5", TestName = "Before the frame")]
    [TestCase("r2 = r6\nr2 += 65000\nif r2 > r7 goto end\nr8 = 5", TestName = "Far behind the frame")]
    [TestCase("r2 = r6\nr4 &= 15\nagain:\nr2 += 2\nr4 += -1\nr9 = r2\nr9 += 2\nif r9 > r7 goto end\nr3 = *(u16 *)(r2 + 0)\nr8 += r3\nif r4 s> 0 goto again", TestName = "Further on in each round")]
    [TestCase("*(u64 *)(r10 - 8) = r6\nr2 = *(u64 *)(r10 - 8)\nr8 = *(u16 *)(r2 + 2)", TestName = "Kept on the stack")]
    public void Addresses_are_those_of_the_frame(string body) => EqualsReference(body);

    /// <summary>What a parser computes is all of 32 bits: places in the frame, what is loaded there and how it is compared.</summary>
    [Test]
    public void A_parser_takes_but_32_bits()
    {
        var (plan, nodes) = Plan("r2 = r6\nr2 += 34\nif r2 > r7 goto end\nif r4 != 17 goto end\nr8 = *(u16 *)(r2 - 2)\nr8 &= 0xff");
        Assert.That(nodes.Where(plan.Widths.IsNumber).Where(n => !plan.Widths.IsNarrow(n)), Is.Empty);
        Assert.That(nodes.Where(n => n.Op is Op.Equal or Op.Below), Is.Not.Empty);
        Assert.That(nodes.Where(n => n.Op is Op.Equal or Op.Below).Where(n => !plan.Widths.IsComputedNarrow(n)), Is.Empty);
    }

    [TestCase("r8 = *(u64 *)(r6 + 8)", Op.Load, false), TestCase("r8 = *(u64 *)(r6 + 8)\nr8 &= 0xffff", Op.Load, true), TestCase("r3 += r5\nr8 = r3", Op.Add, false), TestCase("w3 += w5\nr8 = r3", Op.Add, true)]
    public void What_is_wanted_of_a_number_says_how_wide_it_is(string body, Op op, bool isNarrow)
    {
        var (plan, nodes) = Plan(body);
        Assert.That(nodes.Where(n => n.Op == op && !plan.Widths.IsOffset(n)).Select(plan.Widths.IsNarrow).Last(), Is.EqualTo(isNarrow));
    }

    static (LanePlan Plan, IReadOnlyList<Node> Nodes) Plan(string body)
    {
        var plan = LaneRun.EqualsReference(Program(body), LaneShape.Known.Count - 1, Frames, Frame).Plan;
        return (plan, [.. plan.Blocks.SelectMany(b => b.Parameters.Concat(b.Nodes))]);
    }

    static void EqualsReference(string body)
    {
        for (int shape = 0; shape < LaneShape.Known.Count; shape++) LaneRun.EqualsReference(Program(body), shape, Frames, Frame);
    }

    static Chainring.Offload.Spec.ProgramSpec Program(string body) => ProgramText.Program("widths", $"{Before}\n{body}\n{After}");

    /// <summary>Numbers near the ends of 32 bits and of 31, and some in between, in frames of 20 to 80 bytes.</summary>
    static byte[] Frame(int n)
    {
        uint[] ends = [0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x01020304, 0xfedcba98];
        return [.. BitConverter.GetBytes(ends[n % ends.Length]), .. BitConverter.GetBytes(ends[n / ends.Length % ends.Length]), (byte)(n * 37), .. Enumerable.Range(n, 11 + n * 13 % 61).Select(b => (byte)(b * 29))];
    }
}
