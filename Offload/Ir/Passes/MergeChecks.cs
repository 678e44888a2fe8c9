namespace Chainring.Offload.Ir.Passes;

/// <summary>
/// Two questions about the packet's end, one after the other, that fail alike are one: the larger. What is loaded between them is loaded after it, and nothing
/// else may happen there.
/// </summary>
static class MergeChecks
{
    public static bool Run(Graph graph)
    {
        var shape = new Shape(graph);
        var b = new Builder(graph);
        bool any = false;
        foreach (var block in shape.Blocks)
        {
            while (Larger(shape, block) is var (end, root, offset))
            {
                var inner = block.Edges[1].To;
                b.Block = block;
                block.Branch(b.Make(Op.Below, end, b.Make(Op.Add, root, b.Const(offset))), block.Edges[0], block.Edges[1]);
                inner.Jump(inner.Edges[1]);
                any = true;
            }
        }
        return any;
    }

    /// <summary>What the second of two such questions asks for; null if there are not two.</summary>
    static (Node End, Node Root, ulong Offset)? Larger(Shape shape, Block block)
    {
        if (Asks(block) is not var (end, root, first)) return null;
        var inner = block.Edges[1].To;
        if (shape.Incoming[shape.Of(inner)].Count != 1 || Asks(inner) is not var (sameEnd, sameRoot, second)) return null;
        if (sameEnd != end || sameRoot != root || (long)second < (long)first) return null;
        if (!inner.Nodes.TrueForAll(n => Ops.CanGo(n.Op))) return null;
        Edge fails = block.Edges[0], failsToo = inner.Edges[0];
        return fails.To == failsToo.To && fails.Arguments.AsSpan().SequenceEqual(failsToo.Arguments) ? (end, root, second) : null;
    }

    /// <summary>The end of the packet and the address that is compared with it, where a block goes its first way if that lies beyond.</summary>
    static (Node End, Node Root, ulong Offset)? Asks(Block block)
    {
        if (block.Kind != EndKind.Branch || block.Value!.Now is not { Op: Op.Below } below) return null;
        if (below.Inputs[0].Now is not { Op: Op.Field, Field: FrameField.DataEnd } end) return null;
        var (root, offset) = Places.Of(below.Inputs[1]);
        return root.Op == Op.Field ? (end, root, offset) : null;
    }
}
