using System.Runtime.InteropServices;
using Chainring.Kernels.Il;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.Simd;

/// <summary>What a kernel and its code hand each other, for each group that is set out: a vector of each, one number for each lane. Groups share their stacks, since they run one after the other.</summary>
sealed class LaneMemory
{
    /// <summary>
    /// Places in vectors: results; where frames, their buffers and stacks are; where their bytes begin and end as they came; and where now, once they may have moved; tail calls that were taken; operands and the result of what is
    /// done lane by lane; zeros; where lanes that are not here may write; slices of headers; words of the stack; and then values.
    /// </summary>
    public const int Results = 0, Frames = 1, Buffers = 2, Stacks = 3, Data = 4, End = 5, DataNow = 6, EndNow = 7, TailCalls = 8, Operands = 9, MaxOperands = StackWords.MaxKeyWords, Result = Operands + MaxOperands, Zeros = Result + 1, Waste = Zeros + 1,
        Slices = Waste + 1, Columns = Slices + HeaderSlices.MaxWords, Spills = Columns + StackWords.MaxWords;

    const int CacheLineBytes = 64;

    readonly byte[] _memory;
    readonly nint _address;
    readonly int _stride;

    public LaneMemory(LaneShape shape, int groups, int spills, Execution execution)
    {
        // An odd number of cache lines, so that groups do not share cache sets.
        _stride = (((Spills + spills) * shape.Bytes + CacheLineBytes - 1) / CacheLineBytes | 1) * CacheLineBytes;
        _memory = GC.AllocateArray<byte>(groups * _stride + CacheLineBytes, pinned: true);
        _address = (Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0) + CacheLineBytes - 1) & ~(nint)(CacheLineBytes - 1);
        for (int group = 0; group < groups; group++)
        {
            for (int lane = 0; lane < shape.Lanes; lane++) Marshal.WriteIntPtr(Of(group), Stacks * shape.Bytes + lane * sizeof(ulong), execution.StackOf(lane));
        }
    }

    /// <summary>Of one of the groups.</summary>
    public nint Of(int group) => _address + group * _stride;
}
