namespace Chainring.Offload.Ir.Passes;

/// <summary>
/// Where ways meet that go on to the next program, what follows is written once for each: what was found out on each way is then still known in the next
/// program, which need not find out again.
/// </summary>
static class SplitPaths
{
    /// <summary>Nodes that are written once more, at most.</summary>
    const int MostNodes = 2_000;

    /// <param name="leadsOn">Whether an end of a program has another one behind it.</param>
    /// <param name="mostEnds">Such ends, at most.</param>
    public static bool Run(Graph graph, Func<Block, bool> leadsOn, int mostEnds)
    {
        int room = MostNodes;
        bool any = false;
        while (true)
        {
            var shape = new Shape(graph);
            var ends = shape.Blocks.Where(leadsOn).ToHashSet();
            if (ends.Count == 0 || ends.Count >= mostEnds) return any;
            if (Next(shape, ends, mostEnds - ends.Count, room) is not var (at, region)) return any;
            room -= (shape.Incoming[at].Count - 1) * region.Sum(b => b.Nodes.Count + 1);
            foreach (var (_, edge) in shape.Incoming[at].Skip(1)) edge.To = Copy(region, shape.Blocks[at]);
            any = true;
        }
    }

    /// <summary>The first place where ways meet, and all that can be come to only through it; null if there is none for which there is room.</summary>
    static (int At, List<Block> Region)? Next(Shape shape, HashSet<Block> ends, int moreEnds, int room)
    {
        for (int n = 1; n < shape.Blocks.Count; n++)
        {
            int ways = shape.Incoming[n].Count - 1;
            if (ways < 1 || shape.IsLoopHead(n)) continue;
            var region = new List<Block>();
            Collect(n);
            region.Sort((a, b) => shape.Of(a).CompareTo(shape.Of(b)));
            int leading = region.Count(ends.Contains);
            if (leading > 0 && leading * ways <= moreEnds && ways * region.Sum(b => b.Nodes.Count + 1) <= room) return (n, region);

            void Collect(int block)
            {
                region.Add(shape.Blocks[block]);
                foreach (int next in shape.Dominated(block)) Collect(next);
            }
        }
        return null;
    }

    /// <summary>Blocks once more, in order; what leads out of them leads to the same places.</summary>
    static Block Copy(List<Block> region, Block entry)
    {
        var nodes = new Dictionary<Node, Node>();
        var blocks = new Dictionary<Block, Block>();
        foreach (var block in region)
        {
            var copy = new Block();
            blocks.Add(block, copy);
            foreach (var parameter in block.Parameters)
            {
                var other = new Node(Op.Param);
                copy.Parameters.Add(other);
                nodes.Add(parameter, other);
            }
            foreach (var node in block.Nodes)
            {
                var other = node.With(Array.ConvertAll(node.Inputs, Now));
                copy.Nodes.Add(other);
                nodes.Add(node, other);
            }
        }
        foreach (var (block, copy) in blocks)
        {
            copy.EndAs(block, [.. block.Edges.Select(e => new Edge(blocks.GetValueOrDefault(e.To, e.To), Array.ConvertAll(e.Arguments, Now)))], block.Value is { } value ? Now(value) : null);
            copy.Run = block.Run?.With(Now);
        }
        return blocks[entry];

        Node Now(Node node) => nodes.GetValueOrDefault(node.Now, node.Now);
    }
}
