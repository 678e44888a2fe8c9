using Chainring.Kernels.Il;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.OpenCl;

/// <summary>How control flow is written.</summary>
public enum DeviceShape
{
    /// <summary>Blocks in order, each passed over by frames that have not come to it: no early end. For processors, whose compilers make vectors of that.</summary>
    Predicated,

    /// <summary>Branches. For devices that have a mask for each of their threads.</summary>
    Branches,
}

/// <summary>An array of a map that device code works with, in the order of its arguments.</summary>
/// <param name="Name">As <see cref="Maps.MapArray"/> has it.</param>
readonly record struct ArrayArgument(IrMap Map, string Name);

/// <summary>What maps of a card hold that code is written for; when it changes, it is written anew.</summary>
/// <param name="IsEmpty">Whether a slot of a prog array holds no program.</param>
/// <param name="Inner">The maps in the maps of maps that the chain names.</param>
sealed record LiveMaps(Func<IrMap, uint, bool> IsEmpty, IReadOnlyList<IrMap> Inner);

/// <summary>A chain in OpenCL C.</summary>
/// <param name="Maps">How many it names, those in others included.</param>
/// <param name="Arrays">Its arguments after <see cref="FixedArguments"/>.</param>
/// <param name="Paths">What each count stands for: events that happen together.</param>
/// <param name="Run">Which frames of a batch run at once.</param>
/// <param name="LogsWays">A frame may come to several counts: it writes down which, and says how many. Else it says which one.</param>
sealed record DeviceSource(string Text, int Maps, IReadOnlyList<ArrayArgument> Arrays, IReadOnlyList<IReadOnlyList<int>> Paths, bool LogsWays, DeviceShape Shape, DeviceOrder Order, RunPlan Run)
{
    /// <summary>What the kernel is called.</summary>
    public const string Entry = "chain";

    /// <summary>The kernel that notes keys, where there is one.</summary>
    public const string KeysEntry = "keys";

    /// <summary>What it notes of a frame: how many, and the first of them.</summary>
    public const int NotedWords = 8;

    /// <summary>Frames of one work-group, where frames run at once.</summary>
    public const int GroupSize = 64;

    public const int FixedArguments = 12;

    /// <summary>After the arrays, where frames run in passes: where a pass begins among the picked frames, those, and what was noted of each.</summary>
    public const int PassArguments = 3;

    /// <summary>A frame's outcome: the verdict as <see cref="CompiledVerdict"/> has it, and above it 1 + the count that it came to, or how many it wrote down.</summary>
    public const int PathShift = 16;

    /// <summary>Counts that a frame can come to: a program's return and the edge that it takes are two at most.</summary>
    public const int MostWays = 2 * Chain.MaxRuns + 2;

    /// <summary>Why a device does not take it: addresses must say which map they lead to, and each argument is a pointer or a number; null if it does.</summary>
    public string? WhyNotOn(DeviceFacts device)
    {
        if (Maps > Provenance.MostMaps) return $"it has {Maps} maps, and an address on a device tells {Provenance.MostMaps} apart";
        int most = device.LargestArguments / sizeof(ulong) - FixedArguments - (Run.InPasses ? PassArguments : 0);
        return Arrays.Count > most ? $"its maps are {Arrays.Count} arrays, and the device takes {most}" : null;
    }

    public static DeviceSource Of(Graph graph, string name, DeviceShape shape, KeptOrder kept, bool longAtomics, LiveMaps live)
    {
        var frames = new FrameOrder(graph);
        var order = DeviceOrder.Of(graph, frames);
        return new DeviceEmitter(graph, name, shape, frames, order, RunPlan.Of(graph, frames, order, kept, longAtomics), live).Emit();
    }
}
