namespace Chainring.Offload.Ir.Passes;

/// <summary>Takes away what nobody wants: values that are not used, and parameters.</summary>
static class DropDead
{
    public static bool Run(Graph graph)
    {
        var shape = new Shape(graph);
        var live = new HashSet<Node>();
        var work = new Stack<Node>();
        var arguments = new Dictionary<Node, List<Node>>();
        for (int n = 0; n < shape.Blocks.Count; n++)
        {
            var block = shape.Blocks[n];
            for (int p = 0; p < block.Parameters.Count; p++) arguments.Add(block.Parameters[p], [.. shape.Incoming[n].Select(i => i.Edge.Arguments[p].Now)]);
            foreach (var node in block.Nodes)
            {
                if (!Ops.CanGo(node.Op)) Want(node);
            }
            if (block.Value is { } value) Want(value.Now);
            if (block.Run is { } run && block.Kind is EndKind.Return or EndKind.Fault)
            {
                Want(run.Runs.Now);
                if (run.Metadata is { } metadata) Want(metadata.Now);
            }
        }
        while (work.TryPop(out var node))
        {
            foreach (var input in node.Inputs) Want(input.Now);
            foreach (var argument in arguments.GetValueOrDefault(node) ?? []) Want(argument);
        }
        bool any = false;
        for (int n = 0; n < shape.Blocks.Count; n++)
        {
            var block = shape.Blocks[n];
            any |= block.Nodes.RemoveAll(i => !live.Contains(i)) > 0;
            for (int p = block.Parameters.Count - 1; p >= 0; p--)
            {
                if (live.Contains(block.Parameters[p])) continue;
                Fold.Drop(block, shape.Incoming[n], p);
                any = true;
            }
        }
        return any;

        void Want(Node node)
        {
            if (live.Add(node)) work.Push(node);
        }
    }
}
