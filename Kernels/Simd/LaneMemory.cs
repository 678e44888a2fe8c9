using System.Runtime.InteropServices;
using Chainring.Kernels.Il;

namespace Chainring.Kernels.Simd;

/// <summary>What a kernel and its code hand each other: a vector of each, one number for each lane.</summary>
sealed class LaneMemory
{
    /// <summary>Places in vectors: results, where frames and their buffers and stacks are, operands and the result of what is done lane by lane, zeros, and then values.</summary>
    public const int Results = 0, Frames = 1, Buffers = 2, Stacks = 3, Operands = 4, MaxOperands = 6, Result = Operands + MaxOperands, Zeros = Result + 1, Spills = Zeros + 1;

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
