namespace Chainring.Offload.Ir.Passes;

/// <summary>Computes what is known, and takes parameters away that are the same whichever way is come.</summary>
static class Fold
{
    public static bool Run(Graph graph)
    {
        bool changed = DropParameters(graph);
        var b = new Builder(graph);
        foreach (var block in graph.Blocks())
        {
            var old = block.Nodes.ToArray();
            block.Nodes.Clear();
            b.Block = block;
            foreach (var node in old)
            {
                if (Again(b, node) is var now && now == node) continue;
                node.Become(now);
                changed = true;
            }
            if (block.Value is { } value) block.Value = value.Now;
            foreach (var edge in block.Edges)
            {
                for (int n = 0; n < edge.Arguments.Length; n++) edge.Arguments[n] = edge.Arguments[n].Now;
            }
            changed |= FoldEnd(block);
        }
        return changed;
    }

    /// <summary>The node if nothing about it has changed, else what it is now; it is in the builder's block then.</summary>
    static Node Again(Builder b, Node node)
    {
        var inputs = Array.ConvertAll(node.Inputs, i => i.Now);
        bool same = inputs.AsSpan().SequenceEqual(node.Inputs);
        if (Ops.IsPure(node.Op) && Simplify.Known(b, node.Op, inputs) is { } known) return known;
        if (node.Op == Op.Load && Frozen(node, inputs[0]) is { } constant) return b.Const(constant);
        return b.Append(same ? node : node.With(inputs));
    }

    /// <summary>What is loaded from a map that nobody can write to any more.</summary>
    static ulong? Frozen(Node load, Node address)
    {
        if (address is not { Op: Op.Storage, Map.Contents: { } contents }) return null;
        ulong at = address.Number + load.Number;
        if (at > (ulong)(contents.Length - (int)load.Size)) return null;
        ulong value = 0;
        for (int n = (int)load.Size - 1; n >= 0; n--) value = value << 8 | contents[(int)at + n];
        return value;
    }

    /// <summary>Decides a branch whose condition is known.</summary>
    static bool FoldEnd(Block block)
    {
        switch (block.Kind)
        {
            case EndKind.Branch when block.Value!.IsConst:
                block.Jump(block.Edges[block.Value.Number != 0 ? 0 : 1]);
                return true;
            case EndKind.Branch when block.Value!.Op == Op.Not:
                block.Branch(block.Value.Inputs[0].Now, block.Edges[1], block.Edges[0]);
                return true;
            case EndKind.Branch when block.Edges[0].To == block.Edges[1].To && block.Edges[0].Arguments.AsSpan().SequenceEqual(block.Edges[1].Arguments):
                block.Jump(block.Edges[0]);
                return true;
            case EndKind.Switch when block.Value!.IsConst:
                int at = Array.IndexOf(block.Cases, block.Value.Number);
                block.Jump(block.Edges[at < 0 ? ^1 : at]);
                return true;
            default:
                return false;
        }
    }

    static bool DropParameters(Graph graph)
    {
        bool any = false;
        for (bool changed = true; changed;)
        {
            changed = false;
            var shape = new Shape(graph);
            for (int n = 1; n < shape.Blocks.Count; n++)
            {
                var block = shape.Blocks[n];
                for (int p = block.Parameters.Count - 1; p >= 0; p--)
                {
                    if (Same(shape.Incoming[n], block.Parameters[p], p) is not { } value) continue;
                    block.Parameters[p].Become(value);
                    Drop(block, shape.Incoming[n], p);
                    any = changed = true;
                }
            }
        }
        return any;
    }

    /// <summary>The one value that a parameter can have besides itself.</summary>
    static Node? Same(List<(Block From, Edge Edge)> incoming, Node parameter, int p)
    {
        Node? value = null;
        foreach (var (_, edge) in incoming)
        {
            var argument = edge.Arguments[p].Now;
            if (argument == parameter || argument == value) continue;
            if (value is not null) return null;
            value = argument;
        }
        return value;
    }

    public static void Drop(Block block, List<(Block From, Edge Edge)> incoming, int p)
    {
        block.Parameters.RemoveAt(p);
        foreach (var (_, edge) in incoming) edge.Arguments = [.. edge.Arguments[..p], .. edge.Arguments[(p + 1)..]];
    }
}
