using Chainring.Offload.Ir.Passes;

namespace Chainring.Offload.Ir;

/// <summary>The passes, in order.</summary>
public static class Optimiser
{
    /// <summary>Each round makes the next one's work easier; the second or third finds nothing.</summary>
    const int Rounds = 4;

    static readonly (string Name, Func<Graph, bool> Run)[] Passes =
    [
        ("fold", Fold.Run),
        ("straighten", Straighten.Run),
        ("drop-dead", DropDead.Run),
        ("find-lookups", FindLookups.Run),
        ("share-loads", ShareLoads.Run),
        ("fold", Fold.Run),
        ("join-loads", JoinLoads.Run),
        ("share-values", ShareValues.Run),
        ("decide-branches", DecideBranches.Run),
        ("fold", Fold.Run),
        ("drop-dead", DropDead.Run),
        ("split-returns", SplitReturns.Run),
        ("thread-jumps", ThreadJumps.Run),
        ("drop-dead-stores", DropDeadStores.Run),
    ];

    static readonly (string Name, Func<Graph, bool> Run)[] Last =
    [
        ("straighten", Straighten.Run),
        ("fold", Fold.Run),
        ("drop-dead", DropDead.Run),
        ("sink-counts", SinkCounts.Run),
        ("share-exits", ShareExits.Run),
        ("merge-checks", MergeChecks.Run),
        ("join-stores", JoinStores.Run),
        ("straighten", Straighten.Run),
        ("fold", Fold.Run),
        ("drop-dead", DropDead.Run),
    ];

    /// <param name="each">Told of the graph after each pass that changed it.</param>
    public static void Run(Graph graph, Action<string, Graph>? each = null)
    {
        for (int round = 0; round < Rounds; round++)
        {
            int before = Weight(graph);
            foreach (var (name, pass) in Passes)
            {
                if (pass(graph)) each?.Invoke(name, graph);
            }
            if (Weight(graph) == before) return;
        }
    }

    /// <summary>What is done once, when nothing is added to the graph any more.</summary>
    public static void Finish(Graph graph, Action<string, Graph>? each = null)
    {
        foreach (var (name, pass) in Last)
        {
            if (pass(graph)) each?.Invoke(name, graph);
        }
    }

    /// <summary>Changes when a round has found something.</summary>
    static int Weight(Graph graph) => graph.Blocks().Sum(b => 1_000 + b.Nodes.Count + b.Edges.Length);
}
