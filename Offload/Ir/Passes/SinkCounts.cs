namespace Chainring.Offload.Ir.Passes;

/// <summary>
/// Counts go on to where it is decided how the frame ends, so that what happens on the same ways is counted by one number there: the stages of a straight
/// chain cost nothing to count.
/// </summary>
static class SinkCounts
{
    public static bool Run(Graph graph)
    {
        var shape = new Shape(graph);
        bool any = false;
        for (int n = 0; n < shape.Blocks.Count; n++)
        {
            var block = shape.Blocks[n];
            var events = block.Nodes.Where(i => i.Op == Op.Count).SelectMany(i => i.Events).ToList();
            if (events.Count == 0) continue;
            any |= block.Nodes.RemoveAll(i => i.Op == Op.Count) > 1;
            if (block.Edges.Length == 0 || !block.Edges.All(e => IsOnlyWay(shape, e)))
            {
                block.Nodes.Add(new(Op.Count) { Events = [.. events.Order()] });
                continue;
            }
            any = true;
            foreach (var edge in block.Edges) edge.To.Nodes.Insert(0, new(Op.Count) { Events = events });
        }
        return any;
    }

    static bool IsOnlyWay(Shape shape, Edge edge) => shape.Incoming[shape.Of(edge.To)].Count == 1;
}
