namespace Chainring.Nic.Wire;

/// <summary>What a <see cref="FrameGenerator"/> makes. Two equal specs make the same frames, on any machine.</summary>
public sealed record TrafficSpec
{
    public ulong Seed { get; init; } = 1;

    public int Flows { get; init; } = 1;

    public FlowOrder Order { get; init; } = FlowOrder.RoundRobin;

    /// <summary>Dealt out in turn: flow i has the shape i modulo their number.</summary>
    public IReadOnlyList<FlowShape> Shapes { get; init; } = [new(Network.Ipv4)];

    /// <summary>What is wished for: a frame is never shorter than its headers.</summary>
    public SizeMix Sizes { get; init; } = SizeMix.Fixed(64);

    /// <summary>How many of 100 frames have a <see cref="Defect"/>. Fragments are spared.</summary>
    public int DefectPercent { get; init; }

    /// <summary>No frame is longer.</summary>
    public int LongestFrame => Math.Max(Sizes.Longest, Shapes.Max(shape => shape.ShortestFrame + (shape.Fragmented ? 8 : 0)));
}
