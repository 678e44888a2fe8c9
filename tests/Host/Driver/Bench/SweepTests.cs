using Chainring.Host.Driver;
using Chainring.Host.Driver.Bench;
using Chainring.Host.Driver.Bench.Dpdk;
using Chainring.Host.Driver.Bench.Sweep;
using Chainring.Host.Driver.Measure;
using Chainring.Kernels;
using Chainring.Offload.Spec;
using Chainring.Tests.Oracle;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver.Bench;

/// <summary>The sweep of <c>chainring bench</c>: what is measured, that figures are what samples say, and that a run which was stopped goes on. No time is judged.</summary>
[NonParallelizable]
public sealed class SweepTests
{
    static BenchResults Results => TinySweep.Results;

    [Test]
    public void Every_part_is_measured()
    {
        Assert.That(Results.Planned, Is.EqualTo(new[] { "batch 8, 64", "batch 256, 64", "batch 8, imix", "batch 256, imix", "queues", "length", "map", "memory", "chain" }));
        Assert.That(Results.Missing(), Is.Empty);
    }

    [Test]
    public void Every_chain_is_measured_on_every_backend_with_every_batch_over_all_traffic()
    {
        var figures = SweepFigures.Of(Results).Where(f => f.Of is { Section: "batch", Batch: > 0 }).ToList();
        Assert.That(figures.Select(f => (f.Of.Traffic, f.Of.Batch, f.Of.Chain, f.Of.Backend)), Is.EquivalentTo(
            from traffic in new[] { "64", "imix" }
            from batch in new[] { 8, 256 }
            from chain in new[] { "xdp1", "ports-flows-drop", "firewall-router" }
            from backend in new[] { "interpreter", "il" }
            select (traffic, batch, chain, backend)));
        Assert.That(figures.Select(f => f.Absent), Is.All.Null);
        Assert.That(figures.Select(f => f.Of.BatchNs!.Count), Is.All.EqualTo(20));
        var verdicts = figures.First(f => f.Of.Chain == "firewall-router").Of.Verdicts!;
        Assert.That(verdicts.Keys, Is.EquivalentTo(new[] { "drop", "tx", "pass" }));
        Assert.That(verdicts.Values.Sum(), Is.EqualTo(1).Within(1e-9));
    }

    [Test]
    public void Figures_are_what_the_samples_say()
    {
        foreach (var part in Results.Parts)
        {
            foreach (var figure in SweepFigures.Of(Results with { Parts = [part] }).Where(f => f.Absent is null))
            {
                var of = figure.Of;
                double expected = of.PacketType is not null
                    ? part.Series.Where(s => s.PacketType is not null && s.Chain == of.Chain && s.SamplesNs is not null).Sum(s => s.Weight * Middle(s)) / figure.Covered
                    : Middle(of) - Middle(part.Series.Single(s => s.Backend == "restoring" && (s.Traffic, s.Batch, s.Queues, s.Entries) == (of.Traffic, of.Batch, of.Queues, of.Entries)));
                Assert.That(figure.Ns!.Value.Value, Is.EqualTo(expected).Within(1e-9));
                if (figure.Mpps is { } mpps) Assert.That(mpps.Value, Is.EqualTo(1000 / expected).Within(1e-9));
                else Assert.That(figure.Ns.Value.Low, Is.LessThanOrEqualTo(0));
                if (figure.Latency is { } latency) Assert.That(latency.P50, Is.EqualTo(Statistics.Median([.. of.BatchNs!.Select(ns => (double)ns)])));
            }
        }

        static double Middle(SweepSeries series) => series.SamplesNs!.Order().ElementAt(1);
    }

    [Test]
    public void The_same_thing_is_measured_twice_in_every_part_of_the_sweep()
    {
        var checks = SweepFigures.SelfChecks(Results);
        Assert.That(checks.Select(c => c.Part), Is.EqualTo(Results.Planned.Where(p => p.StartsWith("batch", StringComparison.Ordinal))));
        foreach (var (part, check) in checks.Where(c => !c.Check.Agrees)) Assert.That(Results.Parts.Single(p => p.Name == part).Warnings, Has.Some.Contain("measured twice"));
    }

    [Test]
    public void Sections_and_scale_are_there()
    {
        var figures = SweepFigures.Of(Results).Where(f => f.Absent is null).ToLookup(f => f.Of.Section);
        Assert.That(figures["queues"].Select(f => (f.Of.Backend, f.Of.Queues)), Is.EquivalentTo(new[] { ("interpreter", 1), ("interpreter", 2), ("il", 1), ("il", 2) }));
        Assert.That(figures["length"].Select(f => f.Of.Traffic).Distinct(), Is.EqualTo(new[] { "64", "300" }));
        Assert.That(figures["map"].Select(f => f.Of.Entries).Distinct(), Is.EqualTo(new int?[] { 100, 200 }));
        Assert.That(Results.Memory!.BytesPerQueue, Is.GreaterThan(512 * 4096), "a ring and a batch of 256 buffers each");
        Assert.That(Results.Memory.Entries.Select(e => e.Bytes >= (long)e.Entries * e.ValueBytes), Is.All.True);
        Assert.That(Results.Chain!.Rows.Select(r => r.Engine).Distinct(), Is.SupersetOf(new[] { "interpreter", "il" }));
    }

    [Test]
    public void Linux_is_measured_by_types_of_packets_or_is_absent_with_a_sentence()
    {
        var linux = SweepFigures.Of(Results).Where(f => f.Of.Backend == LinuxWay.Name).ToList();
        if (LinuxWay.Missing() is { } missing)
        {
            Assert.That(Results.Absent, Does.Contain(new Absence(LinuxWay.Name, missing)));
            Assert.That(linux, Is.Empty);
            return;
        }
        OracleAvailability.Require();
        Assert.That(linux.Select(f => (f.Of.Chain, f.Of.Traffic)), Is.EquivalentTo(from c in Results.Chains from t in Results.Traffic select (c.Name, t.Name)));
        Assert.That(linux.Where(f => f.Absent is null).Select(f => f.Covered), Is.All.InRange(0.2, 1.0000001));
        // A router that sends a frame on has it live one hop less, each time it runs.
        var spent = Results.Parts.SelectMany(p => p.Series).Where(s => s is { Backend: LinuxWay.Name, Chain: "firewall-router" } && s.PacketType!.EndsWith(", tx", StringComparison.Ordinal)).ToList();
        Assert.That(spent.Select(s => s.Absent), Is.Not.Empty.And.All.StartsWith("BPF_PROG_TEST_RUN runs a frame again as it was left"));
        Assert.That(Results.Parts.SelectMany(p => p.Series).Where(s => s is { Backend: LinuxWay.Name, Chain: "xdp1" }).Select(s => s.Absent), Is.All.Null);
    }

    [Test]
    public void DPDK_is_measured_with_what_it_can_run_or_is_absent_with_a_sentence()
    {
        var dpdk = SweepFigures.Of(Results).Where(f => f.Of.Backend == DpdkPeer.Name).ToList();
        if (DpdkPeer.Missing() is { } missing)
        {
            Assert.That(Results.Absent, Does.Contain(new Absence(DpdkPeer.Name, missing)));
            Assert.That(dpdk, Is.Empty);
            Assert.Ignore(missing);
        }
        Assert.That(dpdk.Where(f => f.Of.Batch == 0).Select(f => (f.Of.Chain, f.Of.Traffic, f.Absent)), Is.EquivalentTo(
            from traffic in new[] { "64", "imix" }
            from chain in new (string, string?)[] { ("xdp1", null), ("ports-flows-drop", null), ("firewall-router", "firewall uses the hash listed: DPDK has no maps, and what Chainring runs beside it has arrays only") }
            select (chain.Item1, traffic, chain.Item2)));
    }

    [Test]
    public void Headers_tell_types_of_packets_apart()
    {
        var world = new BenchWorld(100);
        string Of(int flow)
        {
            byte[] frame = new byte[64];
            world.Write(flow, 0, frame);
            return PacketType.HeadersOf(frame);
        }
        Assert.That(Enumerable.Range(0, 16).Select(Of), Is.EqualTo(new[]
        {
            "IPv4 TCP", "IPv4 TCP", "IPv4 TCP", "IPv4 TCP", "IPv4 TCP", "IPv4 TCP", "IPv4 UDP", "IPv4 UDP", "IPv4 UDP", "IPv4 UDP", "tag IPv4 TCP", "tag IPv4 UDP", "IPv6 UDP", "IPv6 UDP", "IPv4 ICMP", "ARP",
        }));
        Assert.That(PacketType.HeadersOf(new byte[13]), Is.EqualTo("other"));
    }

    [Test]
    public void A_run_that_was_stopped_goes_on_and_one_of_something_else_does_not()
    {
        string folder = Directory.CreateTempSubdirectory("chainring-test-").FullName;
        try
        {
            var plan = TinySweep.Plan() with { Only = ["batch"], Batches = [8], Linux = false };
            using var stop = new CancellationTokenSource();
            var begun = ResultsFile.Continue(folder, plan).Value;
            BenchSweep.Run(plan, begun, r =>
            {
                ResultsFile.Save(folder, r);
                stop.Cancel();
            }, null, stop.Token);
            var stopped = ResultsFile.Continue(folder, plan).Value;
            Assert.That(stopped.Missing(), Is.EqualTo(new[] { "batch 8, imix" }));

            var done = BenchSweep.Run(plan, stopped, _ => { }, null, CancellationToken.None);
            Assert.That(done.Missing(), Is.Empty);
            Assert.That(JsonText.Of(done.Parts[0]), Is.EqualTo(JsonText.Of(stopped.Parts[0])), "what was measured is not measured again");

            var other = ResultsFile.Continue(folder, plan with { Seed = 8 }).Problem!;
            Assert.That((other.Id, other.Sentence), Is.EqualTo(("B04", $"{Path.Combine(folder, "results.json")}: is of another run (seed: 7, and not 8); give another --out, or remove it")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void Results_are_the_same_when_they_have_been_written_and_read()
    {
        using var stream = new MemoryStream();
        JsonText.Write(stream, Results, dense: true);
        stream.Position = 0;
        Assert.That(JsonText.Of(JsonText.Read<BenchResults>(stream)), Is.EqualTo(JsonText.Of(Results)));
    }

    [Test]
    public void Compared_with_itself_nothing_has_changed_and_what_is_slower_has()
    {
        Assert.That(SweepComparison.Of(Results, Results).Figures.Where(f => f.Changed), Is.Empty);
        var slower = Results with
        {
            Parts = [.. Results.Parts.Select(p => p with { Series = [.. p.Series.Select(s => s is { Chain: "xdp1", Backend: "il" } ? s with { SamplesNs = [.. s.SamplesNs!.Select(ns => ns + 1e7)] } : s)] })],
            Identity = new Dictionary<string, string>(Results.Identity) { ["cpu"] = "another" },
        };
        var comparison = SweepComparison.Of(Results, slower);
        Assert.That(comparison.Figures.Where(f => f.Changed).Select(f => f.What), Is.EquivalentTo(new[]
        {
            "batch: xdp1, il, 64, batches of 8", "batch: xdp1, il, 64, batches of 256", "batch: xdp1, il, imix, batches of 8", "batch: xdp1, il, imix, batches of 256",
        }));
        Assert.That(comparison.Differences.Select(d => (d.What, d.After)), Is.EqualTo(new[] { ("cpu", "another") }));
    }

    [Test]
    public void A_backend_that_ends_otherwise_than_the_reference_is_not_measured()
    {
        var plan = TinySweep.Plan() with { Only = ["batch"], Batches = [8], Targets = [Targets.Reference, new Wrong()], Linux = false };
        var results = BenchSweep.Run(plan with { Traffic = [plan.Traffic[0]] }, (plan with { Traffic = [plan.Traffic[0]] }).Begin(), _ => { }, null, CancellationToken.None);
        Assert.That(SweepFigures.Of(results).Where(f => f.Of.Backend == "wrong").Select(f => f.Absent), Is.Not.Empty.And.All.StartsWith("ends frame 0 in Redirect with "));
        Assert.That(SweepFigures.Of(results).Where(f => f.Of.Backend == "interpreter").Select(f => f.Absent), Is.All.Null);
    }

    [Test]
    public void By_the_clock_of_the_thread_a_device_is_absent()
    {
        var tiny = TinySweep.Plan();
        var plan = tiny with
        {
            Only = ["batch"],
            Batches = [8],
            Linux = false,
            Chains = [tiny.Chains[0]],
            Traffic = [tiny.Traffic[0]],
            Targets = [Targets.Reference, Targets.OnDevice],
            Effort = tiny.Effort with { Sampling = tiny.Effort.Sampling with { ByCpuTime = true } },
        };
        var results = BenchSweep.Run(plan, plan.Begin(), _ => { }, null, CancellationToken.None);
        Assert.That(SweepFigures.Of(results).Single(f => f.Of.Backend == "opencl").Absent, Is.EqualTo(Targets.OnDevice.Missing ?? "its work is done by other threads, whose time --clock cpu does not see"));
    }

    /// <summary>The interpreter, and then another verdict on the first frame.</summary>
    sealed class Wrong : IKernelTarget
    {
        public string Name => "wrong";

        public string Description => "errs";

        public bool NeedsProof => false;

        public IKernel Compile(Chain chain, KernelEnvironment environment) => new Kernel(Targets.Reference.Compile(chain, environment));

        sealed class Kernel(IKernel kernel) : IKernel
        {
            public Chain Chain => kernel.Chain;

            public ChainCounters Counters => kernel.Counters;

            public void Run(PacketBatch batch)
            {
                kernel.Run(batch);
                batch.Verdicts[0] = new(XdpAction.Redirect);
            }
        }
    }
}
