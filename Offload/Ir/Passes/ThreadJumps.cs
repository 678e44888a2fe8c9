namespace Chainring.Offload.Ir.Passes;

/// <summary>
/// Where it depends on the way that was come how a block will end, each way gets what is left of it: a return of a number that is a constant on each way,
/// a question that was answered before the ways met.
/// </summary>
static class ThreadJumps
{
    /// <summary>Nodes that are written once more for each way, at most.</summary>
    const int MostNodes = 6;

    public static bool Run(Graph graph)
    {
        var shape = new Shape(graph);
        var users = new Outside(shape);
        bool any = false;
        var b = new Builder(graph);
        for (int n = 1; n < shape.Blocks.Count; n++)
        {
            var block = shape.Blocks[n];
            if (shape.Incoming[n].Count < 2 || shape.IsLoopHead(n) || block.Nodes.Count > MostNodes || !IsWorthIt(block) || users.Uses(block)) continue;
            foreach (var (from, edge) in shape.Incoming[n])
            {
                if (edge.To != block) continue;
                var copy = Copy(b, block, edge);
                if (copy is null) continue;
                (edge.To, edge.Arguments) = (copy, []);
                any = true;
            }
        }
        return any;
    }

    static bool IsWorthIt(Block block) => block.Kind switch
    {
        EndKind.Return => true,
        EndKind.Branch or EndKind.Switch => block.Nodes.TrueForAll(n => Ops.IsPure(n.Op)),
        _ => false,
    };

    /// <summary>The block as it is when come to by an edge; null if that leaves its end as open as it was.</summary>
    static Block? Copy(Builder b, Block block, Edge edge)
    {
        var copy = new Block();
        b.Block = copy;
        var now = new Dictionary<Node, Node>();
        for (int p = 0; p < block.Parameters.Count; p++) now.Add(block.Parameters[p], edge.Arguments[p].Now);
        foreach (var node in block.Nodes)
        {
            var inputs = Array.ConvertAll(node.Inputs, i => Now(i));
            now.Add(node, Ops.IsPure(node.Op) ? b.Make(node.Op, inputs) : b.Append(node.With(inputs)));
        }
        copy.Run = block.Run?.With(Now);
        var value = Now(block.Value!);
        if (block.Kind != EndKind.Return && !value.IsConst) return null;
        if (block.Kind == EndKind.Return)
        {
            copy.Return(value);
            return copy;
        }
        int taken = block.Kind == EndKind.Branch ? (value.Number != 0 ? 0 : 1) : Array.IndexOf(block.Cases, value.Number);
        var way = block.Edges[taken < 0 ? ^1 : taken];
        copy.Jump(new(way.To, Array.ConvertAll(way.Arguments, Now)));
        return copy;

        Node Now(Node node) => now.GetValueOrDefault(node.Now, node.Now);
    }

    /// <summary>Which values are used in other blocks than the one that has them.</summary>
    sealed class Outside
    {
        readonly HashSet<Node> _used = [];

        public Outside(Shape shape)
        {
            foreach (var block in shape.Blocks)
            {
                var own = new HashSet<Node>(block.Nodes.Concat(block.Parameters));
                foreach (var node in block.Nodes)
                {
                    foreach (var input in node.Inputs) Use(input.Now);
                }
                foreach (var edge in block.Edges)
                {
                    foreach (var argument in edge.Arguments) Use(argument.Now);
                }
                if (block.Value is { } value) Use(value.Now);
                if (block.Run is { } run && block.Kind is EndKind.Return or EndKind.Fault)
                {
                    Use(run.Runs.Now);
                    if (run.Metadata is { } metadata) Use(metadata.Now);
                }

                void Use(Node node)
                {
                    if (!Ops.IsLeaf(node.Op) && !own.Contains(node)) _used.Add(node);
                }
            }
        }

        public bool Uses(Block block) => block.Nodes.Exists(_used.Contains) || block.Parameters.Exists(_used.Contains);
    }
}
