using System.Runtime.CompilerServices;

namespace Chainring.Kernels.OpenCl;

/// <summary>Puts frames of a batch into columns, and takes back what a kernel has made of them (<see cref="FramePlan"/>).</summary>
sealed unsafe class FrameColumns
{
    /// <summary>Frames that are set out at once: a cache line of each column.</summary>
    const int Tile = 16;

    readonly FramePlan _plan;
    readonly (FrameColumn What, int Word)[] _columns;

    /// <summary>Bytes from where the frame begins, by column; of words only.</summary>
    readonly int[] _places;
    readonly int _from, _to, _first, _afterWords;

    public FrameColumns(FramePlan plan)
    {
        _plan = plan;
        _columns = [.. plan.Columns];
        _places = [.. _columns.Select(c => plan.First + sizeof(uint) * c.Word)];
        _first = Array.FindIndex(_columns, c => c.What == FrameColumn.Word);
        _afterWords = Array.FindLastIndex(_columns, c => c.What == FrameColumn.Word) + 1;
        if (_first < 0) _first = 0;
        // The last word comes first.
        (_from, _to) = _afterWords > _first ? (_places[_afterWords - 1], _places[_first] + sizeof(uint)) : (0, 0);
    }

    /// <summary>Sets out frames [first, first + count) of a batch, which have not been redirected yet.</summary>
    /// <param name="columns">Column c begins at c times <paramref name="step"/>.</param>
    /// <param name="rows">By frame where its row is in strides, if the plan has rows.</param>
    public void Fill(PacketBatch batch, int first, int count, uint* columns, int step, ReadOnlySpan<int> rows)
    {
        uint* tile = stackalloc uint[Tile * _plan.In];
        var memory = batch.Memory;
        nint buffers = memory.Address, records = memory.FramesAddress, stride = memory.Stride;
        var numbers = batch.Numbers;
        for (int at = 0; at < count; at += Tile)
        {
            int frames = Math.Min(Tile, count - at);
            for (int n = 0; n < frames; n++)
            {
                int number = numbers[first + at + n];
                var frame = (Frame*)(records + number * (nint)sizeof(Frame));
                byte* buffer = (byte*)(buffers + number * stride), start = buffer + frame->Data;
                if (frame->Data + _from >= 0 && frame->Data + _to <= memory.BufferBytes)
                {
                    for (int c = _first; c < _afterWords; c++) tile[c * Tile + n] = Unsafe.ReadUnaligned<uint>(start + _places[c]);
                }
                else
                {
                    for (int c = _first; c < _afterWords; c++) tile[c * Tile + n] = Near(memory.Buffer(number), frame->Data + _places[c]);
                }
                for (int c = 0; c < _first; c++) tile[c * Tile + n] = FieldOf(*frame, _columns[c].What, rows, first + at + n);
                for (int c = _afterWords; c < _plan.In; c++) tile[c * Tile + n] = FieldOf(*frame, _columns[c].What, rows, first + at + n);
            }
            for (int c = 0; c < _plan.In; c++) new ReadOnlySpan<uint>(tile + c * Tile, frames).CopyTo(new Span<uint>(columns + (nint)c * step + at, frames));
        }
    }

    /// <summary>Takes back what those frames have become; a frame that was left out is as it was.</summary>
    public void TakeBack(PacketBatch batch, int first, int count, uint* columns, int step)
    {
        if (_plan.OutFrom == _plan.Outcome && !_plan.Redirects) return;
        uint* data = columns + (nint)_plan.ColumnOf(FrameColumn.Data) * step;
        Span<byte> metadata = stackalloc byte[Frame.MaxMetadata];
        for (int n = 0; n < count; n++)
        {
            int number = batch.Number(first + n);
            ref var frame = ref batch.Memory.Frame(number);
            if (frame.HasFragments && !_plan.TakesFragments) continue;
            var buffer = batch.Memory.Buffer(number);
            int came = frame.Data, metadataBytes = _plan.MovesMetadata ? came - frame.Meta : 0;
            buffer.Slice(frame.Meta, metadataBytes).CopyTo(metadata);
            uint kind = 0, redirect = 0, excludes = 0;
            for (int c = _plan.OutFrom; c < _columns.Length; c++)
            {
                uint value = columns[(nint)c * step + n];
                switch (_columns[c].What)
                {
                    case FrameColumn.Word:
                        if (_plan.IsWritten(_columns[c].Word)) Put(buffer, came + _places[c], value);
                        break;
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
                        kind = value;
                        break;
                    case FrameColumn.RedirectNumber:
                        redirect = value;
                        break;
                    case FrameColumn.RedirectExcludes:
                        excludes = value;
                        break;
                    case FrameColumn.RedirectIndex:
                        (frame.Redirect, frame.RedirectIndex) = (new((RedirectKind)kind, redirect, excludes != 0), value);
                        break;
                }
            }
            metadata[..metadataBytes].CopyTo(buffer[frame.Meta..]);
        }
    }

    uint FieldOf(in Frame frame, FrameColumn what, ReadOnlySpan<int> rows, int number) => what switch
    {
        FrameColumn.IndexLow => (uint)frame.Index,
        FrameColumn.IndexHigh => (uint)(frame.Index >> 32),
        FrameColumn.ClockLow => (uint)frame.ClockNs,
        FrameColumn.ClockHigh => (uint)(frame.ClockNs >> 32),
        FrameColumn.Ifindex => frame.IngressIfindex,
        FrameColumn.Row => (uint)rows[number],
        FrameColumn.Data => frame.HasFragments && !_plan.TakesFragments ? 0 : (uint)frame.Data,
        FrameColumn.End => (uint)frame.End,
        FrameColumn.Meta => (uint)frame.Meta,
        FrameColumn.Fragments => (uint)frame.FragmentBytes,
        FrameColumn.RxQueue => frame.RxQueue,
        _ => throw new InvalidOperationException($"{what} is no field"),
    };

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
        if (place >= 0 && place <= buffer.Length - sizeof(uint))
        {
            Unsafe.WriteUnaligned(ref buffer[place], value);
            return;
        }
        for (int n = 0; n < sizeof(uint); n++)
        {
            if ((uint)(place + n) < (uint)buffer.Length) buffer[place + n] = (byte)(value >> 8 * n);
        }
    }
}
