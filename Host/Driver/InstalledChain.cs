using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Offload;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver;

/// <summary>A live map under the name by which people address it.</summary>
/// <param name="Member">The alias of the first program of the chain whose object declares it.</param>
public sealed record InstalledMap(string Member, Map Map);

/// <summary>
/// A chain on a card, and the way back: everything that installing it took is given back when it is disposed, or at once when a step
/// is refused. A program attached over it meanwhile stays attached.
/// </summary>
/// <remarks>
/// Programs from one object file share its maps, as when libbpf loads that object; maps pinned by name are shared by all objects of
/// the chain. A chain that replaces another takes over its maps of the same name and shape where a program of the same alias has the map in both,
/// contents included; not global data, which is a program's own, and not prog arrays, which hold programs of the old chain. A map that was made for a
/// place of a map of maps goes over with that, while it is still there or is asked for again. A chain that is an edit of the other takes over more: programs that
/// stay, with all that is theirs.
/// </remarks>
public sealed partial class InstalledChain : IDisposable
{
    readonly SmartNic _card;
    readonly ChainSpec _spec;
    readonly Stack<Action> _undo = new();
    readonly List<LoadedProgram> _members = [];
    readonly List<InstalledMap> _maps = [];
    readonly Dictionary<(ObjectSpec, string), Map> _mapOf = [];
    readonly Dictionary<string, Map> _pinned = [];
    readonly Dictionary<(ObjectSpec, string), LoadedProgram> _tailCalls = [];
    readonly Dictionary<(Map Outer, string Key), Map> _made = [];
    readonly HashSet<Map> _owned = [];
    readonly HashSet<LoadedProgram> _ownedPrograms = [];
    readonly bool _edits;
    InstalledChain? _replaced;

    InstalledChain(SmartNic card, ChainSpec spec, InstalledChain? replaced, bool edits = false)
    {
        (_card, _spec, _replaced, _edits) = (card, spec, replaced, edits);
        Names = replaced?.Names ?? new();
    }

    public ChainSpec Spec => _spec;

    /// <summary>Programs in the order of the spec's members.</summary>
    public IReadOnlyList<LoadedProgram> Members => _members;

    /// <summary>All of its programs, by id: the members, and those that are only called by tail calls.</summary>
    public IEnumerable<LoadedProgram> Loaded => _members.Concat(_tailCalls.Values).OrderBy(p => p.Id);

    /// <summary>What the card runs it on.</summary>
    public string Backend => _card.Target.Name;

    /// <summary>Every map, each once, in order of members and declaration.</summary>
    public IReadOnlyList<InstalledMap> Maps => _maps;

    /// <summary>Null for a single program without edges: then no table is installed at all.</summary>
    public ChainTable? Table { get; private set; }

    /// <summary>What its programs are called; a chain that replaces another goes on with the same names and its own added.</summary>
    public ProgramNames Names { get; }

    /// <summary>Installs a chain, or says what was refused and leaves the card as it was.</summary>
    public static Result<InstalledChain> Install(SmartNic card, ChainSpec spec) => Install(new InstalledChain(card, spec, replaced: null));

    /// <summary>
    /// Puts another chain in this one's place while frames flow, all at once at a batch boundary, and gives back what this one took; or says what
    /// was refused, and this one goes on.
    /// </summary>
    /// <param name="target">What the card runs it on; null for what it has.</param>
    /// <param name="edits">
    /// The other chain is this one with programs put in, taken out or exchanged. Those that stay (the same alias, object and program) keep their ids, counters, global data and
    /// prog arrays, and what the chain says of the entries of maps is said only to maps that are new.
    /// </param>
    public Result<InstalledChain> Replace(ChainSpec spec, IKernelTarget? target = null, bool edits = false)
    {
        var before = _card.Target;
        _card.Target = target ?? before;
        var installed = Install(new InstalledChain(_card, spec, replaced: this, edits));
        if (installed.Problem is not null)
        {
            _card.Target = before;
            return installed;
        }
        // Frames that are under way finish on this chain, and with its maps.
        _card.WaitForBatches();
        GiveUpTo(installed.Value);
        _isReplaced = true;
        Dispose();
        return installed;
    }

    static Result<InstalledChain> Install(InstalledChain chain)
    {
        var problem = chain.CreateMaps() ?? chain.SetConstants() ?? chain.LoadMembers() ?? chain.FillSlots() ?? chain.FillTable() ?? chain.SetEntries() ?? chain.Attach();
        if (problem is not null)
        {
            // What belongs to the chain that goes on is not given back.
            if (chain._replaced is { } other) chain.GiveUpTo(other);
            chain.Dispose();
            return problem;
        }
        chain._replaced = null;
        return chain;
    }

    public void Dispose()
    {
        while (_undo.TryPop(out var undo)) undo();
    }

    Problem? CreateMaps()
    {
        foreach (var member in _spec.Members)
        {
            foreach (var spec in member.Source.Maps)
            {
                if (_mapOf.ContainsKey((member.Source, spec.Name))) continue;
                if (spec.MaxEntries == 0 && spec.Type != MapType.PerfEventArray && MapKinds.Types.Contains(spec.Type))
                    return ChainFileError.MapWithoutSize(member.Source.Name, spec);
                if (!MapFor(member, spec).Try(out var map, out var problem)) return problem;
                _mapOf.Add((member.Source, spec.Name), map);
                if (_maps.All(m => m.Map != map)) _maps.Add(new(member.Alias, map));
            }
        }
        return null;
    }

    Result<Map> MapFor(ChainMember member, MapSpec spec)
    {
        if (spec.PinnedByName && _pinned.TryGetValue(spec.Name, out var shared))
            return shared.Spec == spec ? shared : Refusal.PinnedMapDiffers(spec, shared.Spec);

        string[] aliases = [.. _spec.Members.Where(m => m.Source == member.Source).Select(m => m.Alias)];
        var map = Staying(member.Source, spec.Name) ?? _replaced?.Kept(aliases, spec);
        if (map is null && !_card.CreateMap(spec).Try(out map, out var problem)) return problem;
        Own(map);
        if (spec.PinnedByName) _pinned.Add(spec.Name, map);
        return map;
    }

    Problem? LoadMembers()
    {
        TakeOverTailCalls();
        foreach (var member in _spec.Members)
        {
            if (TakeOver(member) is { } staying)
            {
                _members.Add(staying);
                continue;
            }
            if (!Load(member.Source, member.Program, member.Alias).Try(out var program, out var problem)) return problem;
            _members.Add(program);
        }
        return null;
    }

    Result<LoadedProgram> Load(ObjectSpec source, ProgramSpec spec, string name)
    {
        if (!_card.Load(spec, map => _mapOf[(source, map)]).Try(out var program, out var problem)) return problem;
        Names.Add(program.Id, name);
        Own(program);
        return program;
    }

    /// <summary>The slots of prog arrays that objects fill by themselves, before what the chain says of them.</summary>
    Problem? FillSlots()
    {
        foreach (var programs in _spec.Members.GroupBy(m => m.Source, m => m.Program))
        {
            foreach (var slot in programs.Key.TailCallsOf(programs))
            {
                string where = $"{programs.Key.Name}: {slot.Where}";
                var array = (ProgramArrayMap)_mapOf[(programs.Key, slot.Map)];
                if (IsStaying(array)) continue;
                if (!TailCallTarget(programs.Key, slot.Program, where).Try(out var program, out var problem)) return problem;
                if (Fill(array, BitConverter.GetBytes(slot.Index), program, where) is { } refused) return refused;
            }
        }
        return null;
    }

    /// <summary>
    /// What the objects' static initialisers say, then what the chain says. All or none, but for what a map itself refuses: maps that are taken over
    /// serve the chain that runs until this one is attached.
    /// </summary>
    Problem? SetEntries()
    {
        var writes = new List<Func<Problem?>>();
        foreach (var (entry, source, map) in InitialSlots())
        {
            if (!Prepare(entry, source, map).Try(out var write, out var problem)) return problem;
            writes.Add(write);
        }
        foreach (var entry in _spec.MapEntries)
        {
            if (!Locate(entry).Try(out var found, out var problem)) return problem;
            if (IsConstant(found.Map) || IsStaying(found.Map)) continue;
            if (!Prepare(entry, found.Source, found.Map).Try(out var write, out problem)) return problem;
            writes.Add(write);
        }
        if (writes.Select(write => write()).FirstOrDefault(refused => refused is not null) is { } fault) return fault;
        TakeOverMade();
        return null;
    }

    IEnumerable<(MapEntrySpec Entry, ObjectSpec Source, Map Map)> InitialSlots() =>
        from source in _spec.Members.Select(m => m.Source).Distinct(ReferenceEqualityComparer.Instance).Cast<ObjectSpec>()
        from slot in source.MapSlots
        where Staying(source, slot.Map) is null
        let key = Convert.ToHexStringLower(BitConverter.GetBytes(slot.Index))
        select (new MapEntrySpec(null, slot.Map, key, slot.Target, $"{source.Name}: initialiser of {slot.Map}"), source, _mapOf[(source, slot.Map)]);

    /// <summary>What a program takes for constant is set before it is loaded, because its proof builds on it, and stays so.</summary>
    Problem? SetConstants()
    {
        foreach (var entry in _spec.MapEntries)
        {
            if (!Locate(entry).Try(out var found, out var problem)) return problem;
            if (!IsConstant(found.Map) || IsStaying(found.Map)) continue;
            if (!Prepare(entry, found.Source, found.Map).Try(out var write, out problem)) return problem;
            if (write() is { } refused) return refused;
        }
        foreach (var (_, map) in _maps)
        {
            if (IsConstant(map)) map.Freeze();
        }
        return null;
    }

    static bool IsConstant(Map map) => map.Spec.IsGlobalData && map.Spec.Flags.HasFlag(MapFlags.ReadOnlyForPrograms);

    Result<(ObjectSpec Source, Map Map)> Locate(MapEntrySpec entry)
    {
        var candidates = _spec.Members
            .Where(m => entry.Member is null || m.Alias == entry.Member)
            .Select(m => (m.Alias, m.Source, Spec: MapEntries.Find(m.Source, entry.Map)))
            .Where(c => c.Spec is not null)
            .Select(c => (c.Alias, c.Source, Map: _mapOf[(c.Source, c.Spec!.Name)]))
            .DistinctBy(c => c.Map)
            .ToList();
        return candidates switch
        {
            [var only] => (only.Source, only.Map),
            [] => ChainFileError.NoSuchMap(entry.Where, entry.Map, _maps.Select(m => $"{m.Member}.{m.Map.Spec.Name}")),
            _ => ChainFileError.WhichMap(entry.Where, entry.Map, candidates.Select(c => $"{c.Alias}.{entry.Map}")),
        };
    }

    /// <summary>What will set an entry; everything that can be known to be wrong with it is said now.</summary>
    Result<Func<Problem?>> Prepare(MapEntrySpec entry, ObjectSpec source, Map map)
    {
        string name = map.Spec.Name;
        if (!MapEntries.Bytes(entry, "key", entry.Key, name, map.Spec.KeySize).Try(out var key, out var problem)) return problem;
        if (map is ProgramArrayMap array) return (Func<Problem?>)(() => SetTailCall(entry, source, array, key));
        if (map is IMapOfMaps) return (Func<Problem?>)(() => SetInnerMap(entry, source, map, key));
        if (!MapEntries.Bytes(entry, "value", entry.Value, name, map.Spec.ValueSize).Try(out var value, out problem)) return problem;
        return (Func<Problem?>)(() =>
            MapCommands.Update(map, key, value, UpdateFlags.Any) is var errno and not 0 ? ChainFileError.EntryRefused(entry.Where, name, errno) : null);
    }

    /// <summary>The value names a member by its alias, or a function of the object that declares the array; that is loaded for the purpose.</summary>
    Problem? SetTailCall(MapEntrySpec entry, ObjectSpec source, ProgramArrayMap array, byte[] key)
    {
        int member = _spec.Members.ToList().FindIndex(m => m.Alias == entry.Value);
        if (member >= 0) return Fill(array, key, _members[member], entry.Where);
        return TailCallTarget(source, entry.Value, entry.Where).Try(out var program, out var problem) ? Fill(array, key, program, entry.Where) : problem;
    }

    /// <summary>A function of an object, loaded to be called by tail calls only.</summary>
    Result<LoadedProgram> TailCallTarget(ObjectSpec source, string name, string where)
    {
        if (_tailCalls.TryGetValue((source, name), out var known)) return known;
        if (!source.Program(name).Try(out var spec, out var problem)) return ChainFileError.BadObject(where, problem);
        if (!Load(source, spec, spec.Name).Try(out var program, out problem)) return problem;
        _tailCalls.Add((source, name), program);
        return program;
    }

    Problem? Fill(ProgramArrayMap array, byte[] key, LoadedProgram program, string where)
    {
        int errno = _card.SetTailCall(array, key, program);
        return errno != 0 ? ChainFileError.EntryRefused(where, array.Spec.Name, errno) : null;
    }

    /// <summary>
    /// The value names a map of the object that declares the map of maps, or a map of the chain as everywhere; <c>new</c> makes one for the place.
    /// </summary>
    Problem? SetInnerMap(MapEntrySpec entry, ObjectSpec source, Map outer, byte[] key)
    {
        Map? inner;
        Problem? problem;
        if (entry.Value == MapEntries.New && MapEntries.Find(source, MapEntries.New) is null)
        {
            if (!MadeFor(outer, Convert.ToHexStringLower(key)).Try(out inner, out problem)) return problem;
        }
        else if (MapEntries.Find(source, entry.Value) is { } sibling)
        {
            inner = _mapOf[(source, sibling.Name)];
        }
        else
        {
            var (member, name) = MapEntries.Split(entry.Value, [.. _spec.Members.Select(m => m.Alias)]);
            if (!Locate(entry with { Member = member, Map = name }).Try(out var found, out problem)) return problem;
            inner = found.Map;
        }
        int errno = _card.SetInnerMap(outer, key, inner);
        return errno != 0 ? ChainFileError.EntryRefused(entry.Where, outer.Spec.Name, errno) : null;
    }

    /// <summary>The map that is made for a place, once: that of the chain that is replaced, if the map of maps goes over.</summary>
    Result<Map> MadeFor(Map outer, string key)
    {
        if (_made.TryGetValue((outer, key), out var made)) return made;
        if (_replaced?._made.TryGetValue((outer, key), out made) != true
            && !_card.CreateMap(((IMapOfMaps)outer).Template with { Name = $"{outer.Spec.Name}[{key}]" }).Try(out made, out var problem)) return problem;
        AddMade(outer, key, made!);
        return made!;
    }

    void AddMade(Map outer, string key, Map made)
    {
        Own(made);
        _made.Add((outer, key), made);
        _maps.Add(new(_maps.Find(m => m.Map == outer)!.Member, made));
    }

    /// <summary>Maps that were made for places which this chain does not speak of stay there under their names.</summary>
    void TakeOverMade()
    {
        foreach (var ((outer, key), made) in _replaced?._made ?? [])
        {
            if (_maps.Exists(m => m.Map == outer) && !_made.ContainsKey((outer, key)) && ((IMapOfMaps)outer).Inner.Contains(made.Id)) AddMade(outer, key, made);
        }
    }

    Problem? FillTable()
    {
        if (_spec.Edges.Count == 0) return null;
        var keys = _spec.Edges.GroupBy(e => e.From).ToList();
        if (!_card.CreateTable(keys.Count, _spec.PreviousVerdict).Try(out var table, out var problem)) return problem;
        _undo.Push(() => _card.Remove(table));
        foreach (var edges in keys)
        {
            var entry = edges.Aggregate(default(ChainEntry), (e, edge) => e.With(edge.On, _members[edge.To].Id));
            if (table.Update(_members[edges.Key].Id, entry, UpdateFlags.NoExist) is { } refusal) return refusal;
        }
        Table = table;
        return null;
    }

    Problem? Attach()
    {
        uint replaced = _replaced?.Attached?.Id ?? 0;
        if (Attached is not { } entry) return _card.Install(InstallRequest.Detach() with { ExpectedProgram = replaced });
        int last = _spec.Members.ToList().FindIndex(m => m.PassAtEnd != 0);
        var request = InstallRequest.Attach(entry, Table) with
        {
            ExpectedProgram = replaced,
            End = last < 0 ? null : new LibxdpEnd(_members[last].Id, _spec.Members[last].PassAtEnd),
        };
        if (_card.Install(request) is { } refusal) return refusal;
        // Whoever attached another program since keeps it attached; so does a chain in this one's place, also with the same first program.
        _undo.Push(() =>
        {
            if (!_isReplaced) _card.Install(InstallRequest.Detach() with { ExpectedProgram = entry.Id });
        });
        return null;
    }
}
