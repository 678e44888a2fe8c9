using Chainring.Offload.Spec;
using Chainring.Tests.Nic;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver;

/// <summary>libxdp's priorities and chain-call actions, compiled to edges.</summary>
public sealed class LibxdpOrderTests
{
    const uint Aborted = 1, Drop = 2, Pass = 4, Tx = 8, Redirect = 16;

    static (ChainMember, LibxdpConfig) Program(string name, LibxdpConfig config, long code = 2, int length = 2, string? alias = null)
    {
        var spec = ProgramText.Program(name, string.Concat(Enumerable.Repeat("r1 = 0\n", length - 2)) + $"r0 = {code}\nexit");
        return (new ChainMember(alias ?? name, TestCard.ObjectOf([spec]), spec), config);
    }

    static ChainSpec Arrange(bool keepLastVerdict, params (ChainMember, LibxdpConfig)[] programs) => LibxdpOrder.Arrange("test", programs, keepLastVerdict);

    static string Order(params (ChainMember, LibxdpConfig)[] programs) => string.Join(' ', Arrange(false, programs).Members.Select(m => m.Alias));

    static XdpAction Run(ChainSpec chain)
    {
        using var card = new TestCard(chain);
        return card.Run(Rig.Frame).Verdict.Action;
    }

    [Test]
    public void What_says_nothing_has_priority_50_and_goes_on_after_pass_only() =>
        Assert.That((LibxdpConfig.Default.Priority, LibxdpConfig.Default.Actions), Is.EqualTo((50, Pass)));

    [Test]
    public void Lower_priorities_run_first() =>
        Assert.That(Order(Program("a", new(50)), Program("b", new(20)), Program("c", new(-1)), Program("d", new(10))), Is.EqualTo("c d b a"));

    [Test]
    public void Ties_go_by_name_then_size_then_the_order_given() => Assert.That(
        Order(Program("b", new(7), length: 2), Program("a", new(7), length: 9, alias: "long"), Program("a", new(7), length: 3, alias: "x"),
            Program("a", new(7), length: 3, alias: "w"), Program("B", new(7))),
        Is.EqualTo("B x w long b"));

    [Test]
    public void Each_code_of_a_mask_is_an_edge_to_the_successor_and_the_last_has_none()
    {
        var chain = Arrange(false,
            Program("a", new(1, Aborted | Tx)), Program("b", new(2, 0)), Program("c", new(3, Drop | Pass | Redirect | 1u << 31)), Program("d", new(4, 31)));
        Assert.That(chain.Edges, Is.EqualTo(new ChainEdge[]
        {
            new(0, XdpAction.Aborted, 1), new(0, XdpAction.Tx, 1),
            new(2, XdpAction.Drop, 3), new(2, XdpAction.Pass, 3), new(2, XdpAction.Redirect, 3),
        }));
        Assert.That((chain.Entry, chain.Members.Select(m => m.PassAtEnd)), Is.EqualTo((0, new uint[] { 0, 0, 0, 31 })));
    }

    [TestCase(false, XdpAction.Pass), TestCase(true, XdpAction.Drop)]
    public void A_code_in_the_last_programs_mask_becomes_pass_unless_the_last_verdict_is_kept(bool keep, XdpAction verdict) =>
        Assert.That(Run(Arrange(keep, Program("a", new(1)), Program("b", new(2, Drop | Pass), code: 1))), Is.EqualTo(verdict));

    [Test]
    public void A_code_outside_the_last_programs_mask_is_kept([Values] bool keep) =>
        Assert.That(Run(Arrange(keep, Program("a", new(1)), Program("b", new(2, Drop | Pass), code: 3))), Is.EqualTo(XdpAction.Tx));

    [Test]
    public void A_program_alone_keeps_its_code_whatever_its_mask() =>
        Assert.That(Run(Arrange(false, Program("a", new(1, 31), code: 1))), Is.EqualTo(XdpAction.Drop));

    [Test]
    public void A_first_program_that_goes_on_after_nothing_keeps_its_code() =>
        Assert.That(Run(Arrange(false, Program("a", new(1, 0), code: 1), Program("b", new(2, 31)))), Is.EqualTo(XdpAction.Drop));

    [Test]
    public void Unlike_in_libxdp_there_may_be_32_programs() => Assert.That(
        Run(Arrange(false, [.. Enumerable.Range(0, 32).Select(n => Program($"p{n}", new(n), code: n == 31 ? 3 : 2))])), Is.EqualTo(XdpAction.Tx));

    [TestCase(5), TestCase(31)]
    public void Unlike_in_libxdp_a_code_that_is_none_acts_as_aborted(int code)
    {
        Assert.That(Run(Arrange(false, Program("a", new(1, Pass | 1u << code), code), Program("b", new(2)))), Is.EqualTo(XdpAction.Aborted));
        Assert.That(Run(Arrange(false, Program("a", new(1, Aborted), code), Program("b", new(2, 0), code: 3))), Is.EqualTo(XdpAction.Tx));
    }

    [Test]
    public void The_chain_agrees_with_libxdps_dispatcher([Values] bool keepLastVerdict) =>
        Gen.Select(Gen.Int[0, 3], Gen.UInt[0, 31], Gen.Int[0, 6]).Array[1, 6].Sample(programs =>
        {
            var sorted = programs.OrderBy(p => p.Item1).Select(p => (Mask: p.Item2, Code: p.Item3 > 4 ? 0 : p.Item3)).ToList();
            int verdict = 2, runs = 0;
            foreach (var (mask, code) in sorted)
            {
                runs++;
                bool last = runs == sorted.Count, goesOn = (mask >> code & 1) != 0;
                if (goesOn && (!last || !(keepLastVerdict || sorted.Count == 1))) continue;
                verdict = code;
                break;
            }

            using var card = new TestCard(Arrange(keepLastVerdict, [.. programs.Select((p, n) => Program($"p{n}", new(p.Item1, p.Item2), p.Item3))]));
            Assert.That(card.Run(Rig.Frame).Verdict.Action, Is.EqualTo((XdpAction)verdict));
            Assert.That(card.Chain.Members.Sum(m => card.Card.Totals().Runs(m.Id)), Is.EqualTo(runs));
        }, iter: 300);
}
