using Chainring.Offload.Ir;

namespace Chainring.Kernels.OpenCl;

/// <summary>What the outcome of a batch hangs on.</summary>
public enum OrderClass
{
    /// <summary>Each frame on itself alone: frames can run at once.</summary>
    Stateless,

    /// <summary>Frames only add, and nothing reads what sums change: they can run at once.</summary>
    Commutative,

    /// <summary>On the order of frames: they run one after the other.</summary>
    Ordered,
}

/// <summary>The class of a chain, and why.</summary>
/// <param name="Why">Half a sentence that goes on after the chain's name.</param>
public readonly record struct DeviceOrder(OrderClass Class, string Why)
{
    public override string ToString() => $"{Class.ToString().ToLowerInvariant()}, it {Why}";

    public static DeviceOrder Of(Graph graph, FrameOrder order)
    {
        bool adds = false;
        foreach (var node in graph.Blocks().SelectMany(b => b.Nodes))
        {
            if (HasOfItsOwn(node)) continue;
            if (order.WhyInOrder(node) is { } why) return new(OrderClass.Ordered, why);
            adds |= node.Op == Op.AddTo || node is { Op: Op.Atomic, Atomic: Offload.Isa.AtomicOp.Add, Regions: Offload.Verify.AccessRegions.MapValue };
        }
        return adds ? new(OrderClass.Commutative, "adds to map values where nothing reads what sums change, and writes nothing else that frames share") : new(OrderClass.Stateless, "writes nothing that frames share");
    }

    /// <summary>What one frame after the other shares on a processor, and each frame has for itself on a device.</summary>
    public static bool HasOfItsOwn(Node node) =>
        node.Op is Op.TailCall or Op.TailCallOutcome or Op.TakeTailCall or Op.BeginRun or Op.Executed || node is { Op: Op.Call, Row.Id: Offload.Isa.HelperTable.RandomId };
}
