using Chainring.Kernels.Maps;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.Il;

/// <summary>A chain as compilers take it: its programs and those they tail-call now, and maps by id.</summary>
public sealed class ChainDescription
{
    readonly Dictionary<Map, IrMap> _maps = [];
    readonly Dictionary<int, Map> _byNumber = [];
    readonly List<LoadedProgram> _programs = [];
    readonly Dictionary<LoadedProgram, StageCode> _tailCalled = [];
    readonly List<(ProgramArrayMap Array, uint Index, LoadedProgram? Found)> _slots = [];

    readonly bool _slotsStay;

    /// <param name="slotsStay">Its code is only run while <see cref="TakenSlotsStay"/>.</param>
    public ChainDescription(Chain chain, bool slotsStay = false)
    {
        _slotsStay = slotsStay;
        _programs.AddRange(chain.Stages.Select(s => s.Program));
        Code = new([.. chain.Stages.Select((stage, n) => new StageLinks(CodeOf(stage.Program, n), [.. stage.Next], stage.PassAtEnd))], Chain.MaxRuns, chain.PreviousVerdict);
    }

    public ChainCode Code { get; }

    /// <summary>By the numbers that the graph has for them; complete when it is made.</summary>
    public IReadOnlyList<LoadedProgram> Programs => _programs;

    /// <summary>The slots of prog arrays that were looked at still hold what they held then.</summary>
    public bool IsCurrent => _slots.TrueForAll(s => s.Array[s.Index] == s.Found);

    /// <summary>Those of them that held a program whose code is known still hold it.</summary>
    public bool TakenSlotsStay => _slots.TrueForAll(s => s.Found?.Proof is null || s.Array[s.Index] == s.Found);

    /// <summary>Where a map's values are in memory; they stay there as long as the programs that name it.</summary>
    public nint StorageOf(IrMap map) => _byNumber[map.Number].StorageAddress;

    /// <summary>The map of the card that a graph's map stands for.</summary>
    internal Map MapOf(IrMap map) => _byNumber[map.Number];

    /// <summary>The maps that are in the maps of maps which programs name, as compilers see them, each once; the programs are lowered.</summary>
    internal IReadOnlyList<IrMap> MapsIn(MapTable maps) => [.. InnerIds().Select(id => maps.Find(id)).OfType<Map>().Distinct().Select(Described)];

    /// <summary>A program names a map of maps.</summary>
    internal bool HasMapsOfMaps => _programs.Exists(p => p.Maps.Any(m => m is IMapOfMaps));

    /// <summary>Their ids, ascending.</summary>
    internal IReadOnlyList<uint> InnerIds() => [.. _programs.SelectMany(p => p.Maps).OfType<IMapOfMaps>().Distinct().SelectMany(m => m.Inner).Distinct().Order()];

    /// <summary>The programs that can be tail-called from a chain as prog arrays are now, but for those that cannot be compiled.</summary>
    internal static IReadOnlyCollection<LoadedProgram> TailCalledBy(Chain chain)
    {
        var found = new HashSet<LoadedProgram>();
        var work = new Stack<LoadedProgram>(chain.Stages.Select(s => s.Program));
        while (work.TryPop(out var program))
        {
            foreach (var array in program.Maps.OfType<ProgramArrayMap>())
            {
                for (uint slot = 0; slot < (uint)array.Spec.MaxEntries; slot++)
                {
                    if (array[slot] is { Proof: not null } target && Of(target).Limit is null && found.Add(target)) work.Push(target);
                }
            }
        }
        return found;

        static StageCode Of(LoadedProgram program) => new ChainDescription(Chain.Of(program)).Code.Stages[0].Code;
    }

    StageCode CodeOf(LoadedProgram program, int number) => new(
        program.Proof ?? throw new InvalidOperationException($"{program.Name} was not proven"), number, slot => program.MapAt(slot) is { } map ? Described(map) : null)
    {
        Id = program.Id,
        InSlot = InSlot,
        SlotsStay = _slotsStay,
    };

    IrMap Described(Map map)
    {
        if (_maps.TryGetValue(map, out var known)) return known;
        _byNumber.Add((int)map.Id, map);
        return _maps[map] = new((int)map.Id, map.Spec, map.Cpus, map is { IsFrozen: true, ProgramsMayWrite: false } ? map.Storage : null);
    }

    StageCode? InSlot(IrMap array, uint index)
    {
        var programs = (ProgramArrayMap)_byNumber[array.Number];
        var found = programs[index];
        if (index < programs.Spec.MaxEntries) _slots.Add((programs, index, found));
        if (found?.Proof is null) return null;
        if (_tailCalled.TryGetValue(found, out var code)) return code;
        _programs.Add(found);
        return _tailCalled[found] = CodeOf(found, _programs.Count - 1);
    }
}
