using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Nic.Rss;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Nic;

/// <summary>Several queues: spread by RSS, order kept within a flow, rings that overflow, queues that wait for a batch.</summary>
public sealed class QueuesTests
{
    const int Queues = 4;

    [Test]
    public void Ten_thousand_flows_spread_over_all_queues_and_each_stays_on_one_in_order()
    {
        const int flows = 10_000, rounds = 3;
        var heard = new Heard();
        var port = Port(Frames(flows * rounds, flows), new PortConfig { Queues = Queues, Batch = 32 });
        port.Poll(int.MaxValue, heard);

        Assert.That(port.Queues.Select(q => q.Received), Is.All.InRange(flows * rounds / Queues * 9 / 10, flows * rounds / Queues * 11 / 10));
        Assert.That(heard.Frames, Has.Count.EqualTo(flows * rounds));
        foreach (var flow in heard.Frames.GroupBy(f => f.Index % flows))
        {
            Assert.That(flow.Select(f => f.Queue).Distinct().Count(), Is.EqualTo(1));
            Assert.That(flow.Select(f => f.Index), Is.Ordered);
        }
    }

    [Test]
    public void A_ring_that_is_full_misses_what_comes_on_top()
    {
        var heard = new Heard();
        // Nothing is due before the last frame, so the ring fills up.
        var port = Port(Frames(100, flows: 10), new PortConfig { Ring = 64, Batch = 64, CoalesceFrames = int.MaxValue, CoalesceNs = ulong.MaxValue });
        port.Poll(int.MaxValue, heard);
        Assert.That(port.Queues[0].RingFull + port.Queues[0].Received, Is.EqualTo(100));
        Assert.That(port.Missed(MissReason.RingFull), Is.EqualTo(heard.MissedFrames));
    }

    [Test]
    public void A_batch_leaves_when_it_is_filled_or_when_its_first_frame_has_waited()
    {
        var heard = new Heard();
        ulong[] arrivals = [0, 10, 20, 100, 110, 111, 112, 113, 114, 115];
        var port = new Port(Card(), 1, new TimedWire(arrivals), new PortConfig { Batch = 4, CoalesceNs = 50 });
        port.Poll(int.MaxValue, heard);
        // The frame at 100 finds the first three overdue and leaves with them; then four make a batch; the rest goes at the end.
        Assert.That(heard.Batches, Is.EqualTo(new[] { "0 1 2 3", "4 5 6 7", "8 9" }));
    }

    [Test]
    public void Queues_are_cpus_to_programs()
    {
        var program = ProgramText.Program("cpu", "call 8\nr0 += 1\nexit");
        using var card = new TestCard(ChainSpec.Single(TestCard.ObjectOf([program]), program), Targets.Reference,
            new CardOptions { Target = Targets.Reference, Capabilities = new() { Queues = 2 } });
        var rss = RssConfig.Even(2) with { Table = [.. Enumerable.Repeat((byte)1, RssConfig.TableEntries)] };
        var port = new Port(card.Card, 1, new ListWire(Frames(5, 5)), new PortConfig { Queues = 2, Rss = rss });
        port.Poll(int.MaxValue, new Heard());
        Assert.That((port.Queues[0].Received, port.Queues[1].Verdicts(XdpAction.Pass)), Is.EqualTo((0, 5)), "CPU 1 + 1 is XDP_PASS");
    }

    static SmartNic Card() => new(new CardOptions { Target = Targets.Reference, Capabilities = new() { Queues = Queues } });

    static Port Port(IReadOnlyList<byte[]> frames, PortConfig config) => new(Card(), 1, new ListWire(frames), config);

    static byte[][] Frames(int count, int flows)
    {
        var generator = new FrameGenerator(new TrafficSpec { Seed = 1, Flows = flows, Order = FlowOrder.RoundRobin, Shapes = [new FlowShape(Network.Ipv4)], Sizes = SizeMix.Fixed(64) });
        var buffer = new byte[generator.LongestFrame];
        return [.. Enumerable.Range(0, count).Select(_ => buffer[..generator.Next(buffer)].ToArray())];
    }
}
