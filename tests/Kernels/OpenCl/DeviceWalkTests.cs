using Chainring.Kernels;
using Chainring.Offload.Spec;
using Chainring.Tests.Kernels.Il;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.OpenCl;

/// <summary>Walks through maps of each kind, one inside another: what keys and values they meet, in which order, and where they stop.</summary>
public sealed class DeviceWalkTests
{
    static readonly MapSpec Results = new() { Name = "results", Type = MapType.Array, KeySize = 4, ValueSize = 16, MaxEntries = 1, InitialValue = new byte[16] };

    static readonly MapSpec[] Walked =
    [
        new() { Name = "walked", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 7 },
        new() { Name = "walked", Type = MapType.PerCpuArray, KeySize = 4, ValueSize = 8, MaxEntries = 7 },
        new() { Name = "walked", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 20 },
        new() { Name = "walked", Type = MapType.PerCpuHash, KeySize = 4, ValueSize = 8, MaxEntries = 20 },
    ];

    /// <summary>For each element of the map the elements are walked through again, up to the first that is the same; all keys and values that are met go into one number, in order.</summary>
    const string Program = """
        r6 = value(results)
        r1 = map(walked)
        r2 = code_addr(outer)
        r3 = r10
        r3 += -8
        *(u64 *)(r10 - 8) = 0
        r4 = 0
        call bpf_for_each_map_elem
        *(u64 *)(r6 + 8) = r0
        r0 = 2
        exit
        outer:
        r6 = value(results)
        r7 = *(u32 *)(r2 + 0)
        r8 = *(u64 *)(r3 + 0)
        r9 = *(u64 *)(r6 + 0)
        r9 *= 31
        r9 += r7
        r9 *= 31
        r9 += r8
        *(u64 *)(r6 + 0) = r9
        r8 += 1
        *(u64 *)(r3 + 0) = r8
        *(u64 *)(r10 - 8) = r7
        r1 = map(walked)
        r2 = code_addr(inner)
        r3 = r10
        r3 += -8
        r4 = 0
        call bpf_for_each_map_elem
        r0 = 0
        exit
        inner:
        r6 = value(results)
        r7 = *(u32 *)(r2 + 0)
        r9 = *(u64 *)(r6 + 0)
        r9 *= 31
        r9 += r7
        *(u64 *)(r6 + 0) = r9
        r8 = *(u64 *)(r4 + 0)
        r0 = 1
        if r7 == r8 goto stop
        r0 = 0
        stop:
        exit
        """;

    static IEnumerable<TestCaseData> Cases => Walked.Select((map, n) => new TestCaseData(map, n).SetArgDisplayNames(map.TypeName));

    [TestCaseSource(nameof(Cases))]
    public void A_walk_meets_on_a_device_what_it_meets_interpreted(MapSpec map, int number)
    {
        OpenClDevice.Need();
        Way[] ways = [Way.Interpreted, .. OpenClDevice.Shapes(number)];
        var sides = ways.Select(way =>
        {
            var rig = new KernelRig(way, [ProgramText.Program("walk", Program)], [Results, map], cpus: 2, cpu: 1);
            for (int n = 0; n < 7; n++) rig.Map(map.Name).UpdateAll(BitConverter.GetBytes(map.KeySize == 4 && map.Type is MapType.Hash or MapType.PerCpuHash ? n * 977 : n), BitConverter.GetBytes(100L * n), 0);
            return (Rig: rig, Side: Side.Of(rig, way, Frame.MaxLength));
        }).ToList();
        foreach (var (_, side) in sides) side.Run([new(new byte[60]), new(new byte[60])], 0);
        foreach (var (_, side) in sides.Skip(1)) Assert.That(side.DifferenceFrom(sides[0].Side), Is.Null);
        Assert.That(BitConverter.ToUInt64(sides[0].Rig.Map(Results.Name).Storage), Is.Not.Zero);
        Assert.That(BitConverter.ToUInt64(sides[0].Rig.Map(Results.Name).Storage, 8), Is.EqualTo(7), "elements");
    }
}
