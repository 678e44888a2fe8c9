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

    public Chain Chain => chain;

    public ChainCounters Counters { get; } = new(chain);

    public void Run(PacketBatch batch)
    {
        for (int n = 0; n < batch.Count; n++) batch.Verdicts[n] = Run(ref batch.Frames[n], batch.Buffer(n));
    }

    /// <summary>
    /// Runs the entry, then follows edges until a code has none. The verdict is the last program's code; the redirect target is the one
    /// last set since the frame entered.
    /// </summary>
    Verdict Run(ref Frame frame, Span<byte> buffer)
    {
        frame.ForgetRedirect();
        _machine.BeginFrame();
        int index = 0;
        var previous = XdpAction.Aborted;
        for (int runs = 0; runs < Chain.MaxRuns; runs++)
        {
            var stage = chain.Stages[index];
            bool pushed = chain.PreviousVerdict && runs > 0;
            if (pushed && !PreviousVerdict.Push(ref frame, buffer, previous)) return Aborted(AbortReason.NoRoomForPreviousVerdict);
            int metadata = frame.Data - frame.Meta;

            var verdict = Judge(_machine.Run(stage.Program, ref frame, buffer, out uint code), code);
            Counters.Run(index, _machine.Executed);
            Counters.Return(index, verdict.Action);
            if (pushed) PreviousVerdict.Pop(ref frame, metadata);

            int slot = stage.SlotFor(verdict.Action);
            if (slot == Chain.End) return (stage.PassAtEnd >> (int)verdict.Action & 1) != 0 ? new(XdpAction.Pass) : verdict;
            Counters.Edge(index, slot, 1);
            index = stage.Next[slot];
            previous = verdict.Action;
        }
        return Aborted(AbortReason.ChainTooLong);
    }

    /// <summary>A violation aborts; so does a code that is no XDP action, as in the kernel.</summary>
    static Verdict Judge(AbortReason fault, uint code) =>
        fault != AbortReason.None ? Aborted(fault)
        : code > (uint)XdpAction.Redirect ? Aborted(AbortReason.UnknownCode)
        : code == (uint)XdpAction.Aborted ? Aborted(AbortReason.Returned)
        : new((XdpAction)code);

    static Verdict Aborted(AbortReason reason) => new(XdpAction.Aborted, reason);
}
