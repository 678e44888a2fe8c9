using System.Diagnostics;
using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Kernels.Il;
using Chainring.Nic;
using Chainring.Offload;
using Chainring.Offload.Ir;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Nic;

/// <summary>Safe programs that one backend cannot run and another can: refused with a sentence when they are loaded, never later.</summary>
public sealed class BackendRefusalTests
{
    /// <summary>Which function is called back is known only when the program runs.</summary>
    const string OneOfTwo = """
        r2 = code_addr(one)
        r1 = *(u32 *)(r1 + 16)
        if r1 == 0 goto call
        r2 = code_addr(other)
        call:
        r1 = 3
        r3 = 0
        r4 = 0
        call bpf_loop
        r0 = 2
        exit
        one:
        r0 = 0
        exit
        other:
        r0 = 1
        exit
        """;

    /// <summary>Functions that each call the next ten times, so many deep, and a last one of a few instructions; nothing of it can be left out.</summary>
    static string Nested(int depth, int last) => string.Join('\n',
        [
            "r1 = *(u32 *)(r1 + 12)\ncall f0\nif r0 == 12345 goto odd\nr0 = 2\nexit\nodd:\nr0 = 1\nexit",
            .. Enumerable.Range(0, depth).Select(n => $"f{n}:\nr6 = r1\n{string.Join('\n', Enumerable.Repeat($"r1 = r6\ncall f{n + 1}\nr6 += r0", 10))}\nr0 = r6\nexit"),
            $"f{depth}:\nr0 = r1\n{string.Join('\n', Enumerable.Repeat("r0 *= r1\nr0 ^= 77", last / 2))}\nexit",
        ]);

    [Test]
    public void One_of_several_functions_is_refused_by_il_and_runs_on_the_interpreter() => Check(OneOfTwo, "R50", "instruction 9 gives a helper one of several functions");

    [Test]
    public void More_than_can_be_compiled_is_refused_by_il_and_runs_on_the_interpreter() => Check(Nested(4, 8), "R51", $"more than {LoweringLimit.MaxInstructions} instructions");

    [Test]
    public void As_much_as_can_be_compiled_is_compiled()
    {
        var watch = Stopwatch.StartNew();
        using var card = TestCard.Of(ProgramText.Program("large", Nested(4, 2)), target: new IlTarget());
        TestContext.Out.WriteLine($"{watch.Elapsed.TotalSeconds:F1} s");
        Assert.That(card.Run(new byte[64]).Verdict.Action, Is.EqualTo(XdpAction.Pass));
    }

    /// <summary>Two programs, each as large as one may be.</summary>
    [Test]
    public void A_chain_that_is_too_large_for_one_piece_of_code_runs_program_by_program()
    {
        var rig = new Rig(target: new IlTarget());
        var (first, second, table) = (rig.Load("first", Nested(4, 2)), rig.Load("second", Nested(4, 2)), rig.Table());
        Rig.Set(table, first, new(0, Pass: second.Id));
        rig.Attach(first, table);
        Assert.That(rig.Card.Kernel(), Is.Not.InstanceOf<IlKernel>());
        Assert.That(rig.Run().Action, Is.EqualTo(XdpAction.Pass));
        Assert.That(rig.Card.Totals().Runs(second.Id), Is.EqualTo(1));
    }

    static void Check(string text, string id, string sentence)
    {
        var program = ProgramText.Program("odd", text);
        using (var card = TestCard.Of(program)) Assert.That(card.Run(new byte[64]).Verdict.Action, Is.EqualTo(XdpAction.Pass));
        var il = new SmartNic(new CardOptions { Target = new IlTarget() });
        string before = Rig.StateOf(il);
        var problem = InstalledChain.Install(il, ChainSpec.Single(TestCard.ObjectOf([program]), program)).Problem;
        Assert.That(problem, Is.InstanceOf<Refusal>());
        Assert.That((problem!.Id, ((Refusal)problem).IsOfBackend, RefusalErrno.Of((Refusal)problem) > 0), Is.EqualTo((id, true, true)));
        Assert.That(problem.Sentence, Does.StartWith("odd: ").And.Contains(sentence).And.Contains("backend il"));
        Assert.That(Rig.StateOf(il), Is.EqualTo(before));
    }
}
