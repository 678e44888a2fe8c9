using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Maps;

/// <summary>What is done to a value under its lock is done by one queue at a time, and the host's updates wait too.</summary>
public sealed class LockRaceTests
{
    const int Rounds = 20_000;

    static IEnumerable<IKernelTarget> Backends => Targets.All;

    static readonly MapSpec Counters = new() { Name = "counters", Type = MapType.Array, KeySize = 4, ValueSize = 24, MaxEntries = 1, LockOffset = 16 };

    /// <summary>Two words that count together, by plain loads and stores.</summary>
    static readonly ProgramSpec Count = ProgramText.Program("count", """
        r1 = value(counters) + 16
        call 93
        r1 = value(counters)
        r6 = *(u64 *)(r1 + 0)
        r7 = *(u64 *)(r1 + 8)
        r6 += 1
        r7 += 1
        *(u64 *)(r1 + 0) = r6
        *(u64 *)(r1 + 8) = r7
        r1 = value(counters) + 16
        call 94
        r0 = 2
        if r6 == r7 goto out
        r0 = 0
        out:
        exit
        """);

    [TestCaseSource(nameof(Backends))]
    public void Queues_count_under_a_lock_and_none_is_lost(IKernelTarget target)
    {
        var rig = new KernelRig(target, [Count], [Counters], cpus: 2);
        Race.Run([() => Run(rig.KernelOf(0)), () => Run(rig.KernelOf(1))]);
        Assert.That(BitConverter.ToInt64(rig.Map("counters").Entries()[0].Values[0]), Is.EqualTo(2L * Rounds));
    }

    [TestCaseSource(nameof(Backends))]
    public void The_host_updates_under_the_lock_and_leaves_it_alone(IKernelTarget target)
    {
        var rig = new KernelRig(target, [Count], [Counters], cpus: 2);
        var map = rig.Map("counters");
        byte[] value = new byte[24];
        value.AsSpan().Fill(0x11);
        Race.Run([() => Run(rig.KernelOf(0))], () => Assert.That(map.UpdateAll(new byte[4], value, UpdateFlags.Lock), Is.Zero));
        byte[] left = map.Entries()[0].Values[0];
        Assert.That(left.AsSpan(16, 4).ToArray(), Is.All.Zero, "the lock");
        Assert.That(left.AsSpan(20).ToArray(), Is.All.EqualTo(0x11), "what is behind it");
    }

    static void Run(IKernel kernel)
    {
        var batch = new PacketBatch(1);
        batch.Add(new byte[64]);
        for (int n = 0; n < Rounds; n++)
        {
            kernel.Run(batch);
            if (batch.Verdicts[0].Action != XdpAction.Pass) throw new InvalidOperationException($"{batch.Verdicts[0]}");
        }
    }
}
