using Chainring.Offload.Spec;
using Chainring.Offload.Verify;
using Chainring.Tests.Support;
using Chainring.Tests.Support.Programs;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Verify;

/// <summary>What a proof says of each access (what it lies in, where, how aligned) and of each branch that finds out how long the packet is.</summary>
public sealed class InstructionFactsTests
{
    /// <summary>r2 = data, r3 = data_end, r6 = the context; slots 0 to 2.</summary>
    const string Packet = """
        r6 = r1
        r2 = *(u32 *)(r1 + 0)
        r3 = *(u32 *)(r1 + 4)

        """;

    const string Out = "\nout:\nr0 = 2\nexit";

    /// <summary>r0 is a value of map bytes; slots 0 to 5.</summary>
    const string Value = """
        *(u32 *)(r10 - 4) = 0
        r2 = r10
        r2 += -4
        r1 = map(bytes)
        call bpf_map_lookup_elem

        """;

    static IEnumerable<TestCaseData> Programs()
    {
        yield return Case("fields of the context", "r2 = *(u32 *)(r1 + 12)\n*(u32 *)(r1 + 16) = 3" + Out,
            "0: Context 12 by 4", "1: Context 16 by 8");
        yield return Case("a stack, from the frame pointer", "*(u64 *)(r10 - 8) = 0\nr2 = r10\nr2 += -12\n*(u16 *)(r2 + 2) = 7\nr1 = 5\nr1 = atomic_fetch_add((u64 *)(r10 - 8), r1)" + Out,
            "0: Stack -8 by 8", "3: Stack -10 by 2", "5: Stack -8 by 8");
        yield return Case("a place on the stack that varies", "r2 = *(u32 *)(r1 + 12)\nr2 &= 12\nr3 = r10\nr3 += -32\nr3 += r2\n*(u8 *)(r3 + 0) = 1" + Out,
            "0: Context 12 by 4", "5: Stack -32..-20 by 4");
        yield return Case("a caller's stack", "r1 = r10\nr1 += -8\ncall f\nr0 = 2\nexit\nf:\n*(u64 *)(r1 + 0) = 0\n*(u64 *)(r10 - 16) = 0\nr0 = 0\nexit",
            "5: CallerStack -8 by 8", "6: Stack -16 by 8");
        yield return Case("a function that is given its caller's memory, and its caller's caller's",
            "r6 = r1\nr1 = r10\nr1 += -8\ncall f\nr0 = 2\nexit\nf:\nr6 = r1\nr1 = r10\nr1 += -16\ncall g\nr1 = r6\ncall g\nr0 = 0\nexit\ng:\n*(u32 *)(r1 + 4) = 0\nr0 = 0\nexit",
            "14: CallerStack -12..-4 by 4");
        yield return Case("the packet", Packet + "r4 = r2\nr4 += 14\nif r4 > r3 goto out\nr5 = *(u16 *)(r2 + 12)\nr5 = *(u8 *)(r4 - 1)" + Out,
            "1: Context 0 by 8", "2: Context 4 by 4", "5: 14 if not taken", "6: Packet 12 by 4", "7: Packet 13 by 1");
        yield return Case("a place in the packet that varies",
            Packet + "r5 = *(u32 *)(r6 + 12)\nr5 &= 60\nr2 += r5\nr2 += 2\nr4 = r2\nr4 += 4\nif r3 < r4 goto out\nr0 = *(u32 *)(r2 + 0)" + Out,
            "1: Context 0 by 8", "2: Context 4 by 4", "3: Context 12 by 4", "9: 6 if not taken", "10: Packet 2..62 by 2");
        yield return Case("bytes proven beyond a place that is at least 20",
            Packet + "r5 = *(u32 *)(r6 + 12)\nr5 &= 31\nr5 += 20\nr2 += r5\nr2 += 1\nif r2 < r3 goto inside\ngoto out\ninside:\nr0 = *(u8 *)(r2 + 0)" + Out,
            "1: Context 0 by 8", "2: Context 4 by 4", "3: Context 12 by 4", "8: 22 if taken", "10: Packet 21..52 by 1");
        yield return Case("two paths with different lengths prove the smaller",
            Packet + "r4 = r2\nr4 += 14\nr5 = *(u32 *)(r6 + 12)\nif r5 == 0 goto longer\ngoto compare\nlonger:\nr4 += 20\ncompare:\nif r3 >= r4 goto inside\ngoto out\ninside:\nr0 = *(u8 *)(r4 - 1)" + Out,
            "1: Context 0 by 8", "2: Context 4 by 4", "5: Context 12 by 4", "9: 14 if taken", "11: Packet 13..33 by 1");
        yield return Case("a branch that compares numbers on another path proves nothing",
            Packet + "r4 = r2\nr4 += 14\nr5 = *(u32 *)(r6 + 12)\nif r5 == 0 goto compare\nr4 = r5\nr3 = 7\ncompare:\nif r4 > r3 goto out\nr0 = 1" + Out,
            "1: Context 0 by 8", "2: Context 4 by 4", "5: Context 12 by 4");
        yield return Case("one that has the packet's end left on one path and right on the other proves nothing",
            Packet + "r4 = r2\nr4 += 14\nr5 = *(u32 *)(r6 + 12)\nif r5 == 0 goto compare\nr0 = r4\nr4 = r3\nr3 = r0\ncompare:\nif r4 > r3 goto out\nr0 = 1" + Out,
            "1: Context 0 by 8", "2: Context 4 by 4", "5: Context 12 by 4");
        yield return Case("metadata", Packet + "r7 = *(u32 *)(r6 + 8)\nr4 = r7\nr4 += 8\nif r4 > r2 goto out\nr0 = *(u32 *)(r7 + 4)" + Out,
            "1: Context 0 by 8", "2: Context 4 by 4", "3: Context 8 by 8", "7: Metadata 4 by 4");
        yield return Case("a value of a map", Value + "if r0 == 0 goto out\nr1 = *(u8 *)(r0 + 0)\nr1 &= 31\nr1 <<= 1\nr0 += r1\n*(u16 *)(r0 + 0) = 3" + Out,
            "0: Stack -4 by 4", "7: MapValue 0 by 8", "11: MapValue 0..62 by 2");
        yield return Case("one access to several", "r6 = r1\n" + Value + "r1 = *(u32 *)(r6 + 12)\nif r1 == 0 goto store\nr0 = r10\nr0 += -16\nstore:\n*(u32 *)(r0 + 4) = 3" + Out,
            "1: Stack -4 by 4", "7: Context 12 by 4", "11: Stack, MapValue by 4");
        yield return Case("a path that ends where another went before, with less known of the number",
            Value + "if r0 == 0 goto out\nr7 = 0\nr1 = *(u8 *)(r0 + 0)\nif r1 > 7 goto large\nr7 = r1\nlarge:\nr1 = *(u8 *)(r0 + 1)\nif r1 == 0 goto use\nr7 = 40\nuse:\nr0 += r7\nr0 = *(u8 *)(r0 + 8)" + Out,
            "0: Stack -4 by 4", "8: MapValue 0 by 8", "11: MapValue 1 by 1", "15: MapValue 8..48 by 1");
        yield return Case("a record of a ring buffer",
            "r6 = r1\nr1 = map(ring)\nr2 = 16\nr3 = 0\ncall bpf_ringbuf_reserve\nif r0 == 0 goto out\n*(u32 *)(r0 + 12) = 1\nr1 = r0\nr2 = 0\ncall bpf_ringbuf_submit" + Out,
            "7: Memory 12 by 4");

        static TestCaseData Case(string name, string text, params string[] facts) => new TestCaseData(text, facts).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Programs))]
    public void Facts_are_of_all_paths(string text, string[] facts) => Assert.That(Facts(ProgramText.Program("case", text)), Is.EqualTo(facts));

    static IEnumerable<string> Facts(ProgramSpec program)
    {
        Assert.That(Verifier.Verify(program, GeneratedMaps.FactsOf).Try(out var proof, out var problem), Is.True, problem?.Sentence);
        for (int slot = 0; slot < program.Code.Length; slot++)
        {
            var facts = proof.Facts[slot];
            string where = facts.Offsets is not { } at ? "" : at.Least == at.Most ? $" {at.Least}" : $" {at.Least}..{at.Most}";
            if (facts.Regions != AccessRegions.None) yield return $"{slot}: {facts.Regions}{where} by {facts.Alignment}";
            if (facts.ProvesBytes is { } bytes) yield return $"{slot}: {bytes} if {(facts.ProvesIfTaken ? "taken" : "not taken")}";
        }
    }
}
