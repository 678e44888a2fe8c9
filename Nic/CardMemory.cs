using Chainring.Kernels;
using Chainring.Kernels.Maps;

namespace Chainring.Nic;

/// <summary>
/// What the ports of one device have in common when each runs a chain of its own: maps, programs and chain tables. A <see cref="SmartNic"/> that is
/// given none has it for itself.
/// </summary>
/// <param name="programIds">Where ids of programs come from, if several memories share them.</param>
/// <param name="mapIds">The same for maps.</param>
public sealed class CardMemory(IdSource? programIds = null, IdSource? mapIds = null)
{
    readonly List<SmartNic> _users = [];
    uint _nextTableId = 1;
    ulong _revision;

    public MapTable Maps { get; } = new(mapIds ?? new());

    public ProgramTable Programs { get; } = new(programIds ?? new());

    internal IReadOnlyList<SmartNic> Users => _users;

    internal void Join(SmartNic user) => _users.Add(user);

    /// <summary>Nothing runs on it any more.</summary>
    public void Leave(SmartNic user) => _users.Remove(user);

    internal uint NextTableId() => _nextTableId++;

    internal ulong NextRevision() => ++_revision;

    internal void TableChanged(ChainTable table)
    {
        foreach (var user in _users) user.TableChanged(table);
    }

    /// <summary>What the backend of a user does not take of the chain of a table as it stands.</summary>
    internal Refusal? RefuseChain(ChainTable table) => _users.Select(user => user.RefuseChain(table)).FirstOrDefault(refusal => refusal is not null);

    /// <summary>Waits until every batch that runs now on any of its users is over.</summary>
    internal void WaitForBatches()
    {
        foreach (var user in _users) user.WaitForOwnBatches();
    }
}
