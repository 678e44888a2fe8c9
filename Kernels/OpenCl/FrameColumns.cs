using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Chainring.Kernels.OpenCl;

/// <summary>Puts frames of a batch into columns, and takes back what a kernel has made of them (<see cref="FramePlan"/>): a tile of them at once, column by column, the next tile being fetched meanwhile.</summary>
sealed unsafe class FrameColumns
{
    /// <summary>Frames of a tile: a cache line of each column.</summary>
    const int Tile = 16;

    const int LineBytes = 64;

    readonly FramePlan _plan;
    readonly (FrameColumn What, int Word)[] _columns;

    /// <summary>Bytes from where the frame begins, by column; of words only.</summary>
    readonly int[] _places;

    /// <summary>Between these bytes are all words.</summary>
    readonly int _from, _to;
    readonly bool[] _written;
    readonly bool _comesBack;

    public FrameColumns(FramePlan plan)
    {
        _plan = plan;
        _columns = [.. plan.Columns];
        _places = [.. _columns.Select(c => plan.First + sizeof(uint) * c.Word)];
        _written = [.. _columns.Select(c => c.What == FrameColumn.Word && plan.IsWritten(c.Word))];
        int[] words = [.. _places.Where((_, n) => _columns[n].What == FrameColumn.Word)];
        (_from, _to) = words.Length == 0 ? (0, 0) : (words.Min(), words.Max() + sizeof(uint));
        _comesBack = plan.OutFrom != plan.Outcome || plan.Redirects;
    }

    /// <summary>Sets out frames [first, first + count) of a batch.</summary>
    /// <param name="columns">Column c begins at c times <paramref name="step"/>.</param>
    /// <param name="rows">By frame of the batch where its row is in strides, if the plan has rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(PacketBatch batch, int first, int count, uint* columns, int step, ReadOnlySpan<int> rows)
    {
        var starts = stackalloc nint[Tile];
        var frames = stackalloc nint[Tile];
        for (int at = 0; at < count; at += Tile)
        {
            int now = Math.Min(Tile, count - at);
            bool isPlain = Look(batch, first + at, now, starts, frames);
            Fetch(batch, first + at + Tile, first + count);
            for (int c = 0; c < _plan.In; c++)
            {
                uint* to = columns + (nint)c * step + at;
                if (_columns[c].What != FrameColumn.Word)
                {
                    for (int n = 0; n < now; n++) to[n] = FieldOf(*(Frame*)frames[n], _columns[c].What, rows, first + at + n);
                }
                else if (!isPlain)
                {
                    for (int n = 0; n < now; n++) to[n] = Near(batch.Buffer(first + at + n), ((Frame*)frames[n])->Data + _places[c]);
                }
                else if (now == Tile && AreFour(c))
                {
                    TakeFour(starts, _places[c + 3], to, step);
                    c += 3;
                }
                else
                {
                    Take(starts, _places[c], to, now);
                }
            }
        }
    }

    /// <summary>Takes back what those frames have become; a frame that was left out is as it was.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void TakeBack(PacketBatch batch, int first, int count, uint* columns, int step)
    {
        if (!_comesBack) return;
        var starts = stackalloc nint[Tile];
        var frames = stackalloc nint[Tile];
        for (int at = 0; at < count; at += Tile)
        {
            int now = Math.Min(Tile, count - at);
            bool isPlain = Look(batch, first + at, now, starts, frames);
            Fetch(batch, first + at + Tile, first + count);
            if (!isPlain)
            {
                for (int n = at; n < at + now; n++) TakeBack(batch, first + n, columns + n, step);
                continue;
            }
            for (int c = _plan.OutFrom; c < _columns.Length; c++)
            {
                uint* from = columns + (nint)c * step + at;
                if (_columns[c].What != FrameColumn.Word)
                {
                    for (int n = 0; n < now; n++) Set(ref *(Frame*)frames[n], _columns[c].What, from[n]);
                }
                else if (_written[c])
                {
                    Give(from, starts, _places[c], now);
                }
            }
        }
    }

    /// <summary>Four columns from that on are words one behind the other, the last of them first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    bool AreFour(int column) => Sse2.IsSupported && column + 3 < _plan.In && _columns[column + 3].What == FrameColumn.Word && _places[column] - _places[column + 3] == 3 * sizeof(uint);

    /// <summary>The words at a place of each frame of a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Take(nint* starts, int place, uint* to, int count)
    {
        for (int n = 0; n < count; n++) to[n] = Unsafe.ReadUnaligned<uint>((void*)(starts[n] + place));
    }

    /// <summary>Four words from a place on of each frame of a whole tile, into columns one behind the other: rows of four become columns of four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void TakeFour(nint* starts, int place, uint* lastWord, nint step)
    {
        for (int n = 0; n < Tile; n += 4)
        {
            Vector128<uint> a = Vector128.Load((uint*)(starts[n] + place)), b = Vector128.Load((uint*)(starts[n + 1] + place));
            Vector128<uint> c = Vector128.Load((uint*)(starts[n + 2] + place)), d = Vector128.Load((uint*)(starts[n + 3] + place));
            Vector128<ulong> ab = Sse2.UnpackLow(a, b).AsUInt64(), cd = Sse2.UnpackLow(c, d).AsUInt64(), abToo = Sse2.UnpackHigh(a, b).AsUInt64(), cdToo = Sse2.UnpackHigh(c, d).AsUInt64();
            Sse2.UnpackHigh(abToo, cdToo).AsUInt32().Store(lastWord + n);
            Sse2.UnpackLow(abToo, cdToo).AsUInt32().Store(lastWord + step + n);
            Sse2.UnpackHigh(ab, cd).AsUInt32().Store(lastWord + 2 * step + n);
            Sse2.UnpackLow(ab, cd).AsUInt32().Store(lastWord + 3 * step + n);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Give(uint* from, nint* starts, int place, int count)
    {
        for (int n = 0; n < count; n++) Unsafe.WriteUnaligned((void*)(starts[n] + place), from[n]);
    }

    /// <summary>A frame that is not like most: it was left out, came with metadata that moves, or its words are not all in its buffer.</summary>
    void TakeBack(PacketBatch batch, int number, uint* own, int step)
    {
        ref var frame = ref batch.Frame(number);
        if (IsLeftOut(frame)) return;
        var buffer = batch.Buffer(number);
        int came = frame.Data;
        Span<byte> metadata = stackalloc byte[_plan.MovesMetadata ? came - frame.Meta : 0];
        buffer.Slice(frame.Meta, metadata.Length).CopyTo(metadata);
        for (int c = _plan.OutFrom; c < _columns.Length; c++)
        {
            uint value = own[(nint)c * step];
            if (_columns[c].What != FrameColumn.Word) Set(ref frame, _columns[c].What, value);
            else if (_written[c]) Put(buffer, came + _places[c], value);
        }
        metadata.CopyTo(buffer[frame.Meta..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    bool IsLeftOut(in Frame frame) => frame.HasFragments && !_plan.TakesFragments;

    /// <summary>Where the frames of a tile are; true if all of them are like most.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    bool Look(PacketBatch batch, int first, int count, nint* starts, nint* frames)
    {
        var memory = batch.Memory;
        nint buffers = memory.Address, records = memory.FramesAddress, stride = memory.Stride, bytes = memory.BufferBytes;
        var numbers = batch.Numbers.Slice(first, count);
        bool isPlain = true;
        for (int n = 0; n < numbers.Length; n++)
        {
            var frame = (Frame*)(records + numbers[n] * (nint)sizeof(Frame));
            (starts[n], frames[n]) = (buffers + numbers[n] * stride + frame->Data, (nint)frame);
            isPlain &= frame->Data + _from >= 0 && frame->Data + _to <= bytes && !IsLeftOut(*frame) && !(_plan.MovesMetadata && frame->Meta != frame->Data);
        }
        return isPlain;
    }

    /// <summary>Has the caches fetch what a tile will want, if frames are where they usually are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void Fetch(PacketBatch batch, int first, int end)
    {
        if (!Sse.IsSupported || first >= end) return;
        var memory = batch.Memory;
        nint buffers = memory.Address + Frame.Headroom, records = memory.FramesAddress, stride = memory.Stride;
        foreach (int number in batch.Numbers[first..Math.Min(first + Tile, end)])
        {
            nint record = records + number * (nint)sizeof(Frame), start = buffers + number * stride;
            Sse.Prefetch0((void*)record);
            Sse.Prefetch0((void*)(record + sizeof(Frame) - 1));
            for (nint at = start + _from; at < start + _to; at += LineBytes) Sse.Prefetch0((void*)at);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    uint FieldOf(in Frame frame, FrameColumn what, ReadOnlySpan<int> rows, int number) => what switch
    {
        FrameColumn.IndexLow => (uint)frame.Index,
        FrameColumn.IndexHigh => (uint)(frame.Index >> 32),
        FrameColumn.ClockLow => (uint)frame.ClockNs,
        FrameColumn.ClockHigh => (uint)(frame.ClockNs >> 32),
        FrameColumn.Ifindex => frame.IngressIfindex,
        FrameColumn.Row => (uint)rows[number],
        FrameColumn.Data => IsLeftOut(frame) ? 0 : (uint)frame.Data,
        FrameColumn.End => (uint)frame.End,
        FrameColumn.Meta => (uint)frame.Meta,
        FrameColumn.Fragments => (uint)frame.FragmentBytes,
        FrameColumn.RxQueue => frame.RxQueue,
        _ => throw new InvalidOperationException($"{what} does not go there"),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Set(ref Frame frame, FrameColumn what, uint value)
    {
        switch (what)
        {
            case FrameColumn.Data:
                frame.Data = (int)value;
                break;
            case FrameColumn.End:
                frame.End = (int)value;
                break;
            case FrameColumn.Meta:
                frame.Meta = (int)value;
                break;
            case FrameColumn.Fragments:
                frame.FragmentBytes = (int)value;
                break;
            case FrameColumn.RxQueue:
                frame.RxQueue = value;
                break;
            case FrameColumn.RedirectKind:
                frame.Redirect = new((RedirectKind)value, 0);
                break;
            case FrameColumn.RedirectNumber:
                frame.Redirect = frame.Redirect with { Number = value };
                break;
            case FrameColumn.RedirectExcludes:
                frame.Redirect = frame.Redirect with { ExcludesIngress = value != 0 };
                break;
            case FrameColumn.RedirectIndex:
                frame.RedirectIndex = value;
                break;
        }
    }

    /// <summary>Four bytes of which not all may be in the buffer: what is not is zero, and nobody asks for it.</summary>
    static uint Near(ReadOnlySpan<byte> buffer, int place)
    {
        uint value = 0;
        for (int n = 0; n < sizeof(uint); n++)
        {
            if ((uint)(place + n) < (uint)buffer.Length) value |= (uint)buffer[place + n] << 8 * n;
        }
        return value;
    }

    static void Put(Span<byte> buffer, int place, uint value)
    {
        for (int n = 0; n < sizeof(uint); n++)
        {
            if ((uint)(place + n) < (uint)buffer.Length) buffer[place + n] = (byte)(value >> 8 * n);
        }
    }
}
