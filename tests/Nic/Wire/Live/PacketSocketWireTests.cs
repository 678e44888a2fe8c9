using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Nic.Wire.Live;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Nic.Wire.Live;

public sealed class PacketSocketWireTests
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    NetworkNamespace _namespace = null!;
    PacketSocketWire _left = null!, _right = null!;

    [SetUp]
    public void MakePair()
    {
        NetworkNamespace.Require();
        _namespace = new NetworkNamespace();
        foreach (string arguments in new[]
        {
            "link add left type veth peer name right", "link set left addrgenmode none", "link set right addrgenmode none",
            "link set left up", "link set right up",
        })
            _namespace.Ip(arguments);
        _left = _namespace.Run(() => PacketSocketWire.Open("left")).Value;
        _right = _namespace.Run(() => PacketSocketWire.Open("right")).Value;
        AwaitCarrier(_left, _right);
        AwaitCarrier(_right, _left);
    }

    [TearDown]
    public void Close()
    {
        _left?.Dispose();
        _right?.Dispose();
        _namespace?.Dispose();
    }

    /// <summary>Tags too, which the kernel takes out of a frame on its way in.</summary>
    [Test]
    public void Frames_sent_into_one_end_come_out_of_the_other_as_they_were([Values(0, 1, 2)] int tags)
    {
        var spec = new TrafficSpec
        {
            Flows = 12,
            Shapes = [.. from network in Enum.GetValues<Network>() from transport in Enum.GetValues<Transport>() select new FlowShape(network, transport, tags)],
            Sizes = SizeMix.Imix,
        };
        var generator = new FrameGenerator(spec);
        byte[] buffer = new byte[generator.LongestFrame];
        for (int n = 0; n < 200; n++)
        {
            byte[] sent = buffer[..generator.Next(buffer)];
            Assert.That(_left.TrySend(sent, 0, queue: 0), Is.True, $"frame {n}");
            var received = Receive(_right);
            Assert.That(received.Bytes, Is.EqualTo(sent), $"frame {n}");
            Assert.That(received.OriginalLength, Is.EqualTo(sent.Length));
        }
        Assert.That((_left.TryReceive(out _), _left.Ended), Is.EqualTo((false, false)), "its own frames do not come back");
    }

    [Test]
    public void It_ends_when_its_interface_is_deleted_but_not_when_that_is_down()
    {
        _namespace.Ip("link set left down");
        for (int n = 0; n < 3; n++) _left.TryReceive(out _);
        Assert.That(_left.Ended, Is.False);
        _namespace.Ip("link set left up");
        _left.TryReceive(out _);
        _namespace.Ip("link del left");
        Assert.That(() =>
        {
            _left.TryReceive(out _);
            return _left.Ended;
        }, Is.True.After(5000, 10));
    }

    [Test]
    public void A_card_sends_bulks_through_it_and_what_the_interface_does_not_take_is_counted()
    {
        var rig = new Rig();
        rig.Attach(rig.Returns(XdpAction.Tx));
        // One frame in the middle of a bulk is longer than the interface's MTU.
        byte[][] frames = [.. Enumerable.Range(0, 40).Select(n => Wires.Frame(n == 20 ? 3000 : 60 + n, (byte)n))];
        var port = new Port(rig.Card, 1, new Through(new ListWire(frames), _left));
        port.Poll(100, new VerdictCarrier(rig.Card.Maps, port));
        for (int n = 0; n < frames.Length; n++)
        {
            if (n != 20) Assert.That(Receive(_right).Bytes, Is.EqualTo(frames[n]), $"frame {n}");
        }
        Assert.That((port.Ended(FrameEnd.SentBack), port.Ended(FrameEnd.Refused)), Is.EqualTo((39, 1)));
        Assert.That((port.TxQueues[0].Frames, port.TxQueues[0].Refused, port.TxQueues[0].Bulks), Is.EqualTo((39, 1, 3)));
    }

    [Test]
    public void Jumbo_frames_go_over_a_card_and_back()
    {
        foreach (string end in new[] { "left", "right" }) _namespace.Ip($"link set {end} mtu 9000");
        var rig = new Rig();
        rig.Attach(rig.Card.Load(ProgramText.Program("back", "r0 = 3\nexit", "xdp.frags"), _ => null!).Value);
        var port = new Port(rig.Card, 1, _left, new PortConfig { Mtu = PortConfig.MaxMtu });
        var carrier = new VerdictCarrier(rig.Card.Maps, port);
        foreach (int length in new[] { 3520, 3521, 7616, 7617, 9014 })
        {
            byte[] frame = Wires.Frame(length, (byte)length);
            Assert.That(_right.TrySend(frame, 0, queue: 0), Is.True);
            _left.Wait(Patience);
            Assert.That(port.Poll(1, carrier), Is.EqualTo(1));
            Assert.That(Receive(_right).Bytes, Is.EqualTo(frame));
        }
        Assert.That(port.Ended(FrameEnd.SentBack), Is.EqualTo(5));
    }

    [Test]
    public void What_the_hosts_own_sockets_send_has_its_checksums([Values] bool six)
    {
        _namespace.Ip(six ? "addr add fd00::1/64 dev left nodad" : "addr add 10.9.0.1/24 dev left");
        _namespace.Ip($"neigh add {(six ? "fd00::2" : "10.9.0.2")} lladdr 02:00:00:00:00:02 dev left");
        using var socket = _namespace.Run(() => new Socket(six ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        socket.SendTo(Wires.Frame(101), new IPEndPoint(IPAddress.Parse(six ? "fd00::2" : "10.9.0.2"), 4242));

        var shape = new FlowShape(six ? Network.Ipv6 : Network.Ipv4);
        var frame = Receive(_right, f => f.Bytes[12] == (six ? 0x86 : 8) && f.Bytes[13] == (six ? 0xdd : 0) && f.Bytes[shape.NetworkOffset + (six ? 6 : 9)] == 17);
        Assert.That(frame.Bytes[shape.ShortestFrame..], Is.EqualTo(Wires.Frame(101)));
        // The pseudo-header: addresses, protocol, length.
        ulong pseudo = InternetChecksum.Sum(frame.Bytes.AsSpan(shape.TransportOffset - (six ? 32 : 8), six ? 32 : 8)) + 17 + 8 + 101;
        Assert.That(InternetChecksum.Fold(InternetChecksum.Sum(frame.Bytes.AsSpan(shape.TransportOffset), pseudo)), Is.Zero);
    }

    [Test]
    public void Waiting_ends_when_a_frame_comes_and_after_its_time()
    {
        var watch = Stopwatch.StartNew();
        _right.Wait(TimeSpan.FromMilliseconds(50));
        Assert.That(watch.Elapsed, Is.GreaterThan(TimeSpan.FromMilliseconds(40)));
        _left.TrySend(Wires.Frame(60), 0, queue: 0);
        watch.Restart();
        _right.Wait(Patience);
        Assert.That(watch.Elapsed, Is.LessThan(Patience));
        Assert.That(_right.TryReceive(out _), Is.True);
    }

    [Test]
    public void Nothing_is_allocated_per_frame()
    {
        byte[] frame = Wires.Frame(1000);
        long allocated = 0;
        for (int pass = 0; pass < 2 || (allocated > 0 && pass < 6); pass++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int n = 0; n < 500; n++)
            {
                _left.TrySend(frame, 0, queue: 0);
                _right.Wait(TimeSpan.Zero);
                _right.TryReceive(out _);
            }
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Assert.That(allocated, Is.Zero);
    }

    [Test]
    public void A_frame_that_is_too_long_for_the_interface_is_not_taken() =>
        Assert.That((_left.TrySend(new byte[1600], 0, queue: 0), _left.TrySend(new byte[5], 0, queue: 0)), Is.EqualTo((false, false)));

    [Test]
    public void A_disposed_wire_has_ended()
    {
        _left.Dispose();
        Assert.That((_left.Ended, _left.TryReceive(out _), _left.TrySend(Wires.Frame(60), 0, queue: 0)), Is.EqualTo((true, false, false)));
    }

    [Test]
    public void An_interface_that_is_not_there_is_an_error() =>
        Assert.That(_namespace.Run(() => PacketSocketWire.Open("nowhere")).Problem?.ToString(), Does.Contain("W02").And.Contains("'nowhere'"));

    /// <summary>An interface that is just up drops what it is to send, and says nothing, until the kernel has got round to its carrier.</summary>
    static void AwaitCarrier(PacketSocketWire from, PacketSocketWire to)
    {
        var watch = Stopwatch.StartNew();
        while (to.ReceiveAll().Count == 0)
        {
            if (watch.Elapsed > Patience) throw new TimeoutException("no carrier");
            from.TrySend(Wires.Frame(60), 0, queue: 0);
            to.Wait(TimeSpan.FromMilliseconds(20));
        }
        // A second one may have been under way.
        to.Wait(TimeSpan.FromMilliseconds(20));
        to.ReceiveAll();
    }

    static KeptFrame Receive(PacketSocketWire wire, Predicate<KeptFrame>? wanted = null)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < Patience)
        {
            foreach (var frame in wire.ReceiveAll(1))
                if (wanted is null || wanted(frame)) return frame;
            wire.Wait(TimeSpan.FromMilliseconds(100));
        }
        throw new TimeoutException("no frame came");
    }

    /// <summary>Receives from one wire and sends by another.</summary>
    sealed class Through(IWire source, IWire target) : IWire
    {
        public bool Ended => source.Ended;

        public bool TryReceive(out WireFrame frame) => source.TryReceive(out frame);

        public void Wait(TimeSpan atMost) => source.Wait(atMost);

        public bool TrySend(ReadOnlySpan<byte> frame, ulong timestampNs, int queue) => target.TrySend(frame, timestampNs, queue);

        public void Send(TxBulk bulk) => target.Send(bulk);

        public void Dispose()
        {
        }
    }
}
