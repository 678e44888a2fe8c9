using System.Collections.Concurrent;

namespace Chainring.Host.Driver;

/// <summary>
/// What people call the programs of a chain, by id: those of the chain that runs and, while one replaces another, of both. One thread adds and
/// removes, any may ask.
/// </summary>
public sealed class ProgramNames
{
    readonly ConcurrentDictionary<uint, string> _byId = [];

    /// <summary>The alias of a program, or its own name if it is only called by tail calls.</summary>
    public string this[uint id] => _byId.TryGetValue(id, out var name) ? name : $"id {id}";

    internal void Add(uint id, string name) => _byId[id] = name;

    internal void Remove(uint id) => _byId.TryRemove(id, out _);
}
