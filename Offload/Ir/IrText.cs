using System.Globalization;
using System.Text;
using Chainring.Offload.Spec;

namespace Chainring.Offload.Ir;

/// <summary>A graph for people and golden files.</summary>
public static class IrText
{
    public static string Of(Graph graph)
    {
        var names = new Dictionary<Node, string>();
        var blocks = graph.Blocks();
        foreach (var node in blocks.SelectMany(b => b.Parameters.Concat(b.Nodes))) names.Add(node, $"v{names.Count}");
        var text = new StringBuilder();
        for (int n = 0; n < blocks.Count; n++)
        {
            var block = blocks[n];
            text.Append(CultureInfo.InvariantCulture, $"b{n}");
            if (block.Parameters.Count > 0) text.Append(CultureInfo.InvariantCulture, $"({string.Join(", ", block.Parameters.Select(p => names[p]))})");
            text.Append(":\n");
            foreach (var node in block.Nodes) text.Append(CultureInfo.InvariantCulture, $"    {Line(node)}\n");
            text.Append(CultureInfo.InvariantCulture, $"    {End(block)}\n");
        }
        return text.ToString();

        string Line(Node node) => HasValue(node) ? $"{names[node]} = {What(node)}" : What(node);

        string Name(Node node) => node.Now is var now && names.TryGetValue(now, out string? name) ? name : What(now);

        string Inputs(Node node) => string.Join(", ", node.Inputs.Select(Name));

        string What(Node node) => node.Op switch
        {
            Op.Const => node.Number < 0x10000 ? $"{node.Number}" : (long)node.Number is < 0 and > -0x10000 ? $"{(long)node.Number}" : $"0x{node.Number:x}",
            Op.Stack => $"stack+{node.Number}",
            Op.Storage => $"{node.Map!.Spec.Name}+{node.Number}",
            Op.Map => $"map {node.Map!.Spec.Name}",
            Op.Context => "context",
            Op.Function => $"function {node.Number}",
            Op.Cpu => "cpu",
            Op.Field => $"frame.{NameOf(node.Field)}",
            Op.SetRxQueue => $"frame.{NameOf(FrameField.RxQueueIndex)} = {Inputs(node)}",
            Op.Load => $"load{8 * (int)node.Size} {Place(node)}",
            Op.Store => $"store{8 * (int)node.Size} {Place(node)}, {Name(node.Inputs[1])}",
            Op.AddTo => $"add{8 * (int)node.Size} {Place(node)}, {Name(node.Inputs[1])}",
            Op.Atomic => $"atomic{8 * (int)node.Size} {node.Atomic.ToString().ToLowerInvariant()} {Place(node)}, {Name(node.Inputs[1])}{(node.Atomic == Isa.AtomicOp.CmpXchg ? $", {Name(node.Inputs[2])}" : "")}",
            Op.ClearStack => $"clear stack+{node.Number}, {node.Length}",
            Op.Call => $"{node.Row!.Name}({Inputs(node)})",
            Op.Count => $"count {string.Join(", ", node.Events.Select(ChainEvents.NameOf))}",
            Op.Executed => $"executed +{node.Number}",
            _ => $"{node.Op.ToString().ToLowerInvariant()}{(node.Inputs.Length > 0 ? " " : "")}{Inputs(node)}",
        };

        string Place(Node node) => (long)node.Number switch
        {
            0 => $"[{Name(node.Inputs[0])}]",
            < 0 => $"[{Name(node.Inputs[0])} - {-(long)node.Number}]",
            _ => $"[{Name(node.Inputs[0])} + {node.Number}]",
        };

        string To(Edge edge) => $"b{blocks.IndexOf(edge.To)}{(edge.Arguments.Length > 0 ? $"({string.Join(", ", edge.Arguments.Select(Name))})" : "")}";

        string End(Block block) => block.Kind switch
        {
            EndKind.Jump => $"goto {To(block.Edges[0])}",
            EndKind.Branch => $"if {Name(block.Value!)} goto {To(block.Edges[0])} else {To(block.Edges[1])}",
            EndKind.Switch => $"switch {Name(block.Value!)} {string.Join(", ", block.Cases.Select((c, n) => $"{c}: {To(block.Edges[n])}"))}, else: {To(block.Edges[^1])}",
            EndKind.Return => $"return {Name(block.Value!)}",
            EndKind.Exit => $"exit {((XdpAction)block.Verdict.Action).ToString().ToLowerInvariant()}{(block.Verdict.Fault == IrFault.None ? "" : $", {block.Verdict.Fault}")}",
            _ => $"fault {block.Verdict.Fault}",
        };
    }

    static bool HasValue(Node node) => node.Op is not (Op.SetRxQueue or Op.Store or Op.AddTo or Op.Fence or Op.ClearStack or Op.BeginRun or Op.Count or Op.PopVerdict or Op.BeginWalk);

    static string NameOf(FrameField field) => field switch
    {
        FrameField.Data => "data",
        FrameField.DataEnd => "data_end",
        FrameField.DataMeta => "data_meta",
        FrameField.IngressIfindex => "ingress_ifindex",
        _ => "rx_queue_index",
    };
}
