using System.Runtime.InteropServices;
using Chainring.Kernels.Il;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.Simd;

/// <summary>
/// What a kernel and its code hand each other, for each group that is set out: memory of one half of the lanes, and then of the other. In each a vector of whatever it is, with a number of 64 bits for each lane of that half; what has 32 bits
/// is in the first half's memory, for all lanes. Groups share their stacks, since they run one after the other.
/// </summary>
sealed class LaneMemory
{
    /// <summary>
    /// Places in vectors: results; where frames, their buffers and stacks are; where frames began as they came; tail calls that were taken; operands and the result of what is done lane by lane; zeros; where lanes
    /// that are not here may write; slices of headers; words of the stack; and then values.
    /// </summary>
    public const int Results = 0, Frames = 1, Buffers = 2, Stacks = 3, Data = 4, TailCalls = 5, Offsets = 6, Operands = Offsets + OffsetKinds, MaxOperands = StackWords.MaxKeyWords, Result = Operands + MaxOperands, Zeros = Result + 1, Waste = Zeros + 1,
        Slices = Waste + 1, Columns = Slices + HeaderSlices.PerHalf, Spills = Columns + StackWords.MaxWords;

    /// <summary>Of <see cref="Offsets"/>, which have 32 bits and are counted in bytes from the beginning of the buffer: where frames began and ended as they came, and where they do now, once they may have moved.</summary>
    public const int Start = 0, End = 1, StartNow = 2, EndNow = 3, OffsetKinds = 4;

    const int CacheLineBytes = 64;

    readonly byte[] _memory;
    readonly nint _address;
    readonly int _stride;

    public LaneMemory(LaneShape shape, int groups, int spills, Execution execution)
    {
        _stride = StrideOf(shape, spills);
        _memory = GC.AllocateArray<byte>(groups * LaneShape.Halves * _stride + CacheLineBytes, pinned: true);
        _address = (Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0) + CacheLineBytes - 1) & ~(nint)(CacheLineBytes - 1);
        for (int group = 0; group < groups; group++)
        {
            for (int lane = 0; lane < shape.Lanes; lane++)
            {
                Marshal.WriteIntPtr(Of(group, lane / shape.Half), Stacks * shape.Bytes + lane % shape.Half * sizeof(ulong), execution.StackOf(lane));
            }
        }
    }

    /// <summary>Bytes from the memory of a half to that of the next.</summary>
    /// <param name="spills">Vectors of values that methods hand to each other.</param>
    public static int StrideOf(LaneShape shape, int spills) =>
        // An odd number of cache lines, so that halves do not share cache sets.
        (((Spills + spills) * shape.Bytes + CacheLineBytes - 1) / CacheLineBytes | 1) * CacheLineBytes;

    /// <summary>Of one of the groups: of its first half, or of the other.</summary>
    public nint Of(int group, int half = 0) => _address + (group * LaneShape.Halves + half) * _stride;
}
