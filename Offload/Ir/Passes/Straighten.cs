namespace Chainring.Offload.Ir.Passes;

/// <summary>Joins a block to the only one that leads to it, and goes past blocks in which nothing happens.</summary>
static class Straighten
{
    public static bool Run(Graph graph)
    {
        bool any = false;
        var shape = new Shape(graph);
        foreach (var block in shape.Blocks)
        {
            foreach (var edge in block.Edges) any |= Skip(edge);
        }
        if (any) shape = new Shape(graph);
        var gone = new HashSet<Block>();
        foreach (var block in shape.Blocks)
        {
            if (gone.Contains(block)) continue;
            while (block.Kind == EndKind.Jump && block.Edges[0] is { To: var next } edge && next != block && next != graph.Entry && shape.Incoming[shape.Of(next)].Count == 1)
            {
                for (int p = 0; p < next.Parameters.Count; p++) next.Parameters[p].Become(edge.Arguments[p].Now);
                block.Nodes.AddRange(next.Nodes);
                block.EndAs(next);
                gone.Add(next);
                any = true;
            }
        }
        return any;
    }

    /// <summary>Past an empty block that takes no parameters and only jumps on.</summary>
    static bool Skip(Edge edge)
    {
        bool any = false;
        for (int n = 0; n < 64 && edge.To is { Kind: EndKind.Jump, Nodes.Count: 0, Parameters.Count: 0 } empty && empty.Edges[0].To != empty; n++)
        {
            (edge.To, edge.Arguments) = (empty.Edges[0].To, [.. empty.Edges[0].Arguments]);
            any = true;
        }
        return any;
    }
}
