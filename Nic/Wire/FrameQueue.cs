using System.Numerics;

namespace Chainring.Nic.Wire;

/// <summary>
/// A bounded queue of frames, which it copies. For one thread, or under its owner's lock. A buffer that gets a frame longer than any it
/// had grows; otherwise nothing is allocated.
/// </summary>
sealed class FrameQueue
{
    const int FirstBufferBytes = 2048;

    struct Entry
    {
        public byte[] Bytes;
        public int Length;
        public ulong TimestampNs;
        public uint OriginalLength;
        public RxFault Fault;
    }

    readonly Entry[] _entries;
    int _first;

    public FrameQueue(int frames)
    {
        // One more: the frame that was taken last keeps its buffer until the next one is taken.
        _entries = new Entry[frames + 1];
        foreach (ref var entry in _entries.AsSpan()) entry.Bytes = new byte[FirstBufferBytes];
    }

    public int Count { get; private set; }

    /// <summary>False if the queue is full.</summary>
    public bool TryPut(in WireFrame frame)
    {
        if (Count == _entries.Length - 1) return false;
        ref var entry = ref _entries[(_first + Count++) % _entries.Length];
        if (entry.Bytes.Length < frame.Bytes.Length) entry.Bytes = new byte[BitOperations.RoundUpToPowerOf2((uint)frame.Bytes.Length)];
        frame.Bytes.CopyTo(entry.Bytes);
        (entry.Length, entry.TimestampNs, entry.OriginalLength, entry.Fault) = (frame.Bytes.Length, frame.TimestampNs, frame.OriginalLength, frame.Fault);
        return true;
    }

    /// <summary>The oldest frame, valid until the next one is taken; false if there is none.</summary>
    public bool TryTake(out WireFrame frame)
    {
        frame = default;
        if (Count == 0) return false;
        ref readonly var entry = ref _entries[_first];
        frame = new WireFrame(entry.Bytes.AsSpan(0, entry.Length), entry.TimestampNs, entry.OriginalLength, entry.Fault);
        _first = (_first + 1) % _entries.Length;
        Count--;
        return true;
    }
}
