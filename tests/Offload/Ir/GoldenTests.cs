using Chainring.Kernels;
using Chainring.Kernels.Il;
using Chainring.Offload.Ir;
using Chainring.Offload.Spec;
using Chainring.Tests.Kernels;
using Chainring.Tests.Kernels.Il;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Ir;

/// <summary>What is made of a few programs, as <c>tests/data/golden/ir</c> has it: each lowered, and the chain after all passes.</summary>
public sealed class GoldenTests
{
    /// <summary>The files are written anew instead of compared.</summary>
    static readonly bool Writes = Environment.GetEnvironmentVariable("CHAINRING_WRITE_GOLDEN") is { Length: > 0 };

    static readonly MapSpec Counts = new() { Name = "counts", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 16 };

    static readonly MapSpec Jumps = new() { Name = "jumps", Type = MapType.ProgramArray, KeySize = 4, ValueSize = 4, MaxEntries = 2 };

    const string Parser = """
        r2 = *(u32 *)(r1 + 0)
        r3 = *(u32 *)(r1 + 4)
        r0 = 1
        r4 = r2
        r4 += 34
        if r4 > r3 goto out
        r5 = *(u16 *)(r2 + 12)
        r0 = 2
        if r5 != 8 goto out
        r5 = *(u8 *)(r2 + 23)
        if r5 != {0} goto out
        r0 = {1}
        out:
        exit
        """;

    static IEnumerable<TestCaseData> Cases()
    {
        yield return Case("one-program", [], Parser.Replace("{0}", "17").Replace("{1}", "1"));
        yield return Case("two-parsers", [], Parser.Replace("{0}", "17").Replace("{1}", "1"), Parser.Replace("{0}", "6").Replace("{1}", "3"));
        yield return Case("array-lookup", [Counts], """
            *(u32 *)(r10 - 4) = 3
            r1 = map(counts)
            r2 = r10
            r2 += -4
            call bpf_map_lookup_elem
            if r0 == 0 goto out
            r1 = 1
            lock *(u64 *)(r0 + 0) += r1
            out:
            r0 = 2
            exit
            """);
        yield return Case("tail-call", [Jumps], """
            r2 = map(jumps)
            r3 = 1
            call bpf_tail_call
            r0 = 2
            exit
            """);
        yield return Case("loop", [Counts with { MaxEntries = 1 }], """
            r1 = 5
            r2 = code_addr(round)
            r3 = 0
            r4 = 0
            call bpf_loop
            r0 = 2
            exit
            round:
            r2 = value(counts)
            r3 = *(u64 *)(r2 + 0)
            r3 += r1
            *(u64 *)(r2 + 0) = r3
            r0 = 0
            exit
            """);

        static TestCaseData Case(string name, MapSpec[] maps, params string[] programs) => new TestCaseData(name, maps, programs).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Cases))]
    public void A_graph_is_as_it_was(string name, MapSpec[] maps, string[] texts)
    {
        int[] onPass = [Chain.End, Chain.End, 1, Chain.End, Chain.End, Chain.End];
        var rig = new KernelRig(Way.Fused, [.. texts.Select((text, n) => ProgramText.Program($"program_{n}", text))], maps,
            link: programs => new() { Stages = [.. programs.Select((p, n) => new ChainStage { Program = p, Next = n + 1 < programs.Count ? onPass : [] })] });
        var chain = new ChainDescription(rig.Kernel.Chain).Code;
        var text = string.Concat(chain.Stages.Select((stage, n) => $"# program {n}, lowered\n{Lowered(stage.Code)}\n")) + $"# after all passes\n{IrText.Of(FuseChain.Fuse(chain))}";
        string path = TestData.Path("golden", "ir", $"{name}.txt");
        if (Writes) File.WriteAllText(path, text);
        Assert.That(text, Is.EqualTo(File.ReadAllText(path)), "scripts/make-golden-ir writes it anew");
    }

    static string Lowered(StageCode code)
    {
        var graph = new Graph();
        graph.Entry.Jump(new(Lowering.Lower(graph, code, new(0, graph.Const(1)), out _)));
        return IrText.Of(graph);
    }
}
