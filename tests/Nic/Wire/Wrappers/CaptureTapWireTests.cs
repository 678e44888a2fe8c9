using Chainring.Nic.Pcap;
using Chainring.Nic.Wire;
using Chainring.Nic.Wire.Wrappers;
using NUnit.Framework;

namespace Chainring.Tests.Nic.Wire.Wrappers;

public sealed class CaptureTapWireTests
{
    [TestCase(Direction.In, 1), TestCase(Direction.Out, 1), TestCase(Direction.Both, 2)]
    public void Frames_that_pass_are_in_the_capture_and_refused_ones_are_not(Direction which, int times)
    {
        var file = new MemoryStream();
        using (var wire = new CaptureTapWire(new LoopbackWire(frames: 1), new PcapWriter(file), which))
        {
            wire.TrySend(Wires.Frame(51), 1, queue: 0);
            wire.TrySend(Wires.Frame(70), 2, queue: 0);
            Assert.That(wire.ReceiveAll().Select(f => f.Bytes.Length), Is.EqualTo(new[] { 51 }));
        }
        Assert.That(Wires.ReadCapture(file).Select(f => f.Bytes.Length), Is.EqualTo(Enumerable.Repeat(51, times)));
    }

    [Test]
    public void A_cut_frame_keeps_its_original_length()
    {
        var original = new MemoryStream();
        using (var writer = new PcapWriter(original)) writer.Write(7, Wires.Frame(20), originalLength: 999);
        var file = new MemoryStream();
        using (var wire = new CaptureTapWire(
            PcapWire.Open(() => CaptureReader.Open(new MemoryStream(original.ToArray()), "x")).Value, new PcapWriter(file)))
            wire.ReceiveAll();
        Assert.That(file.ToArray(), Is.EqualTo(original.ToArray()));
    }
}
