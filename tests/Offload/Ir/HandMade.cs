using Chainring.Offload.Ir;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Tests.Offload.Ir;

/// <summary>A graph put together by hand, node by node.</summary>
sealed class HandMade
{
    public HandMade() => Build = new Builder(Graph);

    public Graph Graph { get; } = new();

    public Builder Build { get; }

    public string Text => IrText.Of(Graph);

    /// <summary>The start of the packet.</summary>
    public Node Data() => Build.Append(new(Op.Field) { Field = FrameField.Data });

    public Node DataEnd() => Build.Append(new(Op.Field) { Field = FrameField.DataEnd });

    /// <summary>A number that nobody knows before.</summary>
    public Node Unknown() => Build.Append(new(Op.Field) { Field = FrameField.IngressIfindex });

    public Node Load(Node address, ulong at = 0) =>
        Build.Append(new(Op.Load, address) { Number = at, Size = AccessSize.Word, Regions = address.Op == Op.Stack ? AccessRegions.Stack : AccessRegions.Packet });

    public void Store(Node address, Node value, ulong at = 0) =>
        Build.Append(new(Op.Store, address, value) { Number = at, Size = AccessSize.Word, Regions = address.Op == Op.Stack ? AccessRegions.Stack : AccessRegions.Packet });

    /// <summary>A node as it stands, even where what it computes is known.</summary>
    public Node Plain(Op op, params Node[] inputs) => Build.Append(new(op, inputs));

    public Node Call(int helper, params Node[] arguments) => Build.Append(new(Op.Call, arguments) { Row = HelperTable.All.Single(r => r.Id == helper) });

    public void Count(params int[] events) => Build.Append(new(Op.Count) { Events = events });

    /// <summary>A block that returns a number.</summary>
    public Block Returns(ulong number)
    {
        var block = new Block { Run = new(0, Graph.Const(1)) };
        block.Return(Graph.Const(number));
        return block;
    }

    public static Block Exits(XdpAction action, params int[] counted)
    {
        var block = new Block();
        if (counted.Length > 0) block.Nodes.Add(new(Op.Count) { Events = counted });
        block.Exit(new((int)action, IrFault.None));
        return block;
    }

    /// <summary>The current block returns a number.</summary>
    public void Return(Node number)
    {
        Build.Block.Run = new(0, Graph.Const(1));
        Build.Block.Return(number);
    }
}
