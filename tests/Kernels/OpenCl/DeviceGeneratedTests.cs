using Chainring.Kernels;
using Chainring.Kernels.OpenCl;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;
using Chainring.Tests.Kernels.Il;
using Chainring.Tests.Support;
using Chainring.Tests.Support.Programs;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.OpenCl;

/// <summary>Generated programs and chains, as far as a device takes them, do the same to everything there as interpreted.</summary>
[Category(Fuzz.Category)]
public sealed class DeviceGeneratedTests
{
    const int Programs = 8, Chains = 8, Batches = 3;

    [Test]
    public void A_program_does_the_same_on_a_device()
    {
        OpenClDevice.Need();
        var tally = new Tally("refused", "Stateless", "Commutative", "Ordered", "ByKey");
        foreach (ulong input in Fuzz.Seeds("programs on a device", Programs, tally.EndBlock))
        {
            var program = GeneratedProgram.Accepted(input, out _, options: GeneratedProgram.NoPointerShows).Spec;
            if (Difference(input, [program], null, tally) is { } difference) Assert.Fail($"input {input}: {difference}\n{GeneratedProgram.Text(program)}");
        }
        TestContext.Out.WriteLine($"on the way: {tally}");
    }

    [Test]
    public void A_chain_does_the_same_on_a_device()
    {
        OpenClDevice.Need();
        var tally = new Tally("refused", "Stateless", "Commutative", "Ordered", "ByKey");
        foreach (ulong input in Fuzz.Seeds("chains on a device", Chains, tally.EndBlock))
        {
            var chain = GeneratedChain.Of(input);
            if (Difference(input, chain.Programs, chain.Link, tally) is { } difference) Assert.Fail($"input {input}: {difference}\n{chain.Text}");
        }
        TestContext.Out.WriteLine($"on the way: {tally}");
    }

    /// <summary>Nothing leads to a value then, and code that would write there or add to it is code all the same.</summary>
    [Test]
    public void A_map_of_maps_may_be_empty_when_the_chain_is_built([Values] FrameLayout layout, [Values(KeptOrder.Sequential, KeptOrder.Relaxed)] KeptOrder kept)
    {
        OpenClDevice.Need();
        var program = ProgramText.Program("empty", """
            *(u32 *)(r10 - 4) = 0
            r1 = map(outer)
            r2 = r10
            r2 += -4
            call bpf_map_lookup_elem
            if r0 == 0 goto out
            r1 = r0
            r2 = r10
            r2 += -4
            call bpf_map_lookup_elem
            if r0 == 0 goto out
            *(u32 *)(r0 + 0) = 7
            r1 = *(u32 *)(r0 + 4)
            r1 += 1
            *(u32 *)(r0 + 4) = r1
            r1 = 1
            lock *(u64 *)(r0 + 0) += r1
            r0 = 1
            exit
            out:
            r0 = 2
            exit
            """);
        var rig = new KernelRig(Way.OnDevice(new(layout == FrameLayout.Columns ? DeviceShape.Predicated : DeviceShape.Branches, layout, Kept: kept)), [program], GeneratedMaps.All);
        var batch = new PacketBatch(1);
        batch.Add(new byte[60]);
        rig.Kernel.Run(batch);
        Assert.That(batch.Verdicts[0].Action, Is.EqualTo(XdpAction.Pass));
        Assert.That(((OpenClKernel)rig.Kernel).Code.WhyNot, Is.Null);
    }

    static string? Difference(ulong seed, IReadOnlyList<ProgramSpec> programs, Func<IReadOnlyList<LoadedProgram>, Chain>? link, Tally tally)
    {
        var random = new SplitMix64(seed);
        int cpu = random.Below(2);
        bool frags = programs.All(p => p.Frags);
        ulong contents = random.Next();
        var sides = new List<Side>();
        var passes = OpenClDevice.InPasses[(int)(seed % 2)];
        RunPlan? plan = null;
        foreach (var way in (Way[])[Way.Interpreted, .. OpenClDevice.Shapes((int)(seed % 3)), passes])
        {
            if (way == passes && plan?.Kind != RunKind.ByKey) break;
            if (sides.Count > 0 && sides[0].Kernel.Chain.Stages.Any(s => OpenClTarget.WhyNot(s.Program) is not null))
            {
                tally.Add("refused");
                return null;
            }
            var rig = new KernelRig(way, programs, GeneratedMaps.All, cpus: 2, cpu, link, seed);
            var same = new SplitMix64(contents);
            GeneratedRun.Fill(rig, ref same);
            sides.Add(Side.Of(rig, way, GeneratedRun.LongestFrame));
            if (sides.Count == 2) plan = OpenClDevice.PlanOf(rig.Kernel.Chain, rig.Table);
        }
        tally.Add(plan?.Kind == RunKind.ByKey ? "ByKey" : ((OpenClKernel)sides[1].Kernel).Code.Source.Order.Class.ToString());
        long first = 0;
        for (int n = 0; n < Batches; n++)
        {
            var frames = new Arrival[random.Below(Side.Capacity)];
            for (int f = 0; f < frames.Length; f++)
            {
                frames[f] = random.Below(3) > 0
                    ? Arrival.OfCapture(ref random)
                    : new(GeneratedRun.Frame(frags, ref random), (uint)random.Below(3), (uint)random.Below(4), random.Below(3) == 0 ? KernelRig.Metadata : 0);
            }
            foreach (var side in sides) side.Run(frames, first);
            foreach (var side in sides.Skip(1))
            {
                if (side.DifferenceFrom(sides[0]) is { } difference) return $"batch {n}, {difference}";
            }
            first += frames.Length;
        }
        return null;
    }
}
