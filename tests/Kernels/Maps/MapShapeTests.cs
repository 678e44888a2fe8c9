using Chainring.Host.Driver.Peers;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;
using Chainring.Tests.Oracle;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Maps;

/// <summary>The card creates exactly the maps that the kernel creates, except where a limit of the card says otherwise.</summary>
public sealed class MapShapeTests
{
    static IEnumerable<MapType> Types => MapKinds.Types;

    static readonly int[] Keys = [0, 1, 3, 4, 5, 8, 260, 261, 512, 513, 4096];
    static readonly int[] Values = [0, 1, 4, 7, 8, 512, 32761, 32768, 32769, 100_000];
    static readonly int[] Entries = [0, 1, 3, 1000];

    static readonly MapFlags[] Flags =
    [
        .. Enumerable.Range(0, 16).Select(bit => (MapFlags)(1u << bit)),
        MapFlags.None,
        MapFlags.ReadOnlyForPrograms | MapFlags.WriteOnlyForPrograms,
        MapFlags.ReadOnly | MapFlags.WriteOnly,
        MapFlags.ReadOnly | MapFlags.WriteOnlyForPrograms,
        MapFlags.NoPreallocation | MapFlags.NumaNode,
        MapFlags.NoCommonLru | MapFlags.NumaNode,
        MapFlags.NoCommonLru | MapFlags.NoPreallocation,
    ];

    [Test]
    public void Shapes_are_accepted_as_the_kernel_accepts_them([ValueSource(nameof(Types))] MapType type)
    {
        OracleAvailability.Require();
        var differences = new List<string>();
        foreach (int key in Keys)
        {
            foreach (int value in Values)
            {
                foreach (int entries in Entries) Compare(type, key, value, entries, MapFlags.None, differences);
            }
        }
        // A hash's element is one allocation of 4 MiB at most: where exactly it ends.
        for (int value = (4 << 20) - 64; value < (4 << 20) - 40; value++) Compare(type, 4, value, 1, MapFlags.None, differences);
        var (key4, value4, entries8) = SomeMap.Of(type, entries: 8) is var some ? (some.KeySize, some.ValueSize, some.MaxEntries) : default;
        foreach (var flags in Flags) Compare(type, key4, value4, entries8, flags, differences);
        foreach (ulong extra in new[] { 1UL, 5UL, 15UL, 16UL, 1UL << 32 }) Compare(type, key4, value4, entries8, MapFlags.None, differences, extra);
        Assert.That(differences, Is.Empty);
    }

    /// <summary>Around the largest element, where it is not a hash's.</summary>
    [TestCase(MapType.LpmTrie, 8, 4 << 20), TestCase(MapType.LpmTrie, 8, (4 << 20) - 256), TestCase(MapType.Queue, 0, 4 << 20), TestCase(MapType.Stack, 0, 4 << 20)]
    public void Values_are_as_large_as_the_kernel_allows(MapType type, int key, int around)
    {
        OracleAvailability.Require();
        var differences = new List<string>();
        for (int value = around - 64; value <= around + 8; value++) Compare(type, key, value, 1, type == MapType.LpmTrie ? MapFlags.NoPreallocation : MapFlags.None, differences);
        Assert.That(differences, Is.Empty);
    }

    [Test]
    public void Ring_buffers_are_accepted_as_the_kernel_accepts_them()
    {
        OracleAvailability.Require();
        var differences = new List<string>();
        foreach (int entries in new[] { 1, 2048, 4095, 4096, 8192, 12_288, 1 << 20 })
        {
            foreach (int key in new[] { 0, 4 })
            {
                foreach (int value in new[] { 0, 4 }) Compare(MapType.RingBuffer, key, value, entries, MapFlags.None, differences);
            }
        }
        foreach (var flags in Flags) Compare(MapType.RingBuffer, 0, 0, 4096, flags, differences);
        Assert.That(differences, Is.Empty);
    }

    [Test]
    public void Prefixes_are_accepted_as_the_kernel_accepts_them()
    {
        OracleAvailability.Require();
        var differences = new List<string>();
        foreach (int key in Keys)
        {
            foreach (int value in Values) Compare(MapType.LpmTrie, key, value, 4, MapFlags.NoPreallocation, differences);
        }
        foreach (var flags in Flags) Compare(MapType.LpmTrie, 8, 4, 4, flags | MapFlags.NoPreallocation, differences);
        Assert.That(differences, Is.Empty);
    }

    /// <summary>What may stand in a map of maps, by type; and what is like it.</summary>
    [Test]
    public void Inner_maps_are_accepted_as_the_kernel_accepts_them([Values(MapType.ArrayOfMaps, MapType.HashOfMaps)] MapType type)
    {
        OracleAvailability.Require();
        var differences = new List<string>();
        foreach (var inner in Types.Select(t => SomeMap.Of(t, "inner")))
        {
            var spec = SomeMap.Of(type) with { Inner = inner };
            var problem = MapKinds.Create(1, spec, cpus: 1).Problem;
            Compare(spec, differences);
            if (problem is not null) continue;

            var outer = (IMapOfMaps)MapKinds.Create(1, spec, cpus: 1).Value;
            using var theirs = new KernelMap(spec);
            foreach (var other in Others(inner))
            {
                if (MapKinds.Create(2, other, cpus: 1).Problem is not null) continue;
                int left = outer.Set(new byte[4], MapKinds.Create(2, other, cpus: 1).Value, 0);
                using var theirInner = new KernelMap(other);
                int right = -(int)theirs.Update(new byte[4], theirInner);
                if (left != right) differences.Add($"{inner} takes {other}: card {left}, kernel {right}");
            }
        }
        Assert.That(differences, Is.Empty);
    }

    static IEnumerable<MapSpec> Others(MapSpec inner) =>
    [
        inner, inner with { MaxEntries = 2 * inner.MaxEntries }, inner with { KeySize = inner.KeySize + 4 }, inner with { ValueSize = inner.ValueSize + 4 },
        inner with { Flags = inner.Flags ^ MapFlags.NumaNode }, inner with { Flags = inner.Flags ^ MapFlags.ReadOnlyForPrograms },
        inner with { Flags = inner.Flags ^ MapFlags.NoPreallocation }, inner with { Flags = inner.Flags ^ (MapFlags)(1 << 12) },
        inner with { Extra = 3 },
        SomeMap.Of(inner.Type == MapType.Array ? MapType.Hash : MapType.Array),
    ];

    static void Compare(MapType type, int key, int value, int entries, MapFlags flags, List<string> differences, ulong extra = 0) => Compare(new MapSpec
    {
        Name = "shape",
        Type = type,
        KeySize = key,
        ValueSize = value,
        MaxEntries = entries,
        Flags = flags,
        Extra = extra,
        Inner = type is MapType.ArrayOfMaps or MapType.HashOfMaps ? SomeMap.Of(MapType.Array, "inner") : null,
    }, differences);

    static void Compare(MapSpec spec, List<string> differences)
    {
        Errno theirs = Errno.None;
        try
        {
            using var map = new KernelMap(spec);
        }
        catch (BpfException refused)
        {
            theirs = refused.Errno;
        }
        // An answer about this machine's memory, or the CPUs its kernel is built for, is none about the shape.
        if (theirs == Errno.ENOMEM || (spec.Type == MapType.CpuMap && theirs == Errno.E2BIG)) return;
        var ours = MapKinds.Create(1, spec, cpus: 1).Problem;
        if (ours is null != (theirs == Errno.None))
            differences.Add($"{spec}: kernel {theirs}, card {ours?.Sentence ?? "creates it"}");
    }
}
