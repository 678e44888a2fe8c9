using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Nic;
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
        string path = TestData.FromRoot("examples", "firewall-then-count.yaml");
        var card = new SmartNic(new CardOptions { Target = target });
        using var chain = InstalledChain.Install(card, ChainFile.Parse(File.ReadAllText(path), path, TestData.FromRoot("examples")).Value).Value;
        Assert.That(BytesFor(card.Kernel()!), Is.Zero);
    }

    [TestCaseSource(nameof(Backends))]
    public void An_aborted_frame_allocates_nothing(IKernelTarget target)
    {
        var rig = new KernelRig(target, [ProgramText.Program("bad", "r0 = *(u64 *)(r10 + 0)\nexit")]);
        Assert.That(BytesFor(rig.Kernel), Is.Zero);
    }

    static long BytesFor(IKernel kernel)
    {
        var batch = KernelRig.Batch();
        kernel.Run(batch);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < Rounds; round++) kernel.Run(batch);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
