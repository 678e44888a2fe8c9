using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Offload;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Nic;

/// <summary>Each rule of a card: what just keeps it is taken, what just breaks it is refused, and everything that is broken is told at once.</summary>
public sealed class CapabilitiesTests
{
    static readonly MapSpec
        Array = new() { Name = "array", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 4 },
        Hash = new() { Name = "hash", Type = MapType.Hash, KeySize = 12, ValueSize = 20, MaxEntries = 10, Flags = MapFlags.NoPreallocation },
        Calls = new() { Name = "calls", Type = MapType.ProgramArray, KeySize = 4, ValueSize = 4, MaxEntries = 1 },
        Ports = new() { Name = "ports", Type = MapType.DevMap, KeySize = 4, ValueSize = 4, MaxEntries = 1 },
        Events = new() { Name = "events", Type = MapType.PerfEventArray, KeySize = 4, ValueSize = 4, MaxEntries = 1 };

    static readonly MapSpec[] Maps = [Array, Hash, Calls, Ports, Events];

    const string Returns = "r0 = 2\nexit";

    /// <summary>r7 is a value of the array.</summary>
    const string Value = """
        *(u32 *)(r10 - 4) = 0
        r2 = r10
        r2 += -4
        r1 = map(array)
        call bpf_map_lookup_elem
        if r0 == 0 goto out
        r7 = r0

        """;

    const string Out = "\nout:\nr0 = 2\nexit";

    static string Moves(string helper, string amount) => $"{amount}\ncall {helper}\n{Returns}";

    static MapLimits Limits(MapFlags flags = (MapFlags)uint.MaxValue) => new() { Flags = flags };

    static Capabilities Kinds(MapType type, MapLimits limits) => new() { MapKinds = new Dictionary<MapType, MapLimits> { [type] = limits } };

    static Capabilities Without(string operation) => new() { MissingOperations = new HashSet<string> { operation } };

    static Capabilities Returning(params XdpAction[] codes) => new() { ReturnCodes = codes.ToHashSet() };

    static readonly HashSet<int> LookupOnly = [1];

    static IEnumerable<TestCaseData> Programs()
    {
        yield return Case("R15", "it has 2 instructions, and the card takes 1", Returns, new() { InstructionsPerProgram = 2 }, new() { InstructionsPerProgram = 1 });
        yield return Case("R30", "instruction 1 names prog array calls, and the card has no tail calls", $"r6 = r1\nr2 = map(calls)\nr3 = 0\ncall bpf_tail_call\n{Returns}", new(), new() { TailCalls = false });
        yield return Case("R31", "instruction 0 names map ports (devmap), and the card cannot redirect by maps", "r1 = map(ports)\nr2 = 0\nr3 = 2\ncall bpf_redirect_map\nexit", new(), new() { RedirectMaps = false });
        yield return Case("R32", "instruction 1 is of the kind mod, which the card does not have", $"r0 = 5\nr0 %= 3\n{Returns}", Without("smod"), Without("mod"));
        yield return Case("R33", "instruction 9 is of the kind atomic_fetch_add, which the card cannot do atomically", Value + "r1 = 1\nr1 = atomic_fetch_add((u64 *)(r7 + 0), r1)" + Out, Without("atomic_add"), Without("atomic_fetch_add"));
        yield return Case("R34", "instruction 0 calls bpf_ktime_get_ns(), which the card does not have", $"call bpf_ktime_get_ns\n{Returns}", new() { Helpers = new HashSet<int> { 5 } }, new() { Helpers = LookupOnly });
        yield return Case("R34", "instruction 3 calls bpf_xdp_metadata_rx_timestamp(), which the card does not have", $"*(u64 *)(r10 - 8) = 0\nr2 = r10\nr2 += -8\ncall kfunc bpf_xdp_metadata_rx_timestamp\n{Returns}", new(), new() { Helpers = LookupOnly });
        yield return Case("R35", "instruction 0 reads ingress_ifindex of the context, of which the card has data, data_end", $"r3 = *(u32 *)(r1 + 12)\n{Returns}", new() { ContextReads = ["ingress_ifindex"] }, new() { ContextReads = ["data", "data_end"] });
        yield return Case("R36", "instruction 0 writes rx_queue_index of the context, which the card cannot", $"*(u32 *)(r1 + 16) = 3\n{Returns}", new(), new() { ContextWrites = false });
        yield return Case("R37", "instruction 8 stores to a value of map array, which only helpers and atomic operations may", Value + "*(u64 *)(r7 + 0) = 1" + Out, new(), new() { MapStores = false });
        yield return Case("R38", "instruction 1 calls bpf_xdp_adjust_head() with -14, and the card takes -8 to 8", Moves("bpf_xdp_adjust_head", "r2 = -14"), new() { AdjustHead = new(-14, 0), AdjustTail = new(0, 0) }, new() { AdjustHead = new(-8, 8) });
        yield return Case("R38", "instruction 1 calls bpf_xdp_adjust_tail() with 20, and the card takes -8 to 8", Moves("bpf_xdp_adjust_tail", "r2 = 20"), new() { AdjustTail = new(0, 20), AdjustHead = new(0, 0) }, new() { AdjustTail = new(-8, 8) });
        yield return Case("R38", "instruction 2 calls bpf_xdp_adjust_head() with 0 to 15, and the card takes 0 to 14", Moves("bpf_xdp_adjust_head", "r2 = *(u32 *)(r1 + 12)\nr2 &= 15"), new() { AdjustHead = new(0, 15) }, new() { AdjustHead = new(0, 14) });
        yield return Case("R39", "it may return pass at instruction 1, and the card takes aborted, drop", Returns, Returning(XdpAction.Pass), Returning(XdpAction.Drop, XdpAction.Aborted));
        yield return Case("R39", "it may return aborted at instruction 1, and the card takes drop, pass", "r0 = 77\nexit", Returning(XdpAction.Aborted), Returning(XdpAction.Drop, XdpAction.Pass));
        yield return Case("R40", "it uses 16 bytes of stack, and the card has 8", $"*(u64 *)(r10 - 8) = 0\n{Returns}", new() { StackBytes = 16 }, new() { StackBytes = 8 });
        yield return Case("R41", "up to 3 of its functions are in progress at once, and the card takes 2", "call f\nexit\nf:\ncall g\nexit\ng:\nr0 = 2\nexit", new() { CallDepth = 3 }, new() { CallDepth = 2 });

        static TestCaseData Case(string id, string says, string text, Capabilities takes, Capabilities refuses) =>
            new TestCaseData(id, says, text, takes, refuses).SetArgDisplayNames(id, says);
    }

    [TestCaseSource(nameof(Programs))]
    public void A_program_that_breaks_a_rule_is_refused_and_one_that_keeps_it_is_not(string id, string says, string text, Capabilities takes, Capabilities refuses)
    {
        Assert.That(Load(text, takes).Problem, Is.Null);
        var problem = Load(text, refuses).Problem!;
        Assert.That((problem.Id, problem.IsBadInput), Is.EqualTo((id, false)));
        Assert.That(problem.Sentence, Does.StartWith("p: ").And.Contain(says));
        Assert.That(Refusals(text, takes), Is.Empty);
        Assert.That(Refusals(text, refuses).Select(r => r.Id), Does.Contain(id));
    }

    static Result<LoadedProgram> Load(string text, Capabilities capabilities)
    {
        // The maps are there whatever the card says of maps.
        var card = new SmartNic(new CardOptions { Target = Targets.Reference, Capabilities = capabilities });
        var maps = Maps.Select((m, n) => MapKinds.Create((uint)n + 1, m, 1).Value).ToDictionary(m => m.Spec.Name);
        return card.Load(ProgramText.Program("p", text), name => maps[name]);
    }

    static IReadOnlyList<Refusal> Refusals(string text, Capabilities capabilities)
    {
        var program = ProgramText.Program("p", text);
        var proof = Verifier.Verify(program, name => new(Maps.Single(m => m.Name == name)), capabilities.VerifierOptions).Value;
        return capabilities.Refusals(program, name => Maps.Single(m => m.Name == name), proof);
    }

    static IEnumerable<TestCaseData> MapRules()
    {
        yield return Case("R01", "map hash is of type hash; the card has array", Hash, new(), Kinds(MapType.Array, Limits()));
        yield return Case("R20", "map hash has flags 0x1, which the card does not take", Hash, Kinds(MapType.Hash, Limits(MapFlags.NoPreallocation)), Kinds(MapType.Hash, Limits(MapFlags.NumaNode)));
        yield return Case("R16", "map hash: the card holds 1 maps and is full", Hash, new() { Maps = 2 }, new() { Maps = 1 });
        yield return Case("R21", "map hash has 10 entries, and the card takes 9", Hash, Kinds(MapType.Hash, new() { Entries = 10 }), Kinds(MapType.Hash, new() { Entries = 9 }));
        yield return Case("R22", "map hash has 10 entries, and of the 13 that the card has for all maps 9 are left", Hash, new() { MapEntries = 14 }, new() { MapEntries = 13 });
        yield return Case("R23", "map hash: key and value take 40 bytes, each rounded up to 8, and the card has 39 for them", Hash, Kinds(MapType.Hash, new() { ElementBytes = 40 }), Kinds(MapType.Hash, new() { ElementBytes = 39 }));
        yield return Case("R24", "map hash has keys of 12 bytes, and the card takes 11", Hash, Kinds(MapType.Hash, new() { KeyBytes = 12 }), Kinds(MapType.Hash, new() { KeyBytes = 11 }));
        yield return Case("R25", "map hash has values of 20 bytes, and the card takes 19", Hash, Kinds(MapType.Hash, new() { ValueBytes = 20 }), Kinds(MapType.Hash, new() { ValueBytes = 19 }));

        static TestCaseData Case(string id, string says, MapSpec map, Capabilities takes, Capabilities refuses) =>
            new TestCaseData(id, says, map, takes, refuses).SetArgDisplayNames(id, says);
    }

    [TestCaseSource(nameof(MapRules))]
    public void A_map_that_breaks_a_rule_is_refused_and_one_that_keeps_it_is_not(string id, string says, MapSpec map, Capabilities takes, Capabilities refuses)
    {
        Assert.That(Create(takes), Is.Null);
        Assert.That((Create(refuses)?.Id, Create(refuses)?.Sentence), Is.EqualTo((id, says)));

        Problem? Create(Capabilities capabilities)
        {
            var card = new SmartNic(new CardOptions { Target = Targets.Reference, Capabilities = Taking(capabilities, Array) });
            Assert.That(card.CreateMap(Array).Problem, Is.Null);
            return card.CreateMap(map).Problem;
        }
    }

    /// <summary>The same card, which takes another map as well.</summary>
    static Capabilities Taking(Capabilities card, MapSpec other) =>
        card.MapKinds is { } kinds ? card with { MapKinds = new Dictionary<MapType, MapLimits>(kinds) { [other.Type] = new() } } : card;

    [Test]
    public void A_map_that_stays_in_the_host_takes_no_room()
    {
        var card = Kinds(MapType.PerfEventArray, new() { OfHost = true }) with { Maps = 0, MapEntries = 0 };
        Assert.That(card.Refusals(Events, []), Is.Empty);
        Assert.That((card with { Maps = 1, MapEntries = 4, MapKinds = Taking(card, Array).MapKinds }).Refusals(Array, [Events, Events]), Is.Empty);
    }

    [Test]
    public void Flags_of_who_may_use_a_descriptor_never_reach_a_driver() =>
        Assert.That(Kinds(MapType.Array, Limits(MapFlags.None)).Refusals(Array with { Flags = MapFlags.ReadOnly }, []), Is.Empty);

    [Test]
    public void Every_broken_rule_is_told_at_once_in_the_order_of_drivers()
    {
        var card = new Capabilities
        {
            TailCalls = false,
            Helpers = LookupOnly,
            MissingOperations = new HashSet<string> { "mod" },
            ContextReads = ["data"],
            MapStores = false,
            StackBytes = 8,
            InstructionsPerProgram = 5,
            ReturnCodes = new HashSet<XdpAction> { XdpAction.Drop },
        };
        string text = $"r6 = r1\nr3 = *(u32 *)(r6 + 12)\nr3 %= 7\n{Value}*(u64 *)(r7 + 0) = 1\ncall bpf_ktime_get_ns\ncall bpf_ktime_get_ns\nout:\nr1 = r6\nr2 = map(calls)\nr3 = 0\ncall bpf_tail_call\nr0 = 2\nexit";
        Assert.That(Refusals(text, card).Select(r => r.Name), Is.EqualTo(new[]
        {
            "tail-calls", "operation", "map-store", "helper", "helper", "return-code", "stack", "context-read", "too-many-instructions",
        }));
        Assert.That(Load(text, card).Problem!.Id, Is.EqualTo("R30"), "the first is the one that counts");
        Assert.That(Refusals(text, card with { ChecksFirst = ["stack", "helper"] }).Select(r => r.Name).Take(3), Is.EqualTo(new[] { "stack", "helper", "helper" }));
    }

    [Test]
    public void Every_broken_rule_of_a_map_is_told_at_once()
    {
        var card = Kinds(MapType.Hash, new() { KeyBytes = 4, ValueBytes = 4, ElementBytes = 16, Entries = 1, Flags = MapFlags.None }) with { Maps = 0, MapEntries = 5 };
        Assert.That(card.Refusals(Hash, []).Select(r => r.Id), Is.EqualTo(new[] { "R20", "R16", "R21", "R22", "R23", "R24", "R25" }));
        Assert.That((card with { ChecksFirst = ["map-entries"] }).Refusals(Hash, []).Select(r => r.Id).Take(2), Is.EqualTo(new[] { "R21", "R20" }));
    }

    [Test]
    public void Without_a_proof_what_the_code_shows_is_judged_all_the_same()
    {
        var card = new Capabilities { Helpers = LookupOnly, StackBytes = 0 };
        Assert.That(card.Refusals(ProgramText.Program("p", "r0 = *(u64 *)(r1 + 100)\ncall bpf_ktime_get_ns\nexit"), _ => Array, null).Select(r => r.Id), Is.EqualTo(new[] { "R34" }));
    }

    [Test]
    public void What_no_path_reaches_is_not_judged()
    {
        const string text = "r0 = 2\nr3 = 1\nif r3 == 1 goto out\ncall bpf_ktime_get_ns\nout:\nexit";
        Assert.That(Refusals(text, new() { Helpers = LookupOnly }), Is.Empty);
    }

    /// <summary>Two paths that meet with another code each, and where nothing else hangs on it.</summary>
    [Test]
    public void All_codes_that_a_program_may_return_are_known_though_paths_meet()
    {
        const string text = "r3 = *(u32 *)(r1 + 12)\nr0 = 1\nif r3 == 7 goto out\nr0 = 3\nout:\nexit";
        Assert.That(Refusals(text, Returning(XdpAction.Drop, XdpAction.Tx)), Is.Empty, "and not what lies between");
        Assert.That(Refusals(text, Returning(XdpAction.Drop)).Single().Sentence, Is.EqualTo("p: it may return tx at instruction 4, and the card takes drop"));
        Assert.That(Refusals(text, Returning(XdpAction.Tx)).Single().Sentence, Is.EqualTo("p: it may return drop at instruction 4, and the card takes tx"));
    }

    [Test]
    public void What_a_function_returns_is_not_what_the_program_returns() =>
        Assert.That(Refusals("call f\nr0 = 2\nexit\nf:\nr0 = 9\nexit", Returning(XdpAction.Pass)), Is.Empty);

    [Test]
    public void All_amounts_are_known_though_paths_meet()
    {
        const string text = "r3 = *(u32 *)(r1 + 12)\nr2 = -4\nif r3 == 7 goto out\nr2 = 12\nout:\ncall bpf_xdp_adjust_head\nr0 = 2\nexit";
        Assert.That(Refusals(text, new() { AdjustHead = new(-4, 12) }), Is.Empty);
        Assert.That(Refusals(text, new() { AdjustHead = new(-4, 11) }).Single().Sentence, Does.Contain("with -4 to 12"));
        Assert.That(Refusals(text, new() { AdjustHead = new(-3, 12) }).Single().Sentence, Does.Contain("with -4 to 12"));
    }

    [Test]
    public void A_driver_speaks_for_itself()
    {
        var card = new Capabilities { Helpers = LookupOnly, DriverTexts = new Dictionary<string, string> { ["helper"] = "[x] unsupported function id: {id}" } };
        var refusal = Refusals($"call bpf_ktime_get_ns\n{Returns}", card).Single();
        Assert.That(refusal.DriverText, Is.EqualTo("[x] unsupported function id: 5"));
        Assert.That(refusal.Sentence, Is.EqualTo("p: instruction 0 calls bpf_ktime_get_ns(), which the card does not have; the driver says '[x] unsupported function id: 5'"));
    }

    // ── Chains ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    [TestCase(3, 2, null), TestCase(2, 2, "C28 chain-programs: the chain has 3 programs, and the card takes 2"), TestCase(3, 1, "C29 chain-edges: the chain has 2 edges, and the card takes 1")]
    [TestCase(1, 0, "C28 chain-programs: the chain has 2 programs, and the card takes 1: it does not chain")]
    public void A_table_does_not_grow_beyond_what_the_card_takes(int programs, int edges, string? says)
    {
        var rig = new Rig(new Capabilities { ChainPrograms = programs, ChainEdges = edges });
        var (a, b, c, table) = (rig.Returns(1), rig.Returns(2), rig.Returns(3), rig.Table());
        var refusal = table.Update(a.Id, new(0, Drop: b.Id)) ?? table.Update(b.Id, new(0, Pass: c.Id));
        Assert.That(refusal?.ToString(), Is.EqualTo(says));
    }

    [Test]
    public void An_entry_that_is_replaced_counts_once()
    {
        var rig = new Rig(new Capabilities { ChainPrograms = 2, ChainEdges = 1 });
        var (a, b, c, table) = (rig.Returns(1), rig.Returns(2), rig.Returns(3), rig.Table());
        Assert.That(table.Update(a.Id, new(0, Drop: b.Id)), Is.Null);
        Assert.That(table.Update(a.Id, new(0, Drop: c.Id)), Is.Null);
        Assert.That(table.Update(a.Id, new(0, Drop: c.Id, Pass: b.Id))!.Id, Is.EqualTo("C28"));
        Assert.That(new Capabilities { ChainPrograms = 2, ChainEdges = 1 }.Refusals(3, 2).Select(r => r.Id), Is.EqualTo(new[] { "C28", "C29" }));
    }

    [Test]
    public void Without_live_reload_a_program_is_detached_before_another_is_attached()
    {
        var rig = new Rig(new Capabilities { LiveReload = false });
        var (a, b) = (rig.Returns(1, "a"), rig.Returns(2, "b"));
        rig.Attach(a);
        rig.Attach(a);
        Assert.That(rig.Card.Install(InstallRequest.Attach(b))!.ToString(), Is.EqualTo("C27 live-reload: b cannot replace a while it runs on this card; detach that first"));
        Assert.That(rig.Card.Entry, Is.SameAs(a));
        rig.Install(InstallRequest.Detach());
        rig.Attach(b);
    }
}
