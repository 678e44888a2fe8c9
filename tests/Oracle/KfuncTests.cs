using Chainring.Host.Driver.Peers;
using Chainring.Kernels;
using Chainring.Offload.Elf;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Tests.Kernels;
using Chainring.Tests.Kernels.Interpreter;
using Chainring.Tests.Support;
using NUnit.Framework;
using Errno = Chainring.Host.Driver.Peers.Errno;

namespace Chainring.Tests.Oracle;

/// <summary>
/// Kfuncs of the card are the kernel's, and the RX-metadata ones behave as on an interface of the kernel. Programs that call those are bound
/// to a device and have no test run: frames come in over a veth pair.
/// </summary>
public sealed class KfuncTests
{
    const int Port = 2, XdpAttachment = 37, PatienceMs = 2_000;

    /// <summary>What rx-hints.c records where.</summary>
    const int TimeCell = 1, HashCell = 3, HashTypeCell = 4;

    [OneTimeSetUp]
    public void NeedsTheKernel()
    {
        Libbpf.Require();
        OracleAvailability.Require();
    }

    static IEnumerable<HelperRow> Kfuncs => HelperTable.All.Where(r => r.Call == CallKind.Kfunc);

    static IEnumerable<string> Objects => Directory.EnumerateFiles(TestData.Path("objects"), "rx-hints.o", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(TestData.Path("objects"), f)).Order(StringComparer.Ordinal);

    /// <summary>The kernel has addresses of values only in maps of one entry.</summary>
    static IReadOnlyList<MapSpec> SmallMaps => [.. ViolationCase.Maps.Where(m => m.KeySize != 0).Select(m => m with { MaxEntries = 1 })];

    [Test]
    public void The_kernel_has_each_kfunc_with_as_many_parameters()
    {
        foreach (var row in Kfuncs)
        {
            Assert.That(KernelTypes.FunctionId(row.Name), Is.Positive, row.Name);
            Assert.That(KernelTypes.ParametersOf(row.Name), Is.EqualTo(row.Arguments.Length), row.Name);
        }
    }

    /// <summary>What is refused for a reason is there in the kernel, or the reason would be another.</summary>
    [Test]
    public void The_kernel_has_what_no_card_can_have()
    {
        var helpers = Enumerable.Range(1, 211).Select(id => HelperNames.Of(id)).ToHashSet();
        Assert.Multiple(() =>
        {
            foreach (string name in KernelOnly.Names)
            {
                Assert.That(HelperTable.All.Select(r => r.Name), Has.None.EqualTo(name));
                if (!helpers.Contains(name)) Assert.That(KernelTypes.FunctionId(name), Is.Positive, name);
            }
        });
    }

    /// <summary>What the verifier refuses at load is a violation on the card, and what it accepts is none.</summary>
    [TestCase("stack", "r2 = r10\nr2 += -8", null)]
    [TestCase("stack, a byte too high", "r2 = r10\nr2 += -7", "invalid read from stack")]
    [TestCase("packet", "", null)]
    [TestCase("metadata", "r4 = *(u32 *)(r1 + 8)\nr5 = r4\nr5 += 8\nif r5 > r2 goto out\nr2 = r4", null)]
    [TestCase("map value", "r2 = value(array) + 4", null)]
    [TestCase("map value, a byte too far", "r2 = value(array) + 5", "invalid access to map value")]
    [TestCase("map that programs cannot write", "r2 = value(read_only)", "write into map forbidden")]
    [TestCase("map that programs cannot read", "r2 = value(write_only)", "read from map forbidden")]
    [TestCase("null", "r2 = 0", "NULL pointer")]
    [TestCase("context", "r2 = r1", "type=ctx expected=fp")]
    [TestCase("map", "r2 = map(array)", "is not supported")]
    [TestCase("no context", "r1 = r2", "expected pointer to ctx")]
    [TestCase("a context moved on", "r1 += 4", "modified ctx ptr")]
    public void A_result_may_lie_where_the_kernel_lets_it(string where, string setup, string? refused)
    {
        using var ports = new KernelPorts([Port]);
        var program = ProgramText.Program("result", $"""
            r2 = *(u32 *)(r1 + 0)
            r3 = *(u32 *)(r1 + 4)
            r0 = 2
            r4 = r2
            r4 += 8
            if r4 > r3 goto out
            {setup}
            call kfunc {HelperTable.FindKfunc("bpf_xdp_metadata_rx_timestamp")!.Id}
            r0 = 2
            out:
            exit
            """);
        var maps = SmallMaps.ToDictionary(m => m.Name, m => new KernelMap(m));
        string? refusal = null;
        try
        {
            new KernelProgram(program, name => maps[name], device: Port).Dispose();
        }
        catch (BpfException e)
        {
            Assert.That(e.Errno, Is.AnyOf(Errno.EACCES, Errno.EINVAL), e.Message);
            refusal = e.Message;
        }
        foreach (var map in maps.Values) map.Dispose();
        Assert.That(refusal, refused is null ? Is.Null : Does.Contain(refused));

        foreach (var target in refused is null ? Targets.All : Targets.Checking)
        {
            var rig = new KernelRig(target, [program], SmallMaps);
            var batch = KernelRig.Batch();
            rig.Kernel.Run(batch);
            Assert.That(batch.Verdicts[1].Action, Is.EqualTo(refused is null ? XdpAction.Pass : XdpAction.Aborted), $"{where}: {batch.Verdicts[1].Reason}");
        }
    }

    [TestCase("a weak one that is missing, not reached", "r1 = 0 ll\nif r1 == 0 goto out\ncall kfunc 0\nout:\nr0 = 2\nexit", "GPL", true)]
    [TestCase("a weak one that is missing, reached", "call kfunc 0\nr0 = 2\nexit", "GPL", false)]
    [TestCase("under both licences", "r2 = r10\nr2 += -8\ncall kfunc 1000\nexit", "Dual MIT/GPL", true)]
    [TestCase("under another licence", "r2 = r10\nr2 += -8\ncall kfunc 1000\nexit", "MIT", false)]
    public void The_kernel_admits_a_call_of(string what, string text, string license, bool admitted)
    {
        using var ports = new KernelPorts([Port]);
        void Load() => new KernelProgram(ProgramText.Program("call", text), _ => throw new InvalidOperationException(), license, Port).Dispose();
        Assert.That(Load, admitted ? Throws.Nothing : RunTests.Refuses(Errno.EINVAL).Or.Property(nameof(BpfException.Errno)).EqualTo(Errno.EACCES), what);
    }

    [TestCaseSource(nameof(Objects))]
    public void A_program_that_asks_for_hints_must_be_bound_to_a_device_and_then_has_no_test_run(string file)
    {
        using var ports = new KernelPorts([Port]);
        var source = Load(file);
        var maps = source.Maps.ToDictionary(m => m.Name, m => new KernelMap(m));
        Assert.That(() => new KernelProgram(source.Programs[0], name => maps[name], source.License),
            Throws.TypeOf<BpfException>().With.Property("Errno").EqualTo(Errno.EINVAL));
        using var bound = new KernelProgram(source.Programs[0], name => maps[name], source.License, Port);
        Assert.That(() => bound.Run(new byte[64]), RunTests.Refuses(Errno.EINVAL));
        foreach (var map in maps.Values) map.Dispose();
    }

    /// <summary>
    /// The kernel's hash, which only it can know, is given to the card; tags come from the wire in both. The time is not compared: a veth
    /// pair has none and answers 0 all the same.
    /// </summary>
    [TestCaseSource(nameof(Objects))]
    public void Live_frames_leave_the_same_in_maps(string file)
    {
        var source = Load(file);
        using var ports = new KernelPorts([Port]);
        var theirs = source.Maps.ToDictionary(m => m.Name, m => new KernelMap(m));
        using var program = new KernelProgram(source.Programs[0], name => theirs[name], source.License, Port);
        using var live = new LiveHints(Port);
        using var link = Bpf.Attach(program.Fd, Port, XdpAttachment);
        var cards = Targets.All.Select(t => new KernelRig(t, [source.Programs[0]], source.Maps)).ToList();
        foreach (var (n, frame) in Frames().Index())
        {
            (ushort protocol, ushort tag) = ((ushort)(n % 3 == 0 ? 0 : n % 3 == 1 ? 0x8100 : 0x88a8), (ushort)(n * 0x357));
            live.Send(frame, protocol, tag);
            Assert.That(() => theirs["frames_by_vlan"].Entries().Sum(e => BitConverter.ToInt64(e.Values[0])),
                Is.EqualTo(n + 1).After(PatienceMs, pollingInterval: 1), $"frame {n} of {frame.Length} bytes has not arrived");
            var hints = new RxHints
            {
                HasHash = true,
                Hash = (uint)Last(theirs["results"], HashCell),
                HashType = (HashType)Last(theirs["results"], HashTypeCell),
                HasVlanTag = protocol != 0,
                VlanProtocol = protocol,
                VlanTag = tag,
            };
            foreach (var card in cards) Run(card, LiveHints.Marked(frame, protocol, tag), hints);
        }
        foreach (var card in cards)
        {
            foreach (var map in card.Maps)
                Assert.That(map.Entries().Select(e => Show(map.Spec, e.Key, e.Values)), Is.EqualTo(theirs[map.Spec.Name].Entries().Select(e => Show(map.Spec, e.Key, e.Values))));
        }
        Assert.That(Last(theirs["results"], TimeCell), Is.Zero, "a veth pair has no clock");
        foreach (var map in theirs.Values) map.Dispose();
    }

    static void Run(KernelRig card, byte[] bytes, in RxHints hints)
    {
        var batch = new PacketBatch(1);
        ref var frame = ref batch.Add(bytes);
        (frame.Hints, frame.TimestampNs) = (hints, 1);
        card.Kernel.Run(batch);
    }

    static string Show(MapSpec map, byte[] key, IReadOnlyList<byte[]> values) =>
        $"{map.Name} {Convert.ToHexString(key)} = {(map.Name == "results" && key[0] == TimeCell ? "some time" : Convert.ToHexString(values[0]))}";

    static ObjectSpec Load(string file) => ObjectLoader.LoadFile(TestData.Path("objects", file)).Value;

    /// <summary>Frames of every protocol that fit an interface's MTU.</summary>
    static List<byte[]> Frames() =>
        [.. Capture.All.First(c => c.Name.Contains("all-protocols", StringComparison.Ordinal)).Frames.Select(f => f.Bytes).Where(b => b.Length is >= 60 and <= 1_500).Take(60)];

    static ulong Last(KernelMap results, int slot) => BitConverter.ToUInt64(results.Lookup(BitConverter.GetBytes(slot))![0]);
}
