using Chainring.Kernels;
using Chainring.Offload.Spec;
using Chainring.Tests.Kernels.Maps;
using Chainring.Tests.Oracle;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Helpers;

/// <summary>
/// Elements of maps that a function is called back for. In which order a hash has them is nobody's business: what is compared does not
/// depend on it.
/// </summary>
public sealed class ForEachTests
{
    /// <summary>What the function does with an element, by its key: nothing, delete it, update it, add another, look into another walk, end.</summary>
    enum Deed { Nothing, Delete, Update, Write, Walk }

    static readonly MapType[] Walked = [MapType.Array, MapType.PerCpuArray, MapType.Hash, MapType.PerCpuHash, MapType.LruHash, MapType.LruPerCpuHash];

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    /// <summary>Which keys leave an LRU map that is full is not compared.</summary>
    static MapSpec Map(MapType type, int entries) =>
        SomeMap.Of(type, "map", type is MapType.LruHash or MapType.LruPerCpuHash ? 1_000 : entries) with { ValueSize = 8 };

    /// <summary>Keys are put in, then every element is met once: the sum of what was met, how many, and what is left.</summary>
    [Test]
    public void Every_element_is_met_once_whatever_is_done_with_it([ValueSource(nameof(Walked))] MapType type) =>
        Gen.Select(Gen.Int[0, 15].Array[0, 20], Gen.Enum<Deed>(), Gen.Int[0, 3]).Sample((keys, deed, mask) =>
        {
            List<string> lines = [.. keys.Select((key, n) => $"""
                *(u32 *)(r10 - 4) = {key}
                *(u64 *)(r10 - 16) = {n + 1}
                r1 = map(map)
                r2 = r10
                r2 += -4
                r3 = r10
                r3 += -16
                r4 = 0
                call 2
                """)];
            // Sum and mix of the keys, and of the values.
            string text = $"""
                {string.Join('\n', lines)}
                *(u64 *)(r10 - 24) = 0
                *(u64 *)(r10 - 32) = 0
                r1 = map(map)
                r2 = code_addr(element)
                r3 = r10
                r3 += -32
                r4 = 0
                call 164
                {BothSides.Keep(0)}
                r0 = *(u64 *)(r10 - 24)
                {BothSides.Keep(1)}
                r0 = *(u64 *)(r10 - 32)
                {BothSides.Keep(2)}
                r0 = 2
                exit
                element:
                r6 = r1
                r7 = r2
                r8 = r3
                r9 = *(u32 *)(r2 + 0)
                r1 = *(u64 *)(r4 + 8)
                r1 += r9
                r1 += 1000
                *(u64 *)(r4 + 8) = r1
                r1 = *(u64 *)(r4 + 0)
                r2 = *(u64 *)(r3 + 0)
                r2 *= 77
                r1 += r2
                *(u64 *)(r4 + 0) = r1
                r9 &= {mask}
                if r9 != 0 goto done
                {Do(deed)}
                done:
                r0 = 0
                exit
                inner:
                r0 = *(u64 *)(r4 + 0)
                r0 += 1
                *(u64 *)(r4 + 0) = r0
                r0 = 0
                exit
                """;
            BothSides.Compare(deed == Deed.Walk ? text : text[..text.IndexOf("\ninner:", StringComparison.Ordinal)], [Map(type, 16), BothSides.Results(3)]);
        }, iter: 80, threads: 1, print: sample => $"{sample.Item2} where key & {sample.Item3} is 0, keys {string.Join(' ', sample.Item1)}");

    static string Do(Deed deed) => deed switch
    {
        Deed.Delete => "r1 = r6\nr2 = r7\ncall 3",
        Deed.Update => "*(u64 *)(r10 - 8) = 5\nr1 = r6\nr2 = r7\nr3 = r10\nr3 += -8\nr4 = 0\ncall 2",
        Deed.Write => "*(u64 *)(r8 + 0) = 9",
        Deed.Walk => "*(u64 *)(r10 - 8) = 0\nr1 = r6\nr2 = code_addr(inner)\nr3 = r10\nr3 += -8\nr4 = 0\ncall 164\nr1 = *(u64 *)(r10 - 8)\n*(u64 *)(r8 + 0) = r1",
        _ => "",
    };

    [Test]
    public void An_answer_of_1_ends_it([ValueSource(nameof(Walked))] MapType type, [Values(0, 1, 3, 16)] int after)
    {
        var words = BothSides.Compare($"""
            r6 = 0
            more:
            *(u32 *)(r10 - 4) = r6
            *(u64 *)(r10 - 16) = 1
            r1 = map(map)
            r2 = r10
            r2 += -4
            r3 = r10
            r3 += -16
            r4 = 0
            call 2
            r6 += 1
            if r6 != 16 goto more
            *(u64 *)(r10 - 24) = {after}
            r1 = map(map)
            r2 = code_addr(element)
            r3 = r10
            r3 += -24
            r4 = 0
            call 164
            {BothSides.Keep(0)}
            r0 = 2
            exit
            element:
            r1 = *(u64 *)(r4 + 0)
            r0 = 1
            if r1 == 0 goto end
            r1 -= 1
            *(u64 *)(r4 + 0) = r1
            r0 = 0
            end:
            exit
            """, [Map(type, 16), BothSides.Results(1)]);
        Assert.That(words[0], Is.EqualTo(Math.Min(after + 1, 16)));
    }

    /// <summary>An element that goes before its turn is not met, one that moves is met once, whatever bucket it is in.</summary>
    [Test]
    public void Elements_that_come_and_go_are_met_once_at_most([ValueSource(nameof(Backends))] IKernelTarget target)
    {
        var map = Map(MapType.Hash, 64);
        var seen = Map(MapType.Array, 64) with { Name = "seen" };
        // Of each element the function deletes the next key, adds one that may come, and updates its own.
        var rig = new KernelRig(target, [ProgramText.Program("walk", """
            r1 = map(map)
            r2 = code_addr(element)
            r3 = 0
            r4 = 0
            call 164
            r0 = 2
            exit
            element:
            r9 = *(u32 *)(r2 + 0)
            *(u32 *)(r10 - 4) = r9
            *(u64 *)(r10 - 16) = 1
            r1 = map(seen)
            r2 = r10
            r2 += -4
            call 1
            if r0 == 0 goto out
            r1 = *(u64 *)(r0 + 0)
            r1 += 1
            *(u64 *)(r0 + 0) = r1
            r1 = map(map)
            r2 = r10
            r2 += -4
            r3 = r10
            r3 += -16
            r4 = 0
            call 2
            r9 += 1
            *(u32 *)(r10 - 4) = r9
            r1 = map(map)
            r2 = r10
            r2 += -4
            call 3
            r9 += 31
            r9 &= 63
            *(u32 *)(r10 - 4) = r9
            r1 = map(map)
            r2 = r10
            r2 += -4
            r3 = r10
            r3 += -16
            r4 = 0
            call 2
            out:
            r0 = 0
            exit
            """)], [map, seen]);
        for (int key = 0; key < 40; key++) rig.Map("map").UpdateAll(BitConverter.GetBytes(key), new byte[8], 0);
        var batch = new PacketBatch(1);
        batch.Add(new byte[64]);
        rig.Kernel.Run(batch);
        Assert.That(batch.Verdicts[0], Is.EqualTo(new Verdict(XdpAction.Pass)));
        ulong[] times = [.. rig.Map("seen").Entries().Select(e => BitConverter.ToUInt64(e.Values[0]))];
        Assert.That(times, Has.All.LessThanOrEqualTo(1UL));
        Assert.That(times.Sum(n => (long)n), Is.GreaterThan(15));
    }

    static IEnumerable<IKernelTarget> Backends => Targets.All;
}
