using Chainring.Nic.Wire;
using NUnit.Framework;

namespace Chainring.Tests.Nic.Wire;

public sealed class FrameGeneratorTests
{
    static IEnumerable<FlowShape> Shapes()
    {
        foreach (var tags in new[] { 0, 1, 2 })
        {
            yield return new FlowShape(Network.Plain, Tags: tags);
            yield return new FlowShape(Network.Arp, Tags: tags);
            foreach (var transport in Enum.GetValues<Transport>())
                foreach (var fragmented in new[] { false, true })
                {
                    foreach (var words in new[] { 0, 1, 10 })
                        yield return new FlowShape(Network.Ipv4, transport, tags, words, Fragmented: fragmented);
                    for (var set = 0; set < 8; set++)
                        yield return new FlowShape(Network.Ipv6, transport, tags, Extensions: (Ipv6Extensions)set, Fragmented: fragmented);
                }
        }
    }

    [TestCaseSource(nameof(Shapes))]
    public void Headers_lengths_and_checksums_are_right(FlowShape shape)
    {
        var spec = new TrafficSpec { Flows = 5, Shapes = [shape], Sizes = SizeMix.Between(14, 300) };
        var checker = new FrameChecker();
        foreach (var frame in Frames(spec, 60)) checker.Check(frame, shape);
        if (shape.IsIp) Assert.That(checker.Datagrams, Is.EqualTo(shape.Fragmented ? 20 : 60));
    }

    [Test]
    public void The_same_spec_makes_the_same_frames_and_another_seed_makes_others()
    {
        var spec = new TrafficSpec { Flows = 300, Order = FlowOrder.Zipf, Shapes = [.. Shapes()], Sizes = SizeMix.Imix, DefectPercent = 30 };
        var frames = Frames(spec, 500);
        Assert.That(Frames(spec, 500), Is.EqualTo(frames));
        Assert.That(Frames(spec with { Seed = 2 }, 500), Is.Not.EqualTo(frames));
    }

    [Test]
    public void A_flow_keeps_its_addresses_and_ports_and_no_two_share_them([Values(1, 10, 70_000)] int flows)
    {
        var headers = new Dictionary<int, byte[]>();
        var at = 0;
        foreach (var frame in Frames(new TrafficSpec { Flows = flows }, flows + 20))
        {
            var tuple = frame[26..38];
            if (!headers.TryAdd(at % flows, tuple)) Assert.That(tuple, Is.EqualTo(headers[at % flows]));
            at++;
        }
        Assert.That(headers.Values.Select(Convert.ToHexString).Distinct().Count(), Is.EqualTo(flows));
    }

    [Test]
    public void Zipf_gives_the_first_flow_twice_what_the_second_has()
    {
        var counts = new int[100];
        foreach (var frame in Frames(new TrafficSpec { Flows = 100, Order = FlowOrder.Zipf }, 20_000)) counts[frame[11]]++;
        Assert.That((double)counts[0] / counts[1], Is.EqualTo(2).Within(0.15));
        Assert.That((double)counts[0] / counts[9], Is.EqualTo(10).Within(1.5));
        Assert.That(counts, Has.All.GreaterThan(0));
    }

    [Test]
    public void Imix_has_its_shares_of_7_to_4_to_1()
    {
        var lengths = Frames(new TrafficSpec { Sizes = SizeMix.Imix }, 12_000).CountBy(frame => frame.Length).ToDictionary();
        Assert.That(lengths.Keys, Is.EquivalentTo([60, 590, 1514]));
        Assert.That(lengths[60], Is.EqualTo(7000).Within(200));
        Assert.That(lengths[590], Is.EqualTo(4000).Within(200));
        Assert.That(lengths[1514], Is.EqualTo(1000).Within(200));
    }

    [Test]
    public void The_longest_frames_that_ip_can_carry_are_made([Values] Network network, [Values] bool fragmented)
    {
        var shape = new FlowShape(network, Fragmented: fragmented);
        var spec = new TrafficSpec { Shapes = [shape], Sizes = SizeMix.Fixed(SizeMix.LongestFrame) };
        var checker = new FrameChecker();
        foreach (var frame in Frames(spec, 3)) checker.Check(frame, shape);
    }

    [Test]
    public void Every_defect_is_made_and_no_frame_is_shorter_than_its_ethernet_header()
    {
        var random = new SplitMix64(1);
        foreach (var shape in Shapes().Where(shape => !shape.Fragmented && shape.Network != Network.Plain))
            foreach (var defect in Enum.GetValues<Defect>().Where(defect => Defects.Fits(defect, shape)))
            {
                var frame = new byte[shape.ShortestFrame + 50];
                FrameGenerator.Write(new Flow(1, 0, shape), 1, frame);
                var left = Defects.Apply(defect, shape, frame, ref random);
                Assert.That(left, Is.InRange(14, frame.Length));
                Assert.That(() => new FrameChecker().Check(frame[..left], shape), Throws.Exception, $"{defect} of {shape}");
            }
    }

    [Test]
    public void Nothing_is_allocated_per_frame()
    {
        var generator = new FrameGenerator(new TrafficSpec { Flows = 500, Shapes = [.. Shapes()], Sizes = SizeMix.Imix, DefectPercent = 20 });
        var buffer = new byte[generator.LongestFrame];
        var allocated = 0L;
        for (var pass = 0; pass < 2 || (allocated > 0 && pass < 6); pass++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 3000; i++) generator.Next(buffer);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Assert.That(allocated, Is.Zero);
    }

    [Test]
    public void SplitMix64_draws_the_numbers_of_the_reference_code()
    {
        var random = new SplitMix64(1234567);
        Assert.That(new[] { random.Next(), random.Next(), random.Next() },
            Is.EqualTo(new ulong[] { 6457827717110365317, 3203168211198807973, 9817491932198370423 }));
    }

    static List<byte[]> Frames(TrafficSpec spec, int count)
    {
        var generator = new FrameGenerator(spec);
        var buffer = new byte[generator.LongestFrame];
        return [.. Enumerable.Range(0, count).Select(_ => buffer[..generator.Next(buffer)])];
    }
}
