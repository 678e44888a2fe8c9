using Chainring.Kernels;

namespace Chainring.Nic;

/// <summary>
/// The programs on a card, by id, with a count of who needs each: the host that loaded it, table entries (as key and as value), prog arrays,
/// the attachment. A program goes when nobody needs it; its id is never used again.
/// </summary>
/// <param name="ids">Where its ids come from.</param>
public sealed class ProgramTable(IdSource ids)
{
    readonly Dictionary<uint, (LoadedProgram Program, int References)> _byId = [];

    /// <summary>The id that the next program will get.</summary>
    public uint NextId => ids.Next;

    public int Count => _byId.Count;

    public IEnumerable<LoadedProgram> All => _byId.Values.Select(p => p.Program).OrderBy(p => p.Id);

    public LoadedProgram? Find(uint id) => _byId.TryGetValue(id, out var entry) ? entry.Program : null;

    public int ReferencesOf(uint id) => _byId.TryGetValue(id, out var entry) ? entry.References : 0;

    /// <summary>Adds a program that was made with <see cref="NextId"/>, with one reference: its loader's.</summary>
    internal void Add(LoadedProgram program)
    {
        _byId.Add(program.Id, (program, 1));
        ids.Take();
    }

    internal void Retain(uint id)
    {
        var (program, references) = _byId[id];
        _byId[id] = (program, references + 1);
    }

    internal void Release(uint id)
    {
        var (program, references) = _byId[id];
        if (references == 1) _byId.Remove(id);
        else _byId[id] = (program, references - 1);
    }
}
