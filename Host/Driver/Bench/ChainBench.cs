using Chainring.Host.Driver.Measure;
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

    public const string One = "one", Unused = "unused", OfMany = "chain", Parsers = "parsers";

    sealed class Case(string test, Stage[] stages, ChainWay way) : BenchCase
    {
        public string Test => test;

        public Stage[] Stages => stages;

        public ChainWay Way => way;

        public override string Name => $"{way.Engine}, {NameOf(way.Mechanism)}, {Title(stages)}";

        public override string Engine => way.Engine;
    }

    readonly IReadOnlyList<ChainWay> _ways;
    readonly CaseRounds _rounds;
    readonly IReadOnlyList<int> _passStages;
    readonly List<Case> _cases = [];
    readonly List<(BenchCase First, BenchCase Second)> _twins = [];

    ChainBench(IReadOnlyList<ChainWay> ways, CaseRounds rounds, IReadOnlyList<int> passStages) => (_ways, _rounds, _passStages) = (ways, rounds, passStages);

    /// <summary>Measures. What cannot be run is absent with the reason, and the rest goes on.</summary>
    /// <param name="ways">In the order in which they are shown.</param>
    /// <param name="batch">Frames of a batch on the card, for the report.</param>
    /// <param name="passStages">How many stages pass before the one that drops; null for <see cref="PassStages"/>.</param>
    public static ChainBenchReport Run(IReadOnlyList<ChainWay> ways, int batch, SamplingOptions sampling, IReadOnlyList<int>? passStages = null)
    {
        var bench = new ChainBench(ways, new(sampling, batch), passStages ?? PassStages);
        try
        {
            bench.Prepare();
            return bench.Measure();
        }
        finally
        {
            foreach (var one in bench._cases) one.Dispose();
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
            if (first.Ready is not null) _twins.Add((first, Add(One, [Stage.Drop], way)));
        }
        foreach (var way in chains) Add(Unused, [Stage.Drop], way);
        foreach (int count in _passStages)
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
        var made = new Case(test, stages, way);
        made.Open(way.Absent ?? (stages.Length > way.MostPrograms ? BenchError.TooManyPrograms(stages.Length, way.MostPrograms) : null), () => way.Open(stages));
        if (made.Ready is { } ready)
        {
            ready.Run(1);
            made.Demand(ready.Verdict, stages[^1] == Stage.Drop ? XdpAction.Drop : XdpAction.Pass, _rounds.Warnings);
        }
        _cases.Add(made);
        return made;
    }

    ChainBenchReport Measure() => new(_rounds.Measure(_cases, _twins, BenchPrograms.Frame.ToArray()))
    {
        Rows = [.. _cases.Where(c => _twins.All(t => t.Second != c)).Select(RowOf)],
        StageCosts = [.. StageCosts()],
        ParserCosts = [.. ParserCosts()],
    };

    ChainRow RowOf(Case one)
    {
        var row = new ChainRow(one.Test, one.Way.Engine, NameOf(one.Way.Mechanism), Title(one.Stages), one.Stages.Length, one.Absent);
        if (one.Samples is not { } samples) return row;
        var ns = _rounds.Median(one);
        row = row with { Ns = ns, Mpps = ns.As(v => 1000 / v), TimesPerSample = samples.Times, WarmUpSamples = samples.WarmUps, SamplesNs = samples.NsPerPacket };
        if (EmptyOf(one.Way.Engine) is not { } empty || empty == one) return row;
        // What a chain adds, it adds to its first program alone; PASS alone and DROP alone are as long.
        var first = one.Stages[0] is Stage.Pass or Stage.Drop ? empty : AloneOf(one.Way.Engine, one.Stages[0]);
        int more = Math.Max(1, one.Stages.Length - 1);
        return row with
        {
            NetNs = _rounds.Difference(one, empty),
            AddedNs = one.Way.Mechanism == Mechanism.Alone || first is null ? null : _rounds.Difference(one, first).As(v => v / more),
            OverheadPercent = _rounds.Over(w => 100 * (one.At(w) / empty.At(w) - 1)),
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
            yield return new(way.Engine, NameOf(way.Mechanism), stages, _rounds.Over(which =>
            {
                for (int n = 0; n < y.Length; n++) y[n] = cases[n].At(which);
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
            double Sum(int[] which) => first.At(which) + second.At(which) - empty.At(which);
            yield return new(chain.Way.Engine, NameOf(chain.Way.Mechanism), _rounds.Median(chain), _rounds.Over(Sum), _rounds.Over(w => chain.At(w) / Sum(w)));
        }
    }

    /// <summary>The empty program alone, on that engine.</summary>
    Case? EmptyOf(string engine) => AloneOf(engine, Stage.Drop);

    Case? AloneOf(string engine, Stage stage) =>
        _cases.Find(c => c.Way.Engine == engine && c.Way.Mechanism == Mechanism.Alone && c.Stages[0] == stage && c.Samples is not null);
}
