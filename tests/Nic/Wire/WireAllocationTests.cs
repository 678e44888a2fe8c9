using Chainring.Nic.Pcap;
using Chainring.Nic.Wire;
using Chainring.Nic.Wire.Wrappers;
using NUnit.Framework;

namespace Chainring.Tests.Nic.Wire;

public sealed class WireAllocationTests
{
    const int Frames = 2000;

    static readonly TrafficSpec Traffic = new()
    {
        Flows = 50,
        Sizes = SizeMix.Imix,
        Shapes = [new(Network.Ipv4), new(Network.Ipv6, Transport.Tcp, Tags: 2), new(Network.Arp), new(Network.Ipv4, Transport.Icmp, Tags: 1)],
    };

    static readonly FaultSpec Faults = new()
    {
        DropPerMillion = 50_000,
        CorruptPerMillion = 50_000,
        DuplicatePerMillion = 50_000,
        DelayPerMillion = 50_000,
        TruncatePerMillion = 50_000,
        LinkDownPerMillion = 5_000,
        DelayFrames = 3,
    };

    static GeneratorWire Generator() => new(Traffic, Pacing.Timestamps(1_000_000_000));

    static IEnumerable<TestCaseData> Cases()
    {
        yield return Case("generator", Generator);
        yield return Case("real time", () => new GeneratorWire(Traffic, Pacing.RealTime(1_000_000_000_000)));
        yield return Case("loopback", () => new LoopbackWire(4));
        yield return Case("null", () => new NullWire());
        yield return Case("capture out", () => new CaptureTapWire(new NullWire(), new PcapWriter(Stream.Null), Direction.Out));
        yield return Case("pcapng out", () => new CaptureTapWire(new NullWire(), new PcapngWriter(Stream.Null, "port1"), Direction.Out));
        yield return Case("tracer", () => new TracerWire(Generator(), new StreamWriter(Stream.Null)));
        yield return Case("capture tap", () => new CaptureTapWire(Generator(), new PcapWriter(Stream.Null)));
        yield return Case("faults", () => new FaultInjectorWire(Generator(), Faults, Faults));
        yield return Case("all around loopback", () => new TracerWire(
            new CaptureTapWire(new FaultInjectorWire(new LoopbackWire(4), Faults, Faults), new PcapWriter(Stream.Null)),
            new StreamWriter(Stream.Null)));
    }

    static TestCaseData Case(string name, Func<IWire> make) => new TestCaseData(make).SetArgDisplayNames(name);

    [TestCaseSource(nameof(Cases))]
    public void Nothing_is_allocated_per_frame(Func<IWire> make)
    {
        using var wire = make();
        byte[] frame = Wires.Frame(1500);
        long allocated = 0;
        for (int pass = 0; pass < 2 || (allocated > 0 && pass < 6); pass++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int n = 0; n < Frames; n++)
            {
                wire.TrySend(frame, (ulong)n, queue: 0);
                wire.TryReceive(out _);
            }
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Assert.That(allocated, Is.Zero);
    }
}
