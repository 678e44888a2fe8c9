namespace Chainring.Offload.Ir.Passes;

/// <summary>A value that was computed on every way here is not computed again (dominator-based value numbering).</summary>
static class ShareValues
{
    public static bool Run(Graph graph)
    {
        var shape = new Shape(graph);
        var known = new Dictionary<Key, Node>();
        bool any = false;
        var work = new Stack<(int Block, List<Key>? Added)>([(0, null)]);
        while (work.TryPop(out var top))
        {
            if (top.Added is { } leaving)
            {
                foreach (var key in leaving) known.Remove(key);
                continue;
            }
            var added = new List<Key>();
            var block = shape.Blocks[top.Block];
            foreach (var node in block.Nodes)
            {
                if (!Ops.IsPure(node.Op) || node.Becomes is not null) continue;
                var key = Key.Of(node);
                if (known.TryGetValue(key, out var earlier))
                {
                    node.Become(earlier);
                    any = true;
                }
                else
                {
                    known.Add(key, node);
                    added.Add(key);
                }
            }
            block.Nodes.RemoveAll(n => n.Becomes is not null);
            work.Push((top.Block, added));
            foreach (int next in shape.Dominated(top.Block)) work.Push((next, null));
        }
        return any;
    }

    readonly record struct Key(Op Op, Node A, Node? B, Node? C)
    {
        public static Key Of(Node node)
        {
            var inputs = node.Inputs;
            Node a = inputs[0].Now;
            Node? b = inputs.Length > 1 ? inputs[1].Now : null, c = inputs.Length > 2 ? inputs[2].Now : null;
            if (Ops.Commutes(node.Op) && System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(a) > System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(b!)) (a, b) = (b!, a);
            return new(node.Op, a, b, c);
        }
    }
}
