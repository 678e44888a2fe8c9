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

/// <summary>How code is written.</summary>
/// <param name="TakesFragments">Frames with fragments are run; else they are left out.</param>
/// <param name="Kept">Of ordered chains.</param>
/// <param name="LongAtomics">The device has 64-bit atomic operations.</param>
readonly record struct DeviceForm(DeviceShape Shape, FrameLayout Layout, bool TakesFragments, KeptOrder Kept = KeptOrder.Sequential, bool LongAtomics = true);

/// <summary>An array of a map that device code works with, in the order of its arguments.</summary>
/// <param name="Name">As <see cref="Maps.MapArray"/> has it.</param>
readonly record struct ArrayArgument(IrMap Map, string Name);

/// <summary>What maps of a card hold that code is written for; when it changes, it is written anew.</summary>
/// <param name="IsEmpty">Whether a slot of a prog array holds no program.</param>
/// <param name="Inner">The maps in the maps of maps that the chain names.</param>
sealed record LiveMaps(Func<IrMap, uint, bool> IsEmpty, IReadOnlyList<IrMap> Inner);

/// <summary>A chain in OpenCL C.</summary>
/// <param name="Maps">How many it names, those in others included.</param>
/// <param name="Arrays">Its arguments after those of every kernel.</param>
/// <param name="Paths">What each count stands for: events that happen together.</param>
/// <param name="Ways">Not 0: a frame may come to so many counts, writes down which, and says how many. Else it says which one.</param>
/// <param name="Redirects">It says of each frame where a redirect verdict sends it; else none has a target.</param>
/// <param name="Frames">What it has of frames in columns; null if they are where they are.</param>
/// <param name="Run">Which frames of a batch run at once.</param>
sealed record DeviceSource(
    string Text, int Maps, IReadOnlyList<ArrayArgument> Arrays, IReadOnlyList<IReadOnlyList<int>> Paths, int Ways, bool Redirects, DeviceShape Shape, FramePlan? Frames, DeviceOrder Order, RunPlan Run)
{
    const string Stop = "global const uint *restrict stop";

    static readonly string[] InPlace =
    [
        "global uchar *restrict packets", "global uchar *restrict records", "global const int *restrict numbers", "global uint *restrict outcomes", "global ushort *restrict ways",
        "const uint count", "const uint stride", "const uint cpu", "const ulong seed", "const ulong wall", "const ulong tai", Stop,
    ];

    static readonly string[] InColumns =
    [
        "global uchar *restrict packets", "global uint *restrict columns", "global ushort *restrict ways",
        "const uint count", "const uint step", "const uint stride", "const uint cpu", "const ulong seed", "const ulong wall", "const ulong tai", Stop,
    ];

    /// <summary>What the kernel is called.</summary>
    public const string Entry = "chain";

    /// <summary>The kernel that notes keys, where there is one.</summary>
    public const string KeysEntry = "keys";

    /// <summary>What it notes of a frame: how many, and the first of them.</summary>
    public const int NotedWords = 8;

    /// <summary>Frames of one work-group, where frames run at once.</summary>
    public const int GroupSize = 64;

    /// <summary>What every kernel has as arguments: frames, and what a batch has in common.</summary>
    public static IEnumerable<string> ArgumentsOf(FramePlan? frames, RunPlan run)
    {
        foreach (string argument in frames is null ? InPlace : InColumns)
        {
            // One look for a whole work-group where all run at once, so that it stands in no vector's way.
            yield return argument == Stop && run.Kind != RunKind.AtOnce ? $"volatile {argument}" : argument;
        }
    }

    /// <summary>The number of one of them.</summary>
    public int ArgumentOf(string name)
    {
        string[] all = Frames is null ? InPlace : InColumns;
        for (int n = 0; n < all.Length; n++)
        {
            if (all[n].EndsWith(name, StringComparison.Ordinal) && all[n][^(name.Length + 1)] == ' ') return n;
        }
        throw new InvalidOperationException(name);
    }

    /// <summary>Where the arrays of maps begin.</summary>
    public int FirstArray => (Frames is null ? InPlace : InColumns).Length;

    /// <summary>After the arrays, where frames run in passes: where a pass begins among the picked frames, those, and what was noted of each.</summary>
    public const int PassArguments = 3;

    /// <summary>A frame's outcome: the verdict as a word (<see cref="Verdict.Word"/>), and above it 1 + the count that it came to, or how many it wrote down.</summary>
    public const int PathShift = 16;

    /// <summary>Counts that a frame can come to: a program's return and the edge that it takes are two at most.</summary>
    public const int MostWays = 2 * Chain.MaxRuns + 2;

    /// <summary>Why a device does not take it: addresses must say which map they lead to, and each argument is a pointer or a number; null if it does.</summary>
    public string? WhyNotOn(DeviceFacts device)
    {
        if (Maps > Provenance.MostMaps) return $"it has {Maps} maps, and an address on a device tells {Provenance.MostMaps} apart";
        int most = device.LargestArguments / sizeof(ulong) - FirstArray - (Run.InPasses ? PassArguments : 0);
        return Arrays.Count > most ? $"its maps are {Arrays.Count} arrays, and the device takes {most}" : null;
    }

    /// <summary>One frame after the other, in order.</summary>
    public bool InOrder => Run.Kind == RunKind.OneByOne;

    public static DeviceSource Of(Graph graph, string name, DeviceForm form, LiveMaps live)
    {
        var frames = new FrameOrder(graph);
        var order = DeviceOrder.Of(graph, frames);
        return new DeviceEmitter(graph, name, form, frames, order, RunPlan.Of(graph, frames, order, form), live).Emit();
    }
}
