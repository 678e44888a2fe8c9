using System.Runtime.InteropServices;
using Chainring.Kernels.Il;

namespace Chainring.Kernels.Simd;

/// <summary>What a kernel and its code hand each other: a vector of each, one number for each lane.</summary>
sealed class LaneMemory
{
    /// <summary>
    /// Places in vectors: results; where frames, their buffers and stacks are; where their bytes begin and end as they came; operands and the result of what is
    /// done lane by lane; zeros; where lanes that are not here may write; slices of headers; and then values.
    /// </summary>
    public const int Results = 0, Frames = 1, Buffers = 2, Stacks = 3, Data = 4, End = 5, Operands = 6, MaxOperands = 6, Result = Operands + MaxOperands, Zeros = Result + 1, Waste = Zeros + 1,
        Slices = Waste + 1, Spills = Slices + HeaderSlices.MaxWords;

    const int CacheLineBytes = 64;

    readonly byte[] _memory;

    public LaneMemory(LaneShape shape, int spills, Execution execution)
    {
        _memory = GC.AllocateArray<byte>((Spills + spills) * shape.Bytes + CacheLineBytes, pinned: true);
        Address = (Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0) + CacheLineBytes - 1) & ~(nint)(CacheLineBytes - 1);
        for (int lane = 0; lane < shape.Lanes; lane++) Marshal.WriteIntPtr(Address, Stacks * shape.Bytes + lane * sizeof(ulong), execution.StackOf(lane));
    }

    public nint Address { get; }
}
