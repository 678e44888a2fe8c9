using Chainring.Kernels.OpenCl;
using Chainring.Tests.Kernels.Il;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.OpenCl;

/// <summary>The device that tests of the backend run on, and how much of what there is is run: to build a kernel takes a second.</summary>
static class OpenClDevice
{
    /// <summary>Everything, as scripts/device-campaign has it, instead of a sample.</summary>
    public static readonly bool All = Environment.GetEnvironmentVariable("CHAINRING_ALL_ON_DEVICE") is { Length: > 0 };

    /// <summary>The shape for processors, on shared memory.</summary>
    public static readonly Way Predicated = Way.OnDevice(new(DeviceShape.Predicated));

    /// <summary>The shape for GPUs, with memory handed over.</summary>
    public static readonly Way Branches = Way.OnDevice(new(DeviceShape.Branches, HandsOver: true));

    /// <summary>Both, with ordered chains in passes as soon as two frames can run at once.</summary>
    public static readonly IReadOnlyList<Way> InPasses = [Way.OnDevice(new(DeviceShape.Predicated, LeastPerPass: 1)), Way.OnDevice(new(DeviceShape.Branches, HandsOver: true, LeastPerPass: 1))];

    /// <summary>Both shapes, or one of them in turn where only a sample is run.</summary>
    public static IReadOnlyList<Way> Shapes(int number) => All ? [Predicated, Branches] : [number % 2 == 0 ? Predicated : Branches];

    /// <summary>Skips a test where there is no device; with CI=true that is a failure.</summary>
    public static void Need()
    {
        if (Devices.Missing is not { } missing) return;
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(missing);
        Assert.Ignore(missing);
    }
}
