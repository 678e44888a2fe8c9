using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
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

    public Refusal? Refuse(LoadedProgram program) => _scalar.Refuse(program, Name);

    /// <summary>Of what can only be done frame by frame, as il does it.</summary>
    public IKernel Compile(Chain chain, KernelEnvironment environment) =>
        CompiledLanes.Of(chain) is { } code ? new SimdKernel(chain, code, environment) : _scalar.Compile(chain, environment);

    public IKernel CompileStageByStage(Chain chain, KernelEnvironment environment) => _scalar.CompileStageByStage(chain, environment);
}

/// <summary>
/// Runs a batch in groups of as many frames as there are lanes. Where a batch asks which programs ran, the chain is run stage by stage; so it is after a slot of a prog array was changed out of which
/// a program was made part of the code.
/// </summary>
sealed unsafe class SimdKernel : IKernel
{
    /// <summary>
    /// Groups that are set out before the first of them runs: what was just written by parts is slow to be read as a vector, and of two groups that run one right after the other the processor does the
    /// second one's beginning with the first one's end.
    /// </summary>
    const int GroupsAhead = 2;

    readonly CompiledLanes _code;
    readonly CompiledLaneCode[] _run;
    readonly CompiledRest? _rest;
    readonly LaneShape _shape;
    readonly Execution _execution;
    readonly LaneMemory _memory;
    readonly PathCounters _paths;
    readonly bool _takesFragments;
    readonly StageByStageKernel<CompiledPrograms> _stageByStage;

    public SimdKernel(Chain chain, CompiledLanes code, KernelEnvironment environment)
    {
        (Chain, _code, _shape) = (chain, code, code.Shape);
        _execution = new(chain, environment, _shape.Lanes);
        (_run, _rest) = (code.On(_execution), code.RestOn(_execution));
        _memory = new(_shape, GroupsAhead, code.Spills, _execution);
        _paths = new(code.Paths, Offload.Ir.ChainEvents.CountOf(chain.Stages.Count));
        _takesFragments = chain.TakesFragments;
        _stageByStage = new(chain, new(chain, _execution));
        Counters = new(chain, _paths, _stageByStage.Counters);
    }

    public Chain Chain { get; }

    public ChainCounters Counters { get; }

    /// <summary>The code that it runs.</summary>
    public CompiledLanes Code => _code;

    public void Run(PacketBatch batch)
    {
        if (batch.Paths is not null || !_code.IsCurrent)
        {
            _stageByStage.Run(batch);
            return;
        }
        _execution.Counts = _paths.Address;
        _execution.Programs = _code.Programs;
        _execution.BufferBytes = batch.Memory.BufferBytes;
        var masks = stackalloc int[GroupsAhead];
        for (int first = 0; first < batch.Count; first += GroupsAhead * _shape.Lanes)
        {
            int groups = Math.Min(GroupsAhead, (batch.Count - first + _shape.Lanes - 1) / _shape.Lanes);
            for (int group = 0; group < groups; group++) masks[group] = SetOut(batch, first + group * _shape.Lanes, group);
            for (int group = 0; group < groups; group++)
            {
                if (masks[group] != 0)
                {
                    foreach (var piece in _run) piece(_memory.Of(group), masks[group]);
                }
                for (int half = 0; half < LaneShape.Halves; half++)
                {
                    int from = Math.Min(first + group * _shape.Lanes + half * _shape.Half, batch.Count), to = Math.Min(from + _shape.Half, batch.Count);
                    Finish(batch.Verdicts[from..to], _memory.Of(group, half), masks[group] >> half * _shape.Half, half * _shape.Half);
                }
            }
        }
        _execution.Stack = _execution.StackOf(0);
    }

    /// <summary>Puts a frame into each lane of a group; which of them are to be run. Lanes without a frame have the last one before their eyes, and do nothing to it.</summary>
    int SetOut(PacketBatch batch, int first, int group)
    {
        nint one = _memory.Of(group), other = _memory.Of(group, 1), offsets = one + LaneMemory.Offsets * _shape.Bytes;
        int mask = Put(batch, first, one, offsets) | Put(batch, first + _shape.Half, other, offsets + _shape.Bytes / LaneShape.Halves) << _shape.Half;
        nint data = LaneMemory.Data * _shape.Bytes, slices = LaneMemory.Slices * _shape.Bytes;
        HeaderSlices.Make((nint*)(one + data), (nint*)(other + data), (uint*)(one + slices), (uint*)(other + slices), _code.Slices, _shape.Half);
        return mask;
    }

    int Put(PacketBatch batch, int first, nint half, nint offsets)
    {
        int count = Math.Clamp(batch.Count - first, 0, _shape.Half);
        int fragments = FrameLanes.Put(batch.Memory, count > 0 ? batch.Numbers.Slice(first, count) : batch.Numbers[^1..], half, offsets, _shape);
        return ((1 << count) - 1) & (_takesFragments ? ~0 : ~fragments);
    }

    /// <summary>Takes verdicts from a half, whose frames go on by themselves if they have more to do.</summary>
    /// <param name="firstLane">Of the half.</param>
    void Finish(Span<Verdict> verdicts, nint lanes, int mask, int firstLane)
    {
        nint bytes = _shape.Bytes;
        if (verdicts.Length == Vector512<ulong>.Count && (byte)mask == byte.MaxValue && Avx512F.IsSupported)
        {
            var results = Vector512.Load((ulong*)(lanes + LaneMemory.Results * bytes));
            if (results.ExtractMostSignificantBits() == 0)
            {
                Avx512F.ConvertToVector128UInt16(results).CopyTo(MemoryMarshal.Cast<Verdict, ushort>(verdicts));
                return;
            }
        }
        for (int lane = 0; lane < verdicts.Length; lane++)
        {
            nint at = lanes + lane * sizeof(ulong);
            ulong result = *(ulong*)(at + LaneMemory.Results * bytes);
            if ((mask >> lane & 1) == 0)
            {
                verdicts[lane] = new(XdpAction.Aborted, AbortReason.NoFragsSupport);
                continue;
            }
            if ((long)result < 0)
            {
                _execution.BeginFrame();
                (_execution.TailCalls, _execution.Executed) = ((int)*(ulong*)(at + LaneMemory.TailCalls * bytes), 0);
                _execution.Stack = _execution.StackOf(firstLane + lane);
                result = _rest!(ref *(Frame*)*(nint*)(at + LaneMemory.Frames * bytes), *(nint*)(at + LaneMemory.Buffers * bytes), at + LaneMemory.Spills * bytes, result);
            }
            verdicts[lane] = Verdict.OfWord((uint)result);
        }
    }
}
