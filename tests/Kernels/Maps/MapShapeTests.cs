using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;
using Chainring.Tests.Oracle;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Maps;

/// <summary>The card creates exactly the maps that the kernel creates, except where a limit of the card says otherwise.</summary>
public sealed class MapShapeTests
{
    static IEnumerable<MapType> Types => MapKinds.Types;

    static readonly int[] Keys = [0, 1, 3, 4, 5, 8, 512, 513, 4096];
    static readonly int[] Values = [0, 1, 4, 7, 8, 512, 32761, 32768, 32769, 100_000];
    static readonly int[] Entries = [0, 1, 3, 1000];

    static readonly MapFlags[] Flags =
    [
        .. Enumerable.Range(0, 14).Select(bit => (MapFlags)(1u << bit)),
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
        foreach (var flags in Flags) Compare(type, 4, 4, 8, flags, differences);
        Assert.That(differences, Is.Empty);
    }

    static void Compare(MapType type, int key, int value, int entries, MapFlags flags, List<string> differences)
    {
        var spec = new MapSpec { Name = "shape", Type = type, KeySize = key, ValueSize = value, MaxEntries = entries, Flags = flags };
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
        if (theirs == Errno.ENOMEM || (type == MapType.CpuMap && theirs == Errno.E2BIG)) return;
        var ours = MapKinds.Create(1, spec, cpus: 1).Problem;
        if (ours is null != (theirs == Errno.None))
            differences.Add($"key {key} value {value} entries {entries} flags 0x{(uint)flags:x}: kernel {theirs}, card {ours?.Sentence ?? "creates it"}");
    }
}
