using System.Reflection;
using Chainring.Host.Driver.Measure;
using Chainring.Host.Driver.Peers;
using Chainring.Offload.Spec;
using static Chainring.Host.Driver.Bench.ChainBenchReport;

namespace Chainring.Host.Driver.Bench;

/// <summary>
/// The table that was asked for when XDP chain calls were proposed (netdev, October 2019): what it costs that chains are possible, that there is one, and
/// each stage of it; for every way there is, side by side, in one run.
/// </summary>
public sealed class ChainBench
{
    /// <summary>Stages that pass before one that drops.</summary>
    public static IReadOnlyList<int> PassStages { get; } = [1, 2, 4, 8, 16, 31];

    /// <summary>Stages that pass in what counts as a short chain at most.</summary>
    const int ShortChain = 8;

    /// <summary>A thread that has less of a CPU is not alone on it.</summary>
    const double EnoughCpu = 0.98;

    public const string One = "one", Unused = "unused", OfMany = "chain", Parsers = "parsers";

    sealed record Case(string Test, Stage[] Stages, ChainWay Way)
    {
        public ReadyChain? Ready { get; init; }

        public string? Absent { get; init; }

        public Samples? Samples { get; set; }

        public string Name => $"{Way.Engine}, {NameOf(Way.Mechanism)}, {Title(Stages)}";
    }

    readonly IReadOnlyList<ChainWay> _ways;
    readonly SamplingOptions _sampling;
    readonly int _batch;
    readonly List<Case> _cases = [];
    readonly List<(string Engine, Case First, Case Second)> _twins = [];
    readonly List<string> _warnings = [];

    ChainBench(IReadOnlyList<ChainWay> ways, int batch, SamplingOptions sampling) => (_ways, _batch, _sampling) = (ways, batch, sampling);

    /// <summary>Measures. What cannot be run is absent with the reason, and the rest goes on.</summary>
    /// <param name="ways">In the order in which they are shown.</param>
    /// <param name="batch">Frames of a batch on the card, for the report.</param>
    public static ChainBenchReport Run(IReadOnlyList<ChainWay> ways, int batch, SamplingOptions sampling)
    {
        var bench = new ChainBench(ways, batch, sampling);
        try
        {
            bench.Prepare();
            return bench.Measure();
        }
        finally
        {
            foreach (var one in bench._cases) one.Ready?.Dispose();
        }
    }

    /// <summary>What a way is called in text.</summary>
    public static string NameOf(Mechanism mechanism) => mechanism switch
    {
        Mechanism.Alone => "alone",
        Mechanism.StageByStage => "stage by stage",
        Mechanism.Fused => "fused",
        Mechanism.TailCall => "tail call",
        Mechanism.TailCallAny => "tail call, any slot",
        Mechanism.Calls => "function calls",
        _ => "libxdp's dispatcher",
    };

    /// <summary>What stages are called: <c>drop</c>, <c>16 pass, drop</c>.</summary>
    public static string Title(IReadOnlyList<Stage> stages) => stages is [Stage.Pass, Stage.Pass, ..]
        ? $"{stages.Count - 1} pass, {NameOf(stages[^1])}"
        : string.Join(", ", stages.Select(NameOf));

    static string NameOf(Stage stage) => stage.ToString().ToLowerInvariant();

    void Prepare()
    {
        var alone = _ways.Where(w => w.Mechanism == Mechanism.Alone).ToList();
        var chains = _ways.Where(w => w.Mechanism != Mechanism.Alone).ToList();
        foreach (var way in alone)
        {
            var first = Add(One, [Stage.Drop], way);
            if (first.Ready is not null) _twins.Add((way.Engine, first, Add(One, [Stage.Drop], way)));
        }
        foreach (var way in chains) Add(Unused, [Stage.Drop], way);
        foreach (int count in PassStages)
        {
            foreach (var way in chains) Add(OfMany, [.. Enumerable.Repeat(Stage.Pass, count), Stage.Drop], way);
        }
        foreach (var way in alone)
        {
            Add(Parsers, [Stage.Ports], way);
            Add(Parsers, [Stage.Flows], way);
        }
        foreach (var way in chains) Add(Parsers, [Stage.Ports, Stage.Flows], way);
    }

    /// <summary>Opens a case, and demands that it ends as its last stage does: nothing that runs wrongly is measured.</summary>
    Case Add(string test, Stage[] stages, ChainWay way)
    {
        string? absent = way.Absent ?? (stages.Length > way.MostPrograms ? BenchError.TooManyPrograms(stages.Length, way.MostPrograms) : null);
        var made = new Case(test, stages, way) { Absent = absent };
        if (absent is null)
        {
            var opened = way.Open(stages);
            made = opened.Problem is { } problem ? made with { Absent = problem.Sentence } : made with { Ready = opened.Value };
        }
        if (made.Ready is { } ready)
        {
            ready.Run(1);
            var wanted = stages[^1] == Stage.Drop ? XdpAction.Drop : XdpAction.Pass;
            if (ready.Verdict != wanted)
            {
                ready.Dispose();
                made = made with { Ready = null, Absent = BenchError.Differs($"{ready.Verdict}", $"{wanted}") };
                _warnings.Add($"{made.Name} {made.Absent}");
            }
        }
        _cases.Add(made);
        return made;
    }

    ChainBenchReport Measure()
    {
        var started = DateTimeOffset.UtcNow;
        var machine = MachineFacts.Read();
        var measured = _cases.Where(c => c.Ready is not null).ToList();
        var interleaved = new Interleaved(_sampling);
        var samples = interleaved.Measure([.. measured.Select(c => new Subject(c.Name, c.Ready!.Run) { Packets = c.Ready.Packets, LeastTimes = c.Ready.LeastTimes })]);
        for (int n = 0; n < measured.Count; n++) measured[n].Samples = samples[n];
        double? load = MachineFacts.LoadNow();

        SelfCheck[] checks = [.. _twins.Select(t => new SelfCheck(t.Engine, Median(t.First), Median(t.Second), Difference(t.Second, t.First)))];
        foreach (var check in checks.Where(c => !c.Agrees)) _warnings.Add(BenchError.SameDiffers(check.Engine, $"{check.FirstNs.Value:F2}", $"{check.SecondNs.Value:F2}"));
        foreach (var one in measured.Where(c => !c.Samples!.IsStable)) _warnings.Add(BenchError.NotStable(one.Name));
        if (interleaved.Collections > 0) _warnings.Add(BenchError.Collected(interleaved.Collections));
        if (interleaved.CpuShare < EnoughCpu) _warnings.Add(BenchError.Disturbed(interleaved.CpuShare, _sampling.ByCpuTime));
        _sampling.Progress?.Invoke("working out", 1);
        return new()
        {
            Chainring = typeof(ChainBench).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion,
            Started = started,
            Machine = machine,
            LoadAtEnd = load,
            Method = new(_sampling.ByCpuTime ? "cpu" : "wall", interleaved.CpuShare, _sampling.Rounds, _sampling.SampleMs, _batch, LinuxWay.LeastRuns, BenchPrograms.Frame.Length, Convert.ToHexStringLower(BenchPrograms.Frame), Bootstrap.Draws, interleaved.Collections),
            Rows = [.. _cases.Where(c => _twins.All(t => t.Second != c)).Select(RowOf)],
            StageCosts = [.. StageCosts()],
            ParserCosts = [.. ParserCosts()],
            SelfChecks = checks,
            Warnings = _warnings,
        };
    }

    ChainRow RowOf(Case one)
    {
        var row = new ChainRow(one.Test, one.Way.Engine, NameOf(one.Way.Mechanism), Title(one.Stages), one.Stages.Length, one.Absent);
        if (one.Samples is not { } samples) return row;
        var ns = Median(one);
        row = row with { Ns = ns, Mpps = ns.As(v => 1000 / v), TimesPerSample = samples.Times, WarmUpSamples = samples.WarmUps, SamplesNs = samples.NsPerPacket };
        if (EmptyOf(one.Way.Engine) is not { } empty || empty == one) return row;
        // What a chain adds, it adds to its first program alone; PASS alone and DROP alone are as long.
        var first = one.Stages[0] is Stage.Pass or Stage.Drop ? empty : AloneOf(one.Way.Engine, one.Stages[0]);
        int more = Math.Max(1, one.Stages.Length - 1);
        return row with
        {
            NetNs = Difference(one, empty),
            AddedNs = one.Way.Mechanism == Mechanism.Alone || first is null ? null : Difference(one, first).As(v => v / more),
            OverheadPercent = Over(w => 100 * (At(one, w) / At(empty, w) - 1)),
        };
    }

    /// <summary>Of short chains, as long as every way has them, and of long ones: caches and branch predictors do not hold everything.</summary>
    IEnumerable<StageCost> StageCosts()
    {
        foreach (var (way, isLong) in _ways.Where(w => w.Mechanism != Mechanism.Alone).SelectMany(w => new[] { (w, false), (w, true) }))
        {
            var cases = _cases.Where(c => c.Test == OfMany && c.Way == way && c.Samples is not null && (isLong ? c.Stages.Length > ShortChain : c.Stages.Length <= ShortChain + 1)).ToList();
            if (cases.Count < 2) continue;
            int[] stages = [.. cases.Select(c => c.Stages.Length - 1)];
            double[] x = [.. stages.Select(s => (double)s)], y = new double[x.Length];
            yield return new(way.Engine, NameOf(way.Mechanism), stages, Over(which =>
            {
                for (int n = 0; n < y.Length; n++) y[n] = At(cases[n], which);
                return Statistics.Slope(x, y);
            }));
        }
    }

    IEnumerable<ParserCost> ParserCosts()
    {
        foreach (var chain in _cases.Where(c => c is { Test: Parsers, Stages.Length: 2, Samples: not null }))
        {
            string engine = chain.Way.Engine;
            if (AloneOf(engine, chain.Stages[0]) is not { } first || AloneOf(engine, chain.Stages[1]) is not { } second || EmptyOf(engine) is not { } empty) continue;
            double Sum(int[] which) => At(first, which) + At(second, which) - At(empty, which);
            yield return new(chain.Way.Engine, NameOf(chain.Way.Mechanism), Median(chain), Over(Sum), Over(w => At(chain, w) / Sum(w)));
        }
    }

    /// <summary>The empty program alone, on that engine.</summary>
    Case? EmptyOf(string engine) => AloneOf(engine, Stage.Drop);

    Case? AloneOf(string engine, Stage stage) =>
        _cases.Find(c => c.Way.Engine == engine && c.Way.Mechanism == Mechanism.Alone && c.Stages[0] == stage && c.Samples is not null);

    Estimate Median(Case one) => Over(which => At(one, which));

    Estimate Difference(Case one, Case other) => Over(which => At(one, which) - At(other, which));

    Estimate Over(Func<int[], double> statistic) => Bootstrap.Of(_sampling.Rounds, statistic);

    static double At(Case one, int[] rounds) => Statistics.Median(one.Samples!.NsPerPacket, rounds);
}
