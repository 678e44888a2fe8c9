using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;

namespace Chainring.Nic;

/// <summary>
/// (program, return code) → next program: the device-resident table. Keys and values are programs of this card and are referenced while
/// an entry stands. Each change raises the revision; of an installed table it takes effect at the next batch.
/// </summary>
public sealed class ChainTable
{
    readonly CardMemory _memory;
    readonly Capabilities _capabilities;
    readonly SortedDictionary<uint, ChainEntry> _entries = [];

    internal ChainTable(CardMemory memory, Capabilities capabilities, int maxEntries, bool previousVerdict)
    {
        (_memory, _capabilities) = (memory, capabilities);
        Id = memory.NextTableId();
        MaxEntries = maxEntries;
        PreviousVerdict = previousVerdict;
        Revision = memory.NextRevision();
    }

    public uint Id { get; }

    public int MaxEntries { get; }

    /// <summary>Programs can read the verdict of the one before them.</summary>
    public bool PreviousVerdict { get; }

    /// <summary>
    /// Goes up with every change; an install can demand that it has not. No two tables of a card have ever had the same, so it also
    /// tells that the installed table is another.
    /// </summary>
    public ulong Revision { get; private set; }

    /// <summary>Entries by program id, ascending.</summary>
    public IReadOnlyDictionary<uint, ChainEntry> Entries => _entries;

    /// <summary>Its maker has given it up; it serves on while it is installed.</summary>
    internal bool IsRemoved { get; set; }

    internal bool BelongsTo(SmartNic card) => _memory == card.Memory && !IsRemoved;

    /// <summary>Sets what follows a program; changes nothing when it refuses.</summary>
    public Refusal? Update(uint program, ChainEntry entry, ulong flags = UpdateFlags.Any)
    {
        if (flags > UpdateFlags.Exist) return Refusal.ChainFlags(flags);
        if (program == 0) return Refusal.ChainKeyZero();
        if (entry.IsEmpty) return Refusal.ChainEntryEmpty(program);
        if (_memory.Programs.Find(program) is null) return Refusal.ChainNoProgram(program);
        for (int slot = 0; slot < ChainStage.Slots; slot++)
        {
            if (entry[slot] is not 0 and var next && _memory.Programs.Find(next) is null) return Refusal.ChainNoProgram(next);
        }
        bool exists = _entries.TryGetValue(program, out var old);
        if (exists && flags == UpdateFlags.NoExist) return Refusal.ChainEntryExists(program);
        if (!exists && flags == UpdateFlags.Exist) return Refusal.ChainNoEntry(program);
        if (!exists && _entries.Count == MaxEntries) return Refusal.ChainTableFull(MaxEntries);
        if (Paths.Find(program, program, id => NextOf(id == program ? entry : _entries.GetValueOrDefault(id))) is { } path)
            return Refusal.ChainCycle([.. path.Select(NameOf)]);
        if (Limits(program, entry) is { } limit) return limit;
        _entries[program] = entry;
        if (_memory.RefuseChain(this) is { } refusal)
        {
            if (exists) _entries[program] = old;
            else _entries.Remove(program);
            return refusal;
        }

        Reference(program, entry, _memory.Programs.Retain);
        if (exists) Reference(program, old, _memory.Programs.Release);
        Changed();
        return null;
    }

    /// <summary>What the card does not take of the chain that an entry would make.</summary>
    Refusal? Limits(uint program, ChainEntry entry)
    {
        var edges = _entries.Where(e => e.Key != program).Append(new(program, entry)).SelectMany(e => NextOf(e.Value).Select(next => (From: e.Key, To: next))).ToList();
        return _capabilities.Refusals(edges.SelectMany(e => new[] { e.From, e.To }).Distinct().Count(), edges.Count) is [var refusal, ..] ? refusal : null;
    }

    public Refusal? Delete(uint program)
    {
        if (!_entries.Remove(program, out var old)) return Refusal.ChainNoEntry(program);
        Changed();
        Reference(program, old, _memory.Programs.Release);
        return null;
    }

    /// <summary>Gives up every entry; what the card does when the table goes.</summary>
    internal void Clear()
    {
        foreach (uint program in _entries.Keys.ToArray()) Delete(program);
    }

    /// <summary>The chain that starts at a program, as the table stands now.</summary>
    /// <param name="end">libxdp's end of chain, if wanted; it has no effect on a program that is alone.</param>
    internal Chain Link(LoadedProgram entry, LibxdpEnd? end)
    {
        var programs = new List<LoadedProgram> { entry };
        var nexts = new List<int[]>();
        for (int n = 0; n < programs.Count; n++)
        {
            var next = new int[ChainStage.Slots];
            next.AsSpan().Fill(Chain.End);
            if (_entries.TryGetValue(programs[n].Id, out var slots))
            {
                for (int slot = 0; slot < next.Length; slot++)
                {
                    if (slots[slot] == 0) continue;
                    next[slot] = programs.FindIndex(p => p.Id == slots[slot]);
                    if (next[slot] != Chain.End) continue;
                    next[slot] = programs.Count;
                    programs.Add(_memory.Programs.Find(slots[slot])!);
                }
            }
            nexts.Add(next);
        }
        bool alone = programs.Count == 1;
        return new Chain
        {
            Stages = [.. programs.Select((program, n) => new ChainStage
            {
                Program = program,
                Next = nexts[n],
                PassAtEnd = !alone && end is { } e && e.LastProgram == program.Id ? e.Mask : 0,
            })],
            PreviousVerdict = PreviousVerdict,
        };
    }

    void Changed()
    {
        Revision = _memory.NextRevision();
        _memory.TableChanged(this);
    }

    static void Reference(uint program, ChainEntry entry, Action<uint> change)
    {
        change(program);
        for (int slot = 0; slot < ChainStage.Slots; slot++)
        {
            if (entry[slot] != 0) change(entry[slot]);
        }
    }

    string NameOf(uint id) => $"{_memory.Programs.Find(id)!.Name} (id {id})";

    static IEnumerable<uint> NextOf(ChainEntry entry)
    {
        for (int slot = 0; slot < ChainStage.Slots; slot++)
        {
            if (entry[slot] != 0) yield return entry[slot];
        }
    }
}

/// <summary>libxdp's rule for the end of a chain: the last program's codes in the mask become PASS.</summary>
public readonly record struct LibxdpEnd(uint LastProgram, uint Mask);
