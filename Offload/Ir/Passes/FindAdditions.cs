using Chainring.Offload.Verify;

namespace Chainring.Offload.Ir.Passes;

/// <summary>
/// What was loaded from a place in a map value and goes back there with something added becomes one operation, if nothing else wants the sum and nothing was written there in
/// between: sums may be done in any order, loads and stores not.
/// </summary>
static class FindAdditions
{
    public static bool Run(Graph graph)
    {
        var shape = new Shape(graph);
        var wanted = new Dictionary<Node, int>();
        foreach (var used in shape.Blocks.SelectMany(b => b.Uses())) wanted[used] = wanted.GetValueOrDefault(used) + 1;
        bool any = false;
        for (int n = 0; n < shape.Blocks.Count; n++)
        {
            var nodes = shape.Blocks[n].Nodes;
            for (int at = 0; at < nodes.Count; at++)
            {
                var store = nodes[at];
                if (store.Op != Op.Store || Piece.Of(store, (int)store.Size).Regions != AccessRegions.MapValue) continue;
                var sum = SumIn(store, wanted);
                if (sum.Op is not (Op.Add or Op.Sub) || wanted[sum] != 1) continue;
                var (one, other) = (sum.Inputs[0].Now, sum.Inputs[1].Now);
                Node added;
                if (WasThere(shape, n, at, one, store)) added = other;
                else if (sum.Op == Op.Add && WasThere(shape, n, at, other, store)) added = one;
                else continue;
                if (sum.Op == Op.Sub && added.IsConst) added = graph.Const(0 - added.Number);
                else if (sum.Op == Op.Sub) nodes.Insert(at++, added = new(Op.Sub, graph.Const(0), added));
                nodes[at] = new(Op.AddTo, store.Inputs[0], added) { Number = store.Number, Size = store.Size, Regions = store.Regions };
                any = true;
            }
        }
        if (any) DropDead.Run(graph);
        return any;
    }

    /// <summary>What is stored, without a mask of more than the bytes that are.</summary>
    static Node SumIn(Node store, Dictionary<Node, int> wanted)
    {
        var value = store.Inputs[1].Now;
        ulong bits = ulong.MaxValue >> (64 - 8 * (int)store.Size);
        return value.Op == Op.And && wanted[value] == 1 && value.Inputs[1].Now is { IsConst: true, Number: var mask } && (mask & bits) == bits ? value.Inputs[0].Now : value;
    }

    /// <summary>Whether a value is, on every way to a store, what was loaded from where it stores, and nothing has been written there since.</summary>
    static bool WasThere(Shape shape, int block, int at, Node value, Node store)
    {
        var seen = new HashSet<(int, Node, Node)>();
        var work = new Stack<(int Block, int At, Node Value, Node Address)>([(block, at, value, store.Inputs[0].Now)]);
        while (work.TryPop(out var look))
        {
            if (look.Value.Op is not (Op.Load or Op.Param)) return false;
            var here = shape.Blocks[look.Block];
            var place = Piece.At(look.Address, store.Number, store.Regions, (int)store.Size);
            int n = look.At - 1;
            while (n >= 0 && here.Nodes[n] != look.Value)
            {
                // Before its address there was none; what has it now may be of another round of a loop.
                if (here.Nodes[n] == look.Address || here.Nodes[n].Op == Op.Call || Effects.Writes(here.Nodes[n]).Any(w => place.Meets(w))) return false;
                n--;
            }
            if (n >= 0)
            {
                var load = here.Nodes[n];
                if (load.Op != Op.Load || load.Size != store.Size || load.Number != store.Number || load.Inputs[0].Now != look.Address) return false;
                continue;
            }
            if (look.Block == 0) return false;
            foreach (var (from, edge) in shape.Incoming[look.Block])
            {
                var (before, address) = (Before(look.Value), Before(look.Address));
                int number = shape.Of(from);
                if (seen.Add((number, before, address))) work.Push((number, from.Nodes.Count, before, address));

                Node Before(Node node) => here.Parameters.IndexOf(node) is >= 0 and var parameter ? edge.Arguments[parameter].Now : node;
            }
        }
        return true;
    }
}
