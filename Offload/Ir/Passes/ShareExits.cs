namespace Chainring.Offload.Ir.Passes;

/// <summary>Ends that count the same and have the same verdict are one.</summary>
static class ShareExits
{
    public static bool Run(Graph graph)
    {
        var known = new Dictionary<(IrVerdict, string), Block>();
        bool any = false;
        foreach (var block in graph.Blocks())
        {
            foreach (var edge in block.Edges)
            {
                var to = edge.To;
                if (to.Kind != EndKind.Exit || to.Parameters.Count > 0 || !to.Nodes.TrueForAll(n => n.Op == Op.Count)) continue;
                var key = (to.Verdict, string.Join(' ', to.Nodes.SelectMany(n => n.Events).Order()));
                if (known.TryAdd(key, to) || known[key] == to) continue;
                edge.To = known[key];
                any = true;
            }
        }
        return any;
    }
}
