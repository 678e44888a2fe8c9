using Chainring.Nic.Pcap;
using Chainring.Nic.Wire;
using NUnit.Framework;

namespace Chainring.Tests.Nic.Wire;

public sealed class CaptureWireTests
{
    static byte[] Capture()
    {
        var file = new MemoryStream();
        using (var writer = new PcapWriter(file))
        {
            writer.Write(5, Wires.Frame(60));
            writer.Write(6, Wires.Frame(20), originalLength: 1000);
        }
        return file.ToArray();
    }

    [Test]
    public void A_capture_is_played_as_often_as_asked_and_then_ends([Values(1, 3)] int times)
    {
        using var wire = PcapWire.Open(() => CaptureReader.Open(new MemoryStream(Capture()), "x"), times).Value;
        Assert.That(wire.Ended, Is.False);
        KeptFrame[] once = [new(Wires.Frame(60), 5, 60), new(Wires.Frame(20), 6, 1000)];
        Assert.That(wire.ReceiveAll(), Is.EqualTo(Enumerable.Repeat(once, times).SelectMany(frames => frames)));
        Assert.That((wire.Ended, wire.Problem), Is.EqualTo((true, (object?)null)));
    }

    [Test]
    public void Several_captures_are_played_one_after_the_other([Values(1, 2)] int times)
    {
        var second = new MemoryStream();
        using (var writer = new PcapngWriter(second, "port1")) writer.Write(4, Wires.Frame(80));
        using var wire = PcapWire.Open(
            [() => CaptureReader.Open(new MemoryStream(Capture()), "x"), () => CaptureReader.Open(new MemoryStream(second.ToArray()), "y")], times).Value;
        ulong[] once = [5, 6, 4];
        Assert.That(wire.Nanoseconds, Is.True);
        Assert.That(wire.ReceiveAll().Select(f => f.TimestampNs), Is.EqualTo(Enumerable.Repeat(once, times).SelectMany(frames => frames)));
        Assert.That((wire.Ended, wire.Problem), Is.EqualTo((true, (object?)null)));
    }

    [Test]
    public void A_capture_among_several_that_cannot_be_opened_ends_them_all()
    {
        using var wire = PcapWire.Open(
            [() => CaptureReader.Open(new MemoryStream(Capture()), "x"), () => CaptureReader.Open(new MemoryStream(), "y")], times: 3).Value;
        Assert.That(wire.ReceiveAll(), Has.Count.EqualTo(2));
        Assert.That((wire.Ended, wire.Problem?.Id), Is.EqualTo((true, "P01")));
    }

    [Test]
    public void A_damaged_capture_ends_with_its_problem()
    {
        using var wire = PcapWire.Open(() => CaptureReader.Open(new MemoryStream(Capture()[..^1]), "x"), times: 2).Value;
        Assert.That(wire.ReceiveAll(), Has.Count.EqualTo(1));
        Assert.That((wire.Ended, wire.Problem?.Id), Is.EqualTo((true, "P11")));
    }
}
