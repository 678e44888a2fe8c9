using System.Runtime.InteropServices;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary>
/// <c>BPF_MAP_TYPE_RINGBUF</c>: records of all CPUs one behind the other, reserved and submitted by programs, taken out at the end of each batch
/// (kernel/bpf/ringbuf.c). Reserving takes the map's lock; submitting is one store.
/// </summary>
/// <remarks>
/// A record begins with 8 bytes, of which the first four are its length and what it is; programs see what is behind them. Memory is twice
/// as long as the ring, so that a record that passes the ring's end lies in one piece.
/// <code>
/// 31     30          29       0
/// │ busy │ discarded │ length │
/// </code></remarks>
public sealed class RingBufferMap : Map
{
    const int HeaderBytes = 8;
    const uint Busy = 1u << 31, Discarded = 1u << 30;

    readonly long _mask;
    MapLock _lock;
    long _produced, _consumed;

    public RingBufferMap(uint id, MapSpec spec) : base(id, spec, bytes: 2L * spec.MaxEntries) => _mask = spec.MaxEntries - 1;

    /// <summary>Bytes that were reserved or skipped, and that were taken out, since the map was made.</summary>
    public (long Produced, long Consumed) Positions => (Volatile.Read(ref _produced), Volatile.Read(ref _consumed));

    public override int Count => 0;

    /// <summary>The offset in <see cref="Map.Storage"/> of a new record's bytes, or -1 if there is no room.</summary>
    public int Reserve(long size)
    {
        long length = LengthOf(size);
        if (length > _mask + 1) return -1;
        _lock.Enter();
        long position = _produced;
        if (position + length - Volatile.Read(ref _consumed) > _mask)
        {
            _lock.Exit();
            return -1;
        }
        int at = (int)(position & _mask);
        SetHeader(at, (uint)size | Busy);
        Volatile.Write(ref _produced, position + length);
        _lock.Exit();
        return at + HeaderBytes;
    }

    /// <summary>Ends a record that was reserved.</summary>
    public void Commit(int record, int size, bool discard) => SetHeader(record - HeaderBytes, (uint)size | (discard ? Discarded : 0));

    public Span<byte> Record(int record, int size) => Storage.AsSpan(record, size);

    /// <summary>Takes out every record up to the first that is still reserved. Any thread may.</summary>
    public void Consume()
    {
        if (Volatile.Read(ref _consumed) == Volatile.Read(ref _produced)) return;
        _lock.Enter();
        long position = _consumed;
        while (position < _produced && HeaderAt((int)(position & _mask)) is var header && (header & Busy) == 0)
            position += LengthOf(header & ~Discarded);
        Volatile.Write(ref _consumed, position);
        _lock.Exit();
    }

    public override int Find(ReadOnlySpan<byte> key, int cpu) => -1;

    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int cpu) => -Errno.NotSupported;

    public override int UpdateAll(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags) => -Errno.NotSupported;

    public override int Delete(ReadOnlySpan<byte> key) => -Errno.NotSupported;

    public override IReadOnlyList<MapEntry> Entries() => [];

    static long LengthOf(long size) => (size + HeaderBytes + 7) & ~7L;

    uint HeaderAt(int at) => Volatile.Read(ref MemoryMarshal.AsRef<uint>(Storage.AsSpan(at, sizeof(uint))));

    void SetHeader(int at, uint header) =>
        Volatile.Write(ref MemoryMarshal.AsRef<uint>(Storage.AsSpan(at, sizeof(uint))), header);
}
