using Chainring.Kernels.Helpers;
using Chainring.Kernels.Maps;
using Chainring.Offload.Elf;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Elf;

/// <summary>The test objects, which the kernel confirms, leave out no helper and no map type that the card has, and are of every size.</summary>
public sealed class ObjectCoverageTests
{
    static readonly Lazy<IReadOnlyList<ObjectSpec>> Objects = new(() =>
        [.. Directory.EnumerateFiles(TestData.Path("objects"), "*.o").Order(StringComparer.Ordinal).Select(path => ObjectLoader.LoadFile(path).Value)]);

    static IEnumerable<string> Helpers => HelperTable.All.Where(row => HelperBodies.Has(row.Id)).Select(row => row.Name);

    static IEnumerable<MapType> MapTypes => MapKinds.Types;

    [TestCaseSource(nameof(Helpers))]
    public void A_helper_is_called_by_a_test_object(string name) =>
        Assert.That(Objects.Value.SelectMany(o => o.Programs).SelectMany(p => p.Code).Any(i => HelperTable.CalledBy(i)?.Name == name));

    [TestCaseSource(nameof(MapTypes))]
    public void A_map_type_is_used_by_a_test_object(MapType type) =>
        Assert.That(Objects.Value.SelectMany(o => o.Maps).Any(m => m.Type == type));

    [TestCase(100, 60), TestCase(1_000, 5), TestCase(2_000, 5), TestCase(5_000, 2)]
    public void Enough_programs_are_that_long(int instructions, int programs) =>
        Assert.That(Objects.Value.SelectMany(o => o.Programs).Count(p => p.Code.Length > instructions), Is.GreaterThanOrEqualTo(programs));
}
