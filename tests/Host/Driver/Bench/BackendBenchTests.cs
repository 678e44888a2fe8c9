using System.Buffers.Binary;
using Chainring.Host.Driver.Bench;
using Chainring.Host.Driver.Measure;
using Chainring.Kernels;
using Chainring.Nic.Wire;
using Chainring.Offload;
using Chainring.Offload.Spec;
using Chainring.Tests.Oracle;
using NUnit.Framework;
using static Chainring.Host.Driver.Bench.BackendBenchReport;

namespace Chainring.Tests.Host.Driver.Bench;

/// <summary>The tables of what backends cost: what is in them, that they say what was measured, and that every engine does the same to the frames. No time is judged.</summary>
[NonParallelizable]
public sealed class BackendBenchTests
{
    const int Batch = 64;

    static readonly SamplingOptions Tiny = new() { Rounds = 3, SampleMs = 0.01, WindowMs = 0.01 };

    static readonly BackendSizes Sizes = new() { Small = 100, Large = 500, Frames = 1000, FramesOfLarge = 2000 };

    static readonly Lazy<IReadOnlyList<BackendTraffic>> AllTraffic = new(() => BackendTraffic.All(Sizes));

    static readonly Lazy<BackendBenchReport> OnTheCard = new(() => BackendBench.Run(BackendEngine.All(Batch, linux: false), Sizes, Batch, Tiny));

    internal static BackendBenchReport Report => OnTheCard.Value;

    static readonly string[] Traffic = ["one", "mixed", "mixed-imix", "mixed-large-maps"];

    static IEnumerable<string> Backends => Targets.All.Select(t => t.Name);

    [Test]
    public void Every_program_has_a_row_for_every_backend()
    {
        string[] all = ["empty", "xdp1", "xdp2", "firewall", "balancer", "router"], withMaps = ["empty", "firewall", "balancer", "router"];
        var expected = Traffic.SelectMany(t => (t == "mixed-large-maps" ? withMaps : all).SelectMany(p => Backends.Select(b => (t, p, b))));
        Assert.That(Report.Rows.Select(r => (r.Traffic, r.Program, r.Engine)), Is.EqualTo(expected));
        Assert.That(Report.Rows.Where(r => Targets.All.Single(t => t.Name == r.Engine).Missing is null).Select(r => r.Absent), Is.All.Null);
    }

    [Test]
    public void Figures_are_what_the_samples_say()
    {
        foreach (var row in Report.Rows.Where(r => r.Absent is null))
        {
            var traffic = Report.Traffic.Single(t => t.Name == row.Traffic);
            double restoring = Statistics.Median([.. traffic.RestoringSamplesNs]);
            Assert.That(traffic.RestoringNs.Value, Is.EqualTo(restoring));
            Assert.That(row.Restored, Is.EqualTo(row.Traffic != "one" || row.Program is "balancer" or "router"), $"{row.Traffic} {row.Program}");
            double ns = Statistics.Median([.. row.SamplesNs!]) - (row.Restored ? restoring : 0);
            Assert.That((row.SamplesNs!.Count, row.Ns!.Value.Value), Is.EqualTo((Tiny.Rounds, ns)));
            Assert.That(row.Mpps?.Value, row.Ns.Value.Low > 0 ? Is.EqualTo(1000 / ns) : Is.Null);
            if (row.Program == "empty")
            {
                Assert.That((row.NetNs, row.NetOver), Is.EqualTo(((Estimate?)null, (IReadOnlyDictionary<string, Estimate>?)null)));
                continue;
            }
            double net = ns - RowOf(row, "empty", row.Engine).Ns!.Value.Value;
            Assert.That(row.NetNs!.Value.Value, Is.EqualTo(net).Within(1e-9));
            foreach (var (other, share) in row.NetOver!) Assert.That(share.Value, Is.EqualTo(net / RowOf(row, row.Program, other).NetNs!.Value.Value).Within(1e-6));
            Assert.That(row.NetOver.Keys, Is.EquivalentTo(Report.Rows.Where(r => (r.Traffic, r.Program) == (row.Traffic, row.Program) && r.Engine != row.Engine && r.NetNs is { Low: > 0 }).Select(r => r.Engine)));
        }
    }

    [Test]
    public void Traffic_says_how_large_its_maps_are()
    {
        Assert.That(Report.Traffic.Select(t => (t.Name, t.Frames)), Is.EqualTo(new[] { ("one", 1), ("mixed", 1000), ("mixed-imix", 1000), ("mixed-large-maps", 2000) }));
        foreach (var traffic in Report.Traffic)
        {
            int entries = traffic.Name == "mixed-large-maps" ? 500 : 100;
            Assert.That(traffic.MapEntries, Is.EquivalentTo(new Dictionary<string, int> { ["listed"] = entries, ["backends"] = entries == 500 ? 512 : 128, ["routes"] = entries }));
            Assert.That(traffic.MapBytes["backends"], Is.EqualTo(16 * traffic.MapEntries["backends"]));
            Assert.That(traffic.MapBytes["listed"], Is.GreaterThan(24 * entries));
        }
    }

    [Test]
    public void The_same_thing_is_measured_twice() => Assert.That(Report.SelfChecks.Select(c => c.Engine), Is.EqualTo(Backends));

    [Test]
    public void Every_frame_ends_as_its_flow_demands_on_every_backend([ValueSource(nameof(Traffic))] string name, [ValueSource(nameof(Backends))] string backend)
    {
        var traffic = AllTraffic.Value.Single(t => t.Name == name);
        foreach (var program in traffic.Programs)
        {
            var (run, reference) = (Outcomes(backend, program, traffic), Outcomes(Targets.Reference.Name, program, traffic));
            Assert.That(run, Is.EqualTo(reference), program.Name);
            Assert.That(run, Has.Count.EqualTo(Math.Max(Batch, traffic.Frames.Count / Batch * Batch)));
            for (int n = 0; n < run.Count; n++)
            {
                int flow = traffic.Frames.FlowOf(n % traffic.Frames.Count), length = traffic.Frames.LengthOf(n % traffic.Frames.Count);
                var wanted = Wanted(program.Name, flow);
                Assert.That((run[n].Action, run[n].Length), Is.EqualTo((wanted, program.Name == "balancer" && wanted == XdpAction.Tx ? length + 20 : length)), $"{program.Name}, frame {n}");
            }
        }
    }

    [Test]
    public void Mixed_traffic_has_frames_of_every_kind_and_length()
    {
        var mixed = AllTraffic.Value.Single(t => t.Name == "mixed");
        Assert.That(Enumerable.Range(0, mixed.Frames.Count).Select(n => BenchWorld.ShapeOf(mixed.Frames.FlowOf(n)).Network).Distinct(), Is.EquivalentTo(new[] { Network.Ipv4, Network.Ipv6, Network.Arp }));
        Assert.That(Enumerable.Range(0, mixed.Frames.Count).Select(mixed.Frames.LengthOf), Is.All.EqualTo(64));
        var imix = AllTraffic.Value.Single(t => t.Name == "mixed-imix").Frames;
        Assert.That(Enumerable.Range(0, imix.Count).Select(imix.LengthOf).Distinct(), Is.EquivalentTo(new[] { 64, 570, 1514 }));
    }

    [Test]
    public void Frames_have_right_checksums()
    {
        var world = AllTraffic.Value[0].World;
        byte[] frame = new byte[64];
        for (int flow = 0; flow < world.Flows; flow++)
        {
            var shape = BenchWorld.ShapeOf(flow);
            if (shape.Network != Network.Ipv4) continue;
            world.Write(flow, number: 5, frame);
            Assert.That(InternetChecksum.Fold(InternetChecksum.Sum(frame.AsSpan(shape.NetworkOffset, 20))), Is.Zero, $"IPv4 of flow {flow}");
            if (!BenchWorld.IsTuple(flow)) continue;
            var segment = frame.AsSpan(shape.TransportOffset);
            ulong pseudo = InternetChecksum.Sum(frame.AsSpan(shape.NetworkOffset + 12, 8)) + frame[shape.NetworkOffset + 9] + (ulong)segment.Length;
            Assert.That(InternetChecksum.Fold(InternetChecksum.Sum(segment, pseudo)), Is.Zero, $"TCP or UDP of flow {flow}");
        }
    }

    [Test]
    public void The_balancer_puts_a_frame_into_another_and_the_router_takes_a_hop_off()
    {
        var traffic = AllTraffic.Value[0];
        byte[] before = new byte[64];
        traffic.World.Write(traffic.World.PlainFlow, number: 0, before);

        byte[] balanced = After("balancer", traffic);
        Assert.That(balanced[34..], Is.EqualTo(before[14..]));
        Assert.That((balanced[23], balanced[30], InternetChecksum.Fold(InternetChecksum.Sum(balanced.AsSpan(14, 20)))), Is.EqualTo((4, 10, 0)));
        Assert.That(BinaryPrimitives.ReadUInt16BigEndian(balanced.AsSpan(16)), Is.EqualTo(balanced.Length - 14));

        byte[] routed = After("router", traffic);
        Assert.That((routed[22], InternetChecksum.Fold(InternetChecksum.Sum(routed.AsSpan(14, 20)))), Is.EqualTo((before[22] - 1, 0)));
        Assert.That((routed[..2], routed[6..12]), Is.EqualTo((new byte[] { 2, 2 }, before[..6])));
    }

    [Test]
    public void Linux_ends_every_program_as_the_card_does()
    {
        OracleAvailability.Require();
        var mixed = AllTraffic.Value.Single(t => t.Name == "mixed");
        var linux = new LinuxEngine();
        // A flow of each shape that there is.
        foreach (int flow in Enumerable.Range(0, mixed.World.Flows).DistinctBy(f => (BenchWorld.ShapeOf(f), BenchWorld.IsListed(f), BenchWorld.HasRoute(f))))
        {
            var traffic = mixed with { Frames = BenchFrames.Of(mixed.World, flow) };
            foreach (var program in BackendProgram.All)
            {
                using var run = linux.Open(program, traffic).Value;
                run.Run(1);
                Assert.That(run.Verdict, Is.EqualTo(Wanted(program.Name, flow)), $"{program.Name}, flow {flow}");
            }
        }
    }

    [Test]
    public void What_Linux_has_no_test_run_for_is_absent_with_the_reason()
    {
        OracleAvailability.Require();
        var rows = BackendBench.Run([.. Reference(), new LinuxEngine()], Sizes, Batch, Tiny with { Rounds = 1 }).Rows.Where(r => r.Engine == "Linux").ToList();
        Assert.That(rows.Where(r => r.Traffic != "one").Select(r => r.Absent), Is.All.EqualTo("BPF_PROG_TEST_RUN repeats one frame only; with a system call for each frame, that call would be what is measured"));
        Assert.That(rows.Where(r => r is { Traffic: "one", Absent: null }).Select(r => r.Program), Is.EqualTo(new[] { "empty", "xdp1", "xdp2", "firewall" }));
        Assert.That(rows.Where(r => r is { Traffic: "one", Absent: not null }).Select(r => r.Absent), Is.All.StartsWith("BPF_PROG_TEST_RUN runs a frame again as it was left"));
    }

    [Test]
    public void Without_rights_Linux_is_absent_with_a_sentence()
    {
        if (!OperatingSystem.IsLinux()) Assert.Ignore("this is not Linux");
        Assert.That(Rights.WithoutAny(() => new LinuxEngine().Absent), Is.EqualTo("this process cannot use bpf(2): program drop is refused: EPERM"));
    }

    [Test]
    public void What_ends_otherwise_is_not_measured_and_the_rest_goes_on()
    {
        var report = BackendBench.Run([.. Reference(), new Made("wrong", XdpAction.Aborted), new Made("refusing", null)], Sizes, Batch, Tiny);
        Assert.That(report.Rows.Where(r => r.Engine == "wrong").Select(r => r.Absent), Is.All.StartsWith("ends in Aborted, not "));
        Assert.That(report.Warnings, Has.Some.EqualTo("wrong, empty, mixed frames of 64 bytes ends in Aborted, not Drop: it did not run as it should, and is not measured"));
        Assert.That(report.Rows.Where(r => r.Engine == "refusing").Select(r => r.Absent), Is.All.EqualTo("no more"));
        Assert.That(report.Rows.Where(r => r.Engine == Targets.Reference.Name).Select(r => r.Absent), Is.All.Null);
    }

    [Test]
    public void A_backend_that_ends_one_frame_otherwise_is_not_measured()
    {
        var report = BackendBench.Run([.. Reference(), new CardEngine(new Erring(frame: 3), Batch)], Sizes, Batch, Tiny);
        Assert.That(report.Rows.Where(r => r.Engine == "erring").Select(r => r.Absent), Is.All.StartsWith("ends frame 3 in Redirect with "));
        Assert.That(report.Warnings.Count(w => w.StartsWith("erring, ", StringComparison.Ordinal)), Is.EqualTo(report.Rows.Count(r => r.Engine == "erring")));
    }

    static BackendRow RowOf(BackendRow like, string program, string engine) => Report.Rows.Single(r => (r.Traffic, r.Program, r.Engine) == (like.Traffic, program, engine));

    static IEnumerable<BackendEngine> Reference() => [new CardEngine(Targets.Reference, Batch)];

    static BackendRun Open(string backend, BackendProgram program, BackendTraffic traffic) =>
        (BackendRun)new CardEngine(Targets.All.Single(t => t.Name == backend), Batch).Open(program, traffic).Value;

    static IReadOnlyList<Outcome> Outcomes(string backend, BackendProgram program, BackendTraffic traffic) => Open(backend, program, traffic).Outcomes(int.MaxValue);

    /// <summary>The traffic's first frame after a program.</summary>
    static byte[] After(string program, BackendTraffic traffic)
    {
        var feed = traffic.Feed(FrameChange.Spend, Batch);
        var card = Open(Targets.Reference.Name, BackendProgram.All.Single(p => p.Name == program), traffic);
        card.Kernel.Run(feed.Batch);
        return feed.Batch.Bytes(0).ToArray();
    }

    static XdpAction Wanted(string program, int flow) => program switch
    {
        "empty" or "xdp1" => XdpAction.Drop,
        "xdp2" => XdpAction.Tx,
        "firewall" => BenchWorld.IsListed(flow) ? XdpAction.Drop : XdpAction.Pass,
        "balancer" => BenchWorld.IsTuple(flow) && BenchWorld.ShapeOf(flow).Tags == 0 ? XdpAction.Tx : XdpAction.Pass,
        _ => BenchWorld.HasRoute(flow) ? XdpAction.Tx : XdpAction.Pass,
    };

    /// <summary>The interpreter, but for one frame of each batch.</summary>
    sealed class Erring(int frame) : IKernelTarget
    {
        public string Name => "erring";

        public string Description => "errs";

        public bool NeedsProof => false;

        public IKernel Compile(Chain chain, KernelEnvironment environment) => new Kernel(Targets.Reference.Compile(chain, environment), frame);

        sealed class Kernel(IKernel kernel, int frame) : IKernel
        {
            public Chain Chain => kernel.Chain;

            public ChainCounters Counters => kernel.Counters;

            public void Run(PacketBatch batch)
            {
                kernel.Run(batch);
                batch.Verdicts[frame] = new(XdpAction.Redirect);
            }
        }
    }

    /// <summary>An engine that does nothing and ends as it is told, or refuses to.</summary>
    sealed record Made(string Called, XdpAction? Ends) : BackendEngine(Called)
    {
        public override Result<ReadyRun> Open(BackendProgram program, BackendTraffic traffic) => Ends is { } ends ? new Nothing(ends) : BenchError.KernelRefuses("no more");

        sealed class Nothing(XdpAction ends) : ReadyRun(packets: 1, leastTimes: 1)
        {
            public override void Run(int times) => Thread.SpinWait(times);

            public override XdpAction Verdict => ends;
        }
    }
}
