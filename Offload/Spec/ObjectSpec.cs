namespace Chainring.Offload.Spec;

/// <summary>What one ELF object holds: pure data, the same for the same bytes.</summary>
public sealed record ObjectSpec
{
    /// <summary>How messages call it: the file name.</summary>
    public required string Name { get; init; }

    /// <summary>The <c>license</c> section's text; empty when there is none.</summary>
    public required string License { get; init; }

    /// <summary>In the order of their sections and symbols, other program types included.</summary>
    public required IReadOnlyList<ProgramSpec> Programs { get; init; }

    /// <summary>Declared maps in order of declaration, then global data in section order.</summary>
    public required IReadOnlyList<MapSpec> Maps { get; init; }

    /// <summary>Slots of prog arrays that the object itself fills, in the order of array and slot.</summary>
    public IReadOnlyList<TailCallSpec> TailCalls { get; init; } = [];

    /// <summary>
    /// The slots that matter to programs: those of the arrays that they name, or that a program in such a slot names.
    /// </summary>
    public IEnumerable<TailCallSpec> TailCallsOf(IEnumerable<ProgramSpec> programs)
    {
        var reached = new HashSet<string>();
        var left = new Queue<ProgramSpec>(programs);
        while (left.TryDequeue(out var program))
        {
            foreach (var map in program.MapReferences.Select(r => r.Map).Where(reached.Add).ToList())
            {
                foreach (var slot in TailCalls.Where(t => t.Map == map))
                {
                    if (Programs.FirstOrDefault(p => p.Name == slot.Program) is { } target) left.Enqueue(target);
                }
            }
        }
        return TailCalls.Where(t => reached.Contains(t.Map));
    }

    /// <summary>What static initialisers put into maps, before the first frame.</summary>
    public IReadOnlyList<MapSlotSpec> MapSlots { get; init; } = [];

    /// <summary>Its type information (<c>.BTF</c>), in which hidden functions are static; empty if it has none.</summary>
    public ReadOnlyMemory<byte> Types { get; init; }

    /// <summary>
    /// The XDP program of that function name; without a name the only XDP program there is. Everything else is a
    /// <see cref="LoadError"/> that lists what could have been meant.
    /// </summary>
    public Result<ProgramSpec> Program(string? name)
    {
        if (name is not null)
        {
            foreach (var program in Programs)
            {
                if (program.Name != name) continue;
                return program.OtherType is { } other ? LoadError.NotXdp(Name, program, other) : Loadable(program);
            }
            return LoadError.NoSuchProgram(Name, name, Programs);
        }
        var candidates = Programs.Where(p => p.OtherType is null).ToList();
        return candidates.Count == 1 ? Loadable(candidates[0]) : LoadError.WhichProgram(Name, candidates, [.. Programs.Except(candidates)]);
    }

    static Result<ProgramSpec> Loadable(ProgramSpec program) => program.Problem is { } problem ? problem : program;
}

/// <summary>A slot of a prog array and the function of the same object that is called by it.</summary>
/// <param name="Index">May lie beyond the array.</param>
/// <param name="Where">How the object says it: an initialiser (<c>calls[3]</c>) or a tag (<c>tail:calls/3</c>).</param>
public readonly record struct TailCallSpec(string Map, uint Index, string Program, string Where);
