namespace Chainring.Offload.Ir;

/// <summary>Appends nodes to a block; what can be known at once is not computed.</summary>
public sealed class Builder(Graph graph)
{
    public Graph Graph => graph;

    public Block Block { get; set; } = graph.Entry;

    public Node Const(ulong value) => graph.Const(value);

    /// <summary>A pure node, or what is equal to it and simpler.</summary>
    public Node Make(Op op, params Node[] inputs)
    {
        for (int n = 0; n < inputs.Length; n++) inputs[n] = inputs[n].Now;
        return Simplify.Known(this, op, inputs) ?? Append(new(op, inputs));
    }

    public Node Append(Node node)
    {
        Block.Nodes.Add(node);
        return node;
    }

    public Node Add(Node a, long number) => Make(Op.Add, a, Const((ulong)number));

    /// <summary>A truth value: whether a number is not 0.</summary>
    public Node IsNotZero(Node number) => Make(Op.Not, Make(Op.Equal, number, Const(0)));
}
