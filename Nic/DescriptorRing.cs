using System.Numerics;

namespace Chainring.Nic;

/// <summary>
/// A bounded queue of buffer numbers between one producer and one consumer, which may be two threads. A number that is in a ring belongs to
/// that ring; whoever takes it out owns the buffer until it puts the number somewhere else.
/// </summary>
/// <remarks><code>
///        tail                head
///         ▼                   ▼
/// │   │   │ 7 │ 3 │ 9 │ 0 │ 4 │   │   │      head: where the producer puts the next; tail: what the consumer takes next.
/// </code>
/// Both only count up; their difference is the number of entries, and their lower bits are the places.</remarks>
public sealed class DescriptorRing
{
    /// <summary>The two counters are written by different threads; 128 bytes apart they do not share a cache line or its neighbour.</summary>
    const int Apart = 128 / sizeof(long);

    readonly int[] _entries;
    readonly int _mask;
    readonly long[] _counters = new long[3 * Apart];

    /// <param name="size">Rounded up to a power of two.</param>
    public DescriptorRing(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        _entries = new int[BitOperations.RoundUpToPowerOf2((uint)size)];
        _mask = _entries.Length - 1;
        Size = size;
    }

    /// <summary>Entries it holds at most.</summary>
    public int Size { get; }

    /// <summary>Exact for producer and consumer; what others see may be a moment old, but is never impossible.</summary>
    public int Count
    {
        get
        {
            long tail = Volatile.Read(ref Tail);
            return (int)Math.Min(Volatile.Read(ref Head) - tail, Size);
        }
    }

    public bool IsEmpty => Count == 0;

    ref long Head => ref _counters[Apart];

    ref long Tail => ref _counters[2 * Apart];

    /// <summary>The producer's: false if the ring is full.</summary>
    public bool TryPut(int buffer)
    {
        long head = Head;
        if (head - Volatile.Read(ref Tail) >= Size) return false;
        _entries[head & _mask] = buffer;
        Volatile.Write(ref Head, head + 1);
        return true;
    }

    /// <summary>The consumer's: the entry that <see cref="TryTake"/> would take; false if the ring is empty.</summary>
    public bool TryPeek(out int buffer)
    {
        bool any = Tail != Volatile.Read(ref Head);
        buffer = any ? _entries[Tail & _mask] : -1;
        return any;
    }

    /// <summary>The consumer's: false if the ring is empty.</summary>
    public bool TryTake(out int buffer)
    {
        if (!TryPeek(out buffer)) return false;
        Volatile.Write(ref Tail, Tail + 1);
        return true;
    }
}
