using Chainring.Offload.Spec;

namespace Chainring.Kernels;

/// <summary>The programs of a chain, as a backend runs them. A struct: so it is part of the loop around it, whichever backend a process has run first.</summary>
interface IStagePrograms
{
    /// <summary>A frame enters the chain.</summary>
    void BeginFrame();

    /// <summary>Runs the program of a stage, which says what it returned and how many instructions that took, if the backend counts them.</summary>
    Verdict Run(int stage, ref Frame frame, Span<byte> buffer, out int instructions);
}

/// <summary>Runs a chain frame by frame, program by program.</summary>
sealed class StageByStageKernel<TPrograms>(Chain chain, TPrograms programs) : IKernel where TPrograms : struct, IStagePrograms
{
    readonly TPrograms _programs = programs;
    readonly ChainStage[] _stages = [.. chain.Stages];
    readonly bool _takesFragments = chain.TakesFragments, _pushes = chain.PreviousVerdict;

    public Chain Chain => chain;

    public ChainCounters Counters { get; } = new(chain);

    public void Run(PacketBatch batch)
    {
        for (int n = 0; n < batch.Count; n++) batch.Verdicts[n] = Run(batch, n);
    }

    /// <summary>
    /// Runs the entry, then follows edges until a code has none. The verdict is the last program's code; the redirect target is the one
    /// last set since the frame entered.
    /// </summary>
    Verdict Run(PacketBatch batch, int n)
    {
        ref var frame = ref batch.Frame(n);
        var buffer = batch.Buffer(n);
        frame.ForgetRedirect();
        batch.Paths?.Begin(n);
        if (frame.HasFragments && !_takesFragments) return new(XdpAction.Aborted, AbortReason.NoFragsSupport);
        _programs.BeginFrame();
        batch.Paths?.Add(n, _stages[0].Program.Id);
        var verdict = RunStage(0, ref frame, buffer);
        int index = 0;
        for (int runs = 1; ; runs++)
        {
            var stage = _stages[index];
            int slot = stage.SlotFor(verdict.Action);
            if (slot == Chain.End) return (stage.PassAtEnd >> (int)verdict.Action & 1) != 0 ? new(XdpAction.Pass) : verdict;
            if (runs == Chain.MaxRuns) return new(XdpAction.Aborted, AbortReason.ChainTooLong);

            if (_pushes && !PreviousVerdict.Push(ref frame, buffer, verdict.Action)) return new(XdpAction.Aborted, AbortReason.NoRoomForPreviousVerdict);
            int metadata = frame.Data - frame.Meta;
            Counters.Take(index, slot);
            index = stage.Next[slot];
            batch.Paths?.Add(n, _stages[index].Program.Id);
            verdict = RunStage(index, ref frame, buffer);
            if (_pushes) PreviousVerdict.Pop(ref frame, metadata);
        }
    }

    Verdict RunStage(int index, ref Frame frame, Span<byte> buffer)
    {
        var verdict = _programs.Run(index, ref frame, buffer, out int instructions);
        Counters.Return(index, verdict, instructions);
        return verdict;
    }
}
