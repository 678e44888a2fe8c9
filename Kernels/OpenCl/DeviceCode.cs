using System.Runtime.CompilerServices;
using Chainring.Kernels.Il;
using Chainring.Kernels.Maps;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.OpenCl;

/// <summary>How device code is made and run; all as the device wants it unless a test or a bench says otherwise.</summary>
/// <param name="Shape">Null: as it suits the device.</param>
/// <param name="Layout">Null: as it suits the device. A device that does not share the host's memory has no choice.</param>
/// <param name="PieceFrames">Of a piece of a batch that is copied, at most.</param>
/// <param name="Times">Kernels know what the device took (<see cref="ITimedOnDevice"/>).</param>
/// <param name="Kept">Of ordered chains.</param>
/// <param name="LeastPerPass">Frames of a pass in the mean below which a batch runs one by one; null: what a launch is worth.</param>
/// <param name="WatchdogMs">Of a launch, after which no further frame begins.</param>
sealed record DeviceOptions(
    DeviceShape? Shape = null, FrameLayout? Layout = null, int PieceFrames = 1 << 15, bool Times = false, KeptOrder Kept = KeptOrder.Sequential, int? LeastPerPass = null,
    int WatchdogMs = OpenClTarget.UsualWatchdogMs)
{
    public FrameLayout LayoutOn(Device device) => device.Facts.IsProcessor ? Layout ?? FrameLayout.InPlace : FrameLayout.Copied;

    /// <param name="chain">Says whether frames with fragments are run.</param>
    public DeviceForm FormOn(Device device, Chain chain) => new(Shape ?? (device.Facts.IsProcessor ? DeviceShape.Predicated : DeviceShape.Branches), LayoutOn(device), chain.TakesFragments, Kept, device.Facts.HasLongAtomics);
}

/// <summary>A chain built for a device, the same for every CPU. It goes when no kernel holds it any more.</summary>
sealed class DeviceCode
{
    static readonly ConditionalWeakTable<Chain, DeviceCode> Built = [];

    readonly ChainDescription _described;
    readonly DeviceOptions _options;

    /// <summary>The maps in maps of maps that the code knows of.</summary>
    readonly IReadOnlyList<uint> _inner;

    DeviceCode(Chain chain, MapTable maps, Device device, DeviceOptions options)
    {
        (_described, _options) = (new(chain), options);
        _inner = _described.InnerIds();
        Source = SourceOf(chain, _described, maps, options.FormOn(device, chain));
        Device = device;
        WhyNot = Source.WhyNotOn(device.Facts) ?? TooLarge(device.Facts);
        if (WhyNot is null) (Program, WhyNot) = device.Build(Source.Text);
        Events = ChainEvents.CountOf(chain.Stages.Count);
    }

    public DeviceSource Source { get; }

    public Device Device { get; }

    /// <summary>Null if the device cannot run the chain.</summary>
    public DeviceProgram? Program { get; }

    /// <summary>Why it cannot; null if it can.</summary>
    public string? WhyNot { get; }

    public int Events { get; }

    /// <summary>What it was made from has not changed: the slots of prog arrays, and which maps are in others.</summary>
    public bool IsCurrent => _described.IsCurrent && (!_described.HasMapsOfMaps || _described.InnerIds().SequenceEqual(_inner));

    /// <summary>The map of the card that device code works on.</summary>
    public Map MapOf(IrMap map) => _described.MapOf(map);

    string? TooLarge(DeviceFacts device)
    {
        foreach (var (map, name) in Source.Arrays)
        {
            long bytes = MapOf(map).Arrays.Single(a => a.Name == name).Bytes;
            if (bytes > device.LargestBuffer) return $"map {map.Spec.Name} has {bytes >> 20:N0} MiB in one piece, and the device takes {device.LargestBuffer >> 20:N0}";
        }
        return null;
    }

    /// <summary>Built once for all CPUs.</summary>
    public static DeviceCode Of(Chain chain, MapTable maps, DeviceOptions options)
    {
        if (Built.TryGetValue(chain, out var known) && known.IsCurrent && known._options == options) return known;
        known = new(chain, maps, Devices.Default, options);
        Built.AddOrUpdate(chain, known);
        return known;
    }

    /// <summary>A chain as device code; it is not built.</summary>
    /// <param name="maps">Of the card.</param>
    internal static DeviceSource SourceOf(Chain chain, ChainDescription described, MapTable maps, DeviceForm form)
    {
        var graph = FuseChain.Fuse(described.Code, isSplit: false);
        var live = new LiveMaps((map, slot) => described.MapOf(map) is ProgramArrayMap programs && programs[slot] is null, described.MapsIn(maps));
        return DeviceSource.Of(graph, CompiledChain.NameOf(chain), form, live);
    }
}

/// <summary>What is written for a device, for people.</summary>
public static class DeviceText
{
    /// <summary>A chain in OpenCL C. Every program must be proven, and none refused by <see cref="OpenClTarget.WhyNot"/>.</summary>
    /// <param name="maps">Of the card.</param>
    public static string Of(Chain chain, MapTable maps, DeviceShape shape, FrameLayout layout, KeptOrder kept = KeptOrder.Sequential) =>
        DeviceCode.SourceOf(chain, new(chain), maps, new(shape, layout, chain.TakesFragments, kept)).Text;
}
