using Chainring.Host.Driver.Measure;

namespace Chainring.Host.Driver.Bench.Sweep;

/// <summary>How much is measured, and for how long.</summary>
public sealed record SweepEffort(string Name)
{
    public required SamplingOptions Sampling { get; init; }

    /// <summary>Frames of made-up traffic before the first one comes again, and most of a capture.</summary>
    public required int Frames { get; init; }

    /// <summary>Bytes of a frame, or <see cref="SweepTraffic.Mix"/>.</summary>
    public required IReadOnlyList<string> Traffic { get; init; }

    public required IReadOnlyList<int> Batches { get; init; }

    /// <summary>Bytes of frames, where their length is what differs.</summary>
    public required IReadOnlyList<int> Lengths { get; init; }

    /// <summary>Entries of a map, where its size is what differs.</summary>
    public required IReadOnlyList<int> MapEntries { get; init; }

    /// <summary>Batches whose time is taken one by one.</summary>
    public required int TimedBatches { get; init; }

    /// <summary>Types of packets that Linux is asked about, the most frequent ones.</summary>
    public required int PacketTypes { get; init; }

    /// <summary>Runs of a sample of Linux at least.</summary>
    public required int KernelRuns { get; init; }

    /// <summary>Stages that pass before one that drops.</summary>
    public required IReadOnlyList<int> PassStages { get; init; }

    /// <summary>How programs follow one another; null for every way.</summary>
    public required IReadOnlyList<Mechanism>? Mechanisms { get; init; }

    public required BackendSizes Sizes { get; init; }

    public required IReadOnlyList<int> OffloadBatches { get; init; }

    /// <summary>Of the traffic of <c>bench offload</c>.</summary>
    public required IReadOnlyList<string> OffloadTraffic { get; init; }

    /// <summary>Of the programs of <c>bench offload</c>.</summary>
    public required IReadOnlyList<string> OffloadPrograms { get; init; }

    /// <summary>Within three minutes on two cores.</summary>
    public static SweepEffort Quick { get; } = new("quick")
    {
        Sampling = new() { Rounds = 7, SampleMs = 4, WindowMs = 30 },
        Frames = 1 << 13,
        Traffic = ["64", SweepTraffic.Mix],
        Batches = [1, 16, 64, 256, 1024, 4096],
        Lengths = [64, 256, 1024, 1500],
        MapEntries = [1 << 10, 1 << 14, 1 << 18],
        TimedBatches = 300,
        PacketTypes = 8,
        KernelRuns = 100_000,
        PassStages = [1, 4, 16],
        Mechanisms = [Mechanism.Alone, Mechanism.StageByStage, Mechanism.Fused, Mechanism.TailCall, Mechanism.Dispatcher],
        Sizes = new() { Large = 1 << 17, Frames = 1 << 14, FramesOfLarge = 1 << 16 },
        OffloadBatches = [256, 4096, 65_536],
        OffloadTraffic = ["64"],
        OffloadPrograms = ["empty", "firewall", "router"],
    };

    /// <summary>For figures that are to be published.</summary>
    public static SweepEffort Full { get; } = new("full")
    {
        Sampling = new(),
        Frames = 1 << 16,
        Traffic = ["64", SweepTraffic.Mix, "1500"],
        Batches = [1, 4, 16, 64, 256, 1024, 4096, 16_384],
        Lengths = [64, 128, 256, 512, 1024, 1500],
        MapEntries = [1 << 10, 1 << 13, 1 << 16, 1 << 19, 1 << 22],
        TimedBatches = 1000,
        PacketTypes = 16,
        KernelRuns = LinuxRun.LeastRuns,
        PassStages = ChainBench.PassStages,
        Mechanisms = null,
        Sizes = new(),
        OffloadBatches = OffloadBench.Batches,
        OffloadTraffic = ["64", "imix", "1500"],
        OffloadPrograms = [.. BackendProgram.All.Select(p => p.Name)],
    };
}
