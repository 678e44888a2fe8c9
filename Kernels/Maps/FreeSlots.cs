namespace Chainring.Kernels.Maps;

/// <summary>
/// The slots of a hash that have no key: those to take, last in first out, and the spare one that an updated key moves to. For one
/// thread at a time.
/// </summary>
sealed class FreeSlots
{
    readonly int[] _slots;
    int _count;
    int _spare;

    /// <summary>Slots from 0 to <paramref name="count"/> - 1, to be taken in this order; the next one is the spare.</summary>
    public FreeSlots(int count)
    {
        _slots = new int[count];
        for (int slot = count - 1; slot >= 0; slot--) Give(slot);
        _spare = count;
    }

    /// <summary>Slots to take; any thread may ask.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Only while <see cref="Count"/> is not 0.</summary>
    public int Take() => _slots[--_count];

    public void Give(int slot) => _slots[_count++] = slot;

    /// <summary>The spare slot, in exchange for another.</summary>
    public int Swap(int slot)
    {
        int spare = _spare;
        _spare = slot;
        return spare;
    }
}
