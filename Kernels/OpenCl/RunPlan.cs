using Chainring.Offload.Ir;

namespace Chainring.Kernels.OpenCl;

/// <summary>What order of frames a device keeps where the outcome hangs on it.</summary>
public enum KeptOrder
{
    /// <summary>All that shows: the outcome is that of running them one by one.</summary>
    Sequential,

    /// <summary>That of frames with the same receive hash, and of those without one, among each other. Between flows maps may be used in any order, as they are from several CPUs.</summary>
    Flow,

    /// <summary>None: every frame uses maps as if it had a CPU of its own.</summary>
    Relaxed,
}

/// <summary>Which frames of a batch run at once.</summary>
public enum RunKind
{
    AtOnce,

    /// <summary>In passes: those that have no key of a map in common with one that has not run yet.</summary>
    ByKey,

    /// <summary>In passes: of each flow the first that has not run yet.</summary>
    ByFlow,
    OneByOne,
}

/// <summary>Which frames of a batch run at once, and what is to be known for it.</summary>
/// <param name="Why">Why not more: half a sentence that goes on after the chain's name; null if nothing speaks against it.</param>
/// <param name="Keys">How keys are found, where frames run by them.</param>
sealed record RunPlan(RunKind Kind, string? Why = null, KeyedOrder? Keys = null)
{
    public bool InPasses => Kind is RunKind.ByKey or RunKind.ByFlow;

    public static RunPlan Of(Graph graph, FrameOrder frames, DeviceOrder order, DeviceForm form)
    {
        var kept = form.Kept;
        if (order.Class != OrderClass.Ordered) return new(RunKind.AtOnce);
        if (kept != KeptOrder.Sequential && !form.LongAtomics && graph.Blocks().Exists(b => b.Nodes.Exists(n => n is { Op: Op.Atomic, Size: Offload.Isa.AccessSize.Double })))
            return new(RunKind.OneByOne, "has 64-bit atomic operations, which the device does not");
        if (kept == KeptOrder.Relaxed) return new(RunKind.AtOnce);
        var keys = kept == KeptOrder.Flow ? null : new KeyedOrder(graph, frames, DeviceOrder.HasOfItsOwn);
        if (keys?.WhyNot is { } why) return new(RunKind.OneByOne, why);
        return keys is null ? new(RunKind.ByFlow) : new(RunKind.ByKey, Keys: keys);
    }

    public override string ToString() => Kind switch
    {
        RunKind.AtOnce => "All frames of a batch run at once",
        RunKind.ByKey => "Frames without a common key run at once",
        RunKind.ByFlow => "Frames of different flows run at once",
        _ => $"One frame runs after the other, since the chain {Why}",
    };
}
