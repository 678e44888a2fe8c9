using System.Runtime.InteropServices;
using Chainring.Kernels;

namespace Chainring.Host.Driver.Bench;

/// <summary>A batch that frames are put into, so many at a time, from the first one again after the last. What lies behind the head of a frame is zero.</summary>
public sealed class FrameFeed
{
    readonly BenchFrames _frames;
    readonly PacketMemory _memory;
    int _next;

    /// <param name="batch">Frames of a batch.</param>
    /// <param name="buffers">How many buffers they lie in; with fewer than frames the last ones are the first ones again.</param>
    public FrameFeed(BenchFrames frames, int batch, int buffers)
    {
        _frames = frames;
        _memory = new PacketMemory(buffers);
        Batch = new PacketBatch(_memory, batch);
        for (int n = 0; n < buffers; n++)
        {
            _memory.Buffer(n).Clear();
            _memory.Frame(n) = Frame.OfLength(FrameHead.Bytes);
        }
        for (int n = 0; n < batch; n++) Batch.Add(n % buffers);
        Next();
    }

    public BenchFrames Frames => _frames;

    public PacketBatch Batch { get; }

    /// <summary>Puts the next frames into the buffers: what programs may have changed of them, their places and their first bytes. Allocates nothing.</summary>
    public void Next()
    {
        for (int n = 0; n < _memory.Buffers; n++)
        {
            ref var frame = ref _memory.Frame(n);
            (frame.Meta, frame.Data, frame.End) = (Frame.Headroom, Frame.Headroom, Frame.Headroom + _frames.LengthOf(_next));
            MemoryMarshal.AsRef<FrameHead>(_memory.Buffer(n)[Frame.Headroom..]) = _frames.Head(_next);
            if (++_next == _frames.Count) _next = 0;
        }
    }

    /// <summary>The next frame is the first one.</summary>
    public void Rewind() => _next = 0;
}
