namespace Chainring.Kernels.Maps;

/// <summary>
/// The slots of a hash that have no key: those to take, last in first out, and the spare one that an updated key moves to. For one
/// thread at a time.
/// </summary>
/// <remarks><code>
/// │ how many to take │ spare │ slots to take …
/// </code></remarks>
sealed class FreeSlots
{
    const int CountAt = 0, SpareAt = 1, SlotsAt = 2;

    readonly int[] _slots;

    /// <summary>Slots from 0 to <paramref name="count"/> - 1, to be taken in this order; the next one is the spare.</summary>
    public FreeSlots(int count)
    {
        _slots = GC.AllocateArray<int>(checked(SlotsAt + count), pinned: true);
        for (int slot = count - 1; slot >= 0; slot--) Give(slot);
        _slots[SpareAt] = count;
    }

    public MapArray Array => MapArray.Of("free", _slots);

    /// <summary>Slots to take; any thread may ask.</summary>
    public int Count => Volatile.Read(ref _slots[CountAt]);

    /// <summary>Only while <see cref="Count"/> is not 0.</summary>
    public int Take() => _slots[SlotsAt + --_slots[CountAt]];

    public void Give(int slot) => _slots[SlotsAt + _slots[CountAt]++] = slot;

    /// <summary>The spare slot, in exchange for another.</summary>
    public int Swap(int slot)
    {
        int spare = _slots[SpareAt];
        _slots[SpareAt] = slot;
        return spare;
    }
}
