namespace Chainring.Kernels.Maps;

/// <summary>Slots from least to most recently used: a ring through a sentinel, linked both ways.</summary>
sealed class LruOrder
{
    readonly int[] _older;
    readonly int[] _newer;
    readonly int _end;

    public LruOrder(int slots)
    {
        _older = GC.AllocateArray<int>(slots + 1, pinned: true);
        _newer = GC.AllocateArray<int>(slots + 1, pinned: true);
        _end = slots;
        _older[_end] = _newer[_end] = _end;
    }

    public IEnumerable<MapArray> Arrays => [MapArray.Of("older", _older), MapArray.Of("newer", _newer)];

    /// <summary>The least recently used slot; meaningless when there is none.</summary>
    public int Oldest => _newer[_end];

    public void Add(int slot)
    {
        int newest = _older[_end];
        _older[slot] = newest;
        _newer[slot] = _end;
        _newer[newest] = slot;
        _older[_end] = slot;
    }

    public void Remove(int slot)
    {
        _newer[_older[slot]] = _newer[slot];
        _older[_newer[slot]] = _older[slot];
    }

    public void Touch(int slot)
    {
        Remove(slot);
        Add(slot);
    }
}
