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
readonly record struct DeviceForm(DeviceShape Shape, FrameLayout Layout, bool TakesFragments);

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
sealed record DeviceSource(string Text, int Maps, IReadOnlyList<ArrayArgument> Arrays, IReadOnlyList<IReadOnlyList<int>> Paths, int Ways, bool Redirects, DeviceShape Shape, FramePlan? Frames, DeviceOrder Order)
{
    static readonly string[] InPlace =
    [
        "global uchar *restrict packets", "global uchar *restrict records", "global const int *restrict numbers", "global uint *restrict outcomes", "global ushort *restrict ways",
        "const uint count", "const uint stride", "const uint cpu", "const ulong seed", "const ulong wall", "const ulong tai",
    ];

    static readonly string[] InColumns =
    [
        "global uchar *restrict packets", "global uint *restrict columns", "global ushort *restrict ways",
        "const uint count", "const uint step", "const uint stride", "const uint cpu", "const ulong seed", "const ulong wall", "const ulong tai",
    ];

    /// <summary>What the kernel is called.</summary>
    public const string Entry = "chain";

    /// <summary>Frames of one work-group, where frames run at once.</summary>
    public const int GroupSize = 64;

    /// <summary>What every kernel has as arguments: frames, and what a batch has in common.</summary>
    public static IReadOnlyList<string> ArgumentsOf(FramePlan? frames) => frames is null ? InPlace : InColumns;

    /// <summary>The number of one of them.</summary>
    public int ArgumentOf(string name) => Array.FindIndex(Frames is null ? InPlace : InColumns, a => a.EndsWith(name, StringComparison.Ordinal) && a[^(name.Length + 1)] == ' ') is >= 0 and var at ? at : throw new InvalidOperationException(name);

    /// <summary>Where the arrays of maps begin.</summary>
    public int FirstArray => ArgumentsOf(Frames).Count;

    /// <summary>A frame's outcome: the verdict as <see cref="CompiledVerdict"/> has it, and above it 1 + the count that it came to, or how many it wrote down.</summary>
    public const int PathShift = 16;

    /// <summary>Counts that a frame can come to: a program's return and the edge that it takes are two at most.</summary>
    public const int MostWays = 2 * Chain.MaxRuns + 2;

    /// <summary>Whether a device takes as many arguments, each a pointer or a number, and addresses can say which map they lead to.</summary>
    public bool FitsOn(DeviceFacts device) => Maps <= Provenance.MostMaps && sizeof(ulong) * (FirstArray + Arrays.Count) <= device.LargestArguments;

    /// <summary>One frame after the other, in order.</summary>
    public bool InOrder => Order.Class == OrderClass.Ordered;

    public static DeviceSource Of(Graph graph, string name, DeviceForm form, LiveMaps live)
    {
        var frames = new FrameOrder(graph);
        return new DeviceEmitter(graph, name, form, frames, DeviceOrder.Of(graph, frames), live).Emit();
    }
}
