using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Chainring.Kernels.Simd;

/// <summary>Puts the frames of a group into lanes: where their records and buffers are, and where their bytes begin and end (<see cref="LaneMemory"/>).</summary>
static unsafe class FrameLanes
{
    /// <summary>Those of the frames that have fragments, as bits of lanes. No frame has a redirect any more. Lanes without a frame have the last one.</summary>
    /// <param name="numbers">Of buffers: one at least, and no more than there are lanes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Put(PacketMemory memory, ReadOnlySpan<int> numbers, nint lanes, LaneShape shape) =>
        numbers.Length == Vector512<ulong>.Count && Avx512DQ.IsSupported ? PutEight(memory, ref MemoryMarshal.GetReference(numbers), (ulong*)lanes) : PutEach(memory, numbers, lanes, shape);

    static int PutEach(PacketMemory memory, ReadOnlySpan<int> numbers, nint lanes, LaneShape shape)
    {
        int fragments = 0;
        for (int lane = 0; lane < shape.Lanes; lane++)
        {
            int number = numbers[Math.Min(lane, numbers.Length - 1)];
            var frame = (Frame*)(memory.FramesAddress + number * (nint)sizeof(Frame));
            nint buffer = memory.Address + number * (nint)memory.Stride;
            frame->ForgetRedirect();
            if (frame->HasFragments) fragments |= 1 << lane;
            Write(LaneMemory.Frames, (nint)frame);
            Write(LaneMemory.Buffers, buffer);
            Write(LaneMemory.Data, buffer + frame->Data);
            Write(LaneMemory.End, buffer + frame->End);

            void Write(int vector, nint value) => *(nint*)(lanes + vector * shape.Bytes + lane * sizeof(ulong)) = value;
        }
        return fragments;
    }

    /// <summary>Likewise eight of them, without a detour over memory.</summary>
    static int PutEight(PacketMemory memory, ref int numbers, ulong* lanes)
    {
        nint records = memory.FramesAddress;
        var wide = Avx512F.ConvertToVector512Int64(Vector256.LoadUnsafe(ref numbers));
        var (frames, buffers) = (wide * sizeof(Frame) + Vector512.Create((long)records), wide * memory.Stride + Vector512.Create((long)memory.Address));
        // Of each frame two words: (Meta, Data) and (End, FragmentBytes).
        var first = Vector512.Create(Vector256.Create(Begin(ref numbers, 0), Begin(ref numbers, 1)), Vector256.Create(Begin(ref numbers, 2), Begin(ref numbers, 3)));
        var second = Vector512.Create(Vector256.Create(Begin(ref numbers, 4), Begin(ref numbers, 5)), Vector256.Create(Begin(ref numbers, 6), Begin(ref numbers, 7)));
        var starts = Avx512F.PermuteVar8x64x2(first, Vector512.Create(0L, 2, 4, 6, 8, 10, 12, 14), second);
        var ends = Avx512F.PermuteVar8x64x2(first, Vector512.Create(1L, 3, 5, 7, 9, 11, 13, 15), second);
        frames.Store((long*)lanes + LaneMemory.Frames * 8);
        buffers.Store((long*)lanes + LaneMemory.Buffers * 8);
        (buffers + (starts >>> 32)).Store((long*)lanes + LaneMemory.Data * 8);
        (buffers + (ends & Vector512.Create((long)uint.MaxValue))).Store((long*)lanes + LaneMemory.End * 8);
        return (int)Vector512.GreaterThan(ends.AsUInt64(), Vector512.Create((ulong)uint.MaxValue)).ExtractMostSignificantBits();

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector128<long> Begin(ref int numbers, int lane)
        {
            var frame = (Frame*)(records + Unsafe.Add(ref numbers, lane) * (nint)sizeof(Frame));
            frame->ForgetRedirect();
            return Vector128.Load((long*)&frame->Meta);
        }
    }
}
