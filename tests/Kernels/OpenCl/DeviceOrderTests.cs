using Chainring.Kernels;
using Chainring.Kernels.OpenCl;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;
using Chainring.Tests.Kernels.Il;
using Chainring.Tests.Support;
using Chainring.Tests.Support.Programs;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.OpenCl;

/// <summary>Ordered chains on a device: in passes by key they do what they do one by one, by flow what each flow does by itself, and without order no sum is lost.</summary>
[Category(Fuzz.Category)]
public sealed class DeviceOrderTests
{
    const int Batches = 4;

    static readonly MapSpec Seen = new() { Name = "seen", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 256 };

    /// <summary>The first three frames of a key pass and the others are dropped; the key is the first byte.</summary>
    const string FirstThree = """
        r2 = *(u32 *)(r1 + 0)
        r3 = *(u32 *)(r1 + 4)
        r4 = r2
        r4 += 14
        if r4 > r3 goto out
        r2 = *(u8 *)(r2 + 0)
        *(u32 *)(r10 - 4) = r2
        r1 = map(seen)
        r2 = r10
        r2 += -4
        call bpf_map_lookup_elem
        if r0 != 0 goto found
        *(u64 *)(r10 - 16) = 1
        r1 = map(seen)
        r2 = r10
        r2 += -4
        r3 = r10
        r3 += -16
        r4 = 1
        call bpf_map_update_elem
        goto out
        found:
        r1 = *(u64 *)(r0 + 0)
        r1 += 1
        *(u64 *)(r0 + 0) = r1
        if r1 <= 3 goto out
        r0 = 1
        exit
        out:
        r0 = 2
        exit
        """;

    [Test]
    public void Frames_of_a_key_keep_their_order_and_others_run_at_once()
    {
        OpenClDevice.Need();
        foreach (var way in OpenClDevice.InPasses)
        {
            var (sides, kernel) = Run(way, FirstThree, Seen, keys: 9);
            Assert.That(sides[0].Verdicts.ToArray().Select(v => v.Action).Distinct().Count(), Is.EqualTo(1), "all are used up at the end");
            Assert.That(kernel.Tally[BatchRun.InPasses], Is.EqualTo(Batches));
            Assert.That(kernel.Tally.Passes, Is.InRange(Batches * Side.Capacity / 9, Batches * Side.Capacity * 2 / 3));
        }
    }

    [Test]
    public void A_batch_runs_one_by_one_when_a_map_might_become_full_in_it()
    {
        OpenClDevice.Need();
        foreach (var layout in new[] { FrameLayout.InPlace, FrameLayout.Columns })
        {
            var (sides, kernel) = Run(OpenClDevice.InPassesOf(DeviceShape.Predicated, layout), FirstThree, Seen with { MaxEntries = 40 }, keys: 64);
            Assert.That(kernel.Tally[BatchRun.MapsTooFull], Is.InRange(1, Batches - 1));
            Assert.That(sides[0].Kernel.Counters.Returns(0, XdpAction.Pass), Is.EqualTo(sides[1].Kernel.Counters.Returns(0, XdpAction.Pass)));
        }
    }

    /// <summary>The host has not seen what earlier pieces put into the map.</summary>
    [Test]
    public void Pieces_of_a_batch_go_on_one_by_one_when_a_map_might_become_full_in_it()
    {
        OpenClDevice.Need();
        var way = OpenClDevice.InPassesOf(DeviceShape.Branches, FrameLayout.Copied);
        var (_, kernel) = Run(way, FirstThree, Seen with { MaxEntries = 12 }, keys: 64);
        Assert.That((kernel.Tally[BatchRun.InPasses], kernel.Tally[BatchRun.MapsTooFull]), Is.EqualTo((1, Batches - 1)), "one piece of the first batch ran in passes");
    }

    [Test]
    public void A_batch_runs_one_by_one_where_few_frames_could_run_at_once()
    {
        OpenClDevice.Need();
        var (_, kernel) = Run(OpenClDevice.Predicated, FirstThree, Seen, keys: 9);
        Assert.That((kernel.Tally[BatchRun.InPasses], kernel.Tally[BatchRun.TooFewAtOnce]), Is.EqualTo((0, Batches)));
    }

    [TestCase("r2 = *(u64 *)(r0 + 0)\n*(u32 *)(r10 - 4) = r2", "calls bpf_map_lookup_elem on seen with a key that is known only when maps have been read")]
    [TestCase("r9 = r0\nr1 = map(seen)\nr2 = r10\nr2 += -4\ncall bpf_map_delete_elem\n*(u64 *)(r9 + 0) = 5", "may use a value of seen after it has changed the keys there")]
    [TestCase("r9 = 5\nagain:\n*(u32 *)(r10 - 4) = r9\nr1 = map(seen)\nr2 = r10\nr2 += -4\ncall bpf_map_delete_elem\nr9 += -1\nif r9 != 0 goto again", "goes round a loop on the way to a key, after what it has read from maps")]
    public void What_cannot_be_put_in_order_by_keys_says_why(string found, string why)
    {
        string text = $"""
            r7 = *(u32 *)(r1 + 12)
            *(u32 *)(r10 - 4) = r7
            r1 = map(seen)
            r2 = r10
            r2 += -4
            call bpf_map_lookup_elem
            if r0 == 0 goto out
            {found}
            r1 = map(seen)
            r2 = r10
            r2 += -4
            call bpf_map_lookup_elem
            if r0 == 0 goto out
            *(u64 *)(r0 + 0) = 7
            r1 = map(seen)
            r2 = r10
            r2 += -4
            call bpf_map_delete_elem
            out:
            r0 = 2
            exit
            """;
        var rig = new KernelRig(Way.Interpreted with { Name = "proven" }, [ProgramText.Program("unordered", text)], [Seen]);
        var chain = rig.Kernel.Chain;
        var run = OpenClDevice.PlanOf(chain, new());
        Assert.That((run.Kind, run.Why), Is.EqualTo((RunKind.OneByOne, why)));
    }

    [Test]
    public void Each_flow_does_what_it_does_by_itself()
    {
        OpenClDevice.Need();
        // What was used last is remembered in one order for all frames, so that keys would not do.
        foreach (var layout in Enum.GetValues<FrameLayout>())
        {
            var (_, kernel) = Run(OpenClDevice.InPassesOf(DeviceShape.Predicated, layout, KeptOrder.Flow), FirstThree, Seen with { Type = MapType.LruHash }, keys: 9);
            Assert.That((kernel.Code.Source.Run.Kind, kernel.Tally[BatchRun.InPasses]), Is.EqualTo((RunKind.ByFlow, Batches)));
        }
    }

    [Test]
    public void Without_64_bit_atomic_operations_a_chain_that_has_them_runs_one_by_one()
    {
        var chain = new KernelRig(Way.Interpreted, [DeviceRaceTests.Count], [Seen]).Kernel.Chain;
        foreach (var kept in new[] { KeptOrder.Flow, KeptOrder.Relaxed })
        {
            var (with, without) = (Of(kept, true), Of(kept, false));
            Assert.That((with.Kind == RunKind.OneByOne, without.Kind, without.Why), Is.EqualTo((false, RunKind.OneByOne, "has 64-bit atomic operations, which the device does not")));
        }
        Assert.That(Of(KeptOrder.Sequential, false).Kind, Is.EqualTo(RunKind.ByKey), "of a key one frame at a time is there");

        RunPlan Of(KeptOrder kept, bool longAtomics) => OpenClDevice.PlanOf(chain, new(), kept, longAtomics);
    }

    [Test]
    public void A_card_makes_the_hash_by_which_flows_are_told_apart()
    {
        Assert.That((new OpenClTarget(KeptOrder.Flow).ReadsRxHash, new OpenClTarget().ReadsRxHash), Is.EqualTo((true, false)));
        var asks = new Asks();
        using var card = TestCard.Of(ProgramText.Program("pass", "r0 = 2\nexit"), target: asks);
        var frames = Captures.Frames("64-bytes-10-flows").Frames;
        card.Run(frames);
        Assert.That(asks.Hashes.Distinct().Count(), Is.EqualTo(10));
    }

    /// <summary>A backend that asks for the hash of frames and notes it.</summary>
    sealed class Asks : IKernelTarget
    {
        public List<uint> Hashes { get; } = [];

        public string Name => "asks";

        public string Description => Name;

        public bool NeedsProof => false;

        public bool ReadsRxHash => true;

        public IKernel Compile(Chain chain, KernelEnvironment environment) => new Kernel(this, Targets.Reference.Compile(chain, environment));

        sealed class Kernel(Asks asks, IKernel runs) : IKernel
        {
            public Chain Chain => runs.Chain;

            public ChainCounters Counters => runs.Counters;

            public void Run(PacketBatch batch)
            {
                for (int n = 0; n < batch.Count; n++) asks.Hashes.Add(batch.Frame(n).Hints.Hash);
                runs.Run(batch);
            }
        }
    }

    [Test]
    public void Without_order_no_sum_and_no_key_is_lost_or_doubled()
    {
        OpenClDevice.Need();
        const int frames = 4096, keys = 200;
        var rig = new KernelRig(Way.OnDevice(new(Kept: KeptOrder.Relaxed)), [DeviceRaceTests.Count], [Seen]);
        var batch = new PacketBatch(frames);
        for (int round = 0; round < Batches; round++)
        {
            batch.Clear();
            for (int n = 0; n < frames; n++) new Arrival(new byte[60], (uint)(n % keys)).AddTo(batch, n);
            rig.Kernel.Run(batch);
        }
        Assert.That(((OpenClKernel)rig.Kernel).Code.Source.Run.Kind, Is.EqualTo(RunKind.AtOnce));
        var held = rig.Map(Seen.Name).Entries();
        Assert.That(held, Has.Count.EqualTo(keys));
        Assert.That(held.Sum(e => BitConverter.ToInt64(e.Values[0])), Is.EqualTo(Batches * frames));
    }

    [Test]
    public void A_program_that_uses_a_few_keys_does_the_same_in_passes()
    {
        OpenClDevice.Need();
        var tally = new Tally("one by one", "by key", "batches in passes");
        foreach (ulong input in Fuzz.Seeds("programs by key", 10, tally.EndBlock))
        {
            var program = KeyedProgram.Of(input);
            var way = OpenClDevice.InPasses[(int)(input % (ulong)OpenClDevice.InPasses.Count)];
            if (Plan(program).Kind != RunKind.ByKey)
            {
                tally.Add("one by one");
                continue;
            }
            tally.Add("by key");
            var random = new SplitMix64(input);
            var sides = new[] { Way.Interpreted, way }.Select(w => Side.Of(new KernelRig(w, [program], KeyedProgram.Maps, cpus: 2, cpu: 1), w, Frame.MaxLength)).ToList();
            for (int n = 0; n < 8; n++)
            {
                var frames = new Arrival[Side.Capacity];
                for (int f = 0; f < frames.Length; f++)
                {
                    byte[] bytes = new byte[64];
                    for (int b = 0; b < bytes.Length; b++) bytes[b] = (byte)random.Next();
                    frames[f] = new(bytes);
                }
                foreach (var side in sides) side.Run(frames, n * Side.Capacity);
                Assert.That(sides[1].DifferenceFrom(sides[0]), Is.Null, $"input {input}, batch {n}:\n{KeyedProgram.Text(input)}");
            }
            for (long n = ((OpenClKernel)sides[1].Kernel).Tally[BatchRun.InPasses]; n > 0; n--) tally.Add("batches in passes");
        }
        TestContext.Out.WriteLine($"on the way: {tally}");
    }

    static RunPlan Plan(ProgramSpec program)
    {
        var chain = new KernelRig(Way.Interpreted, [program], KeyedProgram.Maps).Kernel.Chain;
        return OpenClDevice.PlanOf(chain, new());
    }

    /// <summary>Frames of keys in turn, of which the first is the commonest; a flow has one key.</summary>
    static (List<Side> Sides, OpenClKernel Kernel) Run(Way way, string text, MapSpec map, int keys)
    {
        var random = new SplitMix64(3);
        var sides = new[] { Way.Interpreted, way }.Select(w => Side.Of(new KernelRig(w, [ProgramText.Program("ordered", text)], [map]), w, Frame.MaxLength)).ToList();
        for (int batch = 0; batch < Batches; batch++)
        {
            var frames = new Arrival[Side.Capacity];
            for (int f = 0; f < frames.Length; f++)
            {
                byte[] bytes = new byte[60];
                bytes[0] = (byte)random.Below(keys);
                frames[f] = new(bytes) { Flow = bytes[0] };
            }
            foreach (var side in sides) side.Run(frames, batch * Side.Capacity);
            Assert.That(sides[1].DifferenceFrom(sides[0]), Is.Null, $"batch {batch}");
        }
        return (sides, (OpenClKernel)sides[1].Kernel);
    }
}
