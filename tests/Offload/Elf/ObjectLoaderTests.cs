using System.Buffers.Binary;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload.Elf;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Elf;

/// <summary>What each good object holds, whichever compiler and CPU version it was made with.</summary>
[TestFixtureSource(typeof(TestObjects), nameof(TestObjects.Builds))]
public sealed class ObjectLoaderTests(string build)
{
    ObjectSpec Load(string source) => TestObjects.Load(source, build);

    static ProgramSpec Program(ObjectSpec spec, string name) => spec.Programs.Single(p => p.Name == name);

    static string[] Functions(ObjectSpec spec, string program) => [.. Program(spec, program).Functions.Select(f => f.Name)];

    static MapSpec Map(ObjectSpec spec, string name) => spec.Maps.Single(m => m.Name == name);

    [Test]
    public void Programs_are_found_by_function_name_with_their_sections()
    {
        var spec = Load("programs");
        Assert.That(spec.Programs.Select(p => (p.Name, p.Section, p.OtherType, p.Frags)), Is.EqualTo(new (string, string, string?, bool)[]
        {
            ("first", "xdp", null, false), ("second", "xdp", null, false), ("alone", "xdp", null, false), ("fragments", "xdp.frags", null, true),
        }));
        Assert.That((spec.License, spec.Name), Is.EqualTo(("GPL", $"programs.{build}.o")));
    }

    [Test]
    public void Subprograms_follow_a_program_in_the_order_of_first_reference()
    {
        var spec = Load("programs");
        Assert.That(Functions(spec, "alone"), Is.EqualTo(new[] { "alone" }));
        Assert.That(Functions(spec, "first"), Is.EqualTo(new[] { "first", "inner", "leaf", "later" }));
        Assert.That(Functions(spec, "fragments"), Is.EqualTo(new[] { "fragments", "leaf" }));
        Assert.That(Functions(spec, "second"), Is.EquivalentTo(new[] { "second", "only_second", "later", "leaf", "inner" }));
    }

    [Test]
    public void Every_call_hits_the_start_of_a_function_and_every_map_constant_is_listed()
    {
        foreach (var source in new[] { "programs", "maps", "globals", "callbacks", "legacy", "iproute2", "plain", "externs", "core", "slots", "legacy_variants", "samples_inner", "locks", "optional" })
        {
            foreach (var program in Load(source).Programs)
            {
                var starts = program.Functions.Select(f => f.Start).ToHashSet();
                var slots = Enumerable.Range(0, program.Code.Length).Where(s => program.Code[s].Kind == InstructionKind.LoadConstant).ToList();
                Assert.That(program.Functions[0], Is.EqualTo(new FunctionSpec(program.Name, 0)));
                Assert.That(starts, Is.Ordered.Ascending);
                foreach (int slot in Enumerable.Range(0, program.Code.Length).Where(s => program.Code[s].IsLocalCall))
                    Assert.That(starts, Does.Contain(slot + 1 + program.Code[slot].Displacement));
                foreach (int slot in slots.Where(s => program.Code[s].Constant == ConstantKind.Code))
                    Assert.That(starts, Does.Contain(slot + 1 + (int)program.Code[slot].Immediate));
                Assert.That(program.MapReferences.Select(r => r.Slot),
                    Is.EqualTo(slots.Where(s => program.Code[s].Constant is ConstantKind.MapByFd or ConstantKind.MapValueByFd)));
            }
        }
    }

    [Test]
    public void Functions_may_be_passed_by_address()
    {
        var spec = Load("callbacks");
        Assert.That(Functions(spec, "loops"), Is.EqualTo(new[] { "loops", "add", "weigh" }));
        Assert.That(Functions(spec, "loops_again"), Is.EqualTo(new[] { "loops_again", "weigh", "add" }));
        Assert.That(Program(spec, "loops").Code.Count(i => i is { Kind: InstructionKind.LoadConstant, Constant: ConstantKind.Code }), Is.EqualTo(2));
    }

    [Test]
    public void Static_initialisers_name_a_slot_and_what_is_in_it()
    {
        var outer = ObjectLoader.LoadFile(TestObjects.PathOf("initialiser.19v3.o")).Value;
        Assert.That(outer.MapSlots, Is.EqualTo(new MapSlotSpec[] { new("outer", 1, "first") }));
        var tenants = ObjectLoader.LoadFile(TestData.Path("objects", "tenant-counters.o")).Value;
        Assert.That(tenants.MapSlots, Is.EquivalentTo(new MapSlotSpec[]
        {
            new("by_protocol", 6, "tcp_lengths"), new("by_protocol", 17, "udp_lengths"), new("by_tenant", 1, "tenant_ten"), new("by_tenant", 2, "tenant_other"),
        }));
    }

    [Test]
    public void Map_declarations_say_types_sizes_flags_and_pinning()
    {
        Assert.That(Load("maps").Maps, Is.EqualTo(new MapSpec[]
        {
            new() { Name = "flows", Type = MapType.LruHash, KeySize = 16, ValueSize = 24, MaxEntries = 1024 },
            new() { Name = "counters", Type = MapType.PerCpuArray, KeySize = 4, ValueSize = 16, MaxEntries = 5 },
            new() { Name = "flagged", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 7, Flags = MapFlags.NoPreallocation },
            new() { Name = "chainring_test_pinned", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 2, PinnedByName = true },
            new() { Name = "routes", Type = MapType.LpmTrie, KeySize = 8, ValueSize = 4, MaxEntries = 16, Flags = MapFlags.NoPreallocation },
            new() { Name = "bloom", Type = MapType.BloomFilter, KeySize = 0, ValueSize = 4, MaxEntries = 100, Extra = 3 },
            new() { Name = "ring", Type = MapType.RingBuffer, KeySize = 0, ValueSize = 0, MaxEntries = 4096 },
            new() { Name = "jumps", Type = MapType.ProgramArray, KeySize = 4, ValueSize = 4, MaxEntries = 3 },
            new()
            {
                Name = "tables",
                Type = MapType.ArrayOfMaps,
                KeySize = 4,
                ValueSize = 4,
                MaxEntries = 2,
                Inner = new() { Name = "tables.inner", Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 },
            },
        }.OrderBy(m => Order(m.Name))));
    }

    /// <summary>clang may lay out the section in another order than the source's: unused maps come last.</summary>
    static int Order(string map) => Array.IndexOf(["flows", "counters", "flagged", "chainring_test_pinned", "tables", "jumps", "routes", "bloom", "ring"], map);

    [Test]
    public void Map_references_name_the_map()
    {
        var touch = Load("maps").Program(null).Value;
        Assert.That(touch.MapReferences.Select(r => r.Map), Is.EqualTo(new[] { "flows", "counters", "flagged", "chainring_test_pinned", "tables", "jumps" }));
        foreach (var reference in touch.MapReferences)
        {
            Assert.That((reference.IsValue, reference.Offset), Is.EqualTo((false, 0)));
            Assert.That(touch.Code[reference.Slot], Has.Property("Immediate").Zero.And.Property("Constant").EqualTo(ConstantKind.MapByFd));
        }
    }

    [Test]
    public void Legacy_maps_are_records_of_one_size()
    {
        Assert.That(Load("legacy").Maps.Where(m => !m.IsGlobalData), Is.EqualTo(new MapSpec[]
        {
            new() { Name = "packets", Type = MapType.PerCpuArray, KeySize = 4, ValueSize = 8, MaxEntries = 256 },
            new() { Name = "ports", Type = MapType.DevMap, KeySize = 4, ValueSize = 4, MaxEntries = 0 },
            new() { Name = "blocked", Type = MapType.Hash, KeySize = 16, ValueSize = 1, MaxEntries = 100, Flags = MapFlags.NoPreallocation },
        }));
        Assert.That(Load("iproute2").Maps, Is.EquivalentTo(new MapSpec[]
        {
            new() { Name = "global_map", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 2, PinnedByName = true },
            new() { Name = "object_map", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 3 },
            new() { Name = "own_map", Type = MapType.Hash, KeySize = 4, ValueSize = 4, MaxEntries = 4 },
        }));
    }

    [Test]
    public void Legacy_maps_of_maps_name_what_is_in_them_by_number_or_by_id()
    {
        var samples = Load("samples_inner");
        MapSpec flows = Map(samples, "flows"), ports = Map(samples, "ports");
        Assert.That(Map(samples, "by_queue").Inner, Is.EqualTo(flows with { Name = "by_queue.inner" }));
        Assert.That((Map(samples, "by_name").Inner, Map(samples, "by_name").ValueSize), Is.EqualTo((ports with { Name = "by_name.inner" }, 4)));
        Assert.That(samples.MapSlots, Is.Empty);

        var iproute2 = ObjectLoader.LoadFile(TestData.Path("objects", "inner-legacy.o")).Value;
        Assert.That(Map(iproute2, "by_protocol").Inner, Is.EqualTo(Map(iproute2, "template") with { Name = "by_protocol.inner" }));
        Assert.That(iproute2.MapSlots, Is.EquivalentTo(
            from inner in new[] { ("tcp_lengths", 6), ("udp_lengths", 17), ("other_lengths", 1) }
            from outer in new[] { "by_protocol", "by_parity" }
            select new MapSlotSpec(outer, inner.Item2, inner.Item1)), "not the template, whose index is -1, nor a map of another id");
    }

    [Test]
    public void Locks_of_global_data_lie_where_their_variables_are()
    {
        var spec = Load("locks");
        Assert.That(spec.Maps.Select(m => (m.Name, m.Flags)), Is.EquivalentTo(new[]
        {
            (".data.A", MapFlags.None), (".data", MapFlags.None), (".bss", MapFlags.Mmapable), (".data.two", MapFlags.None), (".data.several", MapFlags.None),
        }), "hidden variables are not to be seen from outside");
        const int inGuarded = 4, inOuter = 8;
        Assert.That(spec.Maps.ToDictionary(m => m.Name, m => m.LockOffset), Is.EquivalentTo(new Dictionary<string, int?>
        {
            [".data.A"] = 0,
            [".data"] = sizeof(ulong) + inOuter + inGuarded,
            [".bss"] = inGuarded,
            [".data.two"] = null,
            [".data.several"] = null,
        }));
    }

    [Test]
    public void Legacy_records_of_other_shapes_are_read_as_declared()
    {
        Assert.That(Load("legacy_variants").Maps, Is.EquivalentTo(new MapSpec[]
        {
            new() { Name = "flows", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 16, PinnedByName = true },
            new() { Name = "ports", Type = MapType.Array, KeySize = 4, ValueSize = 2, MaxEntries = 3, Flags = MapFlags.Mmapable },
            new() { Name = "elf", Type = MapType.LruHash, KeySize = 8, ValueSize = 16, MaxEntries = 5, PinnedByName = true },
        }));
    }

    [Test]
    public void Slots_of_prog_arrays_are_filled_by_initialisers_and_by_tags()
    {
        var spec = Load("slots");
        Assert.That(spec.TailCalls, Is.EqualTo(new TailCallSpec[]
        {
            new("calls", 2, "second", "calls[2]"), new("calls", 4, "fourth", "calls[4]"), new("marked", 7, "second", "tail:marked/7"),
        }));
        Assert.That(spec.TailCallsOf([Program(spec, "second")]), Is.Empty, "it names no array");
        Assert.That(spec.TailCallsOf([Program(spec, "entry")]), Is.EqualTo(spec.TailCalls));
    }

    [Test]
    public void Sections_that_nobody_knows_and_static_functions_hold_XDP_programs()
    {
        Assert.That(Load("legacy").Programs.Select(p => (p.Name, p.Section, p.OtherType)),
            Is.EqualTo(new (string, string, string?)[] { ("count", "xdp_count", null), ("block", "2/1", null) }));
        Assert.That(Load("iproute2").Program(null).Value, Has.Property("Name").EqualTo("entry").And.Property("Section").EqualTo("prog"));
        Assert.That(Load("iproute2").License, Is.Empty);
    }

    [Test]
    public void Programs_of_other_types_are_listed_and_not_linked()
    {
        var spec = Load("types");
        Assert.That(spec.Programs.Select(p => (p.Name, p.Section, p.OtherType)), Is.EqualTo(new (string, string, string?)[]
        {
            ("filter", "socket", "socket"), ("classify", "tc", "tc"), ("probe", "kprobe/do_unlinkat", "kprobe"), ("connect", "cgroup/connect4", "cgroup/connect4"),
            ("pass", "xdp", null), ("drop", "xdp.frags", null), ("egress", "xdp/devmap", null), ("remote", "xdp/cpumap", null), ("not_a_probe", "kprobes", null),
        }));
        Assert.That(spec.Programs.Where(p => p.OtherType is not null).Select(p => p.InstructionCount), Is.All.Zero);
        Assert.That(Program(spec, "drop").Frags);
        Assert.That(spec.Program("probe").Problem!.Id, Is.EqualTo("L23"));
    }

    [Test]
    public void An_object_with_code_only_in_text_has_its_programs_there()
    {
        var spec = Load("plain");
        Assert.That(spec.Programs.Select(p => (p.Name, p.Section)), Is.EqualTo(new[] { ("helper", ".text"), ("plain", ".text") }));
        Assert.That(Functions(spec, "plain"), Is.EqualTo(new[] { "plain", "helper" }));
    }

    [Test]
    public void Global_data_becomes_one_array_per_section()
    {
        var spec = Load("globals");
        Assert.That(spec.Maps.Select(m => (m.Type, m.KeySize, m.MaxEntries, m.IsGlobalData)), Is.All.EqualTo((MapType.Array, 4, 1, true)));
        Assert.That(spec.Maps.Select(m => (m.Name, m.Flags)), Is.SupersetOf(new[]
        {
            (".bss", MapFlags.Mmapable), (".data", MapFlags.Mmapable), (".rodata", MapFlags.Mmapable | MapFlags.ReadOnlyForPrograms),
            (".data.custom", MapFlags.Mmapable), (".data.quiet", MapFlags.None), (".bss.late", MapFlags.Mmapable),
            (".rodata.text", MapFlags.Mmapable | MapFlags.ReadOnlyForPrograms),
        }));
        Assert.That(Map(spec, ".rodata.text").InitialValue, Is.EqualTo("hello\0"u8.ToArray()));
        Assert.That(Map(spec, ".data.custom").InitialValue, Is.EqualTo(new byte[] { 9, 0, 0, 0 }));
        Assert.That(Map(spec, ".bss").InitialValue, Is.EqualTo(new byte[20]));
        Assert.That(Map(spec, ".rodata").InitialValue!.Take(4), Is.EqualTo(new byte[] { 0xdc, 5, 0, 0 }));
    }

    [Test]
    public void Global_data_is_referred_to_by_section_and_offset()
    {
        var spec = Load("globals");
        var program = Program(spec, "globals");
        Assert.That(program.MapReferences.Select(r => r.Map).Distinct(),
            Is.EquivalentTo(new[] { ".bss", ".data", ".data.custom", ".rodata.text", ".data.quiet", ".bss.late", ".rodata" }));
        foreach (var reference in program.MapReferences)
        {
            Assert.That(reference.IsValue);
            Assert.That(reference.Offset, Is.InRange(0, Map(spec, reference.Map).ValueSize - 1));
            Assert.That(program.Code[reference.Slot].Immediate, Is.EqualTo((long)reference.Offset << 32));
            Assert.That(program.Code[reference.Slot].Constant, Is.EqualTo(ConstantKind.MapValueByFd));
        }
        int started = program.MapReferences.First(r => r.Map == ".data").Offset;
        Assert.That(BinaryPrimitives.ReadInt32LittleEndian(Map(spec, ".data").InitialValue.AsSpan(started)), Is.AnyOf(7, -5));
    }

    [Test]
    public void Kfuncs_are_linked_by_name_and_weak_ones_that_no_card_has_are_null()
    {
        var spec = Load("externs");
        var plain = Program(spec, "plain");
        var call = plain.ExternReferences.Single();
        Assert.That((call.Name, call.IsMissing), Is.EqualTo(("bpf_xdp_metadata_rx_vlan_tag", false)));
        Assert.That(call.Slot, Is.GreaterThan(Program(spec, "plain").Functions[1].Start), "it is in a subprogram");
        Assert.That(HelperTable.CalledBy(plain.Code[call.Slot])?.Name, Is.EqualTo("bpf_xdp_metadata_rx_vlan_tag"));

        var guarded = Program(spec, "guarded");
        Assert.That(guarded.ExternReferences.Select(r => r.Slot), Is.Ordered.Ascending);
        Assert.That(guarded.ExternReferences.Select(r => (guarded.Code[r.Slot].Kind, r.Name, r.IsMissing, guarded.Code[r.Slot].Immediate)), Is.EquivalentTo(new[]
        {
            (InstructionKind.LoadConstant, "chainring_absent_value", true, 0L),
            (InstructionKind.LoadConstant, "chainring_absent", true, 0L),
            (InstructionKind.Call, "chainring_absent", true, (long)HelperTable.MissingKfunc),
            (InstructionKind.LoadConstant, "bpf_xdp_metadata_rx_timestamp", false, HelperTable.FindKfunc("bpf_xdp_metadata_rx_timestamp")!.Id),
            (InstructionKind.Call, "bpf_xdp_metadata_rx_timestamp", false, HelperTable.FindKfunc("bpf_xdp_metadata_rx_timestamp")!.Id),
        }));
        Assert.That(guarded.ExternReferences.Select(r => guarded.Code[r.Slot]).Where(i => i.Kind == InstructionKind.Call), Is.All.Matches<Instruction>(i => i.IsKfuncCall));
        Assert.That(Encoding.Decode(Encoding.Encode(guarded.Code), "again").Value, Is.EqualTo(guarded.Code));
    }

    [Test]
    public void The_same_bytes_give_the_same_spec()
    {
        foreach (var source in new[] { "programs", "maps", "globals", "callbacks", "externs" })
        {
            var (one, two) = (Load(source), Load(source));
            Assert.That(two.Maps.Select(m => m with { InitialValue = null }), Is.EqualTo(one.Maps.Select(m => m with { InitialValue = null })));
            Assert.That(two.Programs.Select(p => p.Name), Is.EqualTo(one.Programs.Select(p => p.Name)));
            Assert.That(two.Programs.SelectMany(p => p.Code), Is.EqualTo(one.Programs.SelectMany(p => p.Code)));
            Assert.That(two.Programs.SelectMany(p => p.ExternReferences), Is.EqualTo(one.Programs.SelectMany(p => p.ExternReferences)));
            Assert.That(two.Programs.SelectMany(p => p.MapReferences), Is.EqualTo(one.Programs.SelectMany(p => p.MapReferences)));
        }
    }
}

/// <summary>Objects without type information, and names of sections.</summary>
public sealed class BareObjectTests
{
    [TestCase("14v3")]
    [TestCase("19v3")]
    public void Global_data_needs_no_type_information(string build)
    {
        var bare = ObjectLoader.LoadFile(TestObjects.PathOf($"globals.{build}.bare.o")).Value;
        var full = TestObjects.Load("globals", build);
        Assert.That(bare.Maps.Select(m => m.Name), Is.EqualTo(full.Maps.Select(m => m.Name)));
        Assert.That(bare.Maps.Select(m => m.Flags.HasFlag(MapFlags.Mmapable)), Is.All.False);
        Assert.That(bare.Programs.SelectMany(p => p.Code), Is.EqualTo(full.Programs.SelectMany(p => p.Code)));
    }

    [TestCase("xdp", null)]
    [TestCase("xdp.frags/cpumap", null)]
    [TestCase("xdp_sock", null)]
    [TestCase("socket1", null)]
    [TestCase("tc/ingress", "tc/ingress")]
    [TestCase("tc/other", null)]
    [TestCase("classifier", "classifier")]
    [TestCase("kprobe", "kprobe")]
    [TestCase("kprobe/", "kprobe")]
    [TestCase("kprobe.multi/x", "kprobe.multi")]
    [TestCase("kprobey/x", null)]
    [TestCase("tp/sched/x", "tp")]
    [TestCase("tp_btf/x", "tp_btf")]
    [TestCase("?lsm.s/x", "lsm.s")]
    [TestCase("iter/tcp", "iter")]
    [TestCase("struct_ops/x", "struct_ops")]
    [TestCase("cgroup/skb", "cgroup/skb")]
    [TestCase("cgroup/unheard", null)]
    [TestCase("sk_skb/stream_parser", "sk_skb/stream_parser")]
    [TestCase("flow_dissector", "flow_dissector")]
    public void The_section_decides_the_type_as_in_libbpf(string section, string? other)
    {
        var builder = new ElfBuilder();
        builder.Code(section, "f", "b700000002000000 9500000000000000");
        Assert.That(ObjectLoader.Load(builder.Build(), "x.o").Value.Programs.Single().OtherType, Is.EqualTo(other));
    }

    [Test]
    public void A_function_may_have_two_names()
    {
        var builder = new ElfBuilder();
        int code = builder.Code("xdp", "f", "b700000002000000 9500000000000000");
        builder.Symbol("g", code, ElfBuilder.Function, 0, 16);
        var programs = ObjectLoader.Load(builder.Build(), "x.o").Value.Programs;
        Assert.That(programs.Select(p => (p.Name, p.Functions.Single().Name)), Is.EqualTo(new[] { ("f", "f"), ("g", "g") }));
    }

    [Test]
    public void A_function_that_calls_itself_is_linked_once()
    {
        var builder = new ElfBuilder();
        builder.Code("xdp", "f", "b700000002000000 85100000feffffff 9500000000000000");
        var program = ObjectLoader.Load(builder.Build(), "x.o").Value.Programs.Single();
        Assert.That((program.Code.Length, program.Code[1].Displacement), Is.EqualTo((3, -2)));
    }

    [Test]
    public void A_long_chain_of_subprograms_needs_no_deep_stack()
    {
        const int Links = 20_000;
        var code = new byte[16 * Links];
        var builder = new ElfBuilder();
        for (int i = 0; i < Links; i++) Convert.FromHexString(i == Links - 1 ? "b700000002000000" : "8510000001000000").CopyTo(code, 16 * i);
        for (int i = 0; i < Links; i++) code[16 * i + 8] = 0x95;
        int text = builder.Section(".text", code, flags: 4);
        for (int i = 0; i < Links; i++) builder.Symbol($"f{i}", text, ElfBuilder.Function, (ulong)(16 * i), 16);
        int xdp = builder.Code("xdp", "main", "85100000ffffffff 9500000000000000");
        builder.Relocate(xdp, (0, 1, 10));
        Assert.That(ObjectLoader.Load(builder.Build(), "x.o").Value.Program("main").Value.Functions, Has.Count.EqualTo(Links + 1));
    }

    [Test]
    public void Run_configurations_are_read_from_type_information([ValueSource(typeof(TestObjects), nameof(TestObjects.Builds))] string build)
    {
        var programs = TestObjects.Load("run_config", build).Programs;
        const uint drop = 2, pass = 4, tx = 8;
        Assert.That(programs.Select(p => p.RunConfig), Is.EqualTo(new LibxdpConfig?[]
        {
            new(10, drop | pass), new(50, tx), null, new(0, 31), new(uint.MaxValue, 0),
        }));
    }

    [Test]
    public void A_configuration_that_libxdp_cannot_read_keeps_only_its_own_program_out()
    {
        var source = TestObjects.Load("run_config_bad.5", "19v3");
        Assert.That(source.Program("beside").Value.RunConfig, Is.Null);
        Assert.That(source.Program("refused").Problem!.Sentence, Is.EqualTo(
            "run_config_bad.5.19v3.o: .xdp_run_config of refused: priority has no number that libxdp reads; declare it as __uint(priority, N)"));
    }

    [Test]
    public void A_weak_kfunc_that_is_not_there_or_does_not_fit_is_null_and_a_flavour_is_no_part_of_a_name()
    {
        var source = TestObjects.Load("weak_functions", "19v3");
        var call = source.Program("unguarded").Value.Code[0];
        Assert.That((call.IsKfuncCall, call.Immediate), Is.EqualTo((true, (long)HelperTable.MissingKfunc)));
        Assert.That(source.Program("unfit").Value.ExternReferences.Single().IsMissing);
        var flavoured = source.Program("flavoured").Value;
        Assert.That(HelperTable.CalledBy(flavoured.Code[flavoured.ExternReferences.Single().Slot])?.Name, Is.EqualTo("bpf_xdp_metadata_rx_vlan_tag"));
    }

    [TestCase("guarded", XdpAction.Drop, AbortReason.None), TestCase("plain", XdpAction.Pass, AbortReason.None)]
    [TestCase("unguarded", XdpAction.Aborted, AbortReason.MissingKfunc), TestCase("unfit", XdpAction.Pass, AbortReason.None)]
    [TestCase("flavoured", XdpAction.Drop, AbortReason.None)]
    public void Programs_with_kfuncs_run_on_a_card(string program, XdpAction action, AbortReason reason)
    {
        var source = TestObjects.Load(program is "guarded" or "plain" ? "externs" : "weak_functions", "19v3");
        // What is missing is called, and the object has no licence: no proof, but the interpreter knows what to do.
        using var card = new TestCard(ChainSpec.Single(source, source.Program(program).Value), options: new CardOptions { Target = Targets.Reference, Verifies = false });
        Assert.That(card.Run(new byte[64]).Verdict, Is.EqualTo(new Verdict(action, reason)));
    }

    [Test]
    public void A_program_that_cannot_be_linked_does_not_stand_in_the_way_of_another()
    {
        var source = TestObjects.Load("partly", "19v3");
        Assert.That(source.Program("plain").Value.InstructionCount, Is.EqualTo(2));
        Assert.That(source.Program("grouped").Problem!.Id, Is.EqualTo("L41"));
    }
}
