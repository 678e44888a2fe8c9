using Chainring.Host.Driver.Bench;
using Chainring.Host.Driver.Measure;
using Chainring.Host.Driver.Peers;
using Chainring.Kernels;
using Chainring.Kernels.Interpreter;
using Chainring.Offload;
using Chainring.Offload.Spec;
using Chainring.Tests.Oracle;
using NUnit.Framework;
using static Chainring.Host.Driver.Bench.ChainBenchReport;

namespace Chainring.Tests.Host.Driver.Bench;

/// <summary>The table of chain costs: what is in it, that it says what was measured, and what becomes of what cannot be. No time is judged.</summary>
[NonParallelizable]
public sealed class ChainBenchTests
{
    const int Batch = 4;

    static readonly SamplingOptions Tiny = new() { Rounds = 3, SampleMs = 0.01, WindowMs = 0.01 };

    static readonly Lazy<ChainBenchReport> OnTheCard = new(() => ChainBench.Run(ChainWays.OfCard(Batch), Batch, Tiny));

    static ChainBenchReport Report => OnTheCard.Value;

    [Test]
    public void Every_backend_is_in_the_table() =>
        Assert.That(Report.Rows.Select(r => r.Engine).Distinct(), Is.EquivalentTo(Targets.All.Select(t => t.Name)));

    [Test]
    public void Every_test_has_a_row_for_every_way()
    {
        var rows = Report.Rows.Where(r => r.Engine == Targets.Reference.Name).GroupBy(r => (r.Test, r.Stages)).ToDictionary(g => g.Key, g => g.Select(r => r.Way).ToArray());
        string[] chains = ["stage by stage", "fused", "tail call", "tail call, any slot", "function calls"];
        var expected = new Dictionary<(string, string), string[]>
        {
            [(ChainBench.One, "drop")] = ["alone"],
            [(ChainBench.Unused, "drop")] = chains,
            [(ChainBench.OfMany, "pass, drop")] = chains,
            [(ChainBench.Parsers, "ports")] = ["alone"],
            [(ChainBench.Parsers, "flows")] = ["alone"],
            [(ChainBench.Parsers, "ports, flows")] = chains,
        };
        foreach (int stages in ChainBench.PassStages.Skip(1)) expected[(ChainBench.OfMany, $"{stages} pass, drop")] = chains;
        Assert.That(rows, Is.EquivalentTo(expected));
    }

    [Test]
    public void Figures_are_what_the_samples_say()
    {
        foreach (var row in Report.Rows.Where(r => r.Absent is null))
        {
            double ns = Statistics.Median([.. row.SamplesNs!]);
            Assert.That((row.SamplesNs!.Count, row.Ns!.Value.Value), Is.EqualTo((Tiny.Rounds, ns)));
            Assert.That(row.Mpps!.Value.Value, Is.EqualTo(1000 / ns));
            if (row is { Test: ChainBench.One }) continue;
            double net = ns - NsOf(row.Engine, "drop");
            Assert.That(row.NetNs!.Value.Value, Is.EqualTo(net).Within(1e-9));
            Assert.That(row.OverheadPercent!.Value.Value, Is.EqualTo(100 * net / NsOf(row.Engine, "drop")).Within(1e-6));
            double? added = row.Way == "alone" ? null
                : row.Test == ChainBench.Parsers ? ns - NsOf(row.Engine, "ports")
                : net / Math.Max(1, row.Programs - 1);
            Assert.That(row.AddedNs?.Value, added is null ? Is.Null : Is.EqualTo(added).Within(1e-9), $"{row.Way} {row.Stages}");
        }
    }

    [Test]
    public void Two_parsers_are_held_against_the_sum_of_both()
    {
        string[] ways = ["stage by stage", "tail call", "tail call, any slot", "function calls"];
        Assert.That(Report.ParserCosts.Where(c => c.Engine == "interpreter").Select(c => c.Way), Is.EqualTo(ways));
        Assert.That(Report.ParserCosts.Where(c => c.Engine == "il").Select(c => c.Way), Is.EquivalentTo(ways.Append("fused")));
        foreach (var cost in Report.ParserCosts)
        {
            double sum = NsOf(cost.Engine, "ports") + NsOf(cost.Engine, "flows") - NsOf(cost.Engine, "drop");
            Assert.That(cost.SumNs.Value, Is.EqualTo(sum).Within(1e-9));
            Assert.That(cost.ChainOverSum.Value, Is.EqualTo(cost.ChainNs.Value / sum).Within(1e-9));
        }
    }

    [Test]
    public void The_cost_of_a_stage_is_given_for_short_chains_and_for_long_ones() =>
        Assert.That(Report.StageCosts.Where(c => c is { Engine: "il", Way: "fused" }).Select(c => c.PassStages), Is.EqualTo(new int[][] { [1, 2, 4, 8], [8, 16, 31] }));

    [Test]
    public void The_same_thing_is_measured_twice()
    {
        var check = Report.SelfChecks.Single(c => c.Engine == Targets.Reference.Name);
        Assert.That(check.Agrees, Is.EqualTo(check.Difference.Low <= 0 && check.Difference.High >= 0));
        Assert.That(Report.Warnings.Any(w => w.Contains("measured twice", StringComparison.Ordinal)), Is.EqualTo(Report.SelfChecks.Any(c => !c.Agrees)));
        Assert.That(new SelfCheck("x", new(1, 1, 1), new(2, 2, 2), new(1, 0.5, 1.5)).Agrees, Is.False);
        Assert.That(new SelfCheck("x", new(1, 1, 1), new(1, 1, 2), new(0.5, -0.5, 1.5)).Agrees, Is.True);
    }

    [Test]
    public void Everything_on_the_card_ends_as_it_should() =>
        Assert.That(Report.Warnings, Has.None.Contains("it did not run as it should"));

    [Test]
    public void What_ends_wrongly_is_not_measured()
    {
        var report = ChainBench.Run([new Made(Mechanism.Alone, XdpAction.Pass, MostPrograms: 1)], Batch, Tiny);
        Assert.That(report.Warnings, Has.Some.EqualTo("made, alone, drop ends in Pass, not Drop: it did not run as it should, and is not measured"));
        Assert.That(report.Rows.Single(r => r.Stages == "drop") is { Ns: null, Absent: "ends in Pass, not Drop: it did not run as it should, and is not measured" });
    }

    [Test]
    public void What_cannot_be_run_is_absent_with_the_reason_and_the_rest_goes_on()
    {
        ChainWay[] ways =
        [
            new Made(Mechanism.Alone, XdpAction.Drop, MostPrograms: 1), new Made(Mechanism.Dispatcher, XdpAction.Drop, MostPrograms: 10),
            new AbsentWay("made", Mechanism.Fused, "nobody made it"), new Made(Mechanism.TailCall, XdpAction.Drop, MostPrograms: 32) { Refuses = true },
        ];
        var rows = ChainBench.Run(ways, Batch, Tiny).Rows;
        Assert.That(rows.Where(r => r.Way == "fused").Select(r => r.Absent), Is.All.EqualTo("nobody made it"));
        Assert.That(rows.Where(r => r.Way == "tail call").Select(r => r.Absent), Is.All.EqualTo("no more"));
        var dispatcher = rows.Where(r => r is { Way: "libxdp's dispatcher", Test: ChainBench.OfMany }).ToDictionary(r => r.Programs, r => r.Absent);
        Assert.That(dispatcher[9], Is.Null);
        Assert.That(dispatcher[17], Is.EqualTo("17 programs, and at most 10 are possible"));
    }

    [Test]
    public void A_backend_that_fuses_is_measured_both_ways_under_one_name()
    {
        var (staged, fused) = (new Counting("two-ways"), new Counting("two-ways-fused"));
        var report = ChainBench.Run([.. ChainWays.Of(staged, fused, Batch)], Batch, Tiny);
        Assert.That(report.Rows.Select(r => (r.Engine, r.Absent)), Is.All.EqualTo(("two-ways", (string?)null)));
        Assert.That(fused.Compiled, Is.EqualTo(report.Rows.Count(r => r.Way == "fused")));
        Assert.That(report.ParserCosts.Select(c => c.Way), Does.Contain("fused"));
    }

    [Test]
    public void Without_rights_Linux_is_absent_with_a_sentence()
    {
        if (!OperatingSystem.IsLinux()) Assert.Ignore("this is not Linux");
        var ways = Rights.WithoutAny(LinuxWay.All);
        Assert.That(ways.Select(w => w.Absent), Is.All.EqualTo("this process cannot use bpf(2): program drop is refused: EPERM"));
        var report = ChainBench.Run(ways, Batch, Tiny);
        Assert.That((report.Rows.Count(r => r.Absent is null), report.SelfChecks.Count, report.StageCosts.Count), Is.EqualTo((0, 0, 0)));
    }

    [Test]
    public void On_Linux_every_chain_ends_as_it_should([Values(Mechanism.Alone, Mechanism.TailCall, Mechanism.TailCallAny, Mechanism.Calls, Mechanism.Dispatcher)] Mechanism mechanism)
    {
        OracleAvailability.Require();
        var way = LinuxWay.All().Single(w => w.Mechanism == mechanism);
        if (way.Absent is { } why) Assert.Ignore(why);
        foreach (int passes in ChainBench.PassStages.Prepend(0).Where(n => n < way.MostPrograms))
        {
            using var chain = way.Open([.. Enumerable.Repeat(Stage.Pass, passes), Stage.Drop]).Value;
            chain.Run(1);
            Assert.That(chain.Verdict, Is.EqualTo(XdpAction.Drop), $"{passes} passes");
        }
        using var parsers = way.Open(mechanism == Mechanism.Alone ? [Stage.Flows] : [Stage.Ports, Stage.Flows]).Value;
        parsers.Run(1);
        Assert.That(parsers.Verdict, Is.EqualTo(XdpAction.Pass));
    }

    [Test]
    public void The_machine_says_what_it_is()
    {
        var facts = MachineFacts.Read();
        Assert.That((facts.Cpus, facts.System.Length > 0, facts.Runtime.StartsWith(".NET", StringComparison.Ordinal)), Is.EqualTo((Environment.ProcessorCount, true, true)));
        if (OperatingSystem.IsLinux()) Assert.That((facts.Load, facts.System), Is.EqualTo((facts.Load, $"Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}")).And.Not.Null);
    }

    static double NsOf(string engine, string stages) => Report.Rows.Single(r => r.Engine == engine && r.Stages == stages && r.Way == "alone").Ns!.Value.Value;

    /// <summary>A way that does nothing and ends as it is told, parsers aside.</summary>
    sealed record Made(Mechanism Mechanism, XdpAction Ends, int MostPrograms) : ChainWay("made", Mechanism)
    {
        public bool Refuses { get; init; }

        public override int MostPrograms { get; } = MostPrograms;

        public override Result<ReadyRun> Open(IReadOnlyList<Stage> stages) =>
            Refuses ? BenchError.KernelRefuses("no more") : new Nothing(stages[^1] == Stage.Drop ? Ends : XdpAction.Pass);

        sealed class Nothing(XdpAction ends) : ReadyRun(packets: 1, leastTimes: 1)
        {
            public override void Run(int times) => Thread.SpinWait(times);

            public override XdpAction Verdict => ends;
        }
    }

    /// <summary>The interpreter by another name, which counts the chains that it is given.</summary>
    sealed class Counting(string name) : IKernelTarget
    {
        public bool NeedsProof => false;

        readonly InterpreterTarget _target = new();

        public string Name => name;

        public string Description => "counts";

        public int Compiled { get; private set; }

        public IKernel Compile(Chain chain, KernelEnvironment environment)
        {
            Compiled++;
            return _target.Compile(chain, environment);
        }
    }
}
