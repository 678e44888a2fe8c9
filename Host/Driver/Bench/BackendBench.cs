using Chainring.Host.Driver.Measure;
using Chainring.Offload.Spec;
using static Chainring.Host.Driver.Bench.BackendBenchReport;

namespace Chainring.Host.Driver.Bench;

/// <summary>
/// What programs of the usual shapes cost on each backend, and in Linux where it can run the same: over one frame and over mixed ones, with maps that caches
/// hold and maps that they do not.
/// </summary>
public sealed class BackendBench
{
    /// <summary>Frames that must end alike on every engine before anything is measured.</summary>
    public const int ComparedFrames = 1 << 14;

    sealed class Case(BackendTraffic traffic, BackendProgram program, BackendEngine engine) : BenchCase
    {
        public BackendTraffic Traffic => traffic;

        public BackendProgram Program => program;

        public override string Name => $"{engine.Name}, {program.Name}, {traffic.Description}";

        public override string Engine => engine.Name;

        /// <summary>What is in its samples and not its own; null if that is nothing.</summary>
        public Restoring? Restoring { get; init; }

        public IReadOnlyList<Outcome> Outcomes { get; set; } = [];

        public override double At(int[] rounds) => base.At(rounds) - (Restoring?.At(rounds) ?? 0);

        public void Open() => Open(engine.Absent ?? engine.Refuse(program, traffic), () => engine.Open(program, traffic));
    }

    /// <summary>Fresh frames for batch after batch, and nothing else.</summary>
    sealed class Restoring : BenchCase
    {
        readonly BackendTraffic _traffic;

        public Restoring(BackendTraffic traffic, int batch)
        {
            _traffic = traffic;
            Open(null, () => new Refilling(traffic.Feed(FrameChange.Spend, batch)));
        }

        public BackendTraffic Traffic => _traffic;

        public override string Name => $"restoring, {_traffic.Description}";

        public override string Engine => "";
    }

    readonly IReadOnlyList<BackendEngine> _engines;
    readonly SamplingOptions _sampling;
    readonly int _batch;
    readonly CaseRounds _rounds;
    readonly List<Case> _cases = [];
    readonly List<Restoring> _restorings = [];
    readonly List<(BenchCase First, BenchCase Second)> _twins = [];

    BackendBench(IReadOnlyList<BackendEngine> engines, int batch, SamplingOptions sampling) =>
        (_engines, _batch, _sampling, _rounds) = (engines, batch, sampling, new(sampling, batch));

    /// <summary>Measures. What cannot be run is absent with the reason, and the rest goes on.</summary>
    /// <param name="engines">In the order in which they are shown; all others must end like the first.</param>
    /// <param name="batch">Frames of a batch on the card.</param>
    public static BackendBenchReport Run(IReadOnlyList<BackendEngine> engines, BackendSizes sizes, int batch, SamplingOptions sampling)
    {
        var bench = new BackendBench(engines, batch, sampling);
        try
        {
            sampling.Progress?.Invoke("making traffic", 0);
            var traffic = BackendTraffic.All(sizes);
            foreach (var one in traffic) bench.Prepare(one);
            return bench.Measure(traffic);
        }
        finally
        {
            foreach (var one in bench._cases) one.Dispose();
        }
    }

    void Prepare(BackendTraffic traffic)
    {
        var restoring = new Restoring(traffic, _batch);
        _restorings.Add(restoring);
        foreach (var program in traffic.Programs)
        {
            Case? reference = null;
            foreach (var engine in _engines)
            {
                _sampling.Progress?.Invoke($"filling maps for {traffic.Description}", 0);
                var made = Add(traffic, program, engine, restoring);
                if (made.Ready is null) continue;
                Compare(made, reference);
                if (made.Outcomes.Count > 0) reference ??= made;
                if (traffic.Name == BackendTraffic.One && program == BackendProgram.Empty && made.Ready is not null) _twins.Add((made, Add(traffic, program, engine, restoring)));
            }
        }
    }

    Case Add(BackendTraffic traffic, BackendProgram program, BackendEngine engine, Restoring restoring)
    {
        var made = new Case(traffic, program, engine) { Restoring = traffic.Refills(program) ? restoring : null };
        made.Open();
        _cases.Add(made);
        return made;
    }

    /// <summary>
    /// Every frame must end as it does on the first engine that tells; of others the verdict on the last frame is all there is to see. Nothing that runs wrongly is
    /// measured.
    /// </summary>
    void Compare(Case made, Case? reference)
    {
        if (made.Ready is BackendRun run)
        {
            made.Outcomes = run.Outcomes(ComparedFrames);
            if (reference is null) return;
            for (int n = 0; n < made.Outcomes.Count; n++)
            {
                if (made.Outcomes[n] == reference.Outcomes[n]) continue;
                made.Leave(BenchError.FrameDiffers(n, $"{made.Outcomes[n]}", $"{reference.Outcomes[n]}", reference.Engine), _rounds.Warnings);
                return;
            }
            return;
        }
        made.Ready!.Run(1);
        if (reference is not null) made.Demand(made.Ready.Verdict, reference.Outcomes[0].Action, _rounds.Warnings);
    }

    BackendBenchReport Measure(IReadOnlyList<BackendTraffic> traffic) => new(_rounds.Measure([.. _restorings, .. _cases], _twins, Bytes(traffic[0].Frames)))
    {
        Traffic = [.. _restorings.Select(FactsOf)],
        Rows = [.. _cases.Where(c => _twins.All(t => t.Second != c)).Select(RowOf)],
    };

    static byte[] Bytes(BenchFrames frames)
    {
        ReadOnlySpan<byte> head = frames.Head(0);
        return head[..frames.LengthOf(0)].ToArray();
    }

    TrafficFacts FactsOf(Restoring restoring)
    {
        var traffic = restoring.Traffic;
        var maps = traffic.Programs.Where(p => p.Map is not null).ToList();
        return new(
            traffic.Name, traffic.Description, traffic.Frames.Count, traffic.Frames.MeanBytes, traffic.IsMixed ? traffic.World.Flows : 1,
            maps.ToDictionary(p => p.Map!, p => traffic.World.Sized(p.Maps.First(m => m.Name == p.Map)).MaxEntries),
            maps.Select(p => (p.Map, Bytes: BytesOf(traffic, p))).Where(m => m.Bytes is not null).ToDictionary(m => m.Map!, m => m.Bytes!.Value),
            _rounds.Median(restoring), restoring.Samples!.NsPerPacket);
    }

    long? BytesOf(BackendTraffic traffic, BackendProgram program) =>
        _cases.Where(c => c.Traffic == traffic && c.Program == program).Select(c => (c.Ready as BackendRun)?.MapBytes).FirstOrDefault(b => b is not null);

    BackendRow RowOf(Case one)
    {
        var row = new BackendRow(one.Traffic.Name, one.Program.Name, one.Engine, one.Absent);
        if (one.Samples is not { } samples) return row;
        var ns = _rounds.Median(one);
        row = row with
        {
            Verdicts = one.Outcomes.Count == 0 ? null : one.Outcomes.GroupBy(o => o.Action).ToDictionary(g => g.Key.ToString().ToLowerInvariant(), g => (double)g.Count() / one.Outcomes.Count),
            Restored = one.Restoring is not null,
            Ns = ns,
            Mpps = ns.Low > 0 ? ns.As(v => 1000 / v) : null,
            TimesPerSample = samples.Times,
            WarmUpSamples = samples.WarmUps,
            SamplesNs = samples.NsPerPacket,
        };
        if (one.Program == BackendProgram.Empty || EmptyOf(one) is not { } empty) return row;
        return row with { NetNs = _rounds.Difference(one, empty), NetOver = NetOver(one, empty) };
    }

    Dictionary<string, Estimate> NetOver(Case one, Case empty)
    {
        var over = new Dictionary<string, Estimate>();
        foreach (var other in _cases.Where(c => c.Traffic == one.Traffic && c.Program == one.Program && c != one && c.Samples is not null))
        {
            if (EmptyOf(other) is not { } none || _rounds.Difference(other, none) is not { Low: > 0 }) continue;
            over[other.Engine] = _rounds.Over(w => (one.At(w) - empty.At(w)) / (other.At(w) - none.At(w)));
        }
        return over;
    }

    Case? EmptyOf(Case one) => _cases.Find(c => c.Traffic == one.Traffic && c.Program == BackendProgram.Empty && c.Engine == one.Engine && c.Samples is not null);
}
