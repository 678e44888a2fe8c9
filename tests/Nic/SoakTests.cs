using System.Diagnostics;
using System.Globalization;
using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Nic.Wire.Wrappers;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Nic;

/// <summary>
/// Everything at once for a while: two ports under generated traffic with every fault, four queues, programs with maps, tables edited and chains
/// replaced, spread and link changed. A quarter of a minute on each backend, or as many seconds as <c>CHAINRING_SOAK_SECONDS</c> says (<c>scripts/soak</c>).
/// </summary>
[NonParallelizable]
public sealed class SoakTests
{
    const int Queues = 4;

    /// <summary>What memory may grow by after the first part, in bytes: a leak of a few bytes per frame or change would be far more.</summary>
    const long MostGrowth = 24 << 20;

    static readonly string[] Chains =
    [
        """
        programs: { firewall: { object: firewall.o }, counter: { object: counter.o } }
        entry: firewall
        edges: { firewall: { pass: counter } }
        maps: { firewall.blocked_ports: { "0035": "0000000000000000", "01bb": "0000000000000000" } }
        """,
        """
        programs: { counter: { object: counter.o }, firewall: { object: firewall.o }, tap: { object: tap.o }, limiter: { object: limiter.o } }
        entry: counter
        edges: { counter: { pass: firewall }, firewall: { drop: tap, pass: limiter } }
        maps: { firewall.blocked_ports: { "0035": "0000000000000000" } }
        """,
        "programs: { balancer: { object: balancer.o }, counter: { object: counter.o } }\nentry: balancer\nedges: { balancer: { \"*\": counter } }",
    ];

    static int Seconds => int.TryParse(Environment.GetEnvironmentVariable("CHAINRING_SOAK_SECONDS"), CultureInfo.InvariantCulture, out int seconds) ? seconds : 6;

    [Test]
    public void A_card_under_load_faults_and_changes_loses_no_frame_and_its_memory_stays_flat([ValueSource(typeof(Targets), nameof(Targets.All))] object target)
    {
        var card = new SmartNic(new CardOptions { Target = (IKernelTarget)target, Capabilities = new() { Queues = Queues }, FusesLater = true });
        FaultInjectorWire[] wires = [.. Enumerable.Range(1, 2).Select(n => new FaultInjectorWire(Generator(n), Faults(n), Faults(n) with { StalledRingPerMillion = 0, BadDescriptorPerMillion = 0 }))];
        Port[] ports = [.. wires.Select((wire, n) => new Port(card, (uint)n + 1, wire, new PortConfig { Queues = Queues, Ring = 512, Batch = 64, Pause = true, VlanStrip = n == 0, RxChecksum = n == 1 }))];
        var chain = InstalledChain.Install(card, Parse(0)).Value;
        var carrier = new VerdictCarrier(card.Maps, ports);
        var watch = Stopwatch.StartNew();
        long settled = 0;
        int changes = 0;
        using (var live = new LiveCard(Queues, carrier, ports))
        {
            live.Start();
            while (watch.Elapsed.TotalSeconds < Seconds && !live.IsDone)
            {
                chain = chain.Replace(Parse(++changes)).Value;
                Edit(chain, changes);
                ports[changes % 2].Spread(Chainring.Nic.Rss.RssConfig.Even(Queues) with { Table = [.. Enumerable.Range(0, 128).Select(n => (byte)((n + changes) % Queues))] });
                ports[0].LinkUp = changes % 50 != 0;
                _ = RunReport.Of(card, chain, ports, new RunSettings(), watch.Elapsed);
                if (settled == 0 && watch.Elapsed.TotalSeconds > Seconds / 4.0) settled = Memory();
                Thread.Sleep(10);
            }
            live.Stop();
        }
        long grown = Memory() - settled;
        foreach (var (wire, port) in wires.Zip(ports))
        {
            var line = wire.Receiving;
            TestContext.Out.WriteLine($"{port.Name}: {port.RxFrames:N0} frames, " + string.Join(", ", MissReasons.All.Select(r => $"{MissReasons.NameOf(r)} {port.Missed(r):N0}")));
            Assert.That(line.Taken + line.Count(Fault.Duplicate), Is.EqualTo(line.Given + line.Count(Fault.Drop) + line.Count(Fault.LinkDown) + line.Held), "on the wire");
            Assert.That(port.RxFrames, Is.EqualTo(line.Given), "by the port");
            Assert.That(port.Queues.Select(q => q.Waiting), Is.All.Zero);
        }
        TestContext.Out.WriteLine($"{changes:N0} changes in {watch.Elapsed.TotalSeconds:N0} s; memory grew by {grown / 1024:N0} KiB");
        Assert.That(Conservation.Broken(card, ports, carried: true), Is.Null);
        Assert.That(ports.Sum(p => p.Queues.Sum(q => q.AbortsBy(AbortReason.HelperArgument) + q.AbortsBy(AbortReason.MapValueBounds))), Is.Zero, "no program lost its maps under way");
        Assert.That(grown, Is.LessThan(MostGrowth));
        chain.Dispose();
        Assert.That((card.Maps.All.Count(), card.Programs.Count), Is.EqualTo((0, 0)), "everything was given back");
    }

    static ChainSpec Parse(int n) => ChainFile.Parse(Chains[n % Chains.Length], "chain.yaml", TestData.FromRoot("examples")).Value;

    /// <summary>Takes the entry's edges away and puts them back.</summary>
    static void Edit(InstalledChain chain, int n)
    {
        var table = chain.Table!;
        uint entry = chain.Members[chain.Spec.Entry].Id;
        var slots = table.Entries[entry];
        for (int times = 0; times < 1 + n % 20; times++)
        {
            Assert.That(table.Delete(entry), Is.Null);
            Assert.That(table.Update(entry, slots), Is.Null);
        }
    }

    static GeneratorWire Generator(int seed) => new(new TrafficSpec
    {
        Seed = (ulong)seed,
        Flows = 5000,
        Order = FlowOrder.Zipf,
        Sizes = SizeMix.Imix,
        DefectPercent = 2,
        Shapes = [new(Network.Ipv4), new(Network.Ipv6, Transport.Tcp), new(Network.Ipv4, Transport.Tcp, Tags: 1), new(Network.Arp), new(Network.Ipv4, Fragmented: true)],
    }, Pacing.Timestamps(10_000_000_000));

    static FaultSpec Faults(int seed) => new()
    {
        Seed = (ulong)seed,
        DropPerMillion = 1000,
        CorruptPerMillion = 5000,
        DuplicatePerMillion = 1000,
        DelayPerMillion = 1000,
        DelayFrames = 7,
        TruncatePerMillion = 1000,
        LinkDownPerMillion = 20,
        LinkDownFrames = 100,
        BadDescriptorPerMillion = 1000,
        StalledRingPerMillion = 10,
        StallFrames = 4000,
    };

    static long Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
