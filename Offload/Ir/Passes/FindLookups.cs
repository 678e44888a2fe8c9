using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Offload.Ir.Passes;

/// <summary>A lookup in an array is arithmetic: the value at an index below max_entries, else null.</summary>
static class FindLookups
{
    const int LookupId = 1;

    public static bool Run(Graph graph)
    {
        var b = new Builder(graph);
        bool any = false;
        foreach (var block in graph.Blocks())
        {
            if (!block.Nodes.Exists(IsArrayLookup)) continue;
            any = true;
            var old = block.Nodes.ToArray();
            block.Nodes.Clear();
            b.Block = block;
            foreach (var node in old)
            {
                if (IsArrayLookup(node)) node.Become(Lookup(b, node.Inputs[0].Now.Map!, node.Inputs[1].Now));
                else b.Append(node);
            }
        }
        return any;
    }

    static bool IsArrayLookup(Node node) =>
        node is { Op: Op.Call, Row.Id: LookupId } && node.Inputs[0].Now is { Op: Op.Map, Map.Spec.Type: MapType.Array or MapType.PerCpuArray };

    static Node Lookup(Builder b, IrMap map, Node key)
    {
        var index = b.Append(new(Op.Load, key) { Size = AccessSize.Word });
        var offset = b.Make(Op.Mul, index, b.Const((ulong)map.Stride * (ulong)map.Cpus));
        if (map.Cpus > 1) offset = b.Make(Op.Add, offset, b.Make(Op.Mul, b.Graph.Leaf(Op.Cpu), b.Const((ulong)map.Stride)));
        var value = b.Make(Op.Add, b.Graph.Leaf(Op.Storage, 0, map), offset);
        return b.Make(Op.Select, b.Make(Op.Below, index, b.Const((ulong)map.Spec.MaxEntries)), value, b.Const(0));
    }
}
