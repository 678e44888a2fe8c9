using Chainring.Host.Driver.Auto;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Nic.Wire.Wrappers;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver;

/// <summary>What a run did, in numbers: the content of <c>--json</c>.</summary>
public sealed record RunReport
{
    public required string Chain { get; init; }

    public required string Capture { get; init; }

    public required string Backend { get; init; }

    /// <summary>Why that, if it was chosen; else null.</summary>
    public string? WhyBackend { get; init; }

    /// <summary>What the chain takes on each backend that it could have been, the chosen one first; null if that was not measured.</summary>
    public IReadOnlyList<MeasuredBackend>? Measured { get; init; }

    /// <summary>How the chain runs on a device; null where it runs on the processor.</summary>
    public DeviceUse? OnDevice { get; init; }

    public required int Batch { get; init; }

    public required long Batches { get; init; }

    public required int Repeat { get; init; }

    public required ulong Seed { get; init; }

    public required string Clock { get; init; }

    public required FrameCounts Frames { get; init; }

    /// <summary>Frames by verdict; they add up to those received less those missed.</summary>
    public required IReadOnlyDictionary<string, long> Outcomes { get; init; }

    /// <summary>Frames that were missed, aborted, or did not get where their verdict sent them, by reason; only reasons that occurred.</summary>
    public required IReadOnlyDictionary<string, long> Drops { get; init; }

    /// <summary>Members of the chain in the order of its file. What tail calls reach counts for the program that the chain ran.</summary>
    public required IReadOnlyList<ProgramCounts> Programs { get; init; }

    public required IReadOnlyList<EdgeCounts> Edges { get; init; }

    public required IReadOnlyList<PortCounts> Ports { get; init; }

    /// <summary>Of all ports, in their order.</summary>
    public required IReadOnlyList<QueueCounts> Queues { get; init; }

    /// <summary>Null when a single program runs without a table.</summary>
    public required TableState? Table { get; init; }

    /// <summary>What programs put out and was lost, because a CPU's log had no room for it.</summary>
    public required long EventsLost { get; init; }

    /// <summary>Instructions executed, where the backend counts them.</summary>
    public required long Instructions { get; init; }

    public required double Seconds { get; init; }

    /// <summary>How often the chain was replaced; programs, edges and instructions count from the last time.</summary>
    public int Reloads { get; init; }

    public sealed record FrameCounts(long Received, long Bytes, long Missed, long Truncated);

    /// <param name="Runs">How often the chain ran it; tail calls do not count.</param>
    /// <param name="Position">Its place in the chain by shortest path from the entry, from 0; null if no frame can reach it.</param>
    /// <param name="Returns">What it returned, by code; violations and unknown codes count as aborted.</param>
    /// <param name="UnknownCodes">How often it returned a code above redirect.</param>
    /// <param name="Decided">Frames at which the chain ended with it, by their verdict. Frames that the chain itself aborted are in none.</param>
    public sealed record ProgramCounts(
        string Name, string Program, string Object, uint Id, int? Position, long Runs,
        IReadOnlyDictionary<string, long> Returns, long UnknownCodes, IReadOnlyDictionary<string, long> Decided);

    /// <param name="On">A return code, or <c>*</c>.</param>
    public sealed record EdgeCounts(string From, string On, string To, long Count);

    /// <param name="Ended">Frames it received by where they ended; only ends that occurred, none where verdicts are not carried out.</param>
    /// <param name="Statistics">Under the names of <see cref="PortStatistics"/>.</param>
    public sealed record PortCounts(
        string Name, uint Ifindex, long Received, long Missed, IReadOnlyDictionary<string, long> Ended, IReadOnlyDictionary<string, long> Statistics,
        FaultCounts? Faults);

    /// <summary>What an injector did to frames before the port received them, and after it sent them; only faults that occurred.</summary>
    public sealed record FaultCounts(IReadOnlyDictionary<string, long> In, IReadOnlyDictionary<string, long> Out);

    /// <param name="RingFull">Frames that the queue missed because its ring was full.</param>
    /// <param name="Waiting">Frames in its ring at this moment.</param>
    public sealed record QueueCounts(string Port, int Queue, long Frames, long Batches, long RingFull, long Waiting);

    public sealed record TableState(uint Id, ulong Revision, int MaxEntries, bool PreviousVerdict);

    /// <summary>Takes the numbers as they stand.</summary>
    public static RunReport Of(SmartNic card, InstalledChain chain, IReadOnlyList<Port> ports, RunSettings settings, TimeSpan elapsed,
        IReadOnlyDictionary<Port, FaultInjectorWire>? faults = null)
    {
        var totals = card.Totals();
        var positions = PositionsOf(chain.Spec);
        RxQueue[] queues = [.. ports.SelectMany(p => p.Queues)];
        return new RunReport
        {
            Chain = chain.Spec.Name,
            Capture = settings.Capture,
            Backend = card.Target.Name,
            WhyBackend = settings.Chosen?.Why,
            Measured = settings.Chosen is { Measured: { Count: > 0 } measured } ? measured : null,
            OnDevice = DeviceUse.Of(Enumerable.Range(0, card.Capabilities.Queues).Select(card.Kernel).OfType<IKernel>()),
            Batch = settings.Batch,
            Batches = queues.Sum(q => q.Batches),
            Repeat = settings.Repeat,
            Seed = settings.Seed,
            Clock = Names.Of(settings.Clock),
            Frames = new(ports.Sum(p => p.RxFrames), ports.Sum(p => p.RxBytes), ports.Sum(p => MissReasons.All.Sum(p.Missed)), ports.Sum(p => p.RxTruncated)),
            Outcomes = Enum.GetValues<XdpAction>().ToDictionary(Names.Of, action => queues.Sum(q => q.Verdicts(action))),
            Drops = DropsOf(ports, queues),
            Ports = [.. ports.Select(p => CountsOf(p, faults?.GetValueOrDefault(p)))],
            Queues = [.. ports.SelectMany(p => p.Queues.Select(q => new QueueCounts(p.Name, q.Number, q.Received, q.Batches, q.RingFull, q.Waiting)))],
            Programs = [.. chain.Members.Select((_, n) => CountsOf(chain, totals, n, positions[n]))],
            Edges = [.. chain.Spec.Edges.Select(e => new EdgeCounts(
                chain.Spec.Members[e.From].Alias, Names.Of(e.On), chain.Spec.Members[e.To].Alias,
                totals.Edges.GetValueOrDefault(new(chain.Members[e.From].Id, e.On, chain.Members[e.To].Id))))],
            Table = chain.Table is { } table ? new(table.Id, table.Revision, table.MaxEntries, table.PreviousVerdict) : null,
            EventsLost = card.EventsLost,
            Instructions = totals.Instructions,
            Seconds = elapsed.TotalSeconds,
        };
    }

    static ProgramCounts CountsOf(InstalledChain chain, RunTotals totals, int n, int? position)
    {
        var (member, id) = (chain.Spec.Members[n], chain.Members[n].Id);
        var edges = chain.Spec.Edges.Where(e => e.From == n).Select(e => e.On).ToHashSet();
        var decided = Enum.GetValues<XdpAction>().ToDictionary(Names.Of, _ => 0L);
        foreach (var action in Enum.GetValues<XdpAction>())
        {
            if (edges.Contains(action) || (action != XdpAction.Aborted && edges.Contains(null))) continue;
            bool passes = (member.PassAtEnd >> (int)action & 1) != 0;
            decided[Names.Of(passes ? XdpAction.Pass : action)] += totals.Returns(id, action);
        }
        return new(
            member.Alias, member.Program.Name, member.Source.Name, id, position, totals.Runs(id),
            Enum.GetValues<XdpAction>().ToDictionary(Names.Of, action => totals.Returns(id, action)), totals.UnknownCodes(id), decided);
    }

    static PortCounts CountsOf(Port port, FaultInjectorWire? faults) => new(
        port.Name, port.Ifindex, port.RxFrames, MissReasons.All.Sum(port.Missed),
        Enum.GetValues<FrameEnd>().Where(e => port.Ended(e) > 0).ToDictionary(FrameEnds.NameOf, port.Ended),
        PortStatistics.Of(port).ToDictionary(),
        faults is null ? null : new(CountsOf(faults.Receiving), CountsOf(faults.Sending)));

    static Dictionary<string, long> CountsOf(FaultLine line) =>
        Enum.GetValues<Fault>().Where(f => line.Count(f) > 0).ToDictionary(FaultLine.NameOf, line.Count);

    static Dictionary<string, long> DropsOf(IReadOnlyList<Port> ports, RxQueue[] queues)
    {
        var missed = MissReasons.All.Select(r => (Name: MissReasons.NameOf(r), Count: ports.Sum(p => p.Missed(r))));
        var aborted = Enum.GetValues<AbortReason>().Where(r => r != AbortReason.None).Select(r => (Name: Aborts.NameOf(r), Count: queues.Sum(q => q.AbortsBy(r))));
        // Where verdicts are carried out, a redirect without a target is among those that ended so.
        bool carried = queues.Any(q => Enum.GetValues<FrameEnd>().Any(e => q.Ended(e) > 0));
        var lost = carried
            ? FrameEnds.Lost.Select(e => (Name: FrameEnds.NameOf(e), Count: queues.Sum(q => q.Ended(e))))
            : [(Name: Names.RedirectWithoutTarget, Count: queues.Sum(q => q.RedirectsWithoutTarget))];
        return missed.Concat(aborted)
            .Concat(lost)
            .Where(d => d.Count > 0)
            .ToDictionary(d => d.Name, d => d.Count);
    }

    internal static int?[] PositionsOf(ChainSpec spec)
    {
        if (spec.Members.Count == 0) return [];
        var positions = new int?[spec.Members.Count];
        positions[spec.Entry] = 0;
        var reached = new Queue<int>([spec.Entry]);
        while (reached.TryDequeue(out int from))
        {
            foreach (var edge in spec.Edges.Where(e => e.From == from && positions[e.To] is null))
            {
                positions[edge.To] = positions[from] + 1;
                reached.Enqueue(edge.To);
            }
        }
        return positions;
    }
}

/// <summary>The words of verdict files, chain files and reports.</summary>
public static class Names
{
    public const string Missed = "missed";

    /// <summary>The drop of a frame whose verdict is redirect though no program named a target.</summary>
    public const string RedirectWithoutTarget = "redirect-without-target";

    public static string Of(XdpAction action) => action switch
    {
        XdpAction.Aborted => "aborted",
        XdpAction.Drop => "drop",
        XdpAction.Pass => "pass",
        XdpAction.Tx => "tx",
        XdpAction.Redirect => "redirect",
        _ => throw new ArgumentOutOfRangeException(nameof(action)),
    };

    /// <summary>An edge's condition; the wildcard is <c>*</c>.</summary>
    public static string Of(XdpAction? on) => on is { } action ? Of(action) : "*";

    public static string Of(CardClock clock) => clock == CardClock.Wall ? "wall" : "capture";
}
