using System.Globalization;
using System.Reflection.Emit;
using System.Text;
using Chainring.Kernels.Il;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.Simd;

/// <summary>What backend simd makes of a chain, for people. Every program of the chain must be proven, and none refused by <see cref="SimdTarget"/>.</summary>
public static class LaneText
{
    /// <summary>The graph, with what of it runs for several frames at once and where frames go on one by one, and why.</summary>
    public static string Graph(Chain chain)
    {
        var shape = LaneShape.Here;
        var plan = new LanePlan(new ChainDescription(chain, slotsStay: true).Code, shape.Bytes);
        var text = new StringBuilder();
        var blocks = plan.Graph.Blocks();
        if (!plan.IsWorthIt)
        {
            string why = plan.Blocks.FirstOrDefault(plan.IsCut) is { } cut ? plan.WhyCut(cut) : "computes nothing";
            text.Append(CultureInfo.InvariantCulture, $"Frame by frame, as il: the chain {why}.\n");
            return text.Append(IrText.Of(plan.Graph)).ToString();
        }
        int together = plan.Blocks.Count(b => !plan.IsCut(b));
        var numbers = plan.Blocks.Where(b => !plan.IsCut(b)).SelectMany(b => b.Parameters.Concat(b.Nodes)).Where(plan.Widths.IsNumber).ToList();
        text.Append(CultureInfo.InvariantCulture, $"{together} of {blocks.Count} blocks run for {shape.Lanes} frames at once{(plan.Pieces.All.Count == 1 ? "" : $", in {plan.Pieces.All.Count} methods")}.\n");
        text.Append(CultureInfo.InvariantCulture, $"{numbers.Count(plan.Widths.IsNarrow)} of {numbers.Count} numbers are in lanes of 32 bits.\n");
        foreach (var cut in plan.Blocks.Where(plan.IsCut)) text.Append(CultureInfo.InvariantCulture, $"From b{blocks.IndexOf(cut)} on frame by frame: it {plan.WhyCut(cut)}.\n");
        return text.Append(IrText.Of(plan.Graph)).ToString();
    }

    /// <summary>Its methods, which have not run yet: that for several frames, and then those for what is done frame by frame.</summary>
    /// <param name="line">Told of each line of IL.</param>
    public static IReadOnlyList<DynamicMethod> Methods(Chain chain, string name, Action<string>? line = null)
    {
        var described = new ChainDescription(chain, slotsStay: true);
        var plan = new LanePlan(described.Code, LaneShape.Here.Bytes);
        if (!plan.IsWorthIt) return CompiledText.Methods(chain, name, line);
        var (together, after) = CompiledLanes.Emit(plan, LaneShape.Here, name, described.StorageOf, new PathTable(), line);
        return [.. together, .. after];
    }
}
