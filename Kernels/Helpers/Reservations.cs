using Chainring.Kernels.Maps;

namespace Chainring.Kernels.Helpers;

/// <summary>A ring buffer's record that a program has reserved: where its bytes lie in the map's storage, and its place in the log.</summary>
/// <param name="ByDynptr">It is a dynamic pointer that holds it, and that alone can give it up.</param>
public readonly record struct Reservation(RingBufferMap Ring, int Offset, int Size, int LogPlace, bool ByDynptr = false);

/// <summary>The records that the running program has reserved and neither submitted nor discarded: only these can it reach.</summary>
public sealed class Reservations
{
    /// <summary>At once. A program that asks for one more is answered as if the ring buffer were full.</summary>
    public const int Max = 64;

    readonly Reservation[] _live = new Reservation[Max];

    public int Count { get; private set; }

    /// <summary>Only below <see cref="Max"/>.</summary>
    public void Add(in Reservation record) => _live[Count++] = record;

    /// <summary>Whether these bytes of a ring buffer's storage lie in one record.</summary>
    public bool Holds(uint ring, uint offset, int size)
    {
        for (int n = 0; n < Count; n++)
        {
            ref readonly var record = ref _live[n];
            if (record.Ring.Id == ring && offset >= (uint)record.Offset && (ulong)offset + (uint)size <= (uint)record.Offset + (uint)record.Size) return true;
        }
        return false;
    }

    /// <summary>Forgets the record that begins at an address, and that no dynamic pointer holds; false if there is none.</summary>
    internal bool TryTake(ulong address, out Reservation record)
    {
        for (int n = 0; n < Count; n++)
        {
            if ((ulong)_live[n].Ring.StorageAddress + (uint)_live[n].Offset == address) return TryTake(_live[n].Ring.Id, (uint)_live[n].Offset, byDynptr: false, out record);
        }
        record = default;
        return false;
    }

    /// <summary>Forgets the record that begins there and is held in that way; false if there is none.</summary>
    public bool TryTake(uint ring, uint offset, bool byDynptr, out Reservation record)
    {
        for (int n = 0; n < Count; n++)
        {
            record = _live[n];
            if (record.Ring.Id != ring || (uint)record.Offset != offset || record.ByDynptr != byDynptr) continue;
            _live[n] = _live[--Count];
            return true;
        }
        record = default;
        return false;
    }

    /// <summary>Discards what a program has left behind; true if there was anything.</summary>
    public bool DiscardAll()
    {
        if (Count == 0) return false;
        for (int n = 0; n < Count; n++) _live[n].Ring.Commit(_live[n].Offset, _live[n].Size, discard: true);
        Count = 0;
        return true;
    }
}
