using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Kernels.OpenCl;
using Chainring.Tests.Kernels.Il;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.OpenCl;

/// <summary>The device that tests of the backend run on, and how much of what there is is run: to build a kernel takes a second.</summary>
static class OpenClDevice
{
    /// <summary>Everything, as scripts/device-campaign has it, instead of a sample.</summary>
    public static readonly bool All = Environment.GetEnvironmentVariable("CHAINRING_ALL_ON_DEVICE") is { Length: > 0 };

    /// <summary>The shape for processors, frames where they are.</summary>
    public static readonly Way Predicated = Way.OnDevice(new(DeviceShape.Predicated, Layout: FrameLayout.InPlace));

    /// <summary>The same, frames in columns that the host has too.</summary>
    public static readonly Way InColumns = Way.OnDevice(new(DeviceShape.Predicated, Layout: FrameLayout.Columns));

    /// <summary>The shape for GPUs, with memory handed over and frames copied, a few at a time.</summary>
    public static readonly Way Branches = Way.OnDevice(new(DeviceShape.Branches, Layout: FrameLayout.Copied, PieceFrames: 7));

    /// <summary>Both shapes and all layouts, with ordered chains in passes as soon as two frames can run at once.</summary>
    public static readonly IReadOnlyList<Way> InPasses = [.. new[]
    {
        (DeviceShape.Predicated, FrameLayout.InPlace), (DeviceShape.Branches, FrameLayout.Copied), (DeviceShape.Branches, FrameLayout.InPlace), (DeviceShape.Predicated, FrameLayout.Columns),
    }.Select(way => InPassesOf(way.Item1, way.Item2))];

    public static Way InPassesOf(DeviceShape shape, FrameLayout layout, KeptOrder kept = KeptOrder.Sequential) => Way.OnDevice(new(shape, layout, PieceFrames: 7, Kept: kept, LeastPerPass: 1));

    /// <summary>All ways, or one of them in turn where only a sample is run.</summary>
    public static IReadOnlyList<Way> Shapes(int number) => All ? [Predicated, InColumns, Branches] : [((Way[])[Predicated, Branches, InColumns])[number % 3]];

    /// <summary>How frames of a chain run where they are.</summary>
    public static RunPlan PlanOf(Chain chain, MapTable maps, KeptOrder kept = KeptOrder.Sequential, bool longAtomics = true) =>
        DeviceCode.SourceOf(chain, new(chain), maps, new(DeviceShape.Branches, FrameLayout.InPlace, chain.TakesFragments, kept, longAtomics)).Run;

    /// <summary>Skips a test where there is no device; with CI=true that is a failure.</summary>
    public static void Need()
    {
        if (Devices.Missing is not { } missing) return;
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(missing);
        Assert.Ignore(missing);
    }
}
