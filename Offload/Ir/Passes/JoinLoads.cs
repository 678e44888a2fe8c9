using Chainring.Offload.Isa;

namespace Chainring.Offload.Ir.Passes;

/// <summary>
/// A number that is put together of its bytes is loaded at once: compilers load what may not be aligned byte by byte. Both halves are loaded in one block, and
/// nothing between them writes there.
/// </summary>
static class JoinLoads
{
    public static bool Run(Graph graph)
    {
        bool any = false;
        var b = new Builder(graph);
        foreach (var block in graph.Blocks())
        {
            for (int n = 0; n < block.Nodes.Count; n++)
            {
                if (Halves(block.Nodes[n]) is not var (low, high)) continue;
                int first = block.Nodes.IndexOf(low), second = block.Nodes.IndexOf(high);
                if (first < 0 || second < 0) continue;
                if (first > second) (first, second) = (second, first);
                var piece = Piece.Of(low, 2 * (int)low.Size);
                if (block.Nodes[first..second].Exists(i => Effects.Writes(i).Any(w => w.Meets(piece)))) continue;
                var whole = new Node(Op.Load, low.Inputs[0].Now) { Number = low.Number, Size = (AccessSize)(2 * (int)low.Size), Regions = low.Regions };
                // Where the second was: by then both were proven to be there.
                block.Nodes.Insert(second + 1, whole);
                block.Nodes[n + 1].Become(whole);
                block.Nodes.RemoveAt(n + 1);
                any = true;
            }
        }
        return any;
    }

    /// <summary>The loads of the two halves of a number that is made of them; null if it is not one.</summary>
    static (Node Low, Node High)? Halves(Node node)
    {
        if (node.Op != Op.Or) return null;
        for (int n = 0; n < 2; n++)
        {
            if (node.Inputs[n].Now is not { Op: Op.Load } low || node.Inputs[1 - n].Now is not { Op: Op.Shl } shifted) continue;
            if (shifted.Inputs[0].Now is not { Op: Op.Load } high || high.Size != low.Size || low.Size == AccessSize.Double) continue;
            if (!shifted.Inputs[1].Now.Is(8 * (ulong)low.Size) || high.Inputs[0].Now != low.Inputs[0].Now || high.Number != low.Number + (ulong)low.Size) continue;
            return (low, high);
        }
        return null;
    }
}
