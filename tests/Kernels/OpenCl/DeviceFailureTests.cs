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
        Assert.That((kernel.Refused, kernel.Failed), Is.EqualTo((1, 0)));
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
        Assert.That((kernel.Refused, kernel.Failed), Is.EqualTo((0, 1)));
    }

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
