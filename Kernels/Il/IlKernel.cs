using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Chainring.Offload.Ir;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Il;

/// <summary>Chains as code of the machine they run on: one frame after the other, through the whole chain at once.</summary>
public sealed class IlTarget : IKernelTarget
{
    public string Name => "il";

    public string Description => "compiles each chain as a whole, to code of this machine";

    public string? Missing => RuntimeFeature.IsDynamicCodeCompiled ? null : "the .NET runtime compiles no code while it runs";

    public bool NeedsProof => true;

    public bool Fuses => true;

    public Refusal? Refuse(LoadedProgram program) => Refuse(program, Name);

    /// <summary>Likewise for a backend that compiles with this one: the refusal names it.</summary>
    internal Refusal? Refuse(LoadedProgram program, string backend) => Missing is not null ? Refusal.BackendMissing(backend, Missing) : new ChainDescription(Chain.Of(program)).Code.Stages[0].Code.Limit switch
    {
        { Kind: LoweringLimitKind.SeveralFunctions } limit => Refusal.SeveralFunctions(program.Name, limit.Slot, backend),
        { Kind: LoweringLimitKind.TooManyInstructions } => Refusal.TooManyInlined(program.Name, LoweringLimit.MaxInstructions, backend),
        _ => null,
    };

    public IKernel Compile(Chain chain, KernelEnvironment environment) =>
        CompiledChain.Of(chain) is { } code ? new IlKernel(chain, code, environment) : CompileStageByStage(chain, environment);

    public IKernel CompileStageByStage(Chain chain, KernelEnvironment environment) => new StageByStageKernel<CompiledPrograms>(chain, new(chain, new(chain, environment)));
}

/// <summary>Runs a fused chain. Where a batch asks which programs ran, the chain is run stage by stage.</summary>
sealed class IlKernel : IKernel
{
    readonly CodeRoom _room;
    readonly Execution _execution;
    readonly bool _takesFragments;
    readonly StageByStageKernel<CompiledPrograms> _stageByStage;

    public IlKernel(Chain chain, CompiledChain code, KernelEnvironment environment)
    {
        Chain = chain;
        Compiled = code;
        _execution = new(chain, environment);
        _room = new(code, _execution);
        _takesFragments = chain.TakesFragments;
        _stageByStage = new(chain, new(chain, _execution));
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
        var (run, execution, memory) = (_room.Run, _execution, batch.Memory);
        execution.BufferBytes = memory.BufferBytes;
        var frames = memory.Frames;
        var numbers = batch.Numbers;
        var verdicts = batch.Verdicts;
        nint first = memory.Address, stride = memory.Stride;
        for (int n = 0; n < numbers.Length; n++)
        {
            ref var frame = ref frames[numbers[n]];
            frame.ForgetRedirect();
            execution.BeginFrame();
            verdicts[n] = frame.HasFragments && !_takesFragments ? new(XdpAction.Aborted, AbortReason.NoFragsSupport)
                : Verdict.OfWord(run(ref frame, first + numbers[n] * stride));
        }
    }
}

/// <summary>A chain's programs, each compiled by itself: what serves while the chain is being fused, and where it is asked which programs ran.</summary>
readonly unsafe struct CompiledPrograms(Chain chain, Execution execution) : IStagePrograms
{
    readonly Execution _execution = execution;
    readonly CodeRoom[] _rooms = [.. chain.Stages.Select(s => new CodeRoom(CompiledChain.Of(s.Program), execution))];

    public void BeginFrame() => _execution.BeginFrame();

    public Verdict Run(int stage, ref Frame frame, Span<byte> buffer, out int instructions)
    {
        instructions = 0;
        _execution.BufferBytes = buffer.Length;
        _rooms[stage].Enter(_execution);
        return Verdict.OfWord(_rooms[stage].Run(ref frame, (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(buffer))));
    }
}

/// <summary>What one kernel has for a piece of code: its counts, and memory for values between its methods.</summary>
sealed class CodeRoom
{
    readonly ulong[] _spills;
    readonly nint _spillsAddress, _countsAddress;
    readonly LoadedProgram[] _programs;

    public CodeRoom(CompiledChain code, Execution execution)
    {
        _spills = GC.AllocateArray<ulong>(Math.Max(code.Code.Spills, 1), pinned: true);
        _spillsAddress = Marshal.UnsafeAddrOfPinnedArrayElement(_spills, 0);
        Paths = new(code.Code.Paths, code.Events);
        _countsAddress = Paths.Address;
        _programs = code.Programs;
        Run = code.Code.On(execution);
    }

    public PathCounters Paths { get; }

    public CompiledFrame Run { get; }

    /// <summary>Runs the code in the midst of other code, which goes on then.</summary>
    public Verdict RunNested(Execution execution, ref Frame frame, nint buffer)
    {
        var (counts, spills, programs) = (execution.Counts, execution.Spills, execution.Programs);
        Enter(execution);
        var verdict = Verdict.OfWord(Run(ref frame, buffer));
        (execution.Counts, execution.Spills, execution.Programs) = (counts, spills, programs);
        return verdict;
    }

    /// <summary>The code runs next.</summary>
    public void Enter(Execution execution)
    {
        execution.Counts = _countsAddress;
        execution.Spills = _spillsAddress;
        execution.Programs = _programs;
    }
}
