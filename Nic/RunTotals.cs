using Chainring.Kernels;
using Chainring.Offload.Spec;

namespace Chainring.Nic;

/// <summary>An edge of the chain: after <paramref name="From"/> returned <paramref name="On"/> (null: the wildcard), <paramref name="To"/> ran.</summary>
public readonly record struct Edge(uint From, XdpAction? On, uint To);

/// <summary>Counters by program and by edge, added up over snapshots; programs by id.</summary>
public sealed class RunTotals
{
    static readonly int Actions = Enum.GetValues<XdpAction>().Length;

    readonly SortedDictionary<uint, long> _runs = [];
    readonly SortedDictionary<uint, long[]> _returns = [];
    readonly SortedDictionary<uint, long> _unknownCodes = [];
    readonly Dictionary<Edge, long> _edges = [];

    public RunTotals()
    {
    }

    public RunTotals(RunTotals other)
    {
        foreach (var (id, runs) in other._runs) _runs[id] = runs;
        foreach (var (id, returns) in other._returns) _returns[id] = [.. returns];
        foreach (var (id, count) in other._unknownCodes) _unknownCodes[id] = count;
        foreach (var (edge, count) in other._edges) _edges[edge] = count;
        Instructions = other.Instructions;
    }

    /// <summary>Instructions executed, where the backend counts them.</summary>
    public long Instructions { get; private set; }

    /// <summary>Edges that exist or existed, with how often each was taken.</summary>
    public IReadOnlyDictionary<Edge, long> Edges => _edges;

    /// <summary>Ids of programs that ran or could have, ascending.</summary>
    public IEnumerable<uint> Programs => _runs.Keys;

    public long Runs(uint program) => _runs.GetValueOrDefault(program);

    public long Returns(uint program, XdpAction action) => _returns.TryGetValue(program, out var returns) ? returns[(int)action] : 0;

    /// <summary>How often a program returned a code above redirect.</summary>
    public long UnknownCodes(uint program) => _unknownCodes.GetValueOrDefault(program);

    internal void Add(IKernel kernel)
    {
        var (stages, counters) = (kernel.Chain.Stages, kernel.Counters);
        Instructions += counters.Instructions;
        for (int n = 0; n < stages.Count; n++)
        {
            uint id = stages[n].Program.Id;
            _runs[id] = Runs(id) + counters.Runs(n);
            _unknownCodes[id] = UnknownCodes(id) + counters.UnknownCodes(n);
            if (!_returns.TryGetValue(id, out var returns)) _returns[id] = returns = new long[Actions];
            for (int action = 0; action < Actions; action++) returns[action] += counters.Returns(n, (XdpAction)action);
            for (int slot = 0; slot < ChainStage.Slots; slot++)
            {
                if (stages[n].Next[slot] == Chain.End) continue;
                var edge = new Edge(id, slot == ChainStage.WildcardSlot ? null : (XdpAction)slot, stages[stages[n].Next[slot]].Program.Id);
                _edges[edge] = _edges.GetValueOrDefault(edge) + counters.Edge(n, slot);
            }
        }
    }
}
