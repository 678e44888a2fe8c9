using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver;

/// <summary>Device files: what they mean, what their authors read when they are wrong, and the facts in those that come with Chainring.</summary>
public sealed class DeviceFileTests
{
    /// <summary>A file that uses every key.</summary>
    const string Everything = """
        programs:
          most: 7
          instructions: 100
          stack: 64
          call-depth: 2
          helpers: [map_lookup_elem, bpf_redirect, bpf_xdp_metadata_rx_hash]
          without: [mod, atomic_xchg]
          context: [data]
          context-writes: false
          map-stores: false
          returns: [drop, tx]
          adjust-head: { least: -5, most: 6 }
          adjust-tail: { most: 0 }
          tail-calls: false
          redirect-maps: false
        maps:
          most: 3
          entries: 1000
          kinds:
            hash: { key: 1, value: 2, element: 16, entries: 4, flags: [numa_node, rdonly_prog] }
            perf_event_array: { of-host: true }
            array: {}
        chain: { programs: 4, edges: 5 }
        live-reload: false
        frame: 1514
        checks-first: [map-entries, stack]
        says: { helper: "no {id}" }
        """;

    [Test]
    public void Every_key_means_what_it_says()
    {
        var card = DeviceFile.Parse(Everything, "folder/mine.yaml").Value;
        Assert.That((card.Name, card.Programs, card.InstructionsPerProgram, card.StackBytes, card.CallDepth), Is.EqualTo(("mine", 7, 100, 64, 2)));
        Assert.That(card.Helpers, Is.EquivalentTo(new[] { 1, 23, HelperTable.RxHashId }));
        Assert.That(card.MissingOperations, Is.EquivalentTo(new[] { "mod", "atomic_xchg" }));
        Assert.That((card.ContextWrites, card.MapStores, card.TailCalls, card.RedirectMaps, card.LiveReload), Is.EqualTo((false, false, false, false, false)));
        Assert.That(card.ContextReads, Is.EqualTo(new[] { "data" }));
        Assert.That(card.ReturnCodes, Is.EquivalentTo(new[] { XdpAction.Drop, XdpAction.Tx }));
        Assert.That((card.AdjustHead, card.AdjustTail), Is.EqualTo(((NumberLimits?)new(-5, 6), (NumberLimits?)new(int.MinValue, 0))));
        Assert.That((card.Maps, card.MapEntries, card.ChainPrograms, card.ChainEdges, card.FrameBytes), Is.EqualTo((3, 1000, 4, 5, 1514)));
        Assert.That(card.MapKinds, Is.EquivalentTo(new Dictionary<MapType, MapLimits>
        {
            [MapType.Hash] = new() { KeyBytes = 1, ValueBytes = 2, ElementBytes = 16, Entries = 4, Flags = MapFlags.NumaNode | MapFlags.ReadOnlyForPrograms },
            [MapType.PerfEventArray] = new() { OfHost = true },
            [MapType.Array] = new(),
        }));
        Assert.That(card.ChecksFirst, Is.EqualTo(new[] { "map-entries", "stack" }));
        Assert.That(card.DriverTexts, Is.EquivalentTo(new Dictionary<string, string> { ["helper"] = "no {id}" }));
    }

    [Test]
    public void Nothing_said_is_no_limit() => Assert.That(Text(DeviceFile.Parse("{}", "unlimited.yaml").Value), Is.EqualTo(Text(new Capabilities())));

    static string Text(Capabilities card) => string.Join('\n', typeof(Capabilities).GetProperties()
        .Select(p => $"{p.Name} {(p.GetValue(card) is System.Collections.IEnumerable and not string ? string.Join(',', ((System.Collections.IEnumerable)p.GetValue(card)!).Cast<object>()) : p.GetValue(card))}"));

    static IEnumerable<TestCaseData> Mistakes()
    {
        yield return Case("Y05", "d.yaml:1: a device file must be one mapping such as", "[]");
        yield return Case("Y05", "d.yaml:1: a device file must be one mapping such as", "# nothing");
        yield return Case("Y02", "d.yaml:2: ", "maps: [");
        yield return Case("Y03", "d.yaml:1: unknown key 'helpers'; there may be programs, maps, chain,", "helpers: []");
        yield return Case("Y03", "d.yaml:2: unknown key 'size'; there may be most, instructions,", "programs:\n  size: 3");
        yield return Case("Y16", "d.yaml:1: 'stack' must be a whole number from 0 to 512, not '513'", "programs: { stack: 513 }");
        yield return Case("Y16", "d.yaml:1: 'call-depth' must be a whole number from 1 to 8, not '0'", "programs: { call-depth: 0 }");
        yield return Case("Y16", "d.yaml:1: 'instructions' must be a whole number from 1 to 1000000, not 'many'", "programs: { instructions: many }");
        yield return Case("Y16", "d.yaml:1: 'frame' must be a whole number from 64 to", "frame: 10");
        yield return Case("Y51", "d.yaml:2: 'map_lookup' is no helper or kfunc that Chainring has", "programs:\n  helpers: [map_lookup]");
        yield return Case("Y05", "d.yaml:1: 'helpers' must be a list such as [a, b]", "programs: { helpers: all }");
        yield return Case("Y52", "d.yaml:1: 'without' may have add, and, arsh,", "programs: { without: [modulo] }");
        yield return Case("Y52", "d.yaml:1: 'context' may have data, data_end, data_meta,", "programs: { context: [mark] }");
        yield return Case("Y52", "d.yaml:1: 'returns' may have aborted, drop, pass, tx, redirect, not 'accept'", "programs: { returns: [accept] }");
        yield return Case("Y05", "d.yaml:1: 'tail-calls' must be true or false", "programs: { tail-calls: 1 }");
        yield return Case("Y53", "d.yaml:1: the least, 5, is above the most, 4", "programs: { adjust-head: { least: 5, most: 4 } }");
        yield return Case("Y03", "d.yaml:1: unknown key 'from'; there may be least, most", "programs: { adjust-tail: { from: 5 } }");
        yield return Case("Y03", "d.yaml:1: unknown key 'hashes'; there may be array,", "maps: { kinds: { hashes: {} } }");
        yield return Case("Y52", "d.yaml:1: 'flags' may have no_prealloc,", "maps: { kinds: { hash: { flags: [zero_seed] } } }");
        yield return Case("Y16", "d.yaml:1: 'key' must be a whole number from 0 to", "maps: { kinds: { hash: { key: -1 } } }");
        yield return Case("Y05", "d.yaml:1: 'hash' must be a mapping", "maps: { kinds: { hash: 3 } }");
        yield return Case("Y16", "d.yaml:1: 'programs' must be a whole number from 1 to", "chain: { programs: 0 }");
        yield return Case("Y52", "d.yaml:1: 'checks-first' may have map-type, map-flags,", "checks-first: [maps]");
        yield return Case("Y03", "d.yaml:1: unknown key 'helpers'; there may be map-type,", "says: { helpers: x }");
        yield return Case("Y05", "d.yaml:1: 'helper' must be text", "says: { helper: [x] }");

        static TestCaseData Case(string id, string says, string text) => new TestCaseData(id, says, text).SetArgDisplayNames(id, text);
    }

    [TestCaseSource(nameof(Mistakes))]
    public void A_mistake_is_one_sentence_with_file_and_line(string id, string says, string text)
    {
        var problem = DeviceFile.Parse(text, "d.yaml").Problem!;
        Assert.That((problem.Id, problem.IsBadInput), Is.EqualTo((id, true)), problem.ToString());
        Assert.That(problem.Sentence, Does.StartWith(says));
    }

    [Test]
    [Category(Fuzz.Category)]
    public void Any_change_of_a_file_gives_a_card_or_an_error()
    {
        foreach (ulong number in Fuzz.Seeds("device files", 1000))
        {
            var random = new SplitMix64(number);
            string text = Mutation.Of(Everything, Everything, 1 + random.Below(5), ref random);
            var parsed = DeviceFile.Parse(text, "d.yaml");
            if (parsed.Problem is { IsBadInput: false }) Assert.Fail($"change {number}: {parsed.Problem}");
        }
    }

    // ── Those that come with Chainring ─────────────────────────────────────────────────────────────────────────────────

    static IEnumerable<string> Names => DeviceFile.Names;

    [Test]
    public void There_are_these() => Assert.That(Names, Is.EqualTo(new[] { "fpga-small", "netdevsim", "nfp", "unlimited" }));

    [TestCaseSource(nameof(Names))]
    public void Each_can_be_read(string name) => Assert.That((DeviceFile.Find(name).Problem, DeviceFile.Find(name).Problem is null ? DeviceFile.Find(name).Value.Name : ""), Is.EqualTo(((object?)null, name)));

    [Test]
    public void Unlimited_is_what_a_card_is_without_a_file() => Assert.That(Text(Card("unlimited")), Is.EqualTo(Text(new Capabilities())));

    [Test]
    public void A_file_of_ones_own_is_found_by_its_path_and_what_is_neither_is_a_mistake()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():n}.yaml");
        File.WriteAllText(path, "frame: 1514");
        try
        {
            Assert.That(DeviceFile.Find(path).Value.FrameBytes, Is.EqualTo(1514));
        }
        finally
        {
            File.Delete(path);
        }
        Assert.That(DeviceFile.Find("nothing").Problem!.ToString(),
            Is.EqualTo("Y50 no-such-device: nothing: there is no device file there, and no device of that name; there are fpga-small, netdevsim, nfp, unlimited"));
    }

    static Capabilities Card(string name) => DeviceFile.Find(name).Value;

    static MapSpec Map(MapType type, int key = 4, int value = 8, int entries = 2, MapFlags flags = 0) =>
        new() { Name = "m", Type = type, KeySize = key, ValueSize = value, MaxEntries = entries, Flags = flags };

    static string[] Of(Capabilities card, MapSpec map) => [.. card.Refusals(map, []).Select(r => $"{r.Name} {RefusalErrno.Of(r)}")];

    static string[] Of(Capabilities card, string text)
    {
        var program = ProgramText.Program("p", text);
        var proof = Chainring.Offload.Verify.Verifier.Verify(program, _ => new(Map(MapType.Array)), card.VerifierOptions).Value;
        return [.. card.Refusals(program, _ => Map(MapType.Array), proof).Select(r => $"{RefusalErrno.Of(r)} {r.DriverText}")];
    }

    [Test]
    public void Netdevsim_has_maps_of_two_entries_without_flags_and_says_the_entries_first()
    {
        var card = Card("netdevsim");
        Assert.That(Of(card, Map(MapType.Array)), Is.Empty);
        Assert.That(Of(card, Map(MapType.Hash, 512, 60_000)), Is.Empty, "no limit on keys and values of its own");
        Assert.That(Of(card, Map(MapType.Hash, entries: 3)), Is.EqualTo(new[] { $"map-entries {Errno.NoMemory}" }));
        Assert.That(Of(card, Map(MapType.Array, flags: MapFlags.ReadOnlyForPrograms)), Is.EqualTo(new[] { $"map-flags {Errno.Invalid}" }));
        Assert.That(Of(card, Map(MapType.Hash, entries: 3, flags: MapFlags.NoPreallocation)), Is.EqualTo(new[] { $"map-entries {Errno.NoMemory}", $"map-flags {Errno.Invalid}" }));
        foreach (var type in new[] { MapType.PerCpuArray, MapType.LruHash, MapType.LpmTrie, MapType.ProgramArray, MapType.DevMap, MapType.RingBuffer, MapType.Queue })
            Assert.That(Of(card, Map(type)), Is.EqualTo(new[] { $"map-type {Errno.Invalid}" }), $"{type}");
        Assert.That(Of(card, Map(MapType.PerfEventArray, entries: 64)), Is.Empty);
    }

    [Test]
    public void Netdevsim_takes_any_program_that_Linux_takes_but_no_chain()
    {
        var card = Card("netdevsim");
        Assert.That(Of(card, "*(u32 *)(r1 + 16) = 3\ncall bpf_ktime_get_ns\nr0 %= 7\n*(u64 *)(r10 - 512) = 0\nexit"), Is.Empty);
        Assert.That(card.Refusals(2, 1).Select(r => r.Id), Is.EqualTo(new[] { "C28", "C29" }));
        Assert.That(card.RefuseReload("b", "a"), Is.Null);
    }

    [TestCase("call bpf_ktime_get_ns\nr0 = 2\nexit", "95 [nfp] unsupported function id: 5")]
    [TestCase("r1 = 1\nr2 = 0\ncall bpf_redirect\nexit", "95 [nfp] unsupported function id: 23")]
    [TestCase("r0 = 5\nr0 %= 3\nexit", "22 [nfp] instruction 0x97 not supported")]
    [TestCase("r0 = 5\nr1 = 2\nr0 %= r1\nexit", "22 [nfp] instruction 0x9f not supported")]
    [TestCase("r0 = 5\nr0 = bswap16 r0\nexit", "22 [nfp] instruction 0xd7 not supported")]
    [TestCase("r0 = *(u32 *)(r1 + 12)\nexit", "22 ")]
    [TestCase("r0 = 2\nr1 = map(m)\nexit", null)]
    [TestCase("call bpf_get_prandom_u32\nr0 &= 1\nexit", null)]
    [TestCase("call f\nexit\nf:\nr0 = 2\nexit", null)]
    [TestCase("r0 = 5\nr0 /= 3\nr0 = be16 r0\nif w0 > 3 goto out\nout:\nexit", null)]
    [TestCase("r0 = 4\nexit", null)]
    public void Nfp_says_what_its_driver_says(string text, string? says) => Assert.That(Of(Card("nfp"), text), Is.EqualTo(says is null ? System.Array.Empty<string>() : new[] { says }));

    [Test]
    public void Nfp_stores_nothing_in_map_values_but_by_atomic_additions()
    {
        const string value = "*(u32 *)(r10 - 4) = 0\nr2 = r10\nr2 += -4\nr1 = map(m)\ncall bpf_map_lookup_elem\nif r0 == 0 goto out\nr1 = 1\n";
        Assert.That(Of(Card("nfp"), value + "*(u64 *)(r0 + 0) = r1\nout:\nr0 = 2\nexit"), Is.EqualTo(new[] { "95 [nfp] map writes not supported" }));
        Assert.That(Of(Card("nfp"), value + "lock *(u64 *)(r0 + 0) += r1\nout:\nr0 = 2\nexit"), Is.Empty);
        Assert.That(Of(Card("nfp"), value + "lock *(u64 *)(r0 + 0) |= r1\nout:\nr0 = 2\nexit"), Is.EqualTo(new[] { "95 [nfp] atomic op not implemented: 64" }));
    }

    [Test]
    public void Nfp_has_elements_of_64_bytes_and_checks_flags_before_entries()
    {
        var card = Card("nfp");
        Assert.That(Of(card, Map(MapType.Hash, 24, 40, 3_072_000)), Is.Empty);
        Assert.That(Of(card, Map(MapType.Hash, 25, 40)), Is.EqualTo(new[] { $"map-element {Errno.NoMemory}" }));
        Assert.That(Of(card, Map(MapType.Hash, 4, 8, 3_072_001, MapFlags.NoPreallocation)), Is.EqualTo(new[] { $"map-flags {Errno.Invalid}", $"map-entries-left {Errno.NoMemory}" }));
        Assert.That(Of(card, Map(MapType.Hash, 65, 65)), Is.EqualTo(new[] { $"map-element {Errno.NoMemory}", $"map-key {Errno.NoMemory}", $"map-value {Errno.NoMemory}" }));
        Assert.That(Of(card, Map(MapType.LruHash)), Is.EqualTo(new[] { $"map-type {Errno.Invalid}" }));
        Assert.That(card.Refusals(Map(MapType.Array, entries: 100), [Map(MapType.Hash, entries: 3_071_950)]).Select(r => r.Name), Is.EqualTo(new[] { "map-entries-left" }));
    }

    [Test]
    public void Nfp_is_out_of_room_after_2800_instructions()
    {
        string Moves(int count) => string.Concat(Enumerable.Repeat("r0 = 2\n", count - 1)) + "exit";
        Assert.That(Of(Card("nfp"), Moves(2_800)), Is.Empty);
        Assert.That(Of(Card("nfp"), Moves(2_801)), Has.Length.EqualTo(1));
    }

    [Test]
    public void Nfp_says_no_to_what_its_firmware_may_lack_if_the_file_says_so()
    {
        var card = Card("nfp") with { ContextWrites = false, LiveReload = false, StackBytes = 64 };
        Assert.That(Of(card, "*(u32 *)(r1 + 16) = 3\n*(u64 *)(r10 - 80) = 0\nr0 = 2\nexit"), Is.EqualTo(new[]
        {
            "95 [nfp] queue selection not supported by FW", "95 [nfp] stack too large: program 80B > FW stack 64B",
        }));
        Assert.That(card.RefuseReload("b", "a")!.DriverText, Is.EqualTo("nfp: FW does not support live reload"));
    }

    [Test]
    public void The_small_card_is_said_to_be_no_real_one() =>
        Assert.That(File.ReadAllText(TestData.FromRoot("devices", "fpga-small.yaml")), Does.Contain("does not exist"));
}
