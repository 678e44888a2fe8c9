using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Chainring.Kernels.Helpers;
using Chainring.Kernels.Il;

namespace Chainring.Kernels.Simd;

/// <summary>Puts frames into one half of the lanes: where their records and buffers are, and where their bytes begin and end (<see cref="LaneMemory"/>). Eight of them go without a detour over memory.</summary>
static unsafe class FrameLanes
{
    /// <summary>Those of the frames that have fragments, as bits of lanes. No frame has a redirect any more. Lanes without a frame have the last one.</summary>
    /// <param name="numbers">Of buffers: one at least, and no more than a half has lanes.</param>
    /// <param name="lanes">The memory of the half.</param>
    /// <param name="offsets">Where its part of <see cref="LaneMemory.Offsets"/> begins.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Put(PacketMemory memory, ReadOnlySpan<int> numbers, nint lanes, nint offsets, LaneShape shape) =>
        numbers.Length == Vector512<ulong>.Count && Avx512DQ.IsSupported ? PutEight(memory, ref MemoryMarshal.GetReference(numbers), lanes, offsets) : PutEach(memory, numbers, lanes, offsets, shape.Half);

    static int PutEach(PacketMemory memory, ReadOnlySpan<int> numbers, nint lanes, nint offsets, int count)
    {
        int fragments = 0;
        for (int lane = 0; lane < count; lane++)
        {
            int number = numbers[Math.Min(lane, numbers.Length - 1)];
            var frame = (Frame*)(memory.FramesAddress + number * (nint)sizeof(Frame));
            nint buffer = memory.Address + number * (nint)memory.Stride;
            frame->ForgetRedirect();
            if (frame->HasFragments) fragments |= 1 << lane;
            At(lanes, LaneMemory.Frames, count, lane) = (nint)frame;
            At(lanes, LaneMemory.Buffers, count, lane) = buffer;
            At(lanes, LaneMemory.Data, count, lane) = buffer + frame->Data;
            Offset(offsets, LaneMemory.Start, count, lane) = frame->Data;
            Offset(offsets, LaneMemory.End, count, lane) = frame->End;
        }
        LookAgain(lanes, offsets, count);
        return fragments;
    }

    static int PutEight(PacketMemory memory, ref int numbers, nint lanes, nint offsets)
    {
        nint records = memory.FramesAddress;
        var wide = Avx512F.ConvertToVector512Int64(Vector256.LoadUnsafe(ref numbers));
        var (frames, buffers) = (wide * sizeof(Frame) + Vector512.Create((long)records), wide * memory.Stride + Vector512.Create((long)memory.Address));
        var (starts, ends) = Turned(Begin(ref numbers, 0), Begin(ref numbers, 1), Begin(ref numbers, 2), Begin(ref numbers, 3),
            Begin(ref numbers, 4), Begin(ref numbers, 5), Begin(ref numbers, 6), Begin(ref numbers, 7));
        var (data, end) = (starts >>> 32, Avx512F.ConvertToVector256Int32(ends));
        var start = Avx512F.ConvertToVector256Int32(data);
        Put(lanes, LaneMemory.Frames, frames);
        Put(lanes, LaneMemory.Buffers, buffers);
        Put(lanes, LaneMemory.Data, buffers + data);
        PutOffsets(offsets, LaneMemory.Start, start);
        PutOffsets(offsets, LaneMemory.End, end);
        PutOffsets(offsets, LaneMemory.StartNow, start);
        PutOffsets(offsets, LaneMemory.EndNow, end);
        return (int)Vector512.GreaterThan(ends.AsUInt64(), Vector512.Create((ulong)uint.MaxValue)).ExtractMostSignificantBits();

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector128<long> Begin(ref int numbers, int lane)
        {
            var frame = (Frame*)(records + Unsafe.Add(ref numbers, lane) * (nint)sizeof(Frame));
            frame->ForgetRedirect();
            return Ends(frame);
        }
    }

    /// <summary>Frames of a half may have moved: where they begin and end now.</summary>
    public static void LookAgain(nint lanes, nint offsets, int count)
    {
        for (int lane = 0; lane < count; lane++)
        {
            var frame = (Frame*)At(lanes, LaneMemory.Frames, count, lane);
            Offset(offsets, LaneMemory.StartNow, count, lane) = frame->Data;
            Offset(offsets, LaneMemory.EndNow, count, lane) = frame->End;
        }
    }

    /// <summary><c>bpf_xdp_adjust_head</c> for the frames of a half that are here: by the first operands, with what it returns as the result.</summary>
    public static void AdjustHead(Execution execution, nint lanes, nint offsets, int count, int here)
    {
        if (count == Vector512<ulong>.Count && Avx512DQ.IsSupported && TryAdjustEight(lanes, offsets, here)) return;
        for (int left = here; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            At(lanes, LaneMemory.Result, count, lane) = (nint)Calls.AdjustHead(
                execution, ref *(Frame*)At(lanes, LaneMemory.Frames, count, lane), At(lanes, LaneMemory.Buffers, count, lane), (ulong)At(lanes, LaneMemory.Operands, count, lane));
        }
        LookAgain(lanes, offsets, count);
    }

    /// <summary>Frames without metadata, as <see cref="PacketRoom.AdjustHead"/> does it; false if one has some, and then nothing has changed.</summary>
    static bool TryAdjustEight(nint lanes, nint offsets, int here)
    {
        var frames = (Frame**)(lanes + LaneMemory.Frames * Vector512<byte>.Count);
        var (starts, ends) = Turned(Ends(frames[0]), Ends(frames[1]), Ends(frames[2]), Ends(frames[3]), Ends(frames[4]), Ends(frames[5]), Ends(frames[6]), Ends(frames[7]));
        var (meta, data, end) = (Low(starts), starts >>> 32, Low(ends));
        if (((int)(~Vector512.Equals(meta, data)).ExtractMostSignificantBits() & here) != 0) return false;

        var isHere = ~Vector512.Equals(Vector512.Create((long)here) & Vector512.Create(1L, 2, 4, 8, 16, 32, 64, 128), default);
        var delta = Get(lanes, LaneMemory.Operands) << 32 >> 32;
        var wrong = Vector512.LessThan(data + delta, Vector512.Create((long)Frame.RecordBytes)) | Vector512.GreaterThan(data + delta, end - Vector512.Create((long)Frame.MinLength));
        data += Vector512.AndNot(delta, wrong) & isHere;
        Put(lanes, LaneMemory.Result, wrong & Vector512.Create(-(long)Errno.Invalid));
        PutOffsets(offsets, LaneMemory.StartNow, Avx512F.ConvertToVector256Int32(data));

        // (Meta, Data) in one word; of lanes that are not here elsewhere.
        Put(lanes, LaneMemory.Operands, Vector512.ConditionalSelect(isHere, Get(lanes, LaneMemory.Frames), Vector512.Create((long)lanes + LaneMemory.Waste * Vector512<byte>.Count)));
        Put(lanes, LaneMemory.Operands + 1, data | data << 32);
        var places = (long**)(lanes + LaneMemory.Operands * Vector512<byte>.Count);
        var words = (long*)(lanes + (LaneMemory.Operands + 1) * Vector512<byte>.Count);
        for (int lane = 0; lane < Vector512<long>.Count; lane++) *places[lane] = words[lane];
        return true;
    }

    /// <summary>Stores two words of each lane, the second and third operands, one behind the other to where the first operand says.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRows(nint lanes, int count)
    {
        ulong** places = (ulong**)lanes + LaneMemory.Operands * count;
        ulong* first = (ulong*)lanes + (LaneMemory.Operands + 1) * count, second = first + count;
        if (count == Vector512<ulong>.Count && Avx512F.IsSupported)
        {
            Vector512<ulong> one = Vector512.Load(first), other = Vector512.Load(second), even = Avx512F.UnpackLow(one, other), odd = Avx512F.UnpackHigh(one, other);
            Two(even.GetLower(), places[0], places[2]);
            Two(odd.GetLower(), places[1], places[3]);
            Two(even.GetUpper(), places[4], places[6]);
            Two(odd.GetUpper(), places[5], places[7]);
        }
        else if (count == Vector256<ulong>.Count && Avx2.IsSupported)
        {
            Vector256<ulong> one = Vector256.Load(first), other = Vector256.Load(second);
            Two(Avx2.UnpackLow(one, other), places[0], places[2]);
            Two(Avx2.UnpackHigh(one, other), places[1], places[3]);
        }
        else
        {
            for (int lane = 0; lane < count; lane++) (places[lane][0], places[lane][1]) = (first[lane], second[lane]);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Two(Vector256<ulong> rows, ulong* one, ulong* other)
        {
            rows.GetLower().Store(one);
            rows.GetUpper().Store(other);
        }
    }

    /// <summary>Two words: (Meta, Data) and (End, FragmentBytes), with which a record begins.</summary>
    static Vector128<long> Ends(Frame* frame) => Vector128.Load((long*)frame);

    /// <summary>The first words of eight, and the second ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<long> Starts, Vector512<long> Ends) Turned(
        Vector128<long> a, Vector128<long> b, Vector128<long> c, Vector128<long> d, Vector128<long> e, Vector128<long> f, Vector128<long> g, Vector128<long> h)
    {
        var (first, second) = (Vector512.Create(Vector256.Create(a, b), Vector256.Create(c, d)), Vector512.Create(Vector256.Create(e, f), Vector256.Create(g, h)));
        return (Avx512F.PermuteVar8x64x2(first, Vector512.Create(0L, 2, 4, 6, 8, 10, 12, 14), second), Avx512F.PermuteVar8x64x2(first, Vector512.Create(1L, 3, 5, 7, 9, 11, 13, 15), second));
    }

    static Vector512<long> Low(Vector512<long> words) => words & Vector512.Create((long)uint.MaxValue);

    static Vector512<long> Get(nint lanes, int vector) => Vector512.Load((long*)lanes + vector * Vector512<long>.Count);

    static void Put(nint lanes, int vector, Vector512<long> numbers) => numbers.Store((long*)lanes + vector * Vector512<long>.Count);

    static void PutOffsets(nint offsets, int kind, Vector256<int> numbers) => numbers.Store((int*)(offsets + kind * Vector512<byte>.Count));

    static ref int Offset(nint offsets, int kind, int count, int lane) => ref ((int*)offsets)[kind * LaneShape.Halves * count + lane];

    static ref nint At(nint lanes, int vector, int count, int lane) => ref ((nint*)lanes)[vector * count + lane];
}
