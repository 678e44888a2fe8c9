using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver;

/// <summary>What a chain takes over from the one that it replaces, and what is given back with it.</summary>
public sealed partial class InstalledChain
{
    bool _isReplaced;

    /// <summary>The program that frames enter; null of an empty chain.</summary>
    LoadedProgram? Attached => _members.Count == 0 ? null : _members[_spec.Entry];

    /// <summary>What the other chain owns too is no longer this one's to give back.</summary>
    void GiveUpTo(InstalledChain other)
    {
        _owned.ExceptWith(other._owned);
        _ownedPrograms.ExceptWith(other._ownedPrograms);
    }

    /// <summary>The map is given back with the chain, unless another chain has taken it over; a prog array lets go of what is in it.</summary>
    void Own(Map map)
    {
        if (!_owned.Add(map)) return;
        _undo.Push(() =>
        {
            if (!_owned.Contains(map)) return;
            if (map is ProgramArrayMap array)
            {
                foreach (var slot in array.Entries()) _card.SetTailCall(array, slot.Key, null);
            }
            _card.Maps.Remove(map);
        });
    }

    /// <summary>The same of a program.</summary>
    void Own(LoadedProgram program)
    {
        if (!_ownedPrograms.Add(program)) return;
        _undo.Push(() =>
        {
            if (!_ownedPrograms.Contains(program)) return;
            _card.Release(program);
            Names.Remove(program.Id);
        });
    }

    /// <summary>The map that a chain in this one's place goes on with.</summary>
    Map? Kept(string[] aliases, MapSpec spec) => spec.IsGlobalData
        ? null
        : _maps.Find(m => m.Map.Spec == spec && m.Map is not ProgramArrayMap && (spec.PinnedByName || UsersOf(m.Map).Intersect(aliases).Any()))?.Map;

    /// <summary>The aliases of programs whose objects declare a map.</summary>
    IEnumerable<string> UsersOf(Map map) =>
        _spec.Members.Where(m => m.Source.Maps.Any(s => _mapOf[(m.Source, s.Name)] == map)).Select(m => m.Alias);

    /// <summary>In an edit, the map of an object that was there already.</summary>
    Map? Staying(ObjectSpec source, string map) => _edits ? _replaced!._mapOf.GetValueOrDefault((source, map)) : null;

    /// <summary>In an edit, whether a map was there already: its contents are nobody's business but its users'.</summary>
    bool IsStaying(Map map) => _edits && _replaced!._owned.Contains(map);

    /// <summary>In an edit, the program of a member that was there already.</summary>
    LoadedProgram? TakeOver(ChainMember member)
    {
        if (!_edits) return null;
        int at = _replaced!._spec.Members.ToList().FindIndex(m => m.Alias == member.Alias && ReferenceEquals(m.Source, member.Source) && ReferenceEquals(m.Program, member.Program));
        if (at < 0) return null;
        Own(_replaced._members[at]);
        return _replaced._members[at];
    }

    /// <summary>In an edit, the programs that are only called by tail calls of objects that were there already.</summary>
    void TakeOverTailCalls()
    {
        if (!_edits) return;
        foreach (var ((source, name), program) in _replaced!._tailCalls)
        {
            if (!_spec.Members.Any(m => ReferenceEquals(m.Source, source))) continue;
            _tailCalls.Add((source, name), program);
            Own(program);
        }
    }
}
