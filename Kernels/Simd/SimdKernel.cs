using System.Runtime.CompilerServices;
using Chainring.Kernels.Il;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Simd;

/// <summary>Chains as code that runs several frames at once, one in each lane of a vector.</summary>
public sealed class SimdTarget : IKernelTarget
{
    readonly IlTarget _scalar = new();

    public string Name => "simd";

    public string Description => $"runs {LaneShape.Here.Lanes} frames at once in vectors of {8 * LaneShape.Here.Bytes} bits{(LaneShape.IsAccelerated ? "" : ", which this machine lacks")}";

    public string? Missing => _scalar.Missing;

    public bool NeedsProof => true;

    public bool Fuses => true;

    public Refusal? Refuse(LoadedProgram program) => Missing is not null ? Refusal.BackendMissing(Name, Missing) : _scalar.Refuse(program);

    /// <summary>Of what can only be done frame by frame, as il does it.</summary>
    public IKernel Compile(Chain chain, KernelEnvironment environment) =>
        CompiledLanes.Of(chain) is { } code ? new SimdKernel(chain, code, environment) : _scalar.Compile(chain, environment);

    public IKernel CompileStageByStage(Chain chain, KernelEnvironment environment) => _scalar.CompileStageByStage(chain, environment);
}

/// <summary>Runs a batch in groups of as many frames as there are lanes. Where a batch asks which programs ran, the chain is run stage by stage.</summary>
sealed unsafe class SimdKernel : IKernel
{
    readonly CompiledLanes _code;
    readonly LaneShape _shape;
    readonly Execution _execution;
    readonly LaneMemory _lanes;
    readonly PathCounters _paths;
    readonly bool _takesFragments;
    readonly IlStageByStageKernel _stageByStage;

    public SimdKernel(Chain chain, CompiledLanes code, KernelEnvironment environment)
    {
        (Chain, _code, _shape) = (chain, code, code.Shape);
        _execution = new(chain, environment, _shape.Lanes);
        _lanes = new(_shape, code.Spills, _execution);
        _paths = new(code.Paths, Offload.Ir.ChainEvents.CountOf(chain.Stages.Count));
        _takesFragments = chain.TakesFragments;
        _stageByStage = new(chain, _execution);
        Counters = new(chain, _paths, _stageByStage.Counters);
    }

    public Chain Chain { get; }

    public ChainCounters Counters { get; }

    public void Run(PacketBatch batch)
    {
        if (batch.Paths is not null)
        {
            _stageByStage.Run(batch);
            return;
        }
        _execution.Counts = _paths.Address;
        _execution.Programs = _code.Programs;
        _execution.BufferBytes = batch.Memory.BufferBytes;
        for (int first = 0; first < batch.Count; first += _shape.Lanes) RunGroup(batch, first, Math.Min(_shape.Lanes, batch.Count - first));
        _execution.Stack = _execution.StackOf(0);
    }

    void RunGroup(PacketBatch batch, int first, int count)
    {
        var memory = batch.Memory;
        var numbers = batch.Numbers;
        nint at = _lanes.Address, bytes = _shape.Bytes;
        nint* frames = (nint*)(at + LaneMemory.Frames * bytes), buffers = (nint*)(at + LaneMemory.Buffers * bytes);
        ulong* results = (ulong*)(at + LaneMemory.Results * bytes);
        int mask = 0;
        for (int lane = 0; lane < _shape.Lanes; lane++)
        {
            // Lanes without a frame have the last one before their eyes, and do nothing to it.
            int number = numbers[first + Math.Min(lane, count - 1)];
            ref var frame = ref memory.Frames[number];
            frames[lane] = (nint)Unsafe.AsPointer(ref frame);
            buffers[lane] = memory.Address + (nint)number * memory.Stride;
            if (lane >= count) continue;
            frame.ForgetRedirect();
            if (!frame.HasFragments || _takesFragments) mask |= 1 << lane;
        }
        if (mask != 0) _code.Run(_execution, at, mask);
        var verdicts = batch.Verdicts.Slice(first, count);
        for (int lane = 0; lane < count; lane++)
        {
            ulong result = results[lane];
            if ((mask >> lane & 1) == 0)
            {
                verdicts[lane] = new(XdpAction.Aborted, AbortReason.NoFragsSupport);
                continue;
            }
            if ((long)result < 0)
            {
                _execution.BeginFrame();
                _execution.Stack = _execution.StackOf(lane);
                result = _code.Rest!(_execution, ref *(Frame*)frames[lane], buffers[lane], at + LaneMemory.Spills * bytes + lane * sizeof(ulong), result);
            }
            verdicts[lane] = CompiledVerdict.From((uint)result);
        }
    }
}
