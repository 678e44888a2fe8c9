using Chainring.Host.Driver.Bench.Bus;
using Chainring.Host.Driver.Peers;

namespace Chainring.Host.Driver.Bench.Sweep;

/// <summary>
/// What <c>chainring bench</c> measured: <c>results.json</c>. Every sample is in it and no figure of the sweep; what these are, <see cref="SweepFigures"/> alone says. The
/// reports of <c>bench chain</c>, <c>backends</c> and <c>offload</c> are in it as these commands write them.
/// </summary>
public sealed record BenchResults
{
    /// <summary>Rises when a reader of older ones would misunderstand it.</summary>
    public const int CurrentSchema = 1;

    public required int Schema { get; init; }

    /// <summary>What must be the same for a run to be gone on with, by name: versions, what is measured, the machine.</summary>
    public required IReadOnlyDictionary<string, string> Identity { get; init; }

    /// <summary>The command line.</summary>
    public required string Command { get; init; }

    public required ulong Seed { get; init; }

    public required DateTimeOffset Started { get; init; }

    public required MachineFacts Machine { get; init; }

    public required SweepMethod Method { get; init; }

    public required IReadOnlyList<ChainFacts> Chains { get; init; }

    public required IReadOnlyList<TrafficFacts> Traffic { get; init; }

    /// <summary>Who is not measured at all, and why.</summary>
    public required IReadOnlyList<Absence> Absent { get; init; }

    /// <summary>The bus that predictions are made for; nothing measured has it in it.</summary>
    public required BusSpec Bus { get; init; }

    /// <summary>Names of all parts, measured or not yet.</summary>
    public required IReadOnlyList<string> Planned { get; init; }

    /// <summary>Those of the sweep that are measured.</summary>
    public IReadOnlyList<SweepPart> Parts { get; init; } = [];

    /// <summary>What card and maps take.</summary>
    public MemoryFacts? Memory { get; init; }

    public ChainBenchReport? Chain { get; init; }

    public BackendBenchReport? Backends { get; init; }

    public OffloadReport? Offload { get; init; }

    /// <summary>What is planned and not yet measured.</summary>
    public IEnumerable<string> Missing() => Planned.Where(p => !Has(p));

    public bool Has(string part) => part switch
    {
        SweepPlan.ChainPart => Chain is not null,
        SweepPlan.BackendsPart => Backends is not null,
        SweepPlan.OffloadPart => Offload is not null,
        SweepPlan.MemoryPart => Memory is not null,
        _ => Parts.Any(p => p.Name == part),
    };
}

/// <param name="Effort"><c>quick</c> or <c>full</c>.</param>
/// <param name="Clock"><c>wall</c> or <c>cpu</c>.</param>
/// <param name="SampleMs">What a sample lasts, about.</param>
/// <param name="TimedBatches">Batches whose time is taken one by one.</param>
/// <param name="KernelRuns">Runs of a sample of Linux at least.</param>
public sealed record SweepMethod(string Effort, string Clock, int Rounds, double SampleMs, int TimedBatches, int KernelRuns);

/// <param name="Programs">In the order of the chain file.</param>
/// <param name="From">The file; null for one that comes with the command.</param>
public sealed record ChainFacts(string Name, IReadOnlyList<string> Programs, string? From);

/// <param name="Frames">Before the first one comes again.</param>
public sealed record TrafficFacts(string Name, string Description, int Frames, double MeanBytes);

public sealed record Absence(string Who, string Why);

/// <summary>What was measured together, in turn.</summary>
/// <param name="LoadBefore">Processes that wanted to run, on average over a minute.</param>
/// <param name="CpuShare">Of the time of all samples, that in which the thread was on a CPU.</param>
/// <param name="Collections">Of garbage, while samples were taken.</param>
/// <param name="Warnings">What the figures suffer from, a sentence each.</param>
public sealed record SweepPart(
    string Name, DateTimeOffset Started, double Seconds, double? LoadBefore, double? LoadAfter, double CpuShare, int Collections, IReadOnlyList<SweepSeries> Series, IReadOnlyList<string> Warnings);

/// <summary>One thing that was measured, or why not. Sample n of all of a part was taken in the same round.</summary>
public sealed record SweepSeries
{
    /// <summary>Who restores frames, and runs nothing.</summary>
    public const string Restoring = "restoring";

    /// <summary>What is looked at: <c>batch</c>, <c>queues</c>, <c>length</c>, <c>map</c>.</summary>
    public required string Section { get; init; }

    /// <summary>Empty for <see cref="Restoring"/>, which is measured with each traffic and batch, and is part of every sample of a backend.</summary>
    public required string Chain { get; init; }

    public required string Traffic { get; init; }

    /// <summary>A backend's name, <c>Linux</c>, <c>DPDK</c>, or <see cref="Restoring"/>.</summary>
    public required string Backend { get; init; }

    /// <summary>Frames of a batch on the card; 0 for Linux, which runs one frame again and again, and for DPDK, whose frames are restored by its own process.</summary>
    public required int Batch { get; init; }

    /// <summary>Threads at work at once. Times are those of all of them together: the wall's, over all packets.</summary>
    public int Queues { get; init; } = 1;

    /// <summary>Of the map that differs, where one does.</summary>
    public int? Entries { get; init; }

    /// <summary>Of Linux: the type of packet, and its part of the traffic, from 0 to 1. Those of one chain and traffic belong together.</summary>
    public string? PacketType { get; init; }

    public double Weight { get; init; } = 1;

    /// <summary>The same as another one, measured once more to see whether both agree.</summary>
    public bool Twin { get; init; }

    public string? Absent { get; init; }

    /// <summary>Of the frames that were looked at before measuring, how many ended so, from 0 to 1.</summary>
    public IReadOnlyDictionary<string, double>? Verdicts { get; init; }

    public int? TimesPerSample { get; init; }

    public int? WarmUpSamples { get; init; }

    /// <summary>It had stopped to become faster before the first sample counted.</summary>
    public bool? Stable { get; init; }

    /// <summary>Nanoseconds a packet, restoring included.</summary>
    public IReadOnlyList<double>? SamplesNs { get; init; }

    /// <summary>Nanoseconds of whole batches, one after the other, restoring not included.</summary>
    public IReadOnlyList<int>? BatchNs { get; init; }
}

/// <summary>Bytes that a card takes for each further queue, and maps for each entry.</summary>
/// <param name="Ring">Frames that a queue's ring holds.</param>
public sealed record MemoryFacts(int Ring, int Batch, long BytesPerQueue, IReadOnlyList<EntryBytes> Entries);

/// <param name="KeyBytes">As declared, and so are those of values.</param>
public sealed record EntryBytes(string MapType, int KeyBytes, int ValueBytes, int Entries, long Bytes);
