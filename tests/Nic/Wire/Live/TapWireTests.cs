using System.Buffers.Binary;
using System.Net.NetworkInformation;
using Chainring.Nic.Wire;
using Chainring.Nic.Wire.Live;
using NUnit.Framework;

namespace Chainring.Tests.Nic.Wire.Live;

public sealed class TapWireTests
{
    static readonly byte[] Mac = [2, 0, 0, 0, 0, 2];

    NetworkNamespace _namespace = null!;

    [SetUp]
    public void MakeNamespace()
    {
        NetworkNamespace.Require();
        _namespace = new NetworkNamespace();
    }

    [TearDown]
    public void Close() => _namespace?.Dispose();

    [Test]
    public void A_host_pings_through_it()
    {
        using var wire = Open("tap0");
        _namespace.Ip("addr add 10.9.0.1/24 dev tap0");
        _namespace.Ip("link set tap0 up");
        var reply = Task.Factory.StartNew(
            () => _namespace.Run(() =>
            {
                using var ping = new Ping();
                return ping.Send("10.9.0.2", 10_000).Status;
            }), TaskCreationOptions.LongRunning);

        List<string> answered = [];
        while (!reply.IsCompleted)
        {
            if (!wire.TryReceive(out var frame))
            {
                wire.Wait(TimeSpan.FromMilliseconds(20));
                continue;
            }
            byte[] bytes = frame.Bytes.ToArray();
            if (Answer(bytes) is not { } kind) continue;
            answered.Add(kind);
            Assert.That(wire.TrySend(bytes, 0, queue: 0), Is.True);
        }
        Assert.That(reply.Result, Is.EqualTo(IPStatus.Success));
        Assert.That(answered.Take(2), Is.EqualTo(new[] { "ARP", "ICMP" }));
    }

    [Test]
    public void It_is_there_while_it_is_open_and_gone_when_closed()
    {
        var wire = Open("tap7");
        Assert.That(() => _namespace.Ip("link show tap7"), Throws.Nothing);
        wire.Dispose();
        Assert.That(() => _namespace.Ip("link show tap7"), Throws.InvalidOperationException);
        Assert.That((wire.Ended, wire.TryReceive(out _), wire.TrySend(Wires.Frame(60), 0, queue: 0)), Is.EqualTo((true, false, false)));
    }

    [Test]
    public void It_ends_when_its_interface_is_deleted()
    {
        using var wire = Open("tap0");
        _namespace.Ip("link del tap0");
        Assert.That((wire.TryReceive(out _), wire.Ended, wire.TrySend(Wires.Frame(60), 0, queue: 0)), Is.EqualTo((false, true, false)));
    }

    [Test]
    public void Names_that_no_interface_can_have_are_errors()
    {
        Assert.That(TapWire.Open("sixteen-bytes-it").Problem?.Id, Is.EqualTo("W01"));
        Assert.That(_namespace.Run(() => TapWire.Open("a/b")).Problem?.Id, Is.EqualTo("W02"));
    }

    [Test]
    public void A_frame_is_not_taken_while_the_interface_is_down()
    {
        using var wire = Open("tap0");
        Assert.That(wire.TrySend(Wires.Frame(60), 0, queue: 0), Is.False);
        _namespace.Ip("link set tap0 up");
        Assert.That(wire.TrySend(Wires.Frame(60), 0, queue: 0), Is.True);
    }

    [Test]
    public void Nothing_is_allocated_per_frame()
    {
        using var wire = Open("tap0");
        _namespace.Ip("link set tap0 up");
        using var host = _namespace.Run(() => PacketSocketWire.Open("tap0")).Value;
        byte[] frame = Wires.Frame(1000);
        long allocated = 0;
        int received = 0;
        for (int pass = 0; pass < 2 || (allocated > 0 && pass < 6); pass++)
        {
            received = 0;
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int n = 0; n < 300; n++)
            {
                wire.TrySend(frame, 0, queue: 0);
                host.TrySend(frame, 0, queue: 0);
                wire.Wait(TimeSpan.FromMilliseconds(10));
                if (wire.TryReceive(out _)) received++;
            }
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Assert.That((allocated, received), Is.EqualTo((0L, 300)));
    }

    [Test]
    public void Tagged_frames_go_through_as_they_are()
    {
        using var wire = Open("tap0");
        _namespace.Ip("link set tap0 up");
        using var host = _namespace.Run(() => PacketSocketWire.Open("tap0")).Value;
        var generator = new FrameGenerator(new TrafficSpec { Shapes = [new(Network.Ipv4, Tags: 2), new(Network.Ipv4, Tags: 1)], Flows = 2 });
        byte[] buffer = new byte[generator.LongestFrame];
        for (int n = 0; n < 10; n++)
        {
            byte[] frame = buffer[..generator.Next(buffer)];
            Assert.That(host.TrySend(frame, 0, queue: 0) && wire.TrySend(frame, 0, queue: 0), Is.True);
            wire.Wait(TimeSpan.FromSeconds(5));
            host.Wait(TimeSpan.FromSeconds(5));
            Assert.That(wire.ReceiveAll().Select(f => f.Bytes).Concat(host.ReceiveAll().Select(f => f.Bytes)), Is.EqualTo(new[] { frame, frame }));
        }
    }

    [Test]
    public void Jumbo_frames_go_through_as_they_are()
    {
        using var wire = Open("tap0");
        _namespace.Ip("link set tap0 mtu 9000 up");
        using var host = _namespace.Run(() => PacketSocketWire.Open("tap0")).Value;
        byte[] frame = Wires.Frame(9014);
        Assert.That(host.TrySend(frame, 0, queue: 0) && wire.TrySend(frame, 0, queue: 0), Is.True);
        wire.Wait(TimeSpan.FromSeconds(5));
        host.Wait(TimeSpan.FromSeconds(5));
        Assert.That(wire.ReceiveAll().Select(f => f.Bytes).Concat(host.ReceiveAll().Select(f => f.Bytes)), Is.EqualTo(new[] { frame, frame }));
    }

    TapWire Open(string name)
    {
        var wire = _namespace.Run(() => TapWire.Open(name)).Value;
        _namespace.Ip($"link set {name} addrgenmode none");
        return wire;
    }

    /// <summary>Turns a request for 10.9.0.2 into its answer, in place; null for anything else.</summary>
    static string? Answer(byte[] frame)
    {
        if (frame[12] == 8 && frame[13] == 6 && frame[21] == 1 && frame.AsSpan(38, 4).SequenceEqual(new byte[] { 10, 9, 0, 2 }))
        {
            frame[21] = 2;
            frame.AsSpan(22, 10).CopyTo(frame.AsSpan(32));
            Mac.CopyTo(frame, 22);
            new byte[] { 10, 9, 0, 2 }.CopyTo(frame, 28);
            return Addressed("ARP", frame);
        }
        if (frame[12] != 8 || frame[13] != 0 || frame[23] != 1 || frame[34] != 8) return null;
        byte[] source = frame[26..30];
        frame.AsSpan(30, 4).CopyTo(frame.AsSpan(26));
        source.CopyTo(frame, 30);
        frame[34] = 0;
        frame.AsSpan(36, 2).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), InternetChecksum.Fold(InternetChecksum.Sum(frame.AsSpan(34))));
        return Addressed("ICMP", frame);
    }

    static string Addressed(string kind, byte[] frame)
    {
        frame.AsSpan(6, 6).CopyTo(frame);
        Mac.CopyTo(frame, 6);
        return kind;
    }
}
