using System.Globalization;
using System.Reflection;
using Chainring.Host.Driver.Bench.Bus;
using Chainring.Host.Driver.Bench.Dpdk;
using Chainring.Host.Driver.Peers;
using Chainring.Kernels;

namespace Chainring.Host.Driver.Bench.Sweep;

/// <summary>All that a sweep measures.</summary>
public sealed record SweepPlan
{
    public const string QueuesPart = "queues", LengthPart = "length", MapPart = "map", MemoryPart = "memory", ChainPart = "chain", BackendsPart = "backends", OffloadPart = "offload";

    /// <summary>What can be asked for by name; the first is a part for each traffic and size of batch.</summary>
    public static IReadOnlyList<string> Sections { get; } = ["batch", QueuesPart, LengthPart, MapPart, MemoryPart, ChainPart, BackendsPart, OffloadPart];

    /// <summary>Frames of a batch, where its size is not what differs.</summary>
    public const int UsualBatch = 256;

    public required SweepEffort Effort { get; init; }

    public required IReadOnlyList<SweepChain> Chains { get; init; }

    public required IReadOnlyList<SweepTraffic> Traffic { get; init; }

    /// <summary>The flows that made-up frames are of.</summary>
    public required BenchWorld World { get; init; }

    public required IReadOnlyList<IKernelTarget> Targets { get; init; }

    public required bool Linux { get; init; }

    /// <summary>DPDK's BPF JIT is asked for.</summary>
    public required bool Dpdk { get; init; }

    public required IReadOnlyList<int> Batches { get; init; }

    public required IReadOnlyList<int> Queues { get; init; }

    /// <summary>Of <see cref="Sections"/>.</summary>
    public IReadOnlyList<string> Only { get; init; } = Sections;

    public required ulong Seed { get; init; }

    /// <summary>What a card is predicted to be behind.</summary>
    public BusSpec Bus { get; init; } = new();

    /// <summary>The command line.</summary>
    public required string Command { get; init; }

    /// <summary>Names of parts, in their order; none of a device that nobody asks for.</summary>
    public IEnumerable<string> Parts =>
        from section in Sections
        where Only.Contains(section) && (section != OffloadPart || Targets.Contains(Kernels.Targets.OnDevice))
        from part in section == Sections[0] ? from traffic in Traffic from batch in Batches select BatchPart(traffic, batch) : [section]
        select part;

    public static string BatchPart(SweepTraffic traffic, int batch) => $"{Sections[0]} {batch.ToString(CultureInfo.InvariantCulture)}, {traffic.Name}";

    /// <summary>The size of batch with which Linux and DPDK are measured beside the card: one of those there are, as near to the usual one as can be.</summary>
    public int BatchBesideOthers => Batches.MinBy(b => Math.Abs(Math.Log2((double)b / UsualBatch)));

    /// <summary>What is wrong with a chain, or the card refuses of it whatever the backend; null if nothing is.</summary>
    public Offload.Problem? Refuse()
    {
        using var cards = new SweepCards(this);
        foreach (var chain in Chains)
        {
            if (!cards.Open(Kernels.Targets.Reference, chain).Try(out var card, out var problem)) return problem;
            card.Dispose();
        }
        return null;
    }

    /// <summary>What must be the same for another run to go on with what this one measured.</summary>
    public IReadOnlyDictionary<string, string> Identity()
    {
        var machine = MachineFacts.Read();
        Assembly[] built = [typeof(SweepPlan).Assembly, typeof(Nic.SmartNic).Assembly, typeof(IKernel).Assembly, typeof(Offload.Problem).Assembly];
        var sampling = Effort.Sampling;
        return new Dictionary<string, string>
        {
            ["version"] = built[0].GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion,
            ["build"] = string.Join(' ', built.Select(a => $"{a.ManifestModule.ModuleVersionId:N}"[..8])),
            ["runtime"] = machine.Runtime,
            ["system"] = machine.System,
            ["cpu"] = $"{machine.Cpu}, {machine.Cpus}",
            ["parts"] = string.Join("; ", Parts),
            ["backends"] = string.Join(", ", [.. Targets.Select(t => t.Name), .. Linux ? [LinuxWay.Name] : Array.Empty<string>(), .. Dpdk ? [DpdkPeer.Name] : Array.Empty<string>()]),
            ["absent"] = string.Join(", ", Absences().Select(a => a.Who)),
            ["queues"] = string.Join(", ", Queues),
            ["chains"] = string.Join(", ", Chains.Select(c => $"{c.Name} {c.Checksum()}")),
            ["traffic"] = string.Join(", ", Traffic.Select(t => $"{t.Name} {t.Checksum()}")),
            ["effort"] = $"{Effort.Name}, {sampling.Rounds} x {sampling.SampleMs} ms {(sampling.ByCpuTime ? "cpu" : "wall")}",
            ["seed"] = Seed.ToString(CultureInfo.InvariantCulture),
        };
    }

    /// <summary>Results with nothing measured yet.</summary>
    public BenchResults Begin() => new()
    {
        Schema = BenchResults.CurrentSchema,
        Identity = Identity(),
        Command = Command,
        Seed = Seed,
        Started = DateTimeOffset.UtcNow,
        Machine = MachineFacts.Read(),
        Method = new(Effort.Name, Effort.Sampling.ByCpuTime ? "cpu" : "wall", Effort.Sampling.Rounds, Effort.Sampling.SampleMs, Effort.TimedBatches, Effort.KernelRuns),
        Chains = [.. Chains.Select(c => c.Facts)],
        Traffic = [.. Traffic.Select(t => t.Facts)],
        Absent = Absences(),
        Bus = Bus,
        Planned = [.. Parts],
    };

    /// <summary>Who is not there to be measured, though asked for.</summary>
    IReadOnlyList<Absence> Absences() =>
    [
        .. Targets.Where(t => t.Missing is not null).Select(t => new Absence(t.Name, t.Missing!)),
        .. Linux && LinuxWay.Missing() is { } why ? [new Absence(LinuxWay.Name, why)] : Array.Empty<Absence>(),
        .. Dpdk && DpdkPeer.Missing() is { } none ? [new Absence(DpdkPeer.Name, none)] : Array.Empty<Absence>(),
    ];
}
