using System.Runtime.Intrinsics;
using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Kernels.Il;
using Chainring.Kernels.Maps;
using Chainring.Kernels.Simd;
using Chainring.Offload.Ir;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Simd;

/// <summary>What runs for several frames at once, and in which vectors. That it does the same is in <c>tests/Kernels/Il</c>.</summary>
public sealed class LaneTests
{
    [Test]
    public void The_widest_vector_of_the_hardware_is_used()
    {
        int bits = Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;
        Assert.That((LaneShape.Here.Lanes, LaneShape.Here.Bytes), Is.EqualTo((bits / 32, bits / 8)));
        Assert.That(new SimdTarget().Description, Does.Contain($"{bits / 32} frames at once in vectors of {bits} bits"));
    }

    [TestCase("firewall-then-count", true, null)]
    [TestCase("flag-filter", true, null)]
    [TestCase("chain-headers", true, "From b\\d+ on frame by frame: it writes values of results")]
    [TestCase("rate-limit", true, "From b\\d+ on frame by frame: it looks up in buckets, which remembers what was used last")]
    [TestCase("global-locks", false, "Frame by frame, as il: the chain calls bpf_spin_lock")]
    [TestCase("tail-dispatch", true, "From b\\d+ on frame by frame: it makes tail calls")]
    public void A_chain_runs_together_as_far_as_the_order_of_frames_does_not_matter(string name, bool isTogether, string? why)
    {
        using var card = new TestCard(Load(name), new SimdTarget());
        string text = LaneText.Graph(card.Card.Kernel()!.Chain);
        Assert.That(card.Card.Kernel(), isTogether ? Is.InstanceOf<SimdKernel>() : Is.InstanceOf<IlKernel>());
        Assert.That(text, Does.Match(why ?? $"^(\\d+) of \\1 blocks run for {LaneShape.Here.Lanes} frames at once\\.\n\\d+ of \\d+ numbers are in lanes of 32 bits\\.\nb0:"));
    }

    [Test]
    public void A_chain_that_computes_nothing_is_none_for_lanes()
    {
        var rig = new KernelRig(new SimdTarget(), [ProgramText.Program("pass", "r0 = 2\nexit")]);
        Assert.That(rig.Kernel, Is.InstanceOf<IlKernel>());
        Assert.That(LaneText.Graph(rig.Kernel.Chain), Does.StartWith("Frame by frame, as il: the chain computes nothing.\n"));
    }

    /// <summary>
    /// A program that counts and goes on to another one, which counts as well, and then to one in a slot that its own frame names. Frames that go on by themselves have as many tail calls left as they should,
    /// and a slot that is filled anew holds from the next batch on.
    /// </summary>
    [Test]
    public void Frames_go_on_together_in_the_program_that_a_slot_has([Range(0, 2)] int shape, [Values] bool orders)
    {
        const int frames = 40, batches = 3;
        string Counts(string map, string next) => $"""
            r6 = r1
            r8 = *(u32 *)(r6 + 0)
            r9 = *(u32 *)(r6 + 4)
            r2 = r8
            r2 += 14
            if r2 > r9 goto out
            r1 = value({map})
            r3 = *(u64 *)(r1 + 0)
            r3 += 1
            *(u64 *)(r1 + 0) = r3
            {next}
            r1 = r6
            r2 = map(slots)
            call bpf_tail_call
            out:
            r0 = 1
            exit
            """;
        ProgramSpec[] programs =
        [
            ProgramText.Program("first", Counts("firsts", "r3 = 0")),
            ProgramText.Program("second", Counts("seconds", orders ? "r3 = *(u8 *)(r8 + 0)" : "r3 = 1")),
            ProgramText.Program("third", "r0 = 3\nexit"),
            ProgramText.Program("other", "r0 = 2\nexit"),
        ];
        MapSpec[] maps = [Map("firsts"), Map("seconds"), new() { Name = "slots", Type = MapType.ProgramArray, KeySize = 4, ValueSize = 4, MaxEntries = 3 }];
        var results = new[] { Targets.Reference, new LaneRun.Lanes(LaneShape.Known[shape]) }.Select(target =>
        {
            var rig = new KernelRig(target, programs, maps, link: Fill);
            var verdicts = new List<Verdict>();
            for (int n = 0; n < batches; n++)
            {
                if (n == 1) Set(rig.Map("slots"), 0, rig.Programs[3]);
                if (n == 2) Set(rig.Map("slots"), 0, rig.Programs[1]);
                var batch = new PacketBatch(frames);
                for (int frame = 0; frame < frames; frame++) batch.Add([(byte)(frame % 3), .. new byte[frame % 7 == 6 ? 12 : 59]]);
                rig.Kernel.Run(batch);
                verdicts.AddRange(batch.Verdicts);
            }
            if (rig.Kernel is SimdKernel simd) Assert.That(simd.Code.HasRest, Is.EqualTo(orders));
            return (verdicts, counts: rig.Maps.Take(2).Select(m => BitConverter.ToInt64(m.Storage, 0)).ToList(), runs: rig.Kernel.Counters.Runs(0));

            Chain Fill(IReadOnlyList<LoadedProgram> loaded)
            {
                var slots = loaded[0].Maps.Single(m => m.Spec.Name == "slots");
                Set(slots, 0, loaded[1]);
                Set(slots, 1, loaded[2]);
                return Chain.Of(loaded[0]);
            }
        }).ToList();
        Assert.That(results[1].verdicts, Is.EqualTo(results[0].verdicts));
        Assert.That(results[0].verdicts.Select(v => v.Action).Distinct(), Is.EquivalentTo(new[] { XdpAction.Drop, XdpAction.Pass, XdpAction.Tx }));
        Assert.That(results[1].counts, Is.EqualTo(results[0].counts));
        Assert.That(results[1].runs, Is.EqualTo(results[0].runs));

        static void Set(Map slots, int index, LoadedProgram program) => ((ProgramArrayMap)slots).Set(BitConverter.GetBytes(index), program);
    }

    /// <summary>Some frames go on with the inner loop while others are to go on with the outer one, and leave by a third way.</summary>
    [Test]
    public void Frames_that_wait_for_another_round_are_not_forgotten([Range(0, 2)] int shape)
    {
        const int frames = 64;
        var program = ProgramText.Program("loops", """
            r6 = *(u32 *)(r1 + 0)
            r7 = *(u32 *)(r1 + 4)
            r2 = r6
            r2 += 14
            if r2 > r7 goto end
            r3 = *(u8 *)(r6 + 0)
            r4 = *(u8 *)(r6 + 1)
            r8 = 0
            outer:
            r8 += 1
            if r8 > 3 goto out
            r9 = 0
            inner:
            r9 += 1
            if r9 > 8 goto out
            if r9 > r3 goto out
            if r9 < r4 goto inner
            goto outer
            out:
            r9 <<= 4
            r9 |= r8
            *(u8 *)(r6 + 2) = r9
            end:
            r0 = 2
            exit
            """);
        LaneRun.EqualsReference(program, shape, frames, n => [(byte)(n % 5), (byte)(n / 5 % 5), .. new byte[62]]);
    }

    /// <summary>Beginnings move by as much as each frame says, some too far; some frames have metadata then, of others the calls before were left out.</summary>
    [Test]
    public void Beginnings_move_as_each_frame_says([Range(0, 2)] int shape, [Values] bool metadata)
    {
        var program = ProgramText.Program("move", $"""
            r6 = r1
            r8 = *(u32 *)(r6 + 0)
            r7 = *(u32 *)(r6 + 4)
            r2 = r8
            r2 += 14
            if r2 > r7 goto out
            r9 = *(u8 *)(r8 + 0)
            r3 = *(u8 *)(r8 + 1)
            if r3 < {(metadata ? 2 : 9)} goto head
            r1 = r6
            r2 = -8
            call bpf_xdp_adjust_meta
            head:
            if r9 == 7 goto look
            r2 = r9
            r2 *= 7
            r2 += -320
            r1 = r6
            call bpf_xdp_adjust_head
            r9 = r0
            look:
            r8 = *(u32 *)(r6 + 0)
            r7 = *(u32 *)(r6 + 4)
            r2 = r8
            r2 += 14
            if r2 > r7 goto out
            *(u32 *)(r8 + 2) = r9
            r7 -= r8
            *(u16 *)(r8 + 6) = r7
            r0 = 3
            exit
            out:
            r0 = 1
            exit
            """);
        LaneRun.EqualsReference(program, shape, 90, n => [(byte)n, (byte)(n % 3), .. new byte[12 + n]]);
    }

    /// <summary>
    /// Keys that are put together on the stack, in part on one way and in part on another, in words and across them: they are vectors, and are found as if they were not. So they are in maps that are fetched
    /// beforehand, which are larger than a processor's own caches.
    /// </summary>
    [Test]
    public void Keys_on_the_stack_are_found([Range(0, 2)] int shape, [Values(4, 8, 12, 16, 20, 40)] int bytes, [Values(MapType.Hash, MapType.LpmTrie)] MapType type, [Values] bool isFar)
    {
        const int ways = 4, numbers = 6;
        if (type == MapType.LpmTrie && bytes == 4) bytes = 24;
        var program = ProgramText.Program("find", $"""
            r6 = *(u32 *)(r1 + 0)
            r7 = *(u32 *)(r1 + 4)
            r2 = r6
            r2 += 14
            if r2 > r7 goto out
            r9 = *(u8 *)(r6 + 0)
            r3 = *(u8 *)(r6 + 1)
            {string.Concat(Enumerable.Range(0, bytes / 4).Select(n => $"*(u32 *)(r10 - {bytes - 4 * n}) = r3\nr3 += 1\n"))}
            if r9 > 1 goto other
            *(u8 *)(r10 - {bytes - 2}) = 1
            goto look
            other:
            *(u32 *)(r10 - 4) = r9
            look:
            r4 = *(u16 *)(r10 - {bytes - 2})
            *(u16 *)(r6 + 2) = r4
            r1 = map(flows)
            r2 = r10
            r2 += -{bytes}
            call bpf_map_lookup_elem
            if r0 == 0 goto out
            r1 = *(u32 *)(r0 + 0)
            *(u32 *)(r6 + 4) = r1
            r0 = 3
            exit
            out:
            r0 = 1
            exit
            """);
        var flows = Map("flows") with { Type = type, KeySize = bytes, MaxEntries = isFar ? 1 << 16 : ways * numbers, Flags = type == MapType.LpmTrie ? MapFlags.NoPreallocation : MapFlags.None };
        var found = LaneRun.EqualsReference(program, shape, 8 * ways * numbers, n => [(byte)(n % ways), (byte)(n * 7 / ways % numbers), .. new byte[n % 13 == 12 ? 10 : 58]], [flows], rig =>
        {
            // Every other key.
            for (int n = 0; n < ways * numbers; n += 2) rig.Map("flows").UpdateAll(Key(n % ways, n / ways), BitConverter.GetBytes(n + 1L), UpdateFlags.Any);
        });
        Assert.That(found.Plan.StackWords.Count, Is.EqualTo((bytes + 7) / 8));
        Assert.That(found.Verdicts.Select(v => v.Action).Distinct(), Is.EquivalentTo(new[] { XdpAction.Drop, XdpAction.Tx }));

        byte[] Key(int way, int number)
        {
            byte[] key = [.. Enumerable.Range(number, bytes / 4).SelectMany(BitConverter.GetBytes)];
            if (way > 1) BitConverter.TryWriteBytes(key.AsSpan(bytes - 4), way);
            else key[2] = 1;
            return key;
        }
    }

    /// <summary>Stores next to each other, up to a frame's last byte and behind it what is not the frame's: (place:bytes) in the order of the program.</summary>
    [Test]
    public void Stores_next_to_each_other_are_those_of_each_frame(
        [Range(0, 2)] int shape,
        [Values("0:8 8:4", "8:4 0:8", "0:8 8:8", "0:2 2:4 6:8 14:1", "0:8 8:4 14:2", "14:2 0:8 8:4", "0:8 8:2", "0:8 8:8 16:8 24:2 26:8", "4:8 12:8 20:1", "20:8 28:8 0:8", "12:8 4:8 12:4")] string stores)
    {
        var all = stores.Split(' ').Select(s => s.Split(':').Select(int.Parse).ToArray()).Select(s => (Place: s[0], Bytes: s[1])).ToList();
        int end = all.Max(s => s.Place + s.Bytes), least = Math.Max(end, 14);
        var program = ProgramText.Program("store", $"""
            r6 = *(u32 *)(r1 + 0)
            r7 = *(u32 *)(r1 + 4)
            r2 = r6
            r2 += {end}
            if r2 > r7 goto out
            r3 = *(u32 *)(r6 + 0)
            r3 *= 40503
            {string.Concat(all.Select((s, n) => $"r3 *= 1000003\nr3 += {n + 1}\n*(u{8 * s.Bytes} *)(r6 + {s.Place}) = r3\n"))}
            r0 = 3
            exit
            out:
            r0 = 1
            exit
            """);
        LaneRun.EqualsReference(program, shape, 45, n => [(byte)(n + 1), (byte)(n * 3), .. Enumerable.Range(n, least - (n % 6 == 5 && end > 14 ? 3 : 2) + (n % 3 == 2 ? 0 : n)).Select(b => (byte)b)]);
    }

    /// <summary>A word of the stack that is written in a loop which frames leave one after the other: each goes on with its own.</summary>
    [Test]
    public void Frames_that_have_left_a_loop_keep_what_they_wrote([Range(0, 2)] int shape)
    {
        var program = ProgramText.Program("count", """
            r6 = *(u32 *)(r1 + 0)
            r7 = *(u32 *)(r1 + 4)
            r2 = r6
            r2 += 14
            if r2 > r7 goto out
            r9 = *(u8 *)(r6 + 0)
            r9 &= 7
            r8 = 0
            *(u32 *)(r10 - 8) = r9
            again:
            *(u32 *)(r10 - 4) = r8
            r8 += 1
            if r8 < r9 goto again
            r1 = map(flows)
            r2 = r10
            r2 += -8
            call bpf_map_lookup_elem
            if r0 == 0 goto out
            r1 = *(u64 *)(r0 + 0)
            *(u8 *)(r6 + 1) = r1
            out:
            r0 = 3
            exit
            """);
        var found = LaneRun.EqualsReference(program, shape, 64, n => [(byte)(n * 5), .. new byte[61]], [Map("flows") with { Type = MapType.Hash, KeySize = 8, MaxEntries = 8 }], rig =>
        {
            for (int n = 1; n < 8; n++) rig.Map("flows").UpdateAll([(byte)n, 0, 0, 0, (byte)(n - 1), 0, 0, 0], BitConverter.GetBytes(n + 1L), UpdateFlags.Any);
        });
        Assert.That(found.Plan.StackWords.Count, Is.EqualTo(1));
        Assert.That(found.Bytes.Select(b => b[1]), Is.EqualTo(Enumerable.Range(0, 64).Select(n => n * 5 % 8 is var left and > 0 ? left + 1 : 0)));
    }

    static MapSpec Map(string name) => new() { Name = name, Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 };

    static ChainSpec Load(string name)
    {
        string file = new[] { TestData.FromRoot("examples", $"{name}.yaml"), TestData.Path("objects", $"{name}.yaml") }.First(File.Exists);
        return ChainFile.Load(file).Value;
    }
}
