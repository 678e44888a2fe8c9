namespace Chainring.Offload.Spec;

/// <summary>XDP return codes (<c>enum xdp_action</c>): the verdicts a frame can leave with.</summary>
public enum XdpAction : byte { Aborted, Drop, Pass, Tx, Redirect }

/// <summary>
/// A chain as its author wrote it: programs by alias, an entry, and edges (program, return code) → program. Pure data; limits and
/// cycles are judged by the card's chain table.
/// </summary>
public sealed record ChainSpec
{
    public required string Name { get; init; }

    public required IReadOnlyList<ChainMember> Members { get; init; }

    /// <summary>Index of the program that every frame enters; 0 of an empty chain, which lets every frame pass.</summary>
    public required int Entry { get; init; }

    public required IReadOnlyList<ChainEdge> Edges { get; init; }

    /// <summary>Map contents to set before the first frame, in order.</summary>
    public IReadOnlyList<MapEntrySpec> MapEntries { get; init; } = [];

    /// <summary>A later program can read the verdict of the one before it in a metadata word.</summary>
    public bool PreviousVerdict { get; init; }

    /// <summary>Of programs in libxdp's order: the verdict is the last program's code, not libxdp's PASS.</summary>
    public bool KeepsLastVerdict { get; init; }

    /// <summary>A chain of no program: every frame passes.</summary>
    public static ChainSpec Empty(string name) => new() { Name = name, Members = [], Entry = 0, Edges = [] };

    /// <summary>A chain of one program and no table.</summary>
    public static ChainSpec Single(ObjectSpec source, ProgramSpec program) => new()
    {
        Name = program.Name,
        Members = [new(program.Name, source, program)],
        Entry = 0,
        Edges = [],
    };
}

/// <summary>A program under the alias by which a chain, its counters and its maps are addressed.</summary>
public sealed record ChainMember(string Alias, ObjectSpec Source, ProgramSpec Program)
{
    /// <summary>
    /// libxdp's end of chain: bit n set means that code n becomes PASS when the chain ends at this program. 0 (the table's own rule)
    /// keeps the code. Only the last program of a chain may have it.
    /// </summary>
    public uint PassAtEnd { get; init; }

    /// <summary>Its place in libxdp's order, if that is where the chain's edges come from; else null.</summary>
    public LibxdpConfig? Order { get; init; }
}

/// <summary>After <paramref name="From"/> returned <paramref name="On"/> (null: any code without an edge of its own, but never
/// aborted), <paramref name="To"/> runs. Both are member indices.</summary>
public readonly record struct ChainEdge(int From, XdpAction? On, int To);

/// <summary>
/// One map entry as written: key and value are hex digits, bytes as they lie in memory, except that a prog array's value is the
/// name of a program. For a per-CPU map the value goes to every CPU. <paramref name="Member"/> is null when the map name alone is to
/// identify it. <paramref name="Where"/> says which line or option asked for it.
/// </summary>
public sealed record MapEntrySpec(string? Member, string Map, string Key, string Value, string Where);
