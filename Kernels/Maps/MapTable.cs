namespace Chainring.Kernels.Maps;

/// <summary>A card's maps by id. Ids count up from 1 and are never used again. One thread adds and removes, any may find.</summary>
public sealed class MapTable
{
    /// <summary>Ids stay below this, so that one fits into an interpreter's pointer.</summary>
    public const uint MaxId = 1 << 24;

    volatile Map?[] _byId = new Map?[64];

    public uint NextId { get; private set; } = 1;

    /// <summary>Null if there is no such map (any more).</summary>
    public Map? Find(uint id)
    {
        var maps = _byId;
        return id < (uint)maps.Length ? Volatile.Read(ref maps[id]) : null;
    }

    public IEnumerable<Map> All => _byId.OfType<Map>();

    /// <summary>Adds a map that was made with <see cref="NextId"/>.</summary>
    public void Add(Map map)
    {
        if (map.Id != NextId || NextId == MaxId) throw new InvalidOperationException($"map id {map.Id}, expected {NextId}");
        if (map.Id == _byId.Length) _byId = [.. _byId, .. new Map?[_byId.Length]];
        Volatile.Write(ref _byId[map.Id], map);
        NextId++;
    }

    public void Remove(Map map) => Volatile.Write(ref _byId[map.Id], null);
}
