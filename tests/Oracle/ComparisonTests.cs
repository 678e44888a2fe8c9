using Chainring.Kernels;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>The comparison itself can fail: whatever is made to differ between card and kernel is named, and nothing else is.</summary>
[NonParallelizable]
public sealed class ComparisonTests
{
    const string Writer = """
        r6 = r1
        r2 = -4
        call 54
        r1 = *(u32 *)(r6 + 8)
        r2 = *(u32 *)(r6 + 0)
        r3 = *(u32 *)(r6 + 4)
        r4 = r1
        r4 += 4
        if r4 > r2 goto out
        *(u32 *)(r1 + 0) = METADATA
        r4 = r2
        r4 += 14
        if r4 > r3 goto out
        *(u8 *)(r2 + 5) = BYTE
        r1 = value(cell)
        *(u64 *)(r1 + 0) = VALUE
        out:
        r0 = 2
        exit
        """;

    static readonly MapSpec Cell =
        new() { Name = "cell", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1, InitialValue = new byte[8] };

    static readonly Capture Two = Capture.Of("two", [Ask.Frame(64), Ask.Frame(100)]);

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    [Test]
    public void Equal_programs_have_no_differences() => Check(Write(1, 2, 3), Write(1, 2, 3));

    [Test]
    public void A_verdict() => Check(Return(2), Return(1), "two, frame 0, verdict: card Pass, kernel Drop", "two, frame 1, verdict: card Pass, kernel Drop");

    [Test]
    public void A_byte_of_the_metadata() => Check(Write(0x11, 2, 3), Write(0x12, 2, 3),
        "two, frame 0, metadata: from byte 0 on, card 11000000 (of 4), kernel 12000000 (of 4)",
        "two, frame 1, metadata: from byte 0 on, card 11000000 (of 4), kernel 12000000 (of 4)");

    [Test]
    public void A_byte_of_the_frame()
    {
        var result = Compare(Write(1, 2, 3), Write(1, 7, 3), Two);
        Assert.That(result.Differences, Has.Count.EqualTo(2));
        Assert.That(result.Differences[1], Does.StartWith("two, frame 1, bytes: from byte 5 on, card 02").And.Contain("kernel 07").And.EndsWith("(of 100)"));
    }

    [TestCase(37, true), TestCase(38, false), TestCase(41, false), TestCase(42, true), TestCase(49, true), TestCase(50, false), TestCase(51, false), TestCase(52, true)]
    public void A_byte_of_a_SYN_ACK_but_for_what_hangs_on_the_secret(int at, bool isSeen)
    {
        const string writer = "r2 = *(u32 *)(r1 + 0)\nr3 = *(u32 *)(r1 + 4)\nr0 = 3\nr4 = r2\nr4 += 60\nif r4 > r3 goto out\n*(u8 *)(r2 + AT) = VALUE\nout:\nexit";
        ChainSpec Writes(int value) => One("syn-proxy", writer.Replace("AT", $"{at}").Replace("VALUE", $"{value}"));
        Assert.That(Compare(Writes(1), Writes(2), Two).Differences, Has.Count.EqualTo(isSeen ? 2 : 0));
    }

    [Test]
    public void A_value_in_a_map() => Check(Write(1, 2, 3), Write(1, 2, 4),
        "two, map writer.cell, 00000000: card 0300000000000000, kernel 0400000000000000");

    [Test]
    public void An_edge() => Check(Chain(XdpAction.Pass), Chain(XdpAction.Tx),
        "two, frame 0, verdict: card Drop, kernel Pass", "two, frame 1, verdict: card Drop, kernel Pass", "two, runs of second: card 2, kernel 0");

    [Test]
    public void The_word_with_the_previous_verdict()
    {
        var chain = new ChainCase(Targets.Reference, TestData.Path("objects", "previous-verdict.yaml"), TestData.Path("objects")).Load();
        var frames = Capture.Of("eight", Enumerable.Range(64, 8).Select(Ask.Frame));
        Assert.That(Compare(chain, chain, frames).Differences, Is.Empty);
        Assert.That(Compare(chain, chain with { PreviousVerdict = false }, frames).Differences,
            Has.Some.Contains("verdict: card").And.Some.Contains("metadata: from").And.Some.Contains("map second.verdicts"));
    }

    [Test]
    public void One_frame_of_many_is_named_by_its_place_in_its_capture()
    {
        var frames = Capture.Of("many", [new byte[5], .. Enumerable.Range(60, 40).Select(Ask.Frame)]);
        const string odd = "r2 = *(u32 *)(r1 + 0)\nr3 = *(u32 *)(r1 + 4)\nr3 -= r2\nr0 = 2\nif r3 != 77 goto out\nr0 = CODE\nout:\nexit";
        var result = Compare(One("odd", odd.Replace("CODE", "1")), One("odd", odd.Replace("CODE", "3")), frames);
        Assert.That(result.Differences, Is.EqualTo(new[] { "many, frame 18, verdict: card Drop, kernel Tx" }));
    }

    [Test]
    public void Maps_are_as_new_for_every_capture()
    {
        const string count = "r1 = value(cell)\nr2 = 1\nlock *(u64 *)(r1 + 0) += r2\nr0 = 2\nexit";
        using var comparison = new Comparison(Targets.Reference, One("count", count));
        Assert.That(comparison.Over(Two).Differences, Is.Empty);
        Assert.That(comparison.Over(Two).Differences, Is.Empty);
    }

    [Test]
    public void Nothing_stays_open()
    {
        Compare(Write(1, 2, 3), Write(1, 2, 3), Two);
        int before = BpfDescriptors();
        Compare(Write(1, 2, 3), Write(1, 2, 3), Two);
        Assert.That(BpfDescriptors(), Is.EqualTo(before));
    }

    static int BpfDescriptors() => new DirectoryInfo("/proc/self/fd").EnumerateFiles().Count(f => f.LinkTarget?.Contains("bpf") == true);

    static void Check(ChainSpec onCard, ChainSpec inKernel, params string[] differences) =>
        Assert.That(Compare(onCard, inKernel, Two).Differences, Is.EqualTo(differences));

    static ComparisonResult Compare(ChainSpec onCard, ChainSpec inKernel, Capture capture)
    {
        using var comparison = new Comparison(Targets.Reference, onCard, inKernel);
        return comparison.Over(capture);
    }

    static ChainSpec Return(int code) => One("returns", $"r0 = {code}\nexit");

    static ChainSpec Write(int metadata, int at5, int value) =>
        One("writer", Writer.Replace("METADATA", $"{metadata}").Replace("BYTE", $"{at5}").Replace("VALUE", $"{value}"));

    static ChainSpec One(string name, string text)
    {
        var program = ProgramText.Program(name, text);
        return ChainSpec.Single(TestCard.ObjectOf([program], [Cell]), program);
    }

    static ChainSpec Chain(XdpAction on)
    {
        var (first, second) = (ProgramText.Program("first", "r0 = 2\nexit"), ProgramText.Program("second", "r0 = 1\nexit"));
        var source = TestCard.ObjectOf([first, second]);
        return new() { Name = "two", Members = [new("first", source, first), new("second", source, second)], Entry = 0, Edges = [new(0, on, 1)] };
    }
}
