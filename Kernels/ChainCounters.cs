using Chainring.Offload.Spec;

namespace Chainring.Kernels;

/// <summary>What a kernel counts while it runs; plain numbers, written by the one thread that runs it.</summary>
public sealed class ChainCounters(Chain chain)
{
    const int Slots = ChainStage.Slots;

    readonly long[] _runs = new long[chain.Stages.Count];
    readonly long[] _edges = new long[chain.Stages.Count * Slots];
    readonly long[] _returns = new long[chain.Stages.Count * Slots];
    readonly long[] _unknown = new long[chain.Stages.Count];

    /// <summary>How often each stage ran.</summary>
    public ReadOnlySpan<long> Runs => _runs;

    /// <summary>Instructions executed, where the backend counts them.</summary>
    public long Instructions { get; private set; }

    /// <summary>How often a stage's edge in that slot was taken.</summary>
    public long Edge(int stage, int slot) => _edges[stage * Slots + slot];

    /// <summary>How often each stage returned a code above redirect, whatever became of the frame then.</summary>
    public ReadOnlySpan<long> UnknownCodes => _unknown;

    /// <summary>How often a stage returned that code; violations and codes above redirect count as aborted.</summary>
    public long Returns(int stage, XdpAction action) => _returns[stage * Slots + (int)action];

    public void Run(int stage, int instructions)
    {
        _runs[stage]++;
        Instructions += instructions;
    }

    public void Return(int stage, in Verdict verdict)
    {
        _returns[stage * Slots + (int)verdict.Action]++;
        if (verdict.Reason == AbortReason.UnknownCode) _unknown[stage]++;
    }

    public void Take(int stage, int slot) => _edges[stage * Slots + slot]++;
}
