using Chainring.Offload.Elf;
using Chainring.Offload.Elf.Core;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Tests.Oracle;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Elf;

/// <summary>libbpf and the running kernel read our test objects as we do.</summary>
public sealed class LibbpfAgreementTests
{
    /// <summary>libbpf refuses the others: legacy maps, static programs, programs without a section.</summary>
    static readonly string[] Sources = ["programs", "maps", "globals", "callbacks", "types", "core_target", "locks", "optional"];

    static IEnumerable<string> Objects =>
        from file in TestObjects.All where Sources.Contains(file.Split('.')[0]) && !MapsWithoutBtf.Contains(file) select file;

    static readonly string[] MapsWithoutBtf = ["maps.19v3.bare.o", "programs.19v4.bare.o"];

    /// <summary>Objects of other tests, by path within <c>tests/data</c>; libbpf or the kernel may refuse some.</summary>
    static IEnumerable<string> OtherObjects => Directory.Exists(TestData.Path("objects"))
        ? Directory.EnumerateFiles(TestData.Path("objects"), "*.o", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(TestData.Path(), f)).Order(StringComparer.Ordinal)
        : [];

    [Test]
    public void Other_objects_agree_as_far_as_libbpf_loads_them()
    {
        Libbpf.Require();
        int compared = 0;
        foreach (var file in TestData.Sample(OtherObjects))
        {
            var ours = ObjectLoader.LoadFile(TestData.Path(file), RunningKernel);
            using var theirs = LibbpfObject.Open(TestData.Path(file));
            if (theirs is null) continue;

            Assert.That(ours.Problem, Is.Null, $"{file}: {ours.Problem}");
            Assert.That(ours.Value.Maps.Select(m => Describe(m)), Is.EqualTo(theirs.Maps().Select(m => Describe(m))), file);
            if (theirs.Load(ours.Value.Programs.Where(p => p.OtherType is null).Select(p => p.Name).ToHashSet()) != 0) continue;
            Compare(file, Linked(ours.Value), theirs);
            compared++;
        }
        TestContext.Out.WriteLine($"{compared} objects compared");
    }

    /// <summary>What libbpf fits objects to unless it is told otherwise.</summary>
    static LoadOptions RunningKernel => new() { Types = TargetTypes.LoadFile("/sys/kernel/btf/vmlinux").Value };

    static IEnumerable<string> Builds => TestObjects.Builds;

    [TestCaseSource(nameof(Builds))]
    public void Type_relocations_are_resolved_as_libbpf_resolves_them(string build)
    {
        Libbpf.Require();
        string types = TestObjects.PathOf($"core_target.{build}.o"), file = TestObjects.PathOf($"core.{build}.o");
        var ours = ObjectLoader.LoadFile(file, new() { Types = TargetTypes.LoadFile(types).Value }).Value;
        Assert.That(ours.Programs.Select(p => p.Problem?.Sentence), Is.All.Null);
        using var theirs = LibbpfObject.Open(file, types)!;
        Assert.That(theirs.Load(ours.Programs.Select(p => p.Name).ToHashSet()), Is.Zero);
        Compare(file, ours, theirs);

        // Against its own types, too, where only the ids of types may differ: libbpf takes the first of equal ones.
        var alone = ObjectLoader.LoadFile(file).Value;
        using var their = LibbpfObject.Open(file, file)!;
        Assert.That(their.Load(new HashSet<string> { "fields", "bits", "facts" }), Is.Zero);
        Compare(file, alone with { Programs = [.. alone.Programs.Where(p => p.Name is not "guarded")] }, their, only: ["fields", "bits", "facts"]);
    }

    [TestCaseSource(nameof(Builds))]
    public void Kernel_configuration_values_equal_libbpfs(string build)
    {
        Libbpf.Require();
        string file = TestObjects.PathOf($"kconfig.{build}.o");
        var ours = ObjectLoader.LoadFile(file, new() { KernelConfiguration = KernelConfigurationTests.Values }).Value;
        using var theirs = LibbpfObject.Open(file, kernelConfiguration: KernelConfigurationTests.Text)!;
        Assert.That(theirs.Load(ours.Programs.Select(p => p.Name).ToHashSet()), Is.Zero);
        Compare(file, ours, theirs);

        byte[] mine = ours.Maps.Single(m => m.Name == ".kconfig").InitialValue!, their = theirs.FirstValue(".kconfig");
        // Of what libbpf asks the running kernel, cards have an answer of their own.
        int version = mine.AsSpan().IndexOf((ReadOnlySpan<byte>)[0, 0x12, 6, 0]), hasWrapper = mine.Length - "hello\0\0\0".Length - 1;
        Assert.That(mine.Length, Is.EqualTo(their.Length));
        Assert.That(Enumerable.Range(0, mine.Length).Where(at => mine[at] != their[at]), Is.SubsetOf([hasWrapper, version, version + 1, version + 2]));
    }

    [TestCaseSource(nameof(Objects))]
    public void Linked_instructions_equal_those_that_libbpf_loads(string file)
    {
        Libbpf.Require();
        var ours = ObjectLoader.LoadFile(TestObjects.PathOf(file)).Value;
        using var theirs = LibbpfObject.Open(TestObjects.PathOf(file));
        Assert.That(theirs, Is.Not.Null, "libbpf refuses the object");

        int error = theirs!.Load(ours.Programs.Where(p => p.OtherType is null).Select(p => p.Name).ToHashSet());
        if (error is -1) Libbpf.Unavailable("the kernel does not let us load programs");
        Assert.That(error, Is.Zero);

        Compare(file, ours, theirs);
    }

    static IEnumerable<string> ObjectsWithKfuncs =>
    [
        .. TestObjects.All.Where(f => f.StartsWith("externs.", StringComparison.Ordinal)).Select(f => Path.Combine("elf", f)),
        .. OtherObjects.Where(f => Path.GetFileName(f) == "rx-hints.o"),
    ];

    /// <summary>The programs ask a device for hints, so they are loaded for one. libbpf's numbers of kfuncs are the kernel's, ours are our own.</summary>
    [TestCaseSource(nameof(ObjectsWithKfuncs))]
    public void Kfuncs_are_called_where_libbpf_calls_them(string file)
    {
        Libbpf.Require();
        OracleAvailability.Require();
        using var ports = new KernelPorts([2]);
        var ours = ObjectLoader.LoadFile(TestData.Path(file)).Value;
        using var theirs = LibbpfObject.Open(TestData.Path(file))!;
        Assert.That(theirs.Load(ours.Programs.Select(p => p.Name).ToHashSet(), device: 2), Is.Zero);
        Compare(file, Linked(ours), theirs);
        Assert.That(ours.Programs.Sum(p => p.ExternReferences.Count), Is.GreaterThanOrEqualTo(3));
    }

    /// <summary>With the kernel's numbers of kfuncs.</summary>
    static ObjectSpec Linked(ObjectSpec source)
    {
        return source with { Programs = [.. source.Programs.Select(WithNumbers)] };

        static ProgramSpec WithNumbers(ProgramSpec program)
        {
            if (program.ExternReferences.Count == 0) return program;
            var code = program.Code.ToArray();
            KernelTypes.Link(program, code);
            return program with { Code = code };
        }
    }

    static void Compare(string file, ObjectSpec ours, LibbpfObject theirs, string[]? only = null)
    {
        var xdp = ours.Programs.Where(p => p.OtherType is null).ToDictionary(p => p.Name);
        var loaded = theirs.Programs().Where(p => only is null || only.Contains(p.Name)).ToList();
        Assert.That(loaded.Select(p => p.Name).Order(), Is.EqualTo(ours.Programs.Select(p => p.Name).Order()), file);
        foreach (var program in loaded.Where(p => xdp.ContainsKey(p.Name)))
        {
            var mine = xdp[program.Name];
            Assert.That(mine.MapReferences.Select(r => (r.Slot, r.Map)), Is.EqualTo(program.Maps), $"{file}: {mine.Name}");
            Assert.That(Lines(Encoding.Encode(mine.Code)), Is.EqualTo(Lines(program.Code)), $"{file}: {mine.Name}");
        }
    }

    [TestCaseSource(nameof(Objects))]
    public void Maps_equal_those_that_libbpf_declares(string file)
    {
        Libbpf.Require();
        var ours = ObjectLoader.LoadFile(TestObjects.PathOf(file)).Value;
        using var theirs = LibbpfObject.Open(TestObjects.PathOf(file));
        Assert.That(theirs, Is.Not.Null, "libbpf refuses the object");
        Assert.That(ours.Maps.Select(m => Describe(m)), Is.EqualTo(theirs!.Maps().Select(m => Describe(m))));
    }

    static string Describe(MapSpec map) => Describe(new LibbpfMap(map.Name, (int)map.Type, (uint)map.KeySize, (uint)map.ValueSize, (uint)map.MaxEntries,
        (uint)map.Flags, map.Extra, map.PinnedByName, map.Name == ".kconfig" ? null : map.InitialValue));

    static string Describe(LibbpfMap map) => (map with { InitialValue = null })
        + (map.InitialValue is null ? "" : Convert.ToHexString(map.InitialValue));

    static string[] Lines(byte[] code) => [.. code.Chunk(Encoding.SlotBytes).Select((raw, slot) => $"{slot}: {Convert.ToHexStringLower(raw)}")];
}
