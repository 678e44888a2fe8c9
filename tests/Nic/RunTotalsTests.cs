using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload.Spec;
using NUnit.Framework;

namespace Chainring.Tests.Nic;

/// <summary>Counts per program and per edge, whatever snapshots came and went.</summary>
public sealed class RunTotalsTests
{
    [Test]
    public void Counts_add_up_over_snapshots()
    {
        var rig = new Rig();
        var (a, b, c) = (rig.Returns(2, "a"), rig.Returns(1, "b"), rig.Returns(3, "c"));
        var table = rig.Table();
        rig.Attach(a, table);
        rig.Run();
        Rig.Set(table, a, new(0, Pass: b.Id));
        rig.Run();
        rig.Run();
        Rig.Set(table, a, new(c.Id));
        rig.Run();
        Rig.Set(table, a, new(0, Pass: b.Id));
        rig.Run();
        rig.Install(InstallRequest.Detach());
        rig.Run();

        var totals = rig.Card.Totals();
        Assert.That((totals.Runs(a.Id), totals.Runs(b.Id), totals.Runs(c.Id)), Is.EqualTo((5, 3, 1)));
        Assert.That(totals.Edges, Is.EquivalentTo(new Dictionary<Edge, long> { [new(a.Id, XdpAction.Pass, b.Id)] = 3, [new(a.Id, null, c.Id)] = 1 }));
        Assert.That((totals.Returns(a.Id, XdpAction.Pass), totals.Returns(b.Id, XdpAction.Drop), totals.Returns(c.Id, XdpAction.Tx)), Is.EqualTo((5, 3, 1)));
        Assert.That(totals.Instructions, Is.EqualTo(2 * (5 + 3 + 1)));
    }

    [Test]
    public void An_edge_that_was_never_taken_is_listed_with_zero()
    {
        var rig = new Rig();
        var (a, b) = (rig.Returns(2, "a"), rig.Returns(1, "b"));
        var table = rig.Table();
        Rig.Set(table, a, new(0, Drop: b.Id, Pass: b.Id));
        rig.Attach(a, table);
        rig.Run();
        Assert.That(rig.Card.Totals().Edges, Is.EquivalentTo(
            new Dictionary<Edge, long> { [new(a.Id, XdpAction.Drop, b.Id)] = 0, [new(a.Id, XdpAction.Pass, b.Id)] = 1 }));
    }

    [Test]
    public void A_wildcard_edge_is_counted_apart_from_an_edge_of_a_code_to_the_same_program()
    {
        var rig = new Rig();
        var (a, b) = (rig.ReturnsByte(0), rig.Returns(1, "b"));
        var table = rig.Table();
        Rig.Set(table, a, new(b.Id, Pass: b.Id));
        rig.Attach(a, table);
        byte[][] frames = [.. new byte[] { 2, 3, 4, 2, 0 }.Select(code => (byte[])[code, .. new byte[63]])];
        rig.Outcomes(frames);
        Assert.That(rig.Card.Totals().Edges, Is.EquivalentTo(
            new Dictionary<Edge, long> { [new(a.Id, XdpAction.Pass, b.Id)] = 2, [new(a.Id, null, b.Id)] = 2 }));
    }

    [Test]
    public void Violations_and_codes_that_are_none_count_as_aborted_returns()
    {
        var rig = new Rig(verifies: false);
        var (odd, faulty) = (rig.Returns(99), rig.Faults());
        foreach (var program in new[] { odd, faulty })
        {
            rig.Attach(program);
            rig.Run();
            Assert.That(rig.Card.Totals().Returns(program.Id, XdpAction.Aborted), Is.EqualTo(1));
        }
    }

    [Test]
    public void Totals_are_a_picture_that_later_frames_do_not_change()
    {
        var rig = new Rig();
        var a = rig.Returns(2);
        rig.Attach(a);
        rig.Run();
        var before = rig.Card.Totals();
        rig.Run();
        Assert.That((before.Runs(a.Id), rig.Card.Totals().Runs(a.Id)), Is.EqualTo((1, 2)));
        Assert.That((before.Returns(a.Id, XdpAction.Pass), rig.Card.Totals().Returns(a.Id, XdpAction.Pass)), Is.EqualTo((1, 2)));
    }

    [Test]
    public void Counts_outlive_their_programs()
    {
        var rig = new Rig();
        var a = rig.Returns(2);
        rig.Attach(a);
        rig.Run();
        rig.Install(InstallRequest.Detach());
        rig.Card.Release(a);
        Assert.That(rig.Card.Programs.Find(a.Id), Is.Null);
        Assert.That(rig.Card.Totals().Runs(a.Id), Is.EqualTo(1));
    }

    [Test]
    public void What_never_ran_has_no_counts()
    {
        var totals = new Rig().Card.Totals();
        Assert.That((totals.Runs(1), totals.Returns(1, XdpAction.Pass), totals.Edges.Count, totals.Instructions), Is.EqualTo((0L, 0L, 0, 0L)));
    }
}
