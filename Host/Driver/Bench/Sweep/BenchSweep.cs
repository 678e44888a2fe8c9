using System.Diagnostics;
using Chainring.Host.Driver.Auto;
using Chainring.Host.Driver.Bench.Dpdk;
using Chainring.Host.Driver.Measure;
using Chainring.Host.Driver.Peers;
using Chainring.Kernels;
using Chainring.Nic.Wire;

namespace Chainring.Host.Driver.Bench.Sweep;

/// <summary>How far a sweep is.</summary>
/// <param name="What">What it does now.</param>
/// <param name="Done">From 0 to 1.</param>
/// <param name="Left">What is left, by what it took so far; null while that says nothing.</param>
public readonly record struct SweepProgress(string What, double Done, TimeSpan? Left);

/// <summary>Measures the parts of a plan one after the other; each is handed on when it is done, so that a later run can go on from there.</summary>
public sealed class BenchSweep
{
    /// <summary>About how many things <c>bench chain</c> and the like measure for each backend, against which the parts of the sweep are weighed.</summary>
    const int ChainCases = 25, BackendCases = 25, OffloadCases = 20;

    readonly SweepPlan _plan;
    readonly SamplingOptions _sampling;
    readonly SweepCards _cards;
    readonly Action<SweepProgress>? _progress;
    readonly CancellationToken _stop;
    readonly Stopwatch _watch = Stopwatch.StartNew();
    string _part = "";
    double _doneBefore, _weight, _total, _left;

    BenchSweep(SweepPlan plan, Action<SweepProgress>? progress, CancellationToken stop)
    {
        (_plan, _cards, _progress, _stop) = (plan, new(plan), progress, stop);
        _sampling = plan.Effort.Sampling with { Progress = Say };
    }

    /// <summary>Measures what is missing.</summary>
    /// <param name="results">Of <see cref="SweepPlan.Begin"/>, or what a run that was stopped left.</param>
    /// <param name="done">Told after each part, with it in the results.</param>
    /// <param name="stop">The part that is being measured is given up.</param>
    public static BenchResults Run(SweepPlan plan, BenchResults results, Action<BenchResults> done, Action<SweepProgress>? progress, CancellationToken stop)
    {
        var sweep = new BenchSweep(plan, progress, stop);
        using var cards = sweep._cards;
        string[] missing = [.. results.Missing()];
        sweep._left = missing.Sum(sweep.WeightOf);
        sweep._total = results.Planned.Sum(sweep.WeightOf);
        sweep._doneBefore = sweep._total - sweep._left;
        try
        {
            foreach (string part in missing)
            {
                (sweep._part, sweep._weight) = (part, sweep.WeightOf(part));
                results = sweep.Measured(part, results);
                sweep._doneBefore += sweep._weight;
                done(results);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // What is there stays.
        }
        return results;
    }

    BenchResults Measured(string part, BenchResults results)
    {
        var effort = _plan.Effort;
        switch (part)
        {
            case SweepPlan.MemoryPart:
                return results with { Memory = CardMemoryFacts.Read() };
            case SweepPlan.ChainPart:
                ChainWay[] ways = [.. ChainWays.OfCard(SweepPlan.UsualBatch), .. _plan.Linux ? LinuxWay.All() : []];
                return results with { Chain = ChainBench.Run([.. ways.Where(w => IsAsked(w.Engine) && (effort.Mechanisms?.Contains(w.Mechanism) ?? true))], SweepPlan.UsualBatch, _sampling, effort.PassStages) };
            case SweepPlan.BackendsPart:
                BackendEngine[] engines = [.. BackendEngine.All(SweepPlan.UsualBatch, _plan.Linux).Where(e => IsAsked(e.Name))];
                return results with { Backends = BackendBench.Run(engines, effort.Sizes, SweepPlan.UsualBatch, _sampling) };
            case SweepPlan.OffloadPart:
                return results with { Offload = OffloadBench.Run(effort.OffloadBatches, effort.Sizes, layout: null, _sampling with { ByCpuTime = false }, effort.OffloadTraffic, effort.OffloadPrograms) };
            default:
                return results with { Parts = [.. results.Parts, SweepPartOf(part)] };
        }
    }

    bool IsAsked(string engine) => engine == LinuxWay.Name || _plan.Targets.Any(t => t.Name == engine);

    SweepPart SweepPartOf(string part)
    {
        switch (part)
        {
            case SweepPlan.QueuesPart: return Queues();
            case SweepPlan.LengthPart: return Lengths();
            case SweepPlan.MapPart: return MapSizes();
        }
        foreach (var traffic in _plan.Traffic)
        {
            foreach (int batch in _plan.Batches)
            {
                if (SweepPlan.BatchPart(traffic, batch) == part) return Batches(part, traffic, batch);
            }
        }
        throw new UnreachableException(part);
    }

    /// <summary>Every chain on every backend with one size of batch; with the usual one, Linux and DPDK too.</summary>
    SweepPart Batches(string part, SweepTraffic traffic, int batch)
    {
        var feed = new SampleFeed(traffic.Frames, batch, notesPaths: false);
        var cases = new List<SweepCase> { Restoring("batch", traffic.Name, feed) };
        (BenchCase, BenchCase)? twins = null;
        foreach (var chain in _plan.Chains)
        {
            var cards = _cards.Of(chain, traffic);
            cases.AddRange(CasesOf("batch", chain, traffic, cards, feed));
            // The last of the first chain's, once more.
            if (twins is null && cards.Count > 0 && cases[^1].Ready is not null)
            {
                var twin = CaseOf("batch", chain, traffic, cards[^1], feed, isTwin: true);
                twins = (cases[^1], twin);
                cases.Add(twin);
            }
        }
        using var linux = new Disposables();
        if (_plan.Linux && LinuxWay.Missing() is null && batch == _plan.BatchBesideOthers)
        {
            foreach (var chain in _plan.Chains) cases.AddRange(LinuxCases(chain, traffic, linux));
        }
        using var dpdk = new DpdkCases();
        if (_plan.Dpdk && DpdkPeer.Missing() is null && batch == _plan.BatchBesideOthers) cases.AddRange(dpdk.Of(_plan, _cards, traffic));
        return Measured(part, batch, cases, twins is { } pair ? [pair] : []);
    }

    /// <summary>The last chain over frames of one length after the other.</summary>
    SweepPart Lengths()
    {
        var cases = new List<SweepCase>();
        var chain = _plan.Chains[^1];
        foreach (int length in _plan.Effort.Lengths)
        {
            var traffic = SweepTraffic.Made($"{length}", _plan.World, _plan.Effort.Frames, _plan.Seed);
            var feed = new SampleFeed(traffic.Frames, SweepPlan.UsualBatch, notesPaths: false);
            cases.Add(Restoring("length", traffic.Name, feed));
            cases.AddRange(CasesOf("length", chain, traffic, _cards.Of(chain, traffic), feed));
        }
        return Measured(SweepPlan.LengthPart, SweepPlan.UsualBatch, cases, []);
    }

    /// <summary>A program that looks each packet up, with a map of one size after the other, half of the flows in it.</summary>
    SweepPart MapSizes()
    {
        var program = BackendProgram.All.First(p => p.Name == "firewall");
        var cases = new List<SweepCase>();
        using var opened = new Disposables();
        foreach (int entries in _plan.Effort.MapEntries)
        {
            Say("filling maps", 0);
            var world = new BenchWorld(entries);
            int frames = Math.Max(_plan.Effort.Frames, Math.Min(entries * 2, 1 << 20));
            var traffic = new BackendTraffic("64", "mixed frames of 64 bytes", true, BenchFrames.Of(world, SizeMix.Fixed(FrameHead.Bytes), frames), world, [program]);
            var key = new SweepSeries { Section = "map", Chain = "", Traffic = traffic.Name, Backend = SweepSeries.Restoring, Batch = SweepPlan.UsualBatch, Entries = entries };
            var restoring = new SweepCase(key);
            restoring.Open(null, () => new Refilling(traffic.Feed(FrameChange.Spend, SweepPlan.UsualBatch)));
            cases.Add(restoring);
            foreach (var target in _plan.Targets)
            {
                var one = new SweepCase(key with { Chain = program.Name, Backend = target.Name });
                one.Open(_cards.Absent(target), () => new CardEngine(target, SweepPlan.UsualBatch).Open(program, traffic));
                opened.Add(one);
                cases.Add(one);
            }
        }
        return Measured(SweepPlan.MapPart, SweepPlan.UsualBatch, cases, []);
    }

    /// <summary>The last chain on one queue after the other, each a thread.</summary>
    SweepPart Queues()
    {
        var (chain, traffic) = (_plan.Chains[^1], _plan.Traffic[0]);
        var cases = new List<SweepCase>();
        using var opened = new Disposables();
        foreach (int queues in _plan.Queues)
        {
            SampleFeed[] Feeds() => [.. Enumerable.Range(0, queues).Select(q => new SampleFeed(traffic.Frames, SweepPlan.UsualBatch, notesPaths: false, q))];
            var key = new SweepSeries { Section = "queues", Chain = "", Traffic = traffic.Name, Backend = SweepSeries.Restoring, Batch = SweepPlan.UsualBatch, Queues = queues };
            var restoring = new SweepCase(key);
            restoring.Open(null, () => new QueueThreads(null, Feeds()));
            opened.Add(restoring);
            cases.Add(restoring);
            foreach (var target in _plan.Targets)
            {
                var one = new SweepCase(key with { Chain = chain.Name, Backend = target.Name });
                one.Open(target.Missing ?? (target.Name == Targets.OnDevice.Name ? BenchError.OneDevice() : null), () => _cards.Open(target, chain, queues).Try(out var card, out var problem) ? new QueueThreads(card, Feeds()) : problem);
                opened.Add(one);
                cases.Add(one);
            }
        }
        // The thread that waits for the others does none of the work: its time on a CPU says nothing.
        return Measured(SweepPlan.QueuesPart, SweepPlan.UsualBatch, cases, [], others: true);
    }

    SweepPart Measured(string part, int batch, IReadOnlyList<SweepCase> cases, IReadOnlyList<(BenchCase, BenchCase)> twins, bool others = false)
    {
        long begin = Stopwatch.GetTimestamp();
        var rounds = new CaseRounds(others ? _sampling with { ByCpuTime = false } : _sampling, batch, waits: others || cases.Any(c => c.Engine == Targets.OnDevice.Name && c.Ready is not null));
        var facts = rounds.Measure(cases, twins, []);
        foreach (var one in cases)
        {
            Say("timing batches", 1);
            one.TimeBatches(_plan.Effort.TimedBatches);
        }
        return new(part, facts.Started, Stopwatch.GetElapsedTime(begin).TotalSeconds, facts.Machine.Load, facts.LoadAtEnd, facts.Method.CpuShare, facts.Method.Collections, [.. cases.Select(c => c.Series())], facts.Warnings);
    }

    static SweepCase Restoring(string section, string traffic, SampleFeed feed)
    {
        var made = new SweepCase(new() { Section = section, Chain = "", Traffic = traffic, Backend = SweepSeries.Restoring, Batch = feed.Batch.Capacity });
        made.Open(null, () => new ChainBatches(null, feed));
        return made;
    }

    IEnumerable<SweepCase> CasesOf(string section, SweepChain chain, SweepTraffic traffic, IReadOnlyList<SweepCard> cards, SampleFeed feed) => cards.Select(card => CaseOf(section, chain, traffic, card, feed));

    SweepCase CaseOf(string section, SweepChain chain, SweepTraffic traffic, SweepCard card, SampleFeed feed, bool isTwin = false)
    {
        var outcomes = _cards.Outcomes(chain, traffic);
        var made = new SweepCase(new()
        {
            Section = section,
            Chain = chain.Name,
            Traffic = traffic.Name,
            Backend = card.Backend,
            Batch = feed.Batch.Capacity,
            Twin = isTwin,
            Verdicts = SweepCase.VerdictsOf(outcomes),
        });
        made.Open(card.Absent, () => new ChainBatches(card.Card, feed));
        return made;
    }

    /// <summary>A case for each of the most frequent types of packets, or one that says why there are none.</summary>
    List<SweepCase> LinuxCases(SweepChain chain, SweepTraffic traffic, Disposables opened)
    {
        var key = new SweepSeries { Section = "batch", Chain = chain.Name, Traffic = traffic.Name, Backend = LinuxWay.Name, Batch = 0 };
        try
        {
            if (LinuxChain.Missing(chain.Spec) is { } missing) return [Absent(key, missing)];
            if (_cards.Outcomes(chain, traffic).Count == 0) return [Absent(key, BenchError.NoReference())];
            var linux = opened.Add(new LinuxChain(chain.Spec));
            var cases = new List<SweepCase>();
            foreach (var type in PacketType.Of(traffic.Frames, _cards.Outcomes(chain, traffic), _plan.Effort.PacketTypes))
            {
                var one = new SweepCase(key with { PacketType = type.Name, Weight = type.Share });
                var steps = new LinuxSteps(linux.Way(type.Example), _plan.Effort.KernelRuns);
                one.Open(steps.EndsAlike(_plan.Effort.KernelRuns) ? null : BenchError.FrameIsSpent(), () => steps);
                cases.Add(one);
            }
            return cases;
        }
        catch (BpfException e)
        {
            return [Absent(key, BenchError.KernelRefuses(e.Message).Sentence)];
        }

        static SweepCase Absent(SweepSeries key, string why)
        {
            var made = new SweepCase(key);
            made.Open(why, () => throw new UnreachableException());
            return made;
        }
    }

    /// <summary>About how many things a part measures.</summary>
    double WeightOf(string part) => part switch
    {
        SweepPlan.MemoryPart => 1,
        SweepPlan.QueuesPart => _plan.Queues.Count * (_plan.Targets.Count + 1),
        SweepPlan.LengthPart => _plan.Effort.Lengths.Count * (_plan.Targets.Count + 1),
        SweepPlan.MapPart => _plan.Effort.MapEntries.Count * (_plan.Targets.Count + 1),
        SweepPlan.ChainPart => (_plan.Targets.Count + 1) * ChainCases,
        SweepPlan.BackendsPart => (_plan.Targets.Count + 1) * BackendCases,
        SweepPlan.OffloadPart => _plan.Effort.OffloadBatches.Count * OffloadCases,
        _ => _plan.Chains.Count * _plan.Targets.Count + 2,
    };

    /// <summary>Where a person's stop is noticed, too: between two samples.</summary>
    void Say(string what, double done)
    {
        _stop.ThrowIfCancellationRequested();
        // Warming up takes most of the time.
        double ofPart = what switch { "warming up" => 0.8 * done, "measuring" => 0.8 + 0.2 * done, _ => 0 };
        double now = _doneBefore + _weight * ofPart, inThisRun = now - (_total - _left);
        var left = inThisRun > 0.02 * _left ? _watch.Elapsed * ((_total - now) / inThisRun) : (TimeSpan?)null;
        _progress?.Invoke(new($"{_part}: {what}", now / _total, left));
    }

    /// <summary>What goes when a part is over, the last one first.</summary>
    sealed class Disposables : IDisposable
    {
        readonly Stack<IDisposable> _all = new();

        public T Add<T>(T one) where T : IDisposable
        {
            _all.Push(one);
            return one;
        }

        public void Dispose()
        {
            while (_all.TryPop(out var one)) one.Dispose();
        }
    }
}
