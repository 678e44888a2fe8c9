using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Tests.Nic;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver;

/// <summary>Installing a chain, sharing its maps, and giving everything back.</summary>
public sealed class InstalledChainTests
{
    const string CountUp = """
        r6 = r1
        *(u32 *)(r10 - 4) = 0
        r1 = map(count)
        r2 = r10
        r2 += -4
        call 1
        if r0 == 0 goto out
        r1 = 1
        lock *(u64 *)(r0 + 0) += r1
        out:
        r0 = 2
        exit
        """;

    static readonly MapSpec Count = new() { Name = "count", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 };
    static readonly MapSpec Pinned = Count with { PinnedByName = true };
    static readonly MapSpec Next = new() { Name = "next", Type = MapType.ProgramArray, KeySize = 4, ValueSize = 4, MaxEntries = 2 };
    static readonly MapSpec Constants = Count with { Name = ".rodata", InitialValue = new byte[8], Flags = MapFlags.ReadOnlyForPrograms };

    static readonly ProgramSpec Pass = Returns("pass", XdpAction.Pass), Drop = Returns("drop", XdpAction.Drop);
    static readonly ProgramSpec Counter = ProgramText.Program("counter", CountUp);

    static ProgramSpec Returns(string name, XdpAction code) => ProgramText.Program(name, $"r0 = {(int)code}\nexit");

    static ObjectSpec Object(IReadOnlyList<MapSpec> maps, params ProgramSpec[] programs) => TestCard.ObjectOf(programs, maps);

    /// <summary>Members under the aliases a, b, c …, each after the PASS of the one before it.</summary>
    static ChainSpec Line(params (ObjectSpec Source, int Program)[] members) => new()
    {
        Name = "test",
        Members = [.. members.Select((m, n) => new ChainMember($"{(char)('a' + n)}", m.Source, m.Source.Programs[m.Program]))],
        Entry = 0,
        Edges = [.. Enumerable.Range(0, members.Length - 1).Select(n => new ChainEdge(n, XdpAction.Pass, n + 1))],
    };

    static ChainSpec WithEntry(ChainSpec chain, string map, string key, string value) =>
        chain with { MapEntries = [new(null, map, key, value, "chain.yaml:9")] };

    static SmartNic NewCard(Capabilities? capabilities = null) =>
        new(new CardOptions { Target = Targets.Reference, Capabilities = capabilities ?? new() });

    /// <summary>Everything that works before the step that fails: a member with maps, global data, a filled prog array.</summary>
    static readonly ObjectSpec Good = Object([Count, Next, Constants], Pass, Drop, Counter);

    static ChainSpec GoodThen(ObjectSpec source) => Line((Good, 2), (Good, 0), (source, 0)) with
    {
        MapEntries =
        [
            new("a", "count", "00000000", "0100000000000000", "chain.yaml:8"),
            new("a", "next", "00000000", "drop", "chain.yaml:9"),
            new("a", "next", "01000000", "b", "chain.yaml:10"),
        ],
    };

    static IEnumerable<TestCaseData> Failures()
    {
        var ok = Object([], Drop);
        yield return Case("map kind", "R01", GoodThen(Object([Count, Count with { Name = "x", Type = MapType.StackTrace }], Drop)));
        yield return Case("map shape", "R02", GoodThen(Object([Count, Count with { Name = "x", KeySize = 8 }], Drop)));
        yield return Case("pinned map differs", "R03", Line((Object([Pinned], Drop), 0), (Object([Constants, Pinned with { MaxEntries = 2 }], Drop), 0)));
        yield return Case("maps of the card", "R16", GoodThen(Object([Count], Drop)), new() { Maps = 4 });
        yield return Case("helper", "R10", GoodThen(Object([Count], ProgramText.Program("x", "call 35\nexit"))));
        yield return Case("another program type", "R13", GoodThen(Object([], Drop with { OtherType = "kprobe", Section = "kprobe/x" })));
        yield return Case("programs of the card", "R14", GoodThen(ok), new() { Programs = 4 });
        var tooLong = ProgramText.Program("x", string.Concat(Enumerable.Repeat("r0 = 2\n", 40)) + "exit");
        yield return Case("instructions", "R15", GoodThen(Object([], tooLong)), new() { InstructionsPerProgram = 40 });
        yield return Case("programs of the card, at a tail call", "R14", GoodThen(ok), new() { Programs = 5 });
        yield return Case("helper of a tail call's target", "R10",
            WithLast(GoodThen(Object([Next with { Name = "more" }], Drop, ProgramText.Program("bad", "call 35\nexit"))), "more", "00000000", "bad"));
        yield return Case("no program for a tail call", "L20", WithLast(GoodThen(ok), "next", "00000000", "nobody"));
        yield return Case("prog array's slot", "Y14", WithLast(GoodThen(ok), "next", "02000000", "drop"));
        yield return Case("prog array's key", "Y13", WithLast(GoodThen(ok), "next", "00", "drop"));
        yield return Case("no such map", "Y10", WithLast(GoodThen(ok), "nothing", "00", "00"));
        yield return Case("which map", "Y11", WithLast(GoodThen(Object([Count], Drop)), "count", "00000000", "0000000000000000"));
        yield return Case("key not hex", "Y12", WithLast(GoodThen(ok), "count", "zz", "00"));
        yield return Case("value too short", "Y13", WithLast(GoodThen(ok), "count", "00000000", "00"));
        yield return Case("array's index", "Y14", WithLast(GoodThen(ok), "count", "01000000", "0000000000000000"));
        yield return Case("cycle", "C08", GoodThen(ok) is var chain ? chain with { Edges = [.. chain.Edges, new(2, null, 0)] } : null!);
        yield return Case("attach", "C23", GoodThen(ok));

        static TestCaseData Case(string name, string id, ChainSpec chain, Capabilities? capabilities = null) =>
            new TestCaseData(chain, id, capabilities).SetArgDisplayNames(name, id);

        static ChainSpec WithLast(ChainSpec chain, string map, string key, string value) =>
            chain with { MapEntries = [.. chain.MapEntries, new(null, map, key, value, "chain.yaml:11")] };
    }

    [TestCaseSource(nameof(Failures))]
    public void A_step_that_fails_leaves_the_card_as_it_was(ChainSpec chain, string id, Capabilities? capabilities)
    {
        var card = NewCard(capabilities);
        using var resident = InstalledChain.Install(card, Line((Object([Count], Counter), 0), (Object([], Drop), 0))).Value;
        string before = Rig.StateOf(card);

        var problem = InstalledChain.Install(card, chain).Problem;
        Assert.That(problem?.Id, Is.EqualTo(id), problem?.ToString());
        if (id[0] == 'Y') Assert.That(problem!.Sentence, Does.StartWith("chain.yaml:11: "));
        Assert.That(Rig.StateOf(card), Is.EqualTo(before));
        Assert.That(card.Kernel()!.Chain.Stages[1].Program, Is.SameAs(resident.Members[1]));
    }

    [Test]
    public void Disposing_gives_back_everything()
    {
        var card = NewCard();
        string before = Rig.StateOf(card);
        var chain = InstalledChain.Install(card, GoodThen(Object([Count], Counter))).Value;
        Assert.That(card.Programs.All.Select(p => (p.Name, card.Programs.ReferencesOf(p.Id))),
            Is.EqualTo(new[] { ("counter", 3), ("pass", 4), ("counter", 2), ("drop", 2) }));
        Assert.That(chain.Names[4], Is.EqualTo("drop"));
        chain.Dispose();
        chain.Dispose();
        Assert.That(Rig.StateOf(card), Is.EqualTo(before));
    }

    [Test]
    public void A_slot_of_a_prog_array_that_is_set_twice_is_given_back_once()
    {
        var card = NewCard();
        var spec = GoodThen(Object([], Drop));
        spec = spec with { MapEntries = [.. spec.MapEntries, .. spec.MapEntries, new("a", "next", "00000000", "a", "x:1")] };
        var chain = InstalledChain.Install(card, spec).Value;
        Assert.That(card.Programs.Count, Is.EqualTo(4));
        chain.Dispose();
        Assert.That(card.Programs.Count, Is.Zero);
    }

    [Test]
    public void A_program_attached_over_a_chain_stays_when_the_chain_goes([Values] bool withItsTable)
    {
        var card = NewCard();
        var other = card.Load(Drop, _ => null!).Value;
        var chain = InstalledChain.Install(card, Line((Object([], Pass), 0), (Object([], Pass), 0))).Value;
        Assert.That(card.Install(InstallRequest.Attach(other, withItsTable ? chain.Table : null)), Is.Null);
        chain.Dispose();
        Assert.That(card.Entry, Is.SameAs(other));
        Assert.That(card.Install(InstallRequest.Detach()), Is.Null);
        card.Release(other);
        Assert.That(card.Programs.Count, Is.Zero);
    }

    [Test]
    public void One_program_takes_no_table()
    {
        using var card = TestCard.Of(Drop);
        Assert.That((card.Chain.Table, card.Card.Table), Is.EqualTo(((ChainTable?)null, (ChainTable?)null)));
        Assert.That(card.Run(Rig.Frame).Verdict.Action, Is.EqualTo(XdpAction.Drop));
    }

    [Test]
    public void The_entry_need_not_be_the_first_member()
    {
        using var card = new TestCard(Line((Object([], Drop), 0), (Object([], Pass), 0)) with { Entry = 1, Edges = [new(1, null, 0)] });
        Assert.That(card.Card.Entry!.Name, Is.EqualTo("pass"));
        Assert.That(card.Run(Rig.Frame).Verdict.Action, Is.EqualTo(XdpAction.Drop));
    }

    [Test]
    public void One_object_under_two_aliases_shares_its_maps_but_not_its_programs()
    {
        var source = Object([Count], Counter);
        using var card = new TestCard(Line((source, 0), (source, 0)) with
        {
            MapEntries = [new("b", "count", "00000000", "0a00000000000000", "x:1")],
        });
        card.Run(Rig.Frame);
        Assert.That(card.Chain.Maps.Select(m => (m.Member, m.Map.Spec.Name)), Is.EqualTo(new[] { ("a", "count") }));
        Assert.That(Value(card, 0), Is.EqualTo(12));
        Assert.That(card.Chain.Members[0].Id, Is.Not.EqualTo(card.Chain.Members[1].Id));
        Assert.That(card.Chain.Members.Select(p => card.Card.Totals().Runs(p.Id)), Is.EqualTo(new[] { 1L, 1 }));
    }

    [Test]
    public void Maps_of_two_objects_are_shared_if_they_are_pinned_by_name([Values] bool pinned)
    {
        ObjectSpec Source() => Object([pinned ? Pinned : Count], Counter);
        using var card = new TestCard(Line((Source(), 0), (Source(), 0)));
        card.Run(Rig.Frame);
        Assert.That(card.Chain.Maps.Select(m => m.Member), Is.EqualTo(pinned ? new[] { "a" } : ["a", "b"]));
        Assert.That(card.Chain.Maps.Select((_, n) => Value(card, n)), Is.EqualTo(pinned ? new[] { 2UL } : [1UL, 1]));
    }

    static ulong Value(TestCard card, int map) => BitConverter.ToUInt64(card.Chain.Maps[map].Map.Entries()[0].Values[0]);

    [TestCase(null, "count", "a", TestName = "A map of only one object needs no alias")]
    [TestCase("b", "shared", "b", TestName = "An alias chooses among maps of one name")]
    [TestCase("a", ".rodata", "a", TestName = "Global data by its section")]
    [TestCase("a", "rodata", "a", TestName = "Global data without the dot")]
    [TestCase("a", "first.rodata", "a", TestName = "Global data as libbpf calls it")]
    [TestCase(null, "first.rodata", "a", TestName = "Global data as libbpf calls it, without an alias")]
    public void Naming_a_map(string? member, string name, string owner)
    {
        var first = Object([Count, Count with { Name = "shared" }, Constants], Pass) with { Name = "first.o" };
        var second = Object([Count with { Name = "shared" }, Constants], Pass) with { Name = "second.o" };
        using var card = new TestCard(Line((first, 0), (second, 0)) with { MapEntries = [new(member, name, "00000000", "0700000000000000", "x:1")] });
        var changed = card.Chain.Maps.Where(m => m.Map.Entries()[0].Values[0][0] == 7).ToList();
        Assert.That(changed.Select(m => m.Member), Is.EqualTo(new[] { owner }));
        Assert.That(name, Does.EndWith(changed[0].Map.Spec.Name.TrimStart('.')));
    }

    [TestCase(null, "shared", "Y11 which-map: x:1: several programs have a map 'shared'; say which: a.shared, b.shared")]
    [TestCase(null, "other", "Y10 no-such-map: x:1: there is no map 'other'; there are a.count, a.shared, b.shared")]
    [TestCase("b", "count", "Y10 no-such-map: x:1: there is no map 'count'; there are a.count, a.shared, b.shared")]
    public void A_name_that_means_no_map_or_several(string? member, string name, string problem)
    {
        ObjectSpec first = Object([Count, Count with { Name = "shared" }], Pass), second = Object([Count with { Name = "shared" }], Pass);
        var chain = Line((first, 0), (second, 0)) with { MapEntries = [new(member, name, "00000000", "00", "x:1")] };
        Assert.That(InstalledChain.Install(NewCard(), chain).Problem!.ToString(), Is.EqualTo(problem));
    }

    [Test]
    public void A_tail_call_goes_to_a_member_or_to_a_function_of_the_object()
    {
        var main = ProgramText.Program("main", "r2 = map(next)\nr3 = *(u32 *)(r1 + 12)\ncall 12\nr0 = 0\nexit");
        var source = Object([Next], main, Returns("tx", XdpAction.Tx));
        foreach (var (value, verdict) in new[] { ("tx", XdpAction.Tx), ("b", XdpAction.Drop) })
        {
            using var card = new TestCard(WithEntry(Line((source, 0), (Object([], Drop), 0)), "next", "01000000", value));
            Assert.That(card.Run(Rig.Frame).Verdict.Action, Is.EqualTo(verdict));
        }
    }

    [Test]
    public void A_function_called_by_two_slots_is_loaded_once()
    {
        var chain = Line((Good, 0)) with { MapEntries = [new(null, "next", "00000000", "drop", "x:1"), new(null, "next", "01000000", "drop", "x:2")] };
        using var card = new TestCard(chain);
        Assert.That(card.Card.Programs.All.Select(p => (p.Name, card.Card.Programs.ReferencesOf(p.Id))), Is.EqualTo(new[] { ("pass", 2), ("drop", 3) }));
    }

    static readonly MapSpec Inner = new() { Name = "outer.inner", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 };

    static MapSpec Outer(int entries = 4) =>
        new() { Name = "outer", Type = MapType.ArrayOfMaps, KeySize = 4, ValueSize = 4, MaxEntries = entries, Inner = Inner };

    static ChainSpec WithPlaces(MapSpec outer, params (string Key, string Value)[] entries) => Line((Object([outer, Count], Pass), 0)) with
    {
        MapEntries = [.. entries.Select(e => new MapEntrySpec(null, "outer", e.Key, e.Value, "chain.yaml:9"))],
    };

    /// <summary>What the map of maps holds by name, and the first value of each map that was made for it.</summary>
    static string Places(InstalledChain chain)
    {
        var dump = MapDump.Of(chain);
        var made = dump.Maps.Where(m => m.Name.Contains('[')).Select(m => $"{m.Program}.{m.Name} {m.Entries[0].Value![..2]}");
        return $"{string.Join(", ", dump.Maps.Single(m => m.Name == "outer").Entries.Select(e => $"{e.Key![..2]} {e.Value}"))}; {string.Join(", ", made)}";
    }

    static readonly byte[] Slot = new byte[4], Seven = [7, 0, 0, 0, 0, 0, 0, 0];

    [Test]
    public void A_map_made_for_a_place_keeps_name_and_contents_when_the_chain_is_replaced()
    {
        var card = NewCard();
        string before = Rig.StateOf(card);
        var chain = InstalledChain.Install(card, WithPlaces(Outer(), ("01000000", "new"), ("02000000", "new"), ("02000000", "new"))).Value;
        foreach (var map in chain.Maps.Where(m => m.Map.Spec.Name.Contains('['))) MapCommands.Update(map.Map, Slot, Seven, UpdateFlags.Any);
        Assert.That(Places(chain), Is.EqualTo("01 outer[01000000], 02 outer[02000000]; a.outer[01000000] 07, a.outer[02000000] 07"));

        chain = chain.Replace(WithPlaces(Outer(), ("0x02000000", "new"), ("03000000", "new"))).Value;
        Assert.That(Places(chain), Is.EqualTo(
            "01 outer[01000000], 02 outer[02000000], 03 outer[03000000]; a.outer[02000000] 07, a.outer[03000000] 00, a.outer[01000000] 07"), "asked for again, or not");

        chain = chain.Replace(WithPlaces(Outer(), ("01000000", "count"))).Value;
        Assert.That(Places(chain), Is.EqualTo("01 count, 02 outer[02000000], 03 outer[03000000]; a.outer[02000000] 07, a.outer[03000000] 00"), "one place has another map");

        chain = chain.Replace(WithPlaces(Outer(), ("01000000", "new"))).Value;
        Assert.That(Places(chain), Does.StartWith("01 outer[01000000], 02 ").And.Contain("a.outer[01000000] 00"), "it was given up");

        chain = chain.Replace(WithPlaces(Outer(entries: 5), ("02000000", "new"))).Value;
        Assert.That(Places(chain), Is.EqualTo("02 outer[02000000]; a.outer[02000000] 00"), "another map of maps");
        Assert.That(card.Maps.All.Count(), Is.EqualTo(3));
        chain.Dispose();
        Assert.That(Rig.StateOf(card), Is.EqualTo(before));
    }

    [Test]
    public void A_chain_that_is_refused_takes_no_made_map_with_it()
    {
        var card = NewCard();
        using var chain = InstalledChain.Install(card, WithPlaces(Outer(), ("01000000", "new"))).Value;
        MapCommands.Update(chain.Maps[^1].Map, Slot, Seven, UpdateFlags.Any);
        string places = Places(chain), state = Rig.StateOf(card);
        var cycle = WithPlaces(Outer(), ("01000000", "new"), ("02000000", "new"));
        Assert.That(chain.Replace(cycle with { Edges = [new(0, XdpAction.Pass, 0)] }).Problem?.Id, Is.EqualTo("C08"));
        Assert.That((Places(chain), Rig.StateOf(card)), Is.EqualTo((places, state)));
    }

    [Test]
    public void The_report_shows_programs_positions_table_and_counters()
    {
        var spec = Line((Object([], Pass), 0), (Object([], Pass), 0), (Object([], Drop), 0)) with
        {
            Edges = [new(0, XdpAction.Pass, 1), new(0, XdpAction.Drop, 2), new(1, null, 2)],
            PreviousVerdict = true,
        };
        using var card = new TestCard(spec);
        var port = new Port(card.Card, 1, new ListWire([Rig.Frame, Rig.Frame, new byte[3]]), new PortConfig { Batch = 2 });
        port.Poll(9, new FrameSinks());
        var report = RunReport.Of(card.Card, card.Chain, [port], new RunSettings(), TimeSpan.Zero);

        Assert.That(report.Programs.Select(p => (p.Name, p.Position, p.Runs)), Is.EqualTo(new (string, int?, long)[] { ("a", 0, 2), ("b", 1, 2), ("c", 1, 2) }));
        Assert.That(report.Edges.Select(e => (e.From, e.On, e.To, e.Count)),
            Is.EqualTo(new[] { ("a", "pass", "b", 2L), ("a", "drop", "c", 0), ("b", "*", "c", 2) }));
        Assert.That(report.Table, Is.EqualTo(new RunReport.TableState(card.Chain.Table!.Id, card.Chain.Table.Revision, 2, true)));
        Assert.That((report.Frames.Received, report.Frames.Missed, report.Outcomes.Values.Sum()), Is.EqualTo((3, 1, 2)));
    }
}
