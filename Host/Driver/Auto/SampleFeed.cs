using Chainring.Kernels;

namespace Chainring.Host.Driver.Auto;

/// <summary>A batch that is filled with frames of a sample, from the first one again after the last; time goes on.</summary>
sealed class SampleFeed
{
    readonly IReadOnlyList<SampleFrame> _frames;
    readonly ulong _durationNs;
    ulong _laterNs;
    long _index;
    int _next;

    /// <param name="queue">That the batch comes through.</param>
    public SampleFeed(IReadOnlyList<SampleFrame> frames, int batch, bool notesPaths, int queue = 0)
    {
        _frames = frames;
        _durationNs = frames[^1].TimestampNs - frames[0].TimestampNs + 1;
        Batch = new PacketBatch(batch, Math.Max(Frame.MaxLength, frames.Max(f => f.Bytes.Length))) { Queue = queue, Paths = notesPaths ? new FramePaths(batch) : null };
    }

    public PacketBatch Batch { get; }

    /// <summary>Puts the next frames into the batch, which is full then. Allocates nothing.</summary>
    public void Next()
    {
        Batch.Clear();
        while (Batch.Count < Batch.Capacity)
        {
            var sample = _frames[_next];
            ref var frame = ref Batch.Add(sample.Bytes);
            frame.Index = _index++;
            frame.IngressIfindex = sample.Ifindex;
            frame.TimestampNs = frame.ClockNs = sample.TimestampNs + _laterNs;
            if (++_next < _frames.Count) continue;
            _next = 0;
            _laterNs += _durationNs;
        }
    }
}
