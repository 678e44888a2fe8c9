using Chainring.Kernels;
using Chainring.Kernels.OpenCl;
using Chainring.Offload.Spec;
using Chainring.Tests.Kernels.Il;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.OpenCl;

/// <summary>A device that does not do what it is told costs no frame silently, and the card goes on.</summary>
public sealed class DeviceFailureTests
{
    static readonly MapSpec Counts = new() { Name = "counts", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 16 };

    static readonly ProgramSpec Count = ProgramText.Program("count", """
        *(u32 *)(r10 - 4) = 3
        r1 = map(counts)
        r2 = r10
        r2 += -4
        call bpf_map_lookup_elem
        if r0 == 0 goto out
        r1 = 1
        lock *(u64 *)(r0 + 0) += r1
        out:
        r0 = 2
        exit
        """);

    static readonly Arrival[] Frames = [.. Enumerable.Range(0, 20).Select(n => new Arrival(new byte[60 + n]))];

    [Test]
    public void A_batch_that_the_driver_does_not_take_runs_on_the_processor()
    {
        OpenClDevice.Need();
        var (interpreted, onDevice, kernel) = Sides();
        kernel.Inject(LaunchResult.Refused);
        for (int batch = 0; batch < 3; batch++)
        {
            interpreted.Run(Frames, batch * Frames.Length);
            onDevice.Run(Frames, batch * Frames.Length);
            Assert.That(onDevice.DifferenceFrom(interpreted), Is.Null, $"batch {batch}");
        }
        Assert.That(kernel.Tally.Batches, Is.EquivalentTo(Batches(("at-once", 2), ("on-processor-launch-refused", 1))));
    }

    [Test]
    public void Frames_of_a_launch_that_ends_with_an_error_are_aborted_by_name_and_the_next_batch_runs()
    {
        OpenClDevice.Need();
        var (interpreted, onDevice, kernel) = Sides();
        kernel.Inject(LaunchResult.Failed);
        onDevice.Run(Frames, 0);
        Assert.That(onDevice.Verdicts.ToArray(), Is.All.EqualTo(new Verdict(XdpAction.Aborted, AbortReason.DeviceFailed)));
        Assert.That((kernel.Counters.Runs(0), kernel.Counters.Returns(0, XdpAction.Aborted)), Is.EqualTo((Frames.Length, Frames.Length)), "every frame is counted");
        interpreted.Run(Frames, 0);
        onDevice.Run(Frames, Frames.Length);
        Assert.That(onDevice.Verdicts.ToArray(), Is.EqualTo(interpreted.Verdicts.ToArray()));
        Assert.That(kernel.Tally.Batches, Is.EquivalentTo(Batches(("at-once", 1), ("launch-failed", 1))));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void After_a_device_is_lost_batches_run_on_the_processor(bool driverSaysSo)
    {
        OpenClDevice.Need();
        var (interpreted, onDevice, kernel) = Sides();
        int failures = driverSaysSo ? 1 : 3;
        for (int n = 0; n < failures; n++)
        {
            kernel.Inject(LaunchResult.Failed, lost: driverSaysSo);
            onDevice.Run(Frames, n * Frames.Length);
            Assert.That(onDevice.Verdicts.ToArray(), Is.All.EqualTo(new Verdict(XdpAction.Aborted, AbortReason.DeviceFailed)));
        }
        for (int n = 0; n < 2; n++)
        {
            interpreted.Run(Frames, 0);
            onDevice.Run(Frames, (failures + n) * Frames.Length);
            Assert.That(onDevice.Verdicts.ToArray(), Is.EqualTo(interpreted.Verdicts.ToArray()));
        }
        Assert.That(kernel.Tally.Batches, Is.EquivalentTo(Batches(("launch-failed", failures), ("on-processor-device-lost", 2))));
        Assert.That(kernel.Counters.Runs(0), Is.EqualTo((failures + 2) * Frames.Length), "every frame is counted");
    }

    [Test]
    public void A_batch_for_which_the_device_has_no_memory_runs_on_the_processor()
    {
        OpenClDevice.Need();
        var (interpreted, onDevice, kernel) = Sides();
        const int odd = 37;
        var batch = new PacketBatch(odd);
        Devices.Default.RefusedBytes = batch.Memory.Arrays.Buffers.LongLength;
        foreach (var frame in Frames) frame.AddTo(batch, 0);
        kernel.Run(batch);
        Devices.Default.RefusedBytes = -1;
        interpreted.Run(Frames, 0);
        Assert.That(batch.Verdicts.ToArray(), Is.EqualTo(interpreted.Verdicts.ToArray()));
        onDevice.Run(Frames, 0);
        Assert.That(kernel.Tally.Batches, Is.EquivalentTo(Batches(("at-once", 1), ("on-processor-launch-refused", 1))));
    }

    [TestCase(DeviceShape.Predicated, FrameLayout.InPlace, KeptOrder.Relaxed, 1)]
    [TestCase(DeviceShape.Branches, FrameLayout.InPlace, KeptOrder.Sequential, 400)]
    [TestCase(DeviceShape.Predicated, FrameLayout.Columns, KeptOrder.Relaxed, 1)]
    [TestCase(DeviceShape.Branches, FrameLayout.Columns, KeptOrder.Sequential, 400)]
    public void Frames_that_have_not_begun_in_time_are_aborted_by_name_and_the_next_batch_runs(DeviceShape shape, FrameLayout layout, KeptOrder kept, int watchdogMs)
    {
        OpenClDevice.Need();
        const int frames = 8192;
        var rig = new KernelRig(Way.OnDevice(new(shape, layout, Kept: kept, WatchdogMs: watchdogMs)), [ProgramText.Program("slow", Slow)], [Counts]);
        var kernel = (OpenClKernel)rig.Kernel;
        var batch = new PacketBatch(frames);
        for (int n = 0; n < frames; n++) new Arrival(new byte[60]).AddTo(batch, n);
        kernel.Run(batch);
        var verdicts = batch.Verdicts.ToArray().GroupBy(v => v).ToDictionary(v => v.Key, v => v.Count());
        Verdict passed = new(XdpAction.Pass), late = new(XdpAction.Aborted, AbortReason.DeviceTimeout);
        Assert.That(verdicts.Keys, Is.SubsetOf(new[] { passed, late }).And.Member(late));
        if (kept == KeptOrder.Sequential) Assert.That(verdicts.Keys, Has.Member(passed), "what had begun is finished");
        Assert.That((kernel.Tally[BatchRun.OverTime], kernel.Counters.Runs(0), kernel.Counters.Returns(0, XdpAction.Aborted)), Is.EqualTo((1, frames, verdicts[late])));
        // One frame is done in a millisecond, unless the machine is busy.
        int tries = 0;
        do
        {
            batch.Clear();
            new Arrival(new byte[60]).AddTo(batch, 0);
            kernel.Run(batch);
        }
        while (batch.Verdicts[0] == late && ++tries < 1000);
        Assert.That(batch.Verdicts[0], Is.EqualTo(passed));
    }

    /// <summary>Nearly a million instructions that no compiler sees the end of; its writes to a map put frames in order.</summary>
    const string Slow = """
        r6 = *(u32 *)(r1 + 12)
        r7 = 190000
        again:
        r6 *= 1103515245
        r6 ^= r7
        r7 += -1
        if r7 != 0 goto again
        *(u32 *)(r10 - 4) = 0
        r1 = map(counts)
        r2 = r10
        r2 += -4
        call bpf_map_lookup_elem
        if r0 == 0 goto out
        r1 = *(u64 *)(r0 + 0)
        r1 ^= r6
        *(u64 *)(r0 + 0) = r1
        out:
        r0 = 2
        exit
        """;

    static Dictionary<string, long> Batches(params (string Name, long Count)[] batches) => batches.ToDictionary(b => b.Name, b => b.Count);

    [Test]
    public void What_a_driver_cannot_build_is_shown_with_its_line()
    {
        OpenClDevice.Need();
        var (program, whyNot) = Devices.Default.Build("kernel void chain(global int *a)\n{\n    a[0] = nothing;\n}\n");
        Assert.That(program, Is.Null);
        Assert.That(whyNot, Does.Contain("line 3: a[0] = nothing;").And.Contain("error: "));
    }

    static (Side Interpreted, Side OnDevice, OpenClKernel Kernel) Sides()
    {
        var sides = new[] { Way.Interpreted, OpenClDevice.Predicated }.Select(way => Side.Of(new KernelRig(way, [Count], [Counts]), way, Frame.MaxLength)).ToList();
        return (sides[0], sides[1], (OpenClKernel)sides[1].Kernel);
    }
}
