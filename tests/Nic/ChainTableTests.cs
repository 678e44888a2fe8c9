using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Offload.Spec;
using NUnit.Framework;

namespace Chainring.Tests.Nic;

/// <summary>The table as a data structure: what it takes, what it refuses, what it holds on to.</summary>
public sealed class ChainTableTests
{
    const uint Nowhere = 999;

    Rig _rig = null!;
    LoadedProgram _a = null!, _b = null!, _c = null!, _d = null!;
    ChainTable _table = null!;

    [SetUp]
    public void FourProgramsAndATable()
    {
        _rig = new Rig();
        (_a, _b, _c, _d) = (_rig.Returns(2, "a"), _rig.Returns(2, "b"), _rig.Returns(2, "c"), _rig.Returns(2, "d"));
        _table = _rig.Table(maxEntries: 3);
    }

    int References(LoadedProgram program) => _rig.Card.Programs.ReferencesOf(program.Id);

    static IEnumerable<TestCaseData> Refused()
    {
        yield return Case("C01", "update flags 0x3 are not BPF_ANY, BPF_NOEXIST or BPF_EXIST", t => t._table.Update(t._b.Id, new(t._c.Id), 3));
        yield return Case("C01", "update flags 0x4 are not", t => t._table.Update(t._b.Id, new(t._c.Id), 4));
        yield return Case("C01", "update flags 0xffffffffffffffff are not", t => t._table.Update(t._b.Id, new(t._c.Id), ulong.MaxValue));
        yield return Case("C02", "a chain table is keyed by program id, and 0 is none", t => t._table.Update(0, new(t._c.Id)));
        yield return Case("C02", "a chain table is keyed by program id, and 0 is none", t => t._table.Update(0, default));
        yield return Case("C03", "the entry for program 2 names no next program", t => t._table.Update(t._b.Id, default));
        yield return Case("C04", "there is no program with id 999", t => t._table.Update(Nowhere, new(t._c.Id)));
        foreach (XdpAction? on in new XdpAction?[] { null, XdpAction.Aborted, XdpAction.Drop, XdpAction.Pass, XdpAction.Tx, XdpAction.Redirect })
            yield return Case("C04", "there is no program with id 999", t => t._table.Update(t._b.Id, new ChainEntry(t._c.Id).With(on, Nowhere)));
        yield return Case("C05", "program 1 has an entry already", t => t._table.Update(t._a.Id, new(t._c.Id), UpdateFlags.NoExist));
        yield return Case("C06", "program 2 has no entry", t => t._table.Update(t._b.Id, new(t._c.Id), UpdateFlags.Exist));
        yield return Case("C06", "program 2 has no entry", t => t._table.Delete(t._b.Id));
        yield return Case("C06", "program 999 has no entry", t => t._table.Delete(Nowhere));
        yield return Case("C06", "program 0 has no entry", t => t._table.Delete(0));
        yield return Case("C07", "the chain table holds 3 entries and is full", t => t._table.Update(t._d.Id, new(t._b.Id)), t =>
        {
            Rig.Set(t._table, t._b, new(t._c.Id));
            Rig.Set(t._table, t._c, new(t._rig.Returns(1).Id));
        });
        foreach (XdpAction? on in new XdpAction?[] { null, XdpAction.Aborted, XdpAction.Drop, XdpAction.Pass, XdpAction.Tx, XdpAction.Redirect })
        {
            yield return Case("C08", "the entry would close a cycle: a (id 1) -> a (id 1)", t => t._table.Update(t._a.Id, default(ChainEntry).With(on, t._a.Id)));
            yield return Case("C08", "the entry would close a cycle: b (id 2) -> a (id 1) -> b (id 2)",
                t => t._table.Update(t._b.Id, new ChainEntry(t._c.Id).With(on, t._a.Id)));
        }
        yield return Case("C08", "the entry would close a cycle: a (id 1) -> c (id 3) -> b (id 2) -> a (id 1)", t => t._table.Update(t._a.Id, new(t._c.Id)), t =>
        {
            t._table.Delete(t._a.Id);
            Rig.Set(t._table, t._c, new(0, Aborted: t._b.Id));
            Rig.Set(t._table, t._b, new(t._a.Id));
        });
        yield return Case("C09", "a chain table cannot have 0 entries", t => (Refusal?)t._rig.Card.CreateTable(0).Problem);
        yield return Case("C09", "a chain table cannot have -1 entries", t => (Refusal?)t._rig.Card.CreateTable(-1).Problem);

        static TestCaseData Case(string id, string sentence, Func<ChainTableTests, Refusal?> attempt, Action<ChainTableTests>? before = null) =>
            new TestCaseData(id, sentence, attempt, before).SetArgDisplayNames(id, sentence);
    }

    [TestCaseSource(nameof(Refused))]
    public void What_is_refused_is_explained_and_changes_nothing(
        string id, string sentence, Func<ChainTableTests, Refusal?> attempt, Action<ChainTableTests>? before)
    {
        Rig.Set(_table, _a, new(0, Pass: _b.Id));
        _rig.Attach(_a, _table);
        before?.Invoke(this);
        var (state, entries, kernel) = (_rig.State(), _table.Entries.ToArray(), _rig.Card.Kernel());

        var refusal = attempt(this);
        Assert.That(refusal?.Id, Is.EqualTo(id));
        Assert.That(refusal!.Sentence, Does.StartWith(sentence));
        Assert.That(_rig.State(), Is.EqualTo(state), "programs, references, revision");
        Assert.That(_table.Entries, Is.EqualTo(entries));
        Assert.That(_rig.Card.Kernel(), Is.SameAs(kernel));
    }

    [Test]
    public void Flags_say_whether_an_entry_may_or_must_exist()
    {
        Assert.That(_table.Update(_a.Id, new(_b.Id), UpdateFlags.NoExist), Is.Null);
        Assert.That(_table.Update(_a.Id, new(_c.Id), UpdateFlags.Exist), Is.Null);
        Assert.That(_table.Update(_a.Id, new(_b.Id), UpdateFlags.Any), Is.Null);
        Assert.That(_table.Update(_b.Id, new(_c.Id), UpdateFlags.Any), Is.Null);
        Assert.That(_table.Entries, Is.EqualTo(new Dictionary<uint, ChainEntry> { [_a.Id] = new(_b.Id), [_b.Id] = new(_c.Id) }));
    }

    [Test]
    public void A_full_table_still_lets_entries_be_replaced_and_deleted()
    {
        foreach (var program in new[] { _a, _b, _c }) Rig.Set(_table, program, new(_d.Id));
        Rig.Set(_table, _a, new(_b.Id));
        Assert.That(_table.Delete(_a.Id), Is.Null);
        Rig.Set(_table, _d, new(_a.Id));
    }

    [Test]
    public void Replacing_an_entry_takes_its_old_edges_out_of_the_cycle_check()
    {
        Rig.Set(_table, _a, new(_b.Id));
        Rig.Set(_table, _a, new(_c.Id));
        Rig.Set(_table, _b, new(_a.Id));
        Assert.That(_table.Update(_a.Id, new(_b.Id))?.Id, Is.EqualTo("C08"));
    }

    [Test]
    public void Two_ways_to_one_program_are_not_a_cycle()
    {
        Rig.Set(_table, _a, new(_b.Id, Drop: _c.Id, Aborted: _c.Id));
        Rig.Set(_table, _b, new(_c.Id));
    }

    [Test]
    public void Key_and_every_filled_slot_are_references()
    {
        Rig.Set(_table, _a, new(_b.Id, Drop: _b.Id, Pass: _c.Id, Aborted: _b.Id));
        Assert.That((References(_a), References(_b), References(_c)), Is.EqualTo((2, 4, 2)));

        Rig.Set(_table, _a, new(0, Tx: _c.Id));
        Assert.That((References(_a), References(_b), References(_c)), Is.EqualTo((2, 1, 2)));

        _table.Delete(_a.Id);
        Assert.That((References(_a), References(_b), References(_c)), Is.EqualTo((1, 1, 1)));
    }

    [Test]
    public void A_program_stays_while_an_entry_names_it_and_goes_with_the_last()
    {
        Rig.Set(_table, _a, new(_b.Id));
        Rig.Set(_table, _b, new(_c.Id));
        foreach (var program in new[] { _a, _b, _c, _d }) _rig.Card.Release(program);
        Assert.That(_rig.Card.Programs.All, Is.EqualTo(new[] { _a, _b, _c }));

        _table.Delete(_a.Id);
        Assert.That(_rig.Card.Programs.All, Is.EqualTo(new[] { _b, _c }));
        _table.Delete(_b.Id);
        Assert.That(_rig.Card.Programs.All, Is.Empty);
    }

    [Test]
    public void An_entry_that_alone_holds_its_programs_can_be_replaced_by_itself()
    {
        Rig.Set(_table, _a, new(_b.Id));
        _rig.Card.Release(_a);
        _rig.Card.Release(_b);
        Rig.Set(_table, _a, new(0, Pass: _b.Id));
        Assert.That((References(_a), References(_b)), Is.EqualTo((1, 1)));
    }

    [Test]
    public void An_id_is_never_given_out_again()
    {
        _rig.Card.Release(_d);
        Assert.That(_rig.Returns(2).Id, Is.EqualTo(_d.Id + 1));
        Assert.That(_table.Update(_a.Id, new(_d.Id))?.Id, Is.EqualTo("C04"), "the id of a program that went");
    }

    [Test]
    public void A_table_that_is_removed_gives_up_its_references()
    {
        Rig.Set(_table, _a, new(_b.Id));
        Rig.Set(_table, _b, new(_c.Id));
        _rig.Card.Remove(_table);
        Assert.That((References(_a), References(_b), References(_c)), Is.EqualTo((1, 1, 1)));
    }

    [Test]
    public void Every_change_raises_the_revision_and_nothing_else_does()
    {
        ulong at = _table.Revision;
        Rig.Set(_table, _a, new(_b.Id));
        Assert.That(_table.Revision, Is.EqualTo(at + 1));
        _rig.Attach(_a, _table);
        _rig.Run();
        Assert.That(_table.Revision, Is.EqualTo(at + 1));
        Rig.Set(_table, _a, new(_c.Id));
        _table.Delete(_a.Id);
        Assert.That(_table.Revision, Is.EqualTo(at + 3));
    }

    [Test]
    public void Two_tables_never_have_the_same_revision()
    {
        var other = _rig.Table();
        List<ulong> seen = [_table.Revision, other.Revision];
        foreach (var table in new[] { _table, other, _table })
        {
            Rig.Set(table, _a, new(_b.Id));
            seen.Add(table.Revision);
        }
        Assert.That(seen, Is.Unique);
    }

    [Test]
    public void The_series_20_byte_value_has_five_slots()
    {
        byte[] value = [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 1, 0, 0];
        var entry = ChainEntry.Read(value);
        Assert.That(entry, Is.EqualTo(new ChainEntry(1, Drop: 2, Pass: 3, Tx: 4, Redirect: 0x105)));
        var written = new byte[ChainEntry.Bytes];
        entry!.Value.Write(written);
        Assert.That(written, Is.EqualTo(value));
    }

    [Test]
    public void The_24_byte_value_has_aborted_after_them()
    {
        byte[] value = [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0];
        var entry = ChainEntry.Read(value);
        Assert.That(entry, Is.EqualTo(new ChainEntry(1, Drop: 2, Pass: 3, Tx: 4, Redirect: 5, Aborted: 6)));
        var written = new byte[ChainEntry.BytesWithAborted];
        entry!.Value.Write(written);
        Assert.That(written, Is.EqualTo(value));
    }

    [TestCase(0), TestCase(4), TestCase(19), TestCase(21), TestCase(23), TestCase(25)]
    public void A_value_of_another_length_is_none(int length) => Assert.That(ChainEntry.Read(new byte[length]), Is.Null);

    [Test]
    public void Zeroes_are_an_empty_entry() => Assert.That(ChainEntry.Read(new byte[ChainEntry.BytesWithAborted])!.Value.IsEmpty);
}
