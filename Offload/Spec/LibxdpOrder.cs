namespace Chainring.Offload.Spec;

/// <summary>What libxdp knows of a program in a chain: its place, and after which of its codes the next one runs.</summary>
/// <param name="Priority">Lower runs first.</param>
/// <param name="Actions">Bit n: the chain goes on after code n.</param>
public readonly record struct LibxdpConfig(long Priority = LibxdpConfig.DefaultPriority, uint Actions = 1u << (int)XdpAction.Pass)
{
    public const int DefaultPriority = 50;

    /// <summary>What a program has that says nothing; not C#'s <c>default</c>.</summary>
    public static readonly LibxdpConfig Default = new(DefaultPriority);

    /// <summary>This configuration with one action changed.</summary>
    public LibxdpConfig With(XdpAction action, bool goesOn) =>
        this with { Actions = goesOn ? Actions | (1u << (int)action) : Actions & ~(1u << (int)action) };
}

/// <summary>Compiles libxdp's priorities and chain-call actions to the edges of a chain table.</summary>
public static class LibxdpOrder
{
    /// <summary>By priority, then name, then size, then the order given.</summary>
    public static List<T> Sort<T>(IEnumerable<T> programs, Func<T, LibxdpConfig> config, Func<T, ProgramSpec> program) =>
        [.. programs.OrderBy(p => config(p).Priority).ThenBy(p => program(p).Name, StringComparer.Ordinal).ThenBy(p => program(p).InstructionCount)];

    /// <summary>
    /// Sorts; each code in a program's actions becomes an edge to its successor.
    /// The last program's codes in its actions become PASS, unless it is alone or <paramref name="keepLastVerdict"/>.
    /// </summary>
    public static ChainSpec Arrange(string name, IEnumerable<(ChainMember Member, LibxdpConfig Config)> programs, bool keepLastVerdict)
    {
        var sorted = Sort(programs, p => p.Config, p => p.Member.Program);
        int last = sorted.Count - 1;
        if (last > 0 && !keepLastVerdict)
            sorted[last] = sorted[last] with { Member = sorted[last].Member with { PassAtEnd = sorted[last].Config.Actions } };
        var edges =
            from n in Enumerable.Range(0, last)
            from action in Enum.GetValues<XdpAction>()
            where (sorted[n].Config.Actions >> (int)action & 1) != 0
            select new ChainEdge(n, action, n + 1);
        return new ChainSpec
        {
            Name = name,
            Members = [.. sorted.Select(p => p.Member with { Order = p.Config })],
            Entry = 0,
            Edges = [.. edges],
            KeepsLastVerdict = keepLastVerdict,
        };
    }
}
