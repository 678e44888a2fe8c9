using Chainring.Kernels;

namespace Chainring.Host.Driver.Bench;

/// <summary>
/// The ways of the card, backend by backend: everything in <see cref="Targets"/>.
/// </summary>
public static class ChainWays
{
    /// <param name="batch">Frames of a batch on the card.</param>
    public static IReadOnlyList<ChainWay> OfCard(int batch) => [.. Targets.All.SelectMany(t => t.Fuses ? Of(new StageByStage(t), t, batch) : Of(t, fused: null, batch))];

    /// <summary>The ways of a backend.</summary>
    /// <param name="target">What runs a chain program by program.</param>
    /// <param name="fused">What runs it as one program; null if the backend does not do that.</param>
    public static IEnumerable<ChainWay> Of(IKernelTarget target, IKernelTarget? fused, int batch) =>
    [
        new CardWay(target.Name, target, Mechanism.Alone, batch),
        new CardWay(target.Name, target, Mechanism.StageByStage, batch),
        fused is null ? new AbsentWay(target.Name, Mechanism.Fused, BenchError.DoesNotFuse(target.Name)) : new CardWay(target.Name, fused, Mechanism.Fused, batch),
        new CardWay(target.Name, target, Mechanism.TailCall, batch),
        new CardWay(target.Name, target, Mechanism.TailCallAny, batch),
        new CardWay(target.Name, target, Mechanism.Calls, batch),
    ];

    /// <summary>A backend that is not let fuse chains.</summary>
    sealed class StageByStage(IKernelTarget target) : IKernelTarget
    {
        public string Name => target.Name;

        public string Description => target.Description;

        public bool NeedsProof => target.NeedsProof;

        public IKernel Compile(Chain chain, KernelEnvironment environment) =>
            chain.HasEdges ? target.CompileStageByStage(chain, environment) : target.Compile(chain, environment);
    }
}
