namespace Chainring.Kernels.Maps;

/// <summary>
/// A card's maps by id. Ids count up from 1 and are never used again. A map is there while its owner or a map of maps holds it. One thread adds and
/// removes, any may find.
/// </summary>
/// <param name="ids">Where its ids come from.</param>
public sealed class MapTable(IdSource ids)
{
    /// <summary>Ids stay below this, so that one fits into an interpreter's pointer.</summary>
    public const uint MaxId = 1 << 24;

    readonly Dictionary<uint, int> _holders = [];
    volatile Map?[] _byId = new Map?[64];
    volatile RingBufferMap[] _ringBuffers = [];

    public MapTable() : this(new()) { }

    public uint NextId => ids.Next;

    /// <summary>Null if there is no such map (any more).</summary>
    public Map? Find(uint id)
    {
        var maps = _byId;
        return id < (uint)maps.Length ? Volatile.Read(ref maps[id]) : null;
    }

    /// <summary>The map in whose storage an address lies, and where in it; null if it lies in none.</summary>
    internal Map? FindByAddress(ulong address, out int offset)
    {
        foreach (var map in _byId)
        {
            if (map is null || address - (ulong)map.StorageAddress is var within && within >= (ulong)map.Storage.Length) continue;
            offset = (int)within;
            return map;
        }
        offset = 0;
        return null;
    }

    public IEnumerable<Map> All => _byId.OfType<Map>();

    /// <summary>Adds a map that was made with <see cref="NextId"/>.</summary>
    public void Add(Map map)
    {
        if (map.Id != NextId || NextId == MaxId) throw new InvalidOperationException($"map id {map.Id}, expected {NextId}");
        if (map.Id >= _byId.Length) _byId = [.. _byId, .. new Map?[System.Numerics.BitOperations.RoundUpToPowerOf2(map.Id + 1) - (uint)_byId.Length]];
        Volatile.Write(ref _byId[map.Id], map);
        _holders[map.Id] = 1;
        if (map is RingBufferMap ring) _ringBuffers = [.. _ringBuffers, ring];
        ids.Take();
    }

    /// <summary>One more holds a map that is there.</summary>
    public void Retain(Map map) => _holders[map.Id]++;

    /// <summary>One holder gives a map up, the owner or another; with the last it goes, and gives up the maps that are in it.</summary>
    public void Remove(Map map)
    {
        if (--_holders[map.Id] > 0) return;
        _holders.Remove(map.Id);
        Volatile.Write(ref _byId[map.Id], null);
        if (map is RingBufferMap) _ringBuffers = [.. _ringBuffers.Where(r => r != map)];
        if (map is not IMapOfMaps outer) return;
        foreach (uint inner in outer.Inner) Remove(Find(inner)!);
    }

    /// <summary>Takes what was submitted out of every ring buffer. Any thread may.</summary>
    public void ConsumeRingBuffers()
    {
        foreach (var ring in _ringBuffers) ring.Consume();
    }
}
