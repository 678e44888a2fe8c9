using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Nic.Rss;
using Chainring.Nic.Wire;
using Chainring.Nic.Wire.Wrappers;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Nic;

/// <summary>What a port does to frames besides spreading them: link, MTU, flow control, VLAN tags, checksums, faults of descriptors and rings.</summary>
public sealed class PortTests
{
    static byte[] Frame(FlowShape shape, int length = 100)
    {
        var frame = new byte[length];
        FrameGenerator.Write(new Flow(1, 0, shape), 1, frame);
        return frame;
    }

    static (Port Port, VerdictCarrier Carrier) Plug(Rig rig, PortConfig config, IWire wire, IWire? host = null)
    {
        var port = new Port(rig.Card, 1, wire, config) { Host = host ?? new NullWire() };
        return (port, new VerdictCarrier(rig.Card.Maps, port));
    }

    [Test]
    public void A_link_that_is_down_receives_and_sends_nothing_and_counts_it()
    {
        var rig = new Rig();
        rig.Attach(rig.Returns(XdpAction.Tx));
        var (port, carrier) = Plug(rig, new PortConfig { Batch = 4 }, new GeneratorWire(new TrafficSpec(), Pacing.Timestamps(1_000_000_000), 12));
        port.Poll(4, carrier);
        port.LinkUp = false;
        port.Poll(4, carrier);
        port.LinkUp = true;
        port.Poll(4, carrier);
        Assert.That((carrier.Count(FrameEnd.SentBack), port.Missed(MissReason.LinkDown), port.RxFrames), Is.EqualTo((8, 4, 12)));

        var host = new LoopbackWire();
        host.TrySend(Rig.Frame, 0, 0);
        port.Host = host;
        port.LinkUp = false;
        port.SendFromHost(1);
        Assert.That(port.FromHost, Is.EqualTo((0, 0, 1)));
        Assert.That(Conservation.Broken(rig.Card, [port], carried: true), Is.Null);
    }

    [Test]
    public void A_redirect_out_of_a_port_whose_link_is_down_or_whose_mtu_is_too_small_is_counted_so()
    {
        var rig = new Rig();
        rig.Attach(rig.Load("p", "r1 = 2\nr2 = 0\ncall 23\nexit"));
        var source = new Port(rig.Card, 1, new ListWire([new byte[1519], new byte[1518], new byte[60]]), new PortConfig { Batch = 1 });
        var target = new Port(rig.Card, 2, new NullWire(), new PortConfig { Mtu = 1500 });
        var carrier = new VerdictCarrier(rig.Card.Maps, source, target);
        source.Poll(2, carrier);
        Assert.That((carrier.Count(FrameEnd.TooLong), carrier.Count(FrameEnd.Redirected)), Is.EqualTo((1, 1)), "1500 + 14 + 4, as xdp_ok_fwd_dev");
        target.LinkUp = false;
        source.Poll(2, carrier);
        Assert.That(carrier.Count(FrameEnd.LinkDown), Is.EqualTo(1));
        Assert.That((target.TxQueues[0].Frames, target.TxQueues[0].Bytes), Is.EqualTo((1, 1518)));
    }

    [Test]
    public void The_mtu_leaves_room_for_two_tags()
    {
        var rig = new Rig();
        var (port, carrier) = Plug(rig, new PortConfig { Mtu = 1500 }, new ListWire([new byte[1522], new byte[1523]]));
        port.Poll(9, carrier);
        Assert.That((port.Missed(MissReason.FrameTooLong), carrier.Count(FrameEnd.ToHost)), Is.EqualTo((1, 1)));
    }

    [Test]
    public void Flow_control_makes_room_in_a_ring_that_is_full_after_a_stall([Values] bool pause)
    {
        var rig = new Rig();
        var (port, carrier) = Plug(rig, new PortConfig { Ring = 8, Batch = 8, Pause = pause }, new StalledThenNot(stalled: 12, frames: 13));
        port.Poll(int.MaxValue, carrier);
        Assert.That((carrier.Count(FrameEnd.ToHost), port.Missed(MissReason.RingFull)), Is.EqualTo(pause ? (9, 4) : (8, 5)), "a ring that stalls overflows all the same");
    }

    [TestCase(1), TestCase(2)]
    public void A_stripped_tag_becomes_a_hint_and_is_back_when_the_host_gets_the_frame(int tags)
    {
        byte[] tagged = Frame(new FlowShape(Network.Ipv4, Tags: tags));
        byte[] plain = [.. tagged[..12], .. tagged[16..]];
        var rig = new Rig();
        var host = new LoopbackWire();
        var (port, carrier) = Plug(rig, new PortConfig { VlanStrip = true }, new ListWire([tagged]), host);
        var seen = new Seen(carrier);
        port.Poll(1, seen);
        Assert.That(seen.Bytes, Is.EqualTo(plain));
        Assert.That((seen.Hints.HasVlanTag, seen.Hints.VlanProtocol, seen.Hints.VlanTag),
            Is.EqualTo((true, (ushort)(tagged[12] << 8 | tagged[13]), (ushort)(tagged[14] << 8 | tagged[15]))));
        Assert.That(host.TryReceive(out var handed) ? handed.Bytes.ToArray() : null, Is.EqualTo(tagged));
        Assert.That((port.VlanStripped, port.Queues[0].Bytes), Is.EqualTo((1, tagged.Length)));
    }

    [Test]
    public void What_is_sent_back_stays_without_the_tag_that_was_taken_out()
    {
        byte[] tagged = Frame(new FlowShape(Network.Ipv4, Tags: 1));
        var rig = new Rig();
        rig.Attach(rig.Returns(XdpAction.Tx));
        var wire = new LoopbackWire();
        wire.TrySend(tagged, 0, 0);
        var (port, carrier) = Plug(rig, new PortConfig { VlanStrip = true }, wire);
        port.Poll(1, carrier);
        Assert.That(wire.TryReceive(out var back) ? back.Bytes.ToArray() : null, Is.EqualTo((byte[])[.. tagged[..12], .. tagged[16..]]));
    }

    [TestCase(0), TestCase(17)]
    public void A_frame_without_a_whole_tag_is_left_alone(int length)
    {
        byte[] frame = length == 0 ? Frame(new FlowShape(Network.Ipv4)) : Frame(new FlowShape(Network.Ipv4, Tags: 1))[..length];
        var rig = new Rig();
        var (port, carrier) = Plug(rig, new PortConfig { VlanStrip = true }, new ListWire([frame]));
        var seen = new Seen(carrier);
        port.Poll(1, seen);
        Assert.That((seen.Hints.HasVlanTag, port.VlanStripped), Is.EqualTo((false, 0)));
        Assert.That(seen.Bytes, Is.EqualTo(frame));
    }

    [Test]
    public void A_program_gets_the_hash_that_spreads_frames_with_one_queue_too([Values(1, 4)] int queues)
    {
        byte[] frame = Frame(new FlowShape(Network.Ipv4, Transport.Tcp));
        var rig = new Rig(new Capabilities { Queues = 4 });
        var seen = rig.CreateMap(new MapSpec { Name = "seen", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 });
        rig.Attach(rig.Load("hash", $"""
            r2 = value(seen)
            r3 = value(seen) + 4
            call kfunc {HelperTable.FindKfunc("bpf_xdp_metadata_rx_hash")!.Id}
            r0 = 2
            exit
            """));
        var (port, carrier) = Plug(rig, new PortConfig { Queues = queues }, new ListWire([frame]));
        port.Poll(1, carrier);
        var hash = new PacketHasher(RssConfig.Even(queues)).Of(frame);
        byte[] value = seen.Entries()[0].Values[0];
        Assert.That((BitConverter.ToUInt32(value), (HashType)BitConverter.ToUInt32(value, 4)), Is.EqualTo((hash.Hash, HashType.Ipv4 | HashType.Layer4 | HashType.Tcp)));
    }

    static IEnumerable<TestCaseData> Checksums()
    {
        foreach (var network in new[] { Network.Ipv4, Network.Ipv6 })
        {
            foreach (var transport in new[] { Transport.Udp, Transport.Tcp })
            {
                for (int tags = 0; tags <= 2; tags++) yield return Case(new FlowShape(network, transport, tags), null, ChecksumStatus.Good);
                yield return Case(new FlowShape(network, transport), Defect.WrongTransportChecksum, ChecksumStatus.Bad);
            }
        }
        yield return Case(new FlowShape(Network.Ipv4), Defect.WrongIpv4Checksum, ChecksumStatus.Bad);
        yield return Case(new FlowShape(Network.Ipv4, OptionWords: 3), null, ChecksumStatus.Good);
        yield return Case(new FlowShape(Network.Ipv4, Transport.Icmp), null, ChecksumStatus.Good);
        yield return Case(new FlowShape(Network.Ipv6, Transport.Icmp), null, ChecksumStatus.None);
        yield return Case(new FlowShape(Network.Ipv6, Extensions: Ipv6Extensions.HopByHop), null, ChecksumStatus.None);
        yield return Case(new FlowShape(Network.Arp), null, ChecksumStatus.None);
        yield return Case(new FlowShape(Network.Ipv4), Defect.LongIpLength, ChecksumStatus.None);
        yield return Case(new FlowShape(Network.Ipv4), Defect.ShortIhl, ChecksumStatus.None);
        yield return Case(new FlowShape(Network.Ipv4), Defect.CutTransportHeader, ChecksumStatus.None);
        static TestCaseData Case(FlowShape shape, Defect? defect, ChecksumStatus status) =>
            new TestCaseData(shape, defect, status).SetArgDisplayNames($"{shape.Network} {shape.Transport} {shape.Tags} {shape.OptionWords} {shape.Extensions} {defect} {status}");
    }

    [TestCaseSource(nameof(Checksums))]
    public void Checksums_are_checked_as_hardware_does(FlowShape shape, Defect? defect, ChecksumStatus status)
    {
        byte[] frame = Frame(shape, 120);
        var random = new SplitMix64(1);
        if (defect is { } broken) frame = frame[..Defects.Apply(broken, shape, frame, ref random)];
        var rig = new Rig();
        var (port, carrier) = Plug(rig, new PortConfig { RxChecksum = true }, new ListWire([frame]));
        var seen = new Seen(carrier);
        port.Poll(1, seen);
        Assert.That(seen.Hints.Checksum, Is.EqualTo(status));
        Assert.That(Enum.GetValues<ChecksumStatus>().Select(port.Checksums), Is.EqualTo(Enum.GetValues<ChecksumStatus>().Select(s => s == status ? 1 : 0)));
    }

    [Test]
    public void Every_fault_of_the_injector_leaves_each_frame_accounted_for_by_name([Values] Fault fault)
    {
        const int frames = 5000;
        var spec = fault switch
        {
            Fault.Drop => new FaultSpec { DropPerMillion = 100_000 },
            Fault.Corrupt => new FaultSpec { CorruptPerMillion = 100_000 },
            Fault.Duplicate => new FaultSpec { DuplicatePerMillion = 100_000 },
            Fault.Delay => new FaultSpec { DelayPerMillion = 100_000, DelayFrames = 3 },
            Fault.Truncate => new FaultSpec { TruncatePerMillion = 100_000 },
            Fault.LinkDown => new FaultSpec { LinkDownPerMillion = 10_000, LinkDownFrames = 10 },
            Fault.BadDescriptor => new FaultSpec { BadDescriptorPerMillion = 100_000 },
            Fault.StalledRing => new FaultSpec { StalledRingPerMillion = 1_000, StallFrames = 200 },
            _ => throw new ArgumentOutOfRangeException(nameof(fault)),
        };
        var rig = new Rig(new Capabilities { Queues = 2 });
        using var wire = new FaultInjectorWire(new GeneratorWire(new TrafficSpec { Flows = 50 }, Pacing.Timestamps(1_000_000_000), frames), spec, new());
        var (port, carrier) = Plug(rig, new PortConfig { Queues = 2, Ring = 32, Batch = 16 }, wire);
        while (port.Poll(100, carrier) > 0)
        {
        }
        var line = wire.Receiving;
        long lost = line.Count(Fault.Drop) + line.Count(Fault.LinkDown), missed = MissReasons.All.Sum(port.Missed);
        Assert.That(line.Count(fault), Is.Positive);
        Assert.That((line.Taken, line.Given, line.Held), Is.EqualTo((frames, frames - lost + line.Count(Fault.Duplicate), 0)));
        Assert.That((port.RxFrames, carrier.Count(FrameEnd.ToHost) + missed), Is.EqualTo((line.Given, line.Given)));
        Assert.That(port.Missed(MissReason.BadDescriptor), Is.EqualTo(line.Count(Fault.BadDescriptor)));
        Assert.That(port.Missed(MissReason.RingFull) > 0, Is.EqualTo(fault == Fault.StalledRing));
        Assert.That(Conservation.Broken(rig.Card, [port], carried: true), Is.Null);
    }

    [Test]
    public void Conservation_finds_a_frame_that_was_counted_twice()
    {
        var rig = new Rig();
        var (port, carrier) = Plug(rig, new PortConfig(), new ListWire([Rig.Frame]));
        port.Poll(1, new Twice(carrier));
        Assert.That(Conservation.Broken(rig.Card, [port], carried: false), Is.Null);
        Assert.That(Conservation.Broken(rig.Card, [port], carried: true), Is.EqualTo("port1, queue 0: 1 have a verdict, 2 ended"));
    }

    [Test]
    public void Statistics_name_every_frame()
    {
        var rig = new Rig();
        rig.Attach(rig.Returns(XdpAction.Tx));
        var (port, carrier) = Plug(rig, new PortConfig { Name = "eth0" }, new FaultInjectorWire(new ListWire([Rig.Frame, new byte[5], Rig.Frame]), new(), new()));
        port.Poll(9, carrier);
        var statistics = PortStatistics.Of(port).ToDictionary();
        Assert.That(statistics["rx_packets_phy"], Is.EqualTo(
            new[] { "rx_packets", "rx_oversize_pkts_phy", "rx_undersize_pkts_phy", "rx_wqe_err", "rx_discards_phy", "rx_out_of_buffer" }.Sum(name => statistics[name])));
        Assert.That((statistics["rx_undersize_pkts_phy"], statistics["rx_queue_0_xdp_tx"], statistics["rx_queue_0_xdp_refused"]), Is.EqualTo((1, 2, 2)));
        Assert.That(statistics.Keys, Is.Unique.And.All.Match("^[a-z0-9_]+$"));
    }

    /// <summary>The last frame as it left the chain, before its verdict was carried out.</summary>
    sealed class Seen(IFrameSink next) : IFrameSink
    {
        public byte[] Bytes { get; private set; } = [];

        public RxHints Hints { get; private set; }

        public void Finished(PacketBatch batch)
        {
            (Bytes, Hints) = (batch.Bytes(batch.Count - 1).ToArray(), batch.Frame(batch.Count - 1).Hints);
            next.Finished(batch);
        }

        public void Missed(in WireFrame frame, long index, MissReason reason) => next.Missed(frame, index, reason);
    }

    sealed class StalledThenNot(int stalled, int frames) : GivingWire
    {
        int _next;

        public override bool TryReceive(out WireFrame frame)
        {
            frame = new WireFrame(Rig.Frame, 0, (uint)Rig.Frame.Length, _next < stalled ? RxFault.StalledRing : RxFault.None);
            return _next++ < frames;
        }
    }

    sealed class Twice(IFrameSink next) : IFrameSink
    {
        public void Finished(PacketBatch batch)
        {
            next.Finished(batch);
            next.Finished(batch);
        }

        public void Missed(in WireFrame frame, long index, MissReason reason)
        {
        }
    }
}
