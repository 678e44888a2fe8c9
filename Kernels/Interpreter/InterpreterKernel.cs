using Chainring.Offload.Spec;

namespace Chainring.Kernels.Interpreter;

/// <summary>The reference backend: defines what every other must do.</summary>
public sealed class InterpreterTarget : IKernelTarget
{
    public string Name => "interpreter";

    public IKernel Compile(Chain chain, KernelEnvironment environment) => new InterpreterKernel(chain, environment);
}

/// <summary>Runs a chain frame by frame, program by program.</summary>
sealed class InterpreterKernel(Chain chain, KernelEnvironment environment) : IKernel
{
    readonly Machine _machine = new(environment);
    readonly bool _takesFragments = chain.TakesFragments;

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
        if (frame.HasFragments && !_takesFragments) return Aborted(AbortReason.NoFragsSupport);
        _machine.BeginFrame();
        batch.Paths?.Add(n, chain.Stages[0].Program.Id);
        var verdict = RunStage(0, ref frame, buffer);
        int index = 0;
        for (int runs = 1; ; runs++)
        {
            var stage = chain.Stages[index];
            int slot = stage.SlotFor(verdict.Action);
            if (slot == Chain.End) return (stage.PassAtEnd >> (int)verdict.Action & 1) != 0 ? new(XdpAction.Pass) : verdict;
            if (runs == Chain.MaxRuns) return Aborted(AbortReason.ChainTooLong);

            bool pushes = chain.PreviousVerdict;
            if (pushes && !PreviousVerdict.Push(ref frame, buffer, verdict.Action)) return Aborted(AbortReason.NoRoomForPreviousVerdict);
            int metadata = frame.Data - frame.Meta;
            Counters.Take(index, slot);
            index = stage.Next[slot];
            batch.Paths?.Add(n, chain.Stages[index].Program.Id);
            verdict = RunStage(index, ref frame, buffer);
            if (pushes) PreviousVerdict.Pop(ref frame, metadata);
        }
    }

    Verdict RunStage(int index, ref Frame frame, Span<byte> buffer)
    {
        var verdict = Judge(_machine.Run(chain.Stages[index].Program, ref frame, buffer, out uint code), code);
        Counters.Run(index, _machine.Executed);
        Counters.Return(index, verdict);
        return verdict;
    }

    /// <summary>A violation aborts; so does a code that is no XDP action, as in the kernel.</summary>
    static Verdict Judge(AbortReason fault, uint code) =>
        fault != AbortReason.None ? Aborted(fault)
        : code > (uint)XdpAction.Redirect ? Aborted(AbortReason.UnknownCode)
        : code == (uint)XdpAction.Aborted ? Aborted(AbortReason.Returned)
        : new((XdpAction)code);

    static Verdict Aborted(AbortReason reason) => new(XdpAction.Aborted, reason);
}
