using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload.Spec;
using NUnit.Framework;

namespace Chainring.Tests.Nic;

/// <summary>Attach, replace, detach: program and table together, guarded, or not at all.</summary>
public sealed class InstallTests
{
    Rig _rig = null!;
    LoadedProgram _pass = null!, _drop = null!;
    ChainTable _table = null!;

    [SetUp]
    public void TwoProgramsAndATable()
    {
        _rig = new Rig();
        (_pass, _drop) = (_rig.Returns(XdpAction.Pass), _rig.Returns(XdpAction.Drop));
        _table = _rig.Table();
        Rig.Set(_table, _pass, new(_drop.Id));
    }

    SmartNic Card => _rig.Card;

    static IEnumerable<TestCaseData> Refused()
    {
        yield return Case("C20", "a chain table can only be installed together with a program", t => new() { Table = t._table, TableGiven = true });
        yield return Case("C20", "a chain table can only be installed together with a program", t => new() { TableGiven = true });
        yield return Case("C21", "a chain table is installed; say what shall become of it", t => InstallRequest.Attach(t._drop));
        yield return Case("C21", "a chain table is installed; say what shall become of it", t => InstallRequest.Attach(t._pass));
        yield return Case("C21", "a chain table is installed; say what shall become of it", t => InstallRequest.Detach() with { TableGiven = false });
        yield return Case("C22", "a chain table cannot be installed while detaching", t => InstallRequest.Detach() with { Table = t._table });
        yield return Case("C23", "the attached program is id 1, not id 2 as expected",
            t => InstallRequest.Attach(t._drop, null) with { ExpectedProgram = t._drop.Id });
        yield return Case("C23", "the attached program is id 1, not none as expected",
            t => InstallRequest.Attach(t._pass, t._table) with { ExpectedProgram = 0 });
        yield return Case("C23", "the attached program is id 1, not id 2 as expected",
            t => InstallRequest.Detach() with { ExpectedProgram = t._drop.Id });
        yield return Case("C24", "the chain table is at revision 2, not 1 as expected",
            t => InstallRequest.Attach(t._drop, null) with { ExpectedRevision = 1 });
        yield return Case("C24", "the chain table is at revision 2, not 0 as expected",
            t => InstallRequest.Attach(t._pass, t._table) with { ExpectedProgram = t._pass.Id, ExpectedRevision = 0 });
        yield return Case("C24", "the chain table is at revision 2, not 3 as expected",
            t => InstallRequest.Detach() with { ExpectedRevision = 3 });
        yield return Case("C25", "program 1 is attached already", t => InstallRequest.Attach(t._drop, null) with { OnlyIfNone = true });
        yield return Case("C25", "program 1 is attached already", t => InstallRequest.Attach(t._pass, t._table) with { OnlyIfNone = true });
        yield return Case("C26", "program returns_3 belongs to another device", t => InstallRequest.Attach(new Rig().Returns(3), null));
        yield return Case("C26", "chain table 1 belongs to another device", t => InstallRequest.Attach(t._pass, new Rig().Table()));
        yield return Case("C23", "who is attached is judged before anything else",
            t => InstallRequest.Attach(t._drop) with { ExpectedProgram = 7, OnlyIfNone = true }, "the attached");
        yield return Case("C25", "then whether anyone may be",
            t => InstallRequest.Attach(t._drop) with { OnlyIfNone = true, ExpectedRevision = 9 }, "program 1");

        static TestCaseData Case(string id, string text, Func<InstallTests, InstallRequest> request, string? sentence = null) =>
            new TestCaseData(request, id, sentence ?? text).SetArgDisplayNames(id, text);
    }

    [TestCaseSource(nameof(Refused))]
    public void What_is_refused_is_explained_and_changes_nothing(Func<InstallTests, InstallRequest> request, string id, string sentence)
    {
        _rig.Attach(_pass, _table);
        var (state, kernel) = (_rig.State(), Card.Kernel());
        var refusal = Card.Install(request(this));
        Assert.That(refusal?.Id, Is.EqualTo(id));
        Assert.That(refusal!.Sentence, Does.StartWith(sentence));
        Assert.That(_rig.State(), Is.EqualTo(state));
        Assert.That(Card.Kernel(), Is.SameAs(kernel));
        Assert.That(_rig.Run().Action, Is.EqualTo(XdpAction.Drop));
    }

    [TestCase(0u, "C23", "the attached program is none, not id 5 as expected")]
    [TestCase(5u, "C24", "the chain table is at revision 0, not 5 as expected")]
    public void Nothing_attached_is_not_what_was_expected(uint revision, string id, string sentence)
    {
        var request = InstallRequest.Attach(_pass, _table) with { ExpectedProgram = revision == 0 ? 5u : 0, ExpectedRevision = revision };
        var refusal = Card.Install(request);
        Assert.That((refusal?.Id, refusal?.Sentence), Is.EqualTo((id, sentence)));
        Assert.That((Card.Entry, Card.Table, Card.Kernel()), Is.EqualTo(((LoadedProgram?)null, (ChainTable?)null, (IKernel?)null)));
    }

    [Test]
    public void A_program_with_no_table_is_attached_and_replaced_and_detached_plainly()
    {
        _rig.Install(InstallRequest.Attach(_drop) with { ExpectedProgram = 0, ExpectedRevision = 0, OnlyIfNone = true });
        Assert.That(_rig.Run().Action, Is.EqualTo(XdpAction.Drop));
        _rig.Install(InstallRequest.Attach(_pass) with { ExpectedProgram = _drop.Id });
        Assert.That(_rig.Run().Action, Is.EqualTo(XdpAction.Pass));
        _rig.Install(InstallRequest.Detach() with { TableGiven = false, ExpectedProgram = _pass.Id, OnlyIfNone = true });
        Assert.That((Card.Entry, Card.Kernel()), Is.EqualTo(((LoadedProgram?)null, (IKernel?)null)));
    }

    [Test]
    public void Program_and_table_are_exchanged_together()
    {
        _rig.Attach(_pass, _table);
        var (other, tx) = (_rig.Table(), _rig.Returns(XdpAction.Tx));
        Rig.Set(other, _drop, new(tx.Id));
        _rig.Install(InstallRequest.Attach(_drop, other) with { ExpectedProgram = _pass.Id, ExpectedRevision = _table.Revision });
        Assert.That((Card.Entry, Card.Table), Is.EqualTo((_drop, other)));
        Assert.That(_rig.Run().Action, Is.EqualTo(XdpAction.Tx));
    }

    [Test]
    public void A_table_can_be_taken_away_while_the_program_stays()
    {
        _rig.Attach(_pass, _table);
        _rig.Attach(_pass, null);
        Assert.That((Card.Entry, Card.Table), Is.EqualTo((_pass, (ChainTable?)null)));
        Assert.That(_rig.Run().Action, Is.EqualTo(XdpAction.Pass));
    }

    [Test]
    public void A_new_table_is_looked_at_although_the_program_is_the_same()
    {
        _rig.Attach(_pass);
        _rig.Install(InstallRequest.Attach(_pass, _table) with { ExpectedProgram = _pass.Id });
        Assert.That(Card.Table, Is.SameAs(_table));
        Assert.That(_rig.Run().Action, Is.EqualTo(XdpAction.Drop));
        Assert.That(Card.Programs.ReferencesOf(_pass.Id), Is.EqualTo(3), "loader, table, attachment");
    }

    [Test]
    public void Another_table_is_never_taken_for_the_one_expected()
    {
        _rig.Attach(_pass, _table);
        ulong seen = _table.Revision;
        var other = _rig.Table();
        _rig.Attach(_pass, other);
        while (other.Revision < seen) Rig.Set(other, _pass, new(_drop.Id));
        Assert.That(Card.Install(InstallRequest.Attach(_pass, null) with { ExpectedRevision = seen })?.Id, Is.EqualTo("C24"));
    }

    [Test]
    public void The_attachment_holds_its_program()
    {
        _rig.Attach(_pass);
        Card.Release(_pass);
        Assert.That(_rig.Run().Action, Is.EqualTo(XdpAction.Pass));
        _rig.Attach(_pass);
        Assert.That(Card.Programs.ReferencesOf(_pass.Id), Is.EqualTo(2), "table, attachment");
        Card.Remove(_table);
        _rig.Attach(_drop);
        Assert.That(Card.Programs.Find(_pass.Id), Is.Null);
        Assert.That(Card.Install(InstallRequest.Attach(_pass))?.Id, Is.EqualTo("C26"), "a program that went");
    }

    [Test]
    public void A_table_that_was_given_up_serves_until_it_is_no_longer_installed([Values] bool detach)
    {
        _rig.Attach(_pass, _table);
        Card.Remove(_table);
        Assert.That(_rig.Run().Action, Is.EqualTo(XdpAction.Drop));
        Assert.That(Card.Programs.ReferencesOf(_drop.Id), Is.EqualTo(2));

        _rig.Install(detach ? InstallRequest.Detach() : InstallRequest.Attach(_pass, null));
        Assert.That(Card.Programs.ReferencesOf(_drop.Id), Is.EqualTo(1));
        Assert.That(Card.Install(InstallRequest.Attach(_pass, _table))?.Id, Is.EqualTo("C26"));
    }

    [Test]
    public void A_chain_of_one_program_is_compiled_without_looking_at_any_table()
    {
        _rig.Attach(_pass);
        var plain = Card.Kernel()!.Chain.Stages.Single();
        Assert.That((plain.Program, plain.Next.ToArray()), Is.EqualTo((_pass, Enumerable.Repeat(Chain.End, ChainStage.Slots).ToArray())));
    }

    [Test]
    public void Programs_that_no_edge_reaches_are_not_part_of_the_snapshot()
    {
        Rig.Set(_table, _rig.Returns(3), new(_drop.Id));
        _rig.Attach(_pass, _table);
        Assert.That(Card.Kernel()!.Chain.Stages.Select(s => s.Program), Is.EqualTo(new[] { _pass, _drop }));
    }

    [TestCase(1u << (int)XdpAction.Drop, true, XdpAction.Pass)]
    [TestCase(1u << (int)XdpAction.Tx, true, XdpAction.Drop)]
    [TestCase(1u << (int)XdpAction.Drop, false, XdpAction.Drop)]
    public void Codes_of_the_last_program_become_pass_where_libxdps_end_is_asked_for(uint mask, bool last, XdpAction verdict)
    {
        _rig.Install(InstallRequest.Attach(_pass, _table) with { End = new LibxdpEnd(last ? _drop.Id : _pass.Id, mask) });
        Assert.That(_rig.Run(), Is.EqualTo(new Verdict(verdict)));
    }

    [Test]
    public void The_end_of_the_chain_is_kept_when_the_table_changes_and_gone_with_the_attachment()
    {
        var tx = _rig.Returns(XdpAction.Tx);
        _rig.Install(InstallRequest.Attach(_pass, _table) with { End = new LibxdpEnd(tx.Id, 1u << (int)XdpAction.Tx) });
        Rig.Set(_table, _pass, new(tx.Id));
        Assert.That(_rig.Run().Action, Is.EqualTo(XdpAction.Pass));
        _rig.Attach(_pass, _table);
        Assert.That(_rig.Run().Action, Is.EqualTo(XdpAction.Tx));
    }

    [Test]
    public void A_program_that_is_alone_keeps_its_code_whatever_the_end()
    {
        _rig.Install(InstallRequest.Attach(_drop, _table) with { End = new LibxdpEnd(_drop.Id, uint.MaxValue) });
        Assert.That(_rig.Run().Action, Is.EqualTo(XdpAction.Drop));
    }

    [Test]
    public void A_refusal_names_the_limit_that_the_capabilities_advertise()
    {
        var capabilities = new Capabilities { Programs = 1, Maps = 1, InstructionsPerProgram = 3 };
        var card = new Rig(capabilities).Card;
        var map = new MapSpec { Name = "m", Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 };
        ProgramSpec Program(int moves) => Support.ProgramText.Program("p", string.Concat(Enumerable.Repeat("r0 = 2\n", moves)) + "exit");

        Assert.That(card.Load(Program(3), _ => null!).Problem!.ToString(), Is.EqualTo("R15 too-many-instructions: p: it has 4 instructions, and the card takes 3"));
        Assert.That(card.Load(Program(2), _ => null!).Problem, Is.Null);
        Assert.That(card.Load(Program(2), _ => null!).Problem!.ToString(), Is.EqualTo("R14 too-many-programs: p: the card holds 1 programs and is full"));
        Assert.That(card.CreateMap(map).Problem, Is.Null);
        Assert.That(card.CreateMap(map).Problem!.ToString(), Is.EqualTo("R16 too-many-maps: map m: the card holds 1 maps and is full"));
    }

    [Test]
    public void A_card_cannot_promise_longer_frames_than_its_buffers_hold() =>
        Assert.That(() => new Capabilities { FrameBytes = Frame.MaxLength + 1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());

    /// <summary>tools/testing/selftests/bpf of "xdp: Support multiple programs on a single interface through chain calls", 2 Oct 2019, patch 9/9.</summary>
    [Test]
    public void The_selftest_of_the_2019_series()
    {
        var rig = new Rig();
        var (pass, drop) = (rig.Returns(XdpAction.Pass), rig.Returns(XdpAction.Drop));
        var map = rig.Table(maxEntries: 2);

        Assert.That(map.Update(0, default)?.Id, Is.EqualTo("C02"), "zero key, empty value");
        Assert.That(map.Update(pass.Id, default)?.Id, Is.EqualTo("C03"), "empty value");
        Assert.That(map.Update(pass.Id, new(drop.Id)), Is.Null, "wildcard only");
        Assert.That(map.Update(pass.Id, new(drop.Id, drop.Id, drop.Id, drop.Id, drop.Id)), Is.Null, "all slots");
        Assert.That(map.Delete(pass.Id), Is.Null);

        Assert.That(rig.Run().Action, Is.EqualTo(XdpAction.Pass), "nothing attached");
        rig.Install(InstallRequest.Attach(pass, map) with { OnlyIfNone = true });
        Assert.That((rig.Card.Entry!.Id, rig.Card.Table!.Id), Is.EqualTo((pass.Id, map.Id)));
        Assert.That(rig.Run().Action, Is.EqualTo(XdpAction.Pass), "an empty table");

        Rig.Set(map, pass, new(Wildcard: drop.Id));
        Assert.That(rig.Run().Action, Is.EqualTo(XdpAction.Drop), "wildcard");
        Assert.That(map.Delete(pass.Id), Is.Null);
        Assert.That(rig.Run().Action, Is.EqualTo(XdpAction.Pass), "deleted");
        Rig.Set(map, pass, new(0, Pass: drop.Id));
        Assert.That(rig.Run().Action, Is.EqualTo(XdpAction.Drop), "pass slot");

        rig.Install(InstallRequest.Detach());
        Assert.That(rig.Run().Action, Is.EqualTo(XdpAction.Pass), "detached");
        rig.Install(InstallRequest.Detach());
    }
}
