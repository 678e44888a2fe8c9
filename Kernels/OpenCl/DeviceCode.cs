using System.Runtime.CompilerServices;
using Chainring.Kernels.Il;
using Chainring.Kernels.Maps;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.OpenCl;

/// <summary>How device code is made and run; all as the device wants it unless a test says otherwise.</summary>
/// <param name="Shape">Null: as it suits the device.</param>
/// <param name="HandsOver">Buffers are handed over around every launch; null: where the device does not share the host's memory.</param>
/// <param name="InOrder">Frames run one after the other though they need not.</param>
sealed record DeviceOptions(DeviceShape? Shape = null, bool? HandsOver = null, bool InOrder = false)
{
    public DeviceShape ShapeOn(Device device) => Shape ?? (device.Facts.IsProcessor ? DeviceShape.Predicated : DeviceShape.Branches);

    public bool HandsOverOn(Device device) => HandsOver ?? !device.Facts.IsProcessor;
}

/// <summary>A chain built for a device, the same for every CPU. It goes when no kernel holds it any more.</summary>
sealed class DeviceCode
{
    static readonly ConditionalWeakTable<Chain, DeviceCode> Built = [];

    readonly ChainDescription _described;

    DeviceCode(Chain chain, Device device, DeviceOptions options)
    {
        _described = new(chain);
        Source = SourceOf(chain, _described, options.ShapeOn(device), options.InOrder);
        Program = device.Build(Source.Text);
        Events = ChainEvents.CountOf(chain.Stages.Count);
    }

    public DeviceSource Source { get; }

    public DeviceProgram Program { get; }

    public int Events { get; }

    /// <summary>What it was made from has not changed: the slots of prog arrays.</summary>
    public bool IsCurrent => _described.IsCurrent;

    /// <summary>The map of the card that device code works on.</summary>
    public Map MapOf(IrMap map) => _described.MapOf(map);

    /// <summary>On the device that is usual: built once for all CPUs.</summary>
    public static DeviceCode Of(Chain chain)
    {
        var known = Built.GetValue(chain, c => Of(c, new()));
        if (known.IsCurrent) return known;
        known = Of(chain, new());
        Built.AddOrUpdate(chain, known);
        return known;
    }

    public static DeviceCode Of(Chain chain, DeviceOptions options) => new(chain, Devices.Default, options);

    /// <summary>A chain as device code; it is not built.</summary>
    internal static DeviceSource SourceOf(Chain chain, ChainDescription described, DeviceShape shape, bool inOrder = false) => DeviceSource.Of(
        FuseChain.Fuse(described.Code), CompiledChain.NameOf(chain), shape,
        (map, slot) => described.MapOf(map) is ProgramArrayMap programs && programs[slot] is null, inOrder);
}

/// <summary>What is written for a device, for people.</summary>
public static class DeviceText
{
    /// <summary>A chain in OpenCL C. Every program must be proven, and none refused by <see cref="OpenClTarget.WhyNot"/>.</summary>
    public static string Of(Chain chain, DeviceShape shape) => DeviceCode.SourceOf(chain, new(chain), shape).Text;
}
