using System.Buffers.Binary;
using Chainring.Kernels;
using Chainring.Kernels.Helpers;
using Chainring.Offload.Elf;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Helpers;

/// <summary>The RX-metadata kfuncs: what they answer, and what they write where. Frame 0 has every hint, frame 1 none.</summary>
public sealed class RxMetadataTests
{
    const ulong Timestamp = 0x1122334455667788;

    static readonly RxHints Everything = new()
    {
        Hash = 0xa1b2c3d4,
        HashType = HashType.Ipv6 | HashType.Layer4 | HashType.Udp,
        HasHash = true,
        HasVlanTag = true,
        VlanProtocol = 0x88a8,
        VlanTag = 0xe064,
    };

    static readonly MapSpec Answers = new() { Name = "answers", Type = MapType.Array, KeySize = 4, ValueSize = 24, MaxEntries = 1 };

    static IEnumerable<TestCaseData> Cases()
    {
        foreach (var target in Targets.All)
        {
            yield return Case("bpf_xdp_metadata_rx_timestamp", "8877665544332211 cccccccccccccccc");
            yield return Case("bpf_xdp_metadata_rx_hash", "d4c3b2a1cccccccc 2a000000cccccccc");
            yield return Case("bpf_xdp_metadata_rx_vlan_tag", "88a8cccccccccccc 64e0cccccccccccc");

            TestCaseData Case(string name, string written) => new TestCaseData(target, name, written.Replace(" ", "")).SetArgDisplayNames(target.Name, name);
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void A_hint_is_written_and_no_byte_beside_it(IKernelTarget target, string name, string written) =>
        Assert.That(Ask(target, name, Everything, Timestamp), Is.EqualTo((0, written)));

    [TestCaseSource(nameof(Cases))]
    public void An_absent_hint_is_ENODATA_and_nothing_is_written(IKernelTarget target, string name, string written) =>
        Assert.That(Ask(target, name, default, 0), Is.EqualTo((-61, new string('c', 32))));

    [TestCaseSource(nameof(Cases))]
    public void Each_hint_is_absent_by_itself(IKernelTarget target, string name, string written)
    {
        RxHints others = Everything;
        if (name.EndsWith("rx_hash", StringComparison.Ordinal)) others.HasHash = false;
        if (name.EndsWith("rx_vlan_tag", StringComparison.Ordinal)) others.HasVlanTag = false;
        ulong timestamp = name.EndsWith("rx_timestamp", StringComparison.Ordinal) ? 0 : Timestamp;
        Assert.That(Ask(target, name, others, timestamp).Answer, Is.EqualTo(-61));
    }

    [Test]
    public void Every_kfunc_of_the_table_that_reads_a_hint_has_a_case()
    {
        var cases = Cases().Select(c => (string)c.Arguments[1]!);
        Assert.That(HelperTable.All.Select(r => r.Name).Where(n => n.StartsWith("bpf_xdp_metadata_", StringComparison.Ordinal)), Is.EquivalentTo(cases.Distinct()));
    }

    [Test]
    public void A_program_says_whether_it_reads_the_hash()
    {
        string Call(string name) => $"r2 = r10\nr2 += -4\nr3 = r10\nr3 += -8\ncall kfunc {HelperTable.FindKfunc(name)!.Id}\nr0 = 2\nexit";
        var tags = Load(ProgramText.Program("tags", Call("bpf_xdp_metadata_rx_vlan_tag")));
        var hash = Load(ProgramText.Program("hash", Call("bpf_xdp_metadata_rx_hash")));
        var number = Load(ProgramText.Program("number", $"r1 = {HelperTable.RxHashId} ll\nr0 = {HelperTable.RxHashId}\nexit"));
        var jumps = Load(ProgramText.Program("jumps", "r2 = map(programs)\nr3 = 0\ncall 12\nr0 = 2\nexit"));
        Assert.That(new[] { tags, hash, number, jumps }.Select(p => p.ReadsRxHash), Is.EqualTo(new[] { false, true, false, false }));
        Assert.That(new[] { tags, hash, number, jumps }.Select(p => Chain.Of(p).MayReadRxHash), Is.EqualTo(new[] { false, true, false, true }));
        Assert.That(new Chain { Stages = [new() { Program = tags }, new() { Program = hash }] }.MayReadRxHash);
    }

    [Test]
    public void The_test_object_reads_the_hash_whoever_compiled_it()
    {
        foreach (string file in Directory.EnumerateFiles(TestData.Path("objects"), "rx-hints.o", SearchOption.AllDirectories))
            Assert.That(Load(ObjectLoader.LoadFile(file).Value.Program(null).Value).ReadsRxHash, file);
        Assert.That(Load(ObjectLoader.LoadFile(TestData.Path("objects", "ctx-fields.o")).Value.Program(null).Value).ReadsRxHash, Is.False);
    }

    [TestCase(1, "R10"), TestCase(3, "R11"), TestCase(999, "R11"), TestCase(1_999, "R11"), TestCase(-1, "R11"), TestCase(12, "R11")]
    public void A_call_by_the_wrong_kind_or_of_nothing_is_refused(int id, string refusal)
    {
        string call = refusal == "R10" ? $"call {HelperTable.FirstKfunc}" : $"call kfunc {id}";
        var problem = LoadedProgram.Load(1, ProgramText.Program("wrong", $"{call}\nexit"), _ => throw new InvalidOperationException()).Problem;
        Assert.That(problem?.Id, Is.EqualTo(refusal));
    }

    /// <summary>Calls with results 8 bytes apart in a map value of 0xcc; what it answers, and those 16 bytes.</summary>
    static (int Answer, string Written) Ask(IKernelTarget target, string name, RxHints hints, ulong timestamp)
    {
        var rig = new KernelRig(target, [ProgramText.Program("ask", $"""
            r2 = value(answers) + 8
            r3 = value(answers) + 16
            call kfunc {HelperTable.FindKfunc(name)!.Id}
            r1 = value(answers)
            *(u64 *)(r1 + 0) = r0
            r0 = 2
            exit
            """)], [Answers]);
        byte[] fill = [.. Enumerable.Repeat((byte)0xcc, 24)];
        rig.Map("answers").UpdateAll(new byte[4], fill, 0);
        var batch = new PacketBatch(1);
        ref var frame = ref batch.Add(new byte[64]);
        (frame.Hints, frame.TimestampNs) = (hints, timestamp);
        rig.Kernel.Run(batch);

        Assert.That(batch.Verdicts[0], Is.EqualTo(new Verdict(XdpAction.Pass)));
        var value = rig.Map("answers").Entries().Single().Values[0];
        return (BinaryPrimitives.ReadInt32LittleEndian(value), Convert.ToHexStringLower(value.AsSpan(8)));
    }

    static LoadedProgram Load(ProgramSpec spec) => LoadedProgram.Load(1, spec, name => name == "programs"
        ? Chainring.Kernels.Maps.MapKinds.Create(1, new() { Name = name, Type = MapType.ProgramArray, KeySize = 4, ValueSize = 4, MaxEntries = 1 }, 1).Value
        : Chainring.Kernels.Maps.MapKinds.Create(1, Answers with { Name = name }, 1).Value).Value;
}
