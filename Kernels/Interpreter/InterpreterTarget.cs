using Chainring.Offload.Spec;

namespace Chainring.Kernels.Interpreter;

/// <summary>The reference backend: defines what every other must do.</summary>
public sealed class InterpreterTarget : IKernelTarget
{
    public string Name => "interpreter";

    public bool NeedsProof => false;

    public string Description => "the reference: runs one instruction after the other and checks every access";

    public IKernel Compile(Chain chain, KernelEnvironment environment) => new StageByStageKernel<InterpretedPrograms>(chain, new(chain, environment));
}

/// <summary>Interprets a chain's programs.</summary>
readonly struct InterpretedPrograms(Chain chain, KernelEnvironment environment) : IStagePrograms
{
    readonly Machine _machine = new(environment);
    readonly LoadedProgram[] _programs = [.. chain.Stages.Select(s => s.Program)];

    public void BeginFrame() => _machine.BeginFrame();

    public Verdict Run(int stage, ref Frame frame, Span<byte> buffer, out int instructions)
    {
        var fault = _machine.Run(_programs[stage], ref frame, buffer, out uint code);
        instructions = _machine.Executed;
        return Judge(fault, code);
    }

    /// <summary>A violation aborts; so does a code that is no XDP action, as in the kernel.</summary>
    static Verdict Judge(AbortReason fault, uint code) =>
        fault != AbortReason.None ? Aborted(fault)
        : code > (uint)XdpAction.Redirect ? Aborted(AbortReason.UnknownCode)
        : code == (uint)XdpAction.Aborted ? Aborted(AbortReason.Returned)
        : new((XdpAction)code);

    static Verdict Aborted(AbortReason reason) => new(XdpAction.Aborted, reason);
}
