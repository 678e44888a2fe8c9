namespace Chainring.Offload.Ir;

/// <summary>What a frame meets on its way through a graph.</summary>
public static class PathCounts
{
    /// <summary>How many nodes of a kind a frame can come to, at most; <see cref="int.MaxValue"/> if one is in a loop.</summary>
    /// <param name="blocks">Of a graph, from its entry on, in reverse postorder.</param>
    public static int Most(IReadOnlyList<Block> blocks, Func<Node, bool> isOne)
    {
        var places = new Dictionary<Block, int>();
        for (int n = 0; n < blocks.Count; n++) places.Add(blocks[n], n);
        int[] before = new int[blocks.Count], own = [.. blocks.Select(b => b.Nodes.Count(isOne))];
        int most = 0;
        for (int n = 0; n < blocks.Count; n++)
        {
            int now = before[n] + own[n];
            most = Math.Max(most, now);
            foreach (int to in blocks[n].Edges.Select(e => places[e.To]))
            {
                if (to > n) before[to] = Math.Max(before[to], now);
                else if (own[to..(n + 1)].Any(c => c > 0)) return int.MaxValue;
            }
        }
        return most;
    }

    /// <summary>The nodes at which an end of the frame may be elsewhere than it was when it came.</summary>
    public static HashSet<Node> AfterMoves(IReadOnlyList<Block> blocks)
    {
        var after = new HashSet<Node>();
        var moved = new HashSet<Block>();
        for (bool any = true; any;)
        {
            any = false;
            foreach (var block in blocks)
            {
                bool has = moved.Contains(block);
                foreach (var node in block.Nodes)
                {
                    if (has) after.Add(node);
                    has |= Effects.MovesFrame(node);
                }
                if (!has) continue;
                foreach (var edge in block.Edges) any |= moved.Add(edge.To);
            }
        }
        return after;
    }
}
