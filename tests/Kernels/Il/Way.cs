using Chainring.Kernels;
using Chainring.Kernels.Il;
using Chainring.Kernels.Interpreter;
using Chainring.Kernels.OpenCl;
using Chainring.Kernels.Simd;

namespace Chainring.Tests.Kernels.Il;

/// <summary>A way to run a chain, as a backend of its own.</summary>
/// <param name="NotesPaths">Batches ask which programs ran, for which compiled chains run program by program.</param>
sealed record Way(string Name, Func<Chain, KernelEnvironment, IKernel> Make, bool NotesPaths) : IKernelTarget
{
    public static readonly Way Interpreted = new("interpreter", new InterpreterTarget().Compile, NotesPaths: true);

    public static readonly Way Fused = new("fused", new IlTarget().Compile, NotesPaths: false);

    public static readonly Way StageByStage = new("stage by stage", new IlTarget().Compile, NotesPaths: true);

    /// <summary>Fused, for several frames at once, in vectors of that shape and methods of so many nodes; if it is not said, in the widest that this process has, and of as many nodes as are good.</summary>
    public static Way InLanes(LaneShape? shape = null, int? nodes = null) => new($"in {(shape ?? LaneShape.Here).Lanes} lanes{(nodes is null ? "" : $", in methods of {nodes}")}", (chain, environment) =>
        CompiledLanes.Of(chain, shape ?? LaneShape.Here, nodes) is { } code ? new SimdKernel(chain, code, environment) : new IlTarget().Compile(chain, environment), NotesPaths: false);

    /// <summary>Chains are compared only in the widest lanes: nothing else is to be tried in this process.</summary>
    public static bool OnlyInLanes { get; set; }

    /// <summary>The ways to compare: interpreted first, those, in lanes last.</summary>
    public static Way[] Beside(Way inLanes, params ReadOnlySpan<Way> others) => OnlyInLanes ? [Interpreted, InLanes()] : [Interpreted, .. others, inLanes];

    /// <summary>Fused, in methods of so many nodes at most, one after the other.</summary>
    public static Way InPieces(int nodes) =>
        new($"in pieces of {nodes}", (chain, environment) => new IlKernel(chain, new CompiledChain(chain, nodes), environment), NotesPaths: false);

    /// <summary>On the OpenCL device.</summary>
    public static Way OnDevice(DeviceOptions options, bool notesPaths = false) => new($"on a device, {options.Shape}, {options.Layout}{(options.LeastPerPass is null ? "" : ", in passes")}",
        (chain, environment) => new OpenClKernel(chain, DeviceCode.Of(chain, environment.Maps, options), environment, options), notesPaths)
    {
        KeepsSlots = options.LeastPerPass is null && options.Kept == KeptOrder.Sequential,
    };

    /// <summary>Whether values are where they would be, had the frames run one by one; else only what the keys of hashes have must be the same.</summary>
    public bool KeepsSlots { get; init; } = true;

    public string Description => Name;

    public bool NeedsProof => true;

    public IKernel Compile(Chain chain, KernelEnvironment environment) => Make(chain, environment);

    public override string ToString() => Name;
}
