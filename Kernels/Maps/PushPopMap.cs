using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary>
/// What queues and stacks have in common: a ring of values, pushed at its head, and full with one place free (kernel/bpf/queue_stack_maps.c).
/// Every operation takes the map's lock.
/// </summary>
public abstract class PushPopMap(uint id, MapSpec spec) : Map(id, spec, spec.MaxEntries + 1, cpus: 1), IPushMap
{
    MapLock _lock;
    int _head, _tail;

    public MemoryAccess PeekAccess => MemoryAccess.Write;

    public override int Count
    {
        get
        {
            _lock.Enter();
            int count = Length;
            _lock.Exit();
            return count;
        }
    }

    int Places => Spec.MaxEntries + 1;

    int Length => (_head - _tail + Places) % Places;

    /// <summary>The place that a pop empties, while there is one.</summary>
    protected abstract int Next(int head, int tail, int places);

    /// <summary>Head and tail after the place that <see cref="Next"/> named is empty.</summary>
    protected abstract (int Head, int Tail) Without(int place, int head, int tail, int places);

    /// <summary><c>BPF_EXIST</c> makes room in a full map: the oldest value goes.</summary>
    public int Push(ReadOnlySpan<byte> value, ulong flags)
    {
        if (flags is not (UpdateFlags.Any or UpdateFlags.Exist)) return -Errno.Invalid;
        _lock.Enter();
        if (Length == Spec.MaxEntries)
        {
            if (flags != UpdateFlags.Exist)
            {
                _lock.Exit();
                return -Errno.TooBig;
            }
            _tail = (_tail + 1) % Places;
        }
        value.CopyTo(ValueAt(OffsetOf(_head, 0)));
        _head = (_head + 1) % Places;
        _lock.Exit();
        return 0;
    }

    public int Peek(Span<byte> value) => Take(value, remove: false);

    public int Pop(Span<byte> value) => Take(value, remove: true);

    public override int Find(ReadOnlySpan<byte> key, int cpu) => -1;

    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int cpu) => -Errno.Invalid;

    public override int UpdateAll(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags) => Push(value, flags);

    public override int Delete(ReadOnlySpan<byte> key) => -Errno.Invalid;

    /// <summary>In the order in which they would be popped.</summary>
    public override IReadOnlyList<MapEntry> Entries()
    {
        byte[] copy = new byte[Storage.Length];
        _lock.Enter();
        var (head, tail) = (_head, _tail);
        Storage.CopyTo(copy, 0);
        _lock.Exit();

        var entries = new List<MapEntry>();
        while (head != tail)
        {
            int place = Next(head, tail, Places);
            entries.Add(new([], [copy.AsSpan(place * Stride, Spec.ValueSize).ToArray()]));
            (head, tail) = Without(place, head, tail, Places);
        }
        return entries;
    }

    /// <summary>What an empty map is asked for is all zeroes, and absent.</summary>
    int Take(Span<byte> value, bool remove)
    {
        _lock.Enter();
        if (_head == _tail)
        {
            _lock.Exit();
            value.Clear();
            return -Errno.NoEntry;
        }
        int place = Next(_head, _tail, Places);
        ValueAt(OffsetOf(place, 0)).CopyTo(value);
        if (remove) (_head, _tail) = Without(place, _head, _tail, Places);
        _lock.Exit();
        return 0;
    }
}
