using Chainring.Host.Driver.Bench.Bus;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver.Bench;

/// <summary>A card behind a bus: cases that can be done by hand, and what must follow from any.</summary>
public sealed class BusTests
{
    /// <summary>A byte takes 10 ns, a bus packet has 4 bytes besides, and nothing is done at once.</summary>
    static readonly BusSpec Slow = new() { LatencyNs = 100, Mbps = 800, Payload = 32, Overhead = 4, ReadRequest = 64, DescriptorBytes = 8, DescriptorBatch = 1, CompletionBatch = 1, DoorbellBatch = 1, BatchesInFlight = 100 };

    [Test]
    public void Bytes_of_one_frame_that_stays()
    {
        // A frame of 64 bytes in two packets, a completion of 8 in one, a request for a descriptor: 72 + 12 + 4. The other way a descriptor and a doorbell: 12 + 8.
        Assert.That(BusModel.BytesToHost(Slow, 1, 64, 0), Is.EqualTo(88));
        Assert.That(BusModel.BytesToCard(Slow, 1, 64, 0), Is.EqualTo(20));
    }

    [Test]
    public void Bytes_of_one_frame_that_is_sent()
    {
        // Besides: a request for its descriptor, one for the frame, a completion: 4 + 4 + 12; its descriptor, a doorbell, the frame: 12 + 8 + 72.
        Assert.That(BusModel.BytesToHost(Slow, 1, 64, 1), Is.EqualTo(108));
        Assert.That(BusModel.BytesToCard(Slow, 1, 64, 1), Is.EqualTo(112));
    }

    [Test]
    public void What_is_done_at_once_takes_fewer_packets()
    {
        var bus = Slow with { DescriptorBatch = 4, CompletionBatch = 4, DoorbellBatch = 8 };
        // 8 frames of 72; two completions of 32 bytes, each in a packet; two requests. Two fetches of 32 bytes; one doorbell.
        Assert.That(BusModel.BytesToHost(bus, 8, 64, 0), Is.EqualTo(8 * 72 + 2 * 36 + 2 * 4));
        Assert.That(BusModel.BytesToCard(bus, 8, 64, 0), Is.EqualTo(2 * 36 + 8));
    }

    [Test]
    public void One_frame_that_finds_the_way_free()
    {
        // 88 bytes at 10 ns, 100 ns on the way, 50 ns of programs; nothing goes back.
        Assert.That(BusModel.Predict(Slow, 1, 64, 0, 50).BatchUs, Is.EqualTo(1.03).Within(1e-9));
        // 108 bytes, 100, 50, then 112 bytes, and three times the way: told, asked, brought.
        Assert.That(BusModel.Predict(Slow, 1, 64, 1, 50).BatchUs, Is.EqualTo(1.08 + 0.1 + 0.05 + 1.12 + 0.3).Within(1e-9));
    }

    [TestCase(50, 0, 1000 / 880.0, BusLimit.ToHost)]
    [TestCase(50, 1, 1000 / 1120.0, BusLimit.ToCard)]
    [TestCase(2000, 1, 1000 / 2000.0, BusLimit.Compute)]
    public void The_slowest_of_three_is_what_counts(double computeNs, double sent, double mpps, BusLimit limit)
    {
        var prediction = BusModel.Predict(Slow, 1, 64, sent, computeNs);
        Assert.That(prediction.Mpps, Is.EqualTo(mpps).Within(1e-6));
        Assert.That(prediction.Limit, Is.EqualTo(limit));
    }

    [Test]
    public void One_batch_at_a_time_waits_for_the_way()
    {
        var prediction = BusModel.Predict(Slow with { BatchesInFlight = 1 }, 1, 64, 0, 50);
        Assert.That(prediction.Mpps, Is.EqualTo(1 / 1.03).Within(1e-6));
        Assert.That(prediction.Limit, Is.EqualTo(BusLimit.Latency));
    }

    [Test]
    public void The_usual_bus_carries_what_a_PCIe_3_slot_does()
    {
        // 64 bytes and 24, a quarter of a completion of 64 + 24 and of a request: 116 bytes a frame at 15.75 GB/s.
        var prediction = BusModel.Predict(new(), 256, 64, 0, 0);
        Assert.That(prediction.Mpps, Is.EqualTo(126_030 / 8.0 / 116).Within(0.01));
        Assert.That(prediction, Is.EqualTo(BusModel.Predict(new(), 256, 64, 0, 0)), "and again the same");
    }

    [Test]
    public void More_of_anything_is_never_faster([Values(1, 16, 256)] int batch, [Values(64, 350, 1500)] double bytes, [Values(0, 0.4, 1)] double sent)
    {
        double usual = BusModel.Predict(new(), batch, bytes, sent, 10).Mpps;
        Assert.That(BusModel.Predict(new(), batch, bytes + 1, sent, 10).Mpps, Is.LessThanOrEqualTo(usual));
        Assert.That(BusModel.Predict(new(), batch, bytes, sent, 20).Mpps, Is.LessThanOrEqualTo(usual));
        Assert.That(BusModel.Predict(new() { LatencyNs = 1000 }, batch, bytes, sent, 10).Mpps, Is.LessThanOrEqualTo(usual));
        Assert.That(BusModel.Predict(new() { Payload = 128 }, batch, bytes, sent, 10).Mpps, Is.LessThanOrEqualTo(usual));
    }

    [Test]
    public void A_file_says_what_is_not_as_usual()
    {
        Assert.That(BusFile.Parse("latency-ns: 250\npayload: 128", "slow.yaml").Value, Is.EqualTo(new BusSpec { Name = "slow", LatencyNs = 250, Payload = 128 }));
        Assert.That(BusFile.Load(TestData.FromRoot("examples", "buses", "pcie-4-x16.yaml")).Value, Is.EqualTo(new BusSpec
        {
            Name = "PCIe 4.0 x16",
            Mbps = 252_060,
            Payload = 512,
            ReadRequest = 4096,
            DoorbellBatch = 32,
            BatchesInFlight = 4,
        }));
    }

    [TestCase("lanes: 16")]
    [TestCase("payload: 0")]
    [TestCase("- 1")]
    public void What_is_wrong_with_a_file_is_said_with_its_line(string text) => Assert.That(BusFile.Parse(text, "b.yaml").Problem?.Sentence, Does.StartWith("b.yaml:1: "));
}
