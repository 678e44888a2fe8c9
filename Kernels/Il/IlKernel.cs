using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Il;

/// <summary>Chains as code of the machine they run on: one frame after the other, through the whole chain at once.</summary>
public sealed class IlTarget : IKernelTarget
{
    public string Name => "il";

    public bool NeedsProof => true;

    public IKernel Compile(Chain chain, KernelEnvironment environment) => new IlKernel(chain, CompiledChain.Of(chain), environment);

    public static IKernel CompileStageByStage(Chain chain, KernelEnvironment environment) => new IlStageByStageKernel(chain, new(environment));
}

/// <summary>Runs a fused chain. Where a batch asks which programs ran, the chain is run stage by stage.</summary>
sealed unsafe class IlKernel : IKernel
{
    readonly CompiledFrame _run;
    readonly CodeRoom _room;
    readonly Execution _execution;
    readonly bool _takesFragments;
    readonly IlStageByStageKernel _stageByStage;

    public IlKernel(Chain chain, CompiledChain code, KernelEnvironment environment)
    {
        Chain = chain;
        Compiled = code;
        _run = code.Code.Run;
        _execution = new(environment);
        _room = new(code);
        _takesFragments = chain.TakesFragments;
        _stageByStage = new(chain, _execution);
        Counters = new(chain, _room.Paths, _stageByStage.Counters);
    }

    public Chain Chain { get; }

    public ChainCounters Counters { get; }

    /// <summary>The code that it runs.</summary>
    public CompiledChain Compiled { get; }

    public void Run(PacketBatch batch)
    {
        if (batch.Paths is not null)
        {
            _stageByStage.Run(batch);
            return;
        }
        _room.Enter(_execution);
        for (int n = 0; n < batch.Count; n++)
        {
            ref var frame = ref batch.Frame(n);
            frame.ForgetRedirect();
            batch.Verdicts[n] = frame.HasFragments && !_takesFragments ? new(XdpAction.Aborted, AbortReason.NoFragsSupport) : Run(ref frame, batch.Buffer(n));
        }
    }

    Verdict Run(ref Frame frame, Span<byte> buffer)
    {
        _execution.BeginFrame();
        _execution.BufferBytes = buffer.Length;
        return CompiledVerdict.From(_run(_execution, ref frame, (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(buffer))));
    }
}

/// <summary>Runs a chain program by program, each compiled by itself: what serves while the chain is being fused, and where it is asked which programs ran.</summary>
sealed unsafe class IlStageByStageKernel(Chain chain, Execution execution) : StageByStageKernel(chain)
{
    readonly CodeRoom[] _rooms = [.. chain.Stages.Select(s => new CodeRoom(CompiledChain.Of(s.Program)))];

    protected override void BeginFrame() => execution.BeginFrame();

    protected override Verdict RunProgram(int stage, ref Frame frame, Span<byte> buffer, out int instructions)
    {
        instructions = 0;
        execution.BufferBytes = buffer.Length;
        _rooms[stage].Enter(execution);
        return CompiledVerdict.From(_rooms[stage].Run(execution, ref frame, (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(buffer))));
    }
}

/// <summary>What one kernel has for a piece of code: its counts, and memory for values between its methods.</summary>
sealed class CodeRoom(CompiledChain code)
{
    readonly ulong[] _spills = GC.AllocateArray<ulong>(Math.Max(code.Code.Spills, 1), pinned: true);

    public PathCounters Paths { get; } = new(code.Code.Paths, code.Events);

    public CompiledFrame Run { get; } = code.Code.Run;

    /// <summary>The code runs next.</summary>
    public void Enter(Execution execution)
    {
        execution.Counts = Paths.Address;
        execution.Spills = Marshal.UnsafeAddrOfPinnedArrayElement(_spills, 0);
        execution.Programs = code.Programs;
    }
}
