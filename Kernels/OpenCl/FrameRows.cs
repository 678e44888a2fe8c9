using System.Runtime.CompilerServices;

namespace Chainring.Kernels.OpenCl;

/// <summary>Copies of frames one behind the other, as much of each as a chain can reach, for kernels that do not have the buffers.</summary>
sealed unsafe class FrameRows(FramePlan plan)
{
    /// <summary>Where a row begins: at a multiple of so many bytes.</summary>
    const int Alignment = 16;

    /// <summary>By frame of the batch: where its buffer would begin, in bytes from the first row of its piece.</summary>
    int[] _starts = [];

    public ReadOnlySpan<int> Starts => _starts;

    /// <summary>Where frames [first, first + count) will be; how many bytes they need together.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public long Place(PacketBatch batch, int first, int count)
    {
        if (_starts.Length < batch.Count) _starts = new int[batch.Capacity];
        long at = 0;
        for (int n = first; n < first + count; n++)
        {
            var (from, to) = Wanted(batch.Frame(n), batch.Memory.BufferBytes);
            _starts[n] = checked((int)(at - from));
            at += (to - from + Alignment - 1) / Alignment * Alignment;
        }
        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(PacketBatch batch, int first, int count, byte* rows)
    {
        for (int n = first; n < first + count; n++)
        {
            var (from, to) = Wanted(batch.Frame(n), batch.Memory.BufferBytes);
            batch.Buffer(n)[from..to].CopyTo(new Span<byte>(rows + _starts[n] + from, to - from));
        }
    }

    /// <summary>Frames must still be where they were when they were placed: nothing else of them has been taken back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void TakeBack(PacketBatch batch, int first, int count, byte* rows)
    {
        for (int n = first; n < first + count; n++)
        {
            var (from, to) = Wanted(batch.Frame(n), batch.Memory.BufferBytes);
            new ReadOnlySpan<byte>(rows + _starts[n] + from, to - from).CopyTo(batch.Buffer(n)[from..to]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    (int From, int To) Wanted(in Frame frame, int bufferBytes)
    {
        if (frame.HasFragments && !plan.TakesFragments) return (0, 0);
        int room = !plan.GrowsTail ? frame.LastEnd : frame.HasFragments ? frame.LastEnd + Frame.PageBytes : Frame.LinearEnd;
        int from = plan.RowsFrom is { } first ? frame.Data + first : Frame.RecordBytes, to = plan.RowsTo is { } last ? Math.Min(frame.Data + last, room) : room;
        return (from = Math.Max(from, 0), Math.Max(from, Math.Min(to, bufferBytes)));
    }
}
