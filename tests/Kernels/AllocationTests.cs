using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels;

/// <summary>The packet path allocates nothing, whatever happens on it.</summary>
public sealed class AllocationTests
{
    const int Rounds = 200;

    static IEnumerable<IKernelTarget> Backends => Targets.All;

    [TestCaseSource(nameof(Backends))]
    public void A_chain_with_maps_allocates_nothing(IKernelTarget target)
    {
        using var card = new TestCard(ChainFile.Load(TestData.FromRoot("examples", "firewall-then-count.yaml")).Value, target);
        var frames = Captures.Frames("64-bytes-10-flows").Frames;
        var batch = new PacketBatch(frames.Count);
        foreach (byte[] frame in frames) batch.Add(frame);

        Assert.That(BytesFor(card.Card.Kernel()!, batch), Is.Zero);
        Assert.That(card.Map("by_protocol").Entries().Any(e => e.Values[0].Any(b => b != 0)), "the chain reached its last map");
    }

    [TestCaseSource(nameof(Backends))]
    public void An_aborted_frame_allocates_nothing(IKernelTarget target)
    {
        var rig = new KernelRig(target, [ProgramText.Program("bad", "r0 = *(u64 *)(r10 + 0)\nexit")]);
        Assert.That(BytesFor(rig.Kernel, KernelRig.Batch()), Is.Zero);
    }

    static long BytesFor(IKernel kernel, PacketBatch batch) => Allocations.Of(() =>
    {
        for (int round = 0; round < Rounds; round++) kernel.Run(batch);
    });
}
