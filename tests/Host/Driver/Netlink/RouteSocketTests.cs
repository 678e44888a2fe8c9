using System.Buffers.Binary;
using Chainring.Host.Driver.Netlink;
using Chainring.Tests.Host.Driver.Emulated;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver.Netlink;

/// <summary>Who hears of a change, what a dump has, and what devices say of themselves.</summary>
public sealed class RouteSocketTests
{
    static IEnumerable<ushort> TypesOf(byte[] datagram)
    {
        for (int at = 0; at + 16 <= datagram.Length; at += (BinaryPrimitives.ReadInt32LittleEndian(datagram.AsSpan(at)) + 3) & ~3)
            yield return BinaryPrimitives.ReadUInt16LittleEndian(datagram.AsSpan(at + 4));
    }

    [Test]
    public void Changes_are_heard_of_while_the_device_is_up()
    {
        using var rig = new DriverRig();
        var port = rig.AddCard().Ports[0];
        using var listener = rig.Process.OpenRouteSocket();
        int program = rig.Load(DriverRig.Ret2);

        Assert.That(rig.Attach(port, program, DriverRig.Drv).Errno, Is.Zero);
        Assert.That(listener.Waiting, Is.Zero, "it has joined no group");
        listener.Join(RouteSocket.LinkGroup);
        Assert.That(rig.Attach(port, program, DriverRig.Drv).Errno, Is.Zero);
        Assert.That(listener.Waiting, Is.Zero, "the device is down");

        rig.SetUp(port);
        while (listener.Receive() is not null) continue;
        Assert.That(rig.Attach(port, program, DriverRig.Drv).Errno, Is.Zero);
        byte[] heard = listener.Receive()!;
        Assert.That(DriverRig.XdpOf(heard), Is.EqualTo(rig.Dumped(port)), "the same program counts");
        Assert.That(heard.AsSpan(8, 8).ToArray(), Is.All.Zero, "nobody's answer");
        Assert.That(rig.Detach(port, DriverRig.Hw).Errno, Is.Zero);
        Assert.That(listener.Receive(), Is.Not.Null, "so does removing what is not there");
        rig.Send(DriverRig.SetXdp(port.Ifindex, null, 4));
        Assert.That(rig.Attach(port, 99, DriverRig.Drv).Errno, Is.EqualTo(-9));
        Assert.That(listener.Waiting, Is.Zero, "neither a nest without a program nor a refusal");

        int link = rig.Bpf(DriverRig.LinkCreate, (0, rig.Load(DriverRig.Ret2, port.Ifindex)), (4, port.Ifindex), (8, 37), (12, DriverRig.Hw));
        Assert.That(link, Is.GreaterThan(0));
        rig.Process.Close(link);
        Assert.That(listener.Waiting, Is.Zero, "nor links");
        rig.Host.RemoveCard(1);
        Assert.That(TypesOf(listener.Receive()!), Is.EqualTo(new ushort[] { 17 }));
    }

    [Test]
    public void A_dump_has_every_device_and_an_end()
    {
        using var rig = new DriverRig();
        rig.AddCard(ports: 2);
        rig.Socket.Send(DriverRig.Message(18, 0x301, 0, []));
        Assert.That(TypesOf(rig.Socket.Receive()!), Is.EqualTo(new ushort[] { 16, 16, 16 }));
        byte[] done = rig.Socket.Receive()!;
        Assert.That((done.Length, BitConverter.ToUInt16(done, 4), BitConverter.ToUInt16(done, 6), BitConverter.ToInt32(done, 16)), Is.EqualTo((20, (ushort)3, (ushort)2, 0)));
        Assert.That(rig.Socket.Receive(), Is.Null);
    }

    [Test]
    public void Who_may_not_change_devices_is_refused()
    {
        using var rig = new DriverRig();
        var port = rig.AddCard().Ports[0];
        rig.Process.MayAdministerNet = false;
        Assert.That(rig.Detach(port, DriverRig.Drv), Is.EqualTo((-1, (string?)null)));
        rig.Process.MayAdministerNet = true;
        using var other = new DriverRig(host: rig.Host);
        other.Process.MayAdministerNet = false;
        using var weak = other.Process.OpenRouteSocket();
        other.Process.MayAdministerNet = true;
        weak.Send(DriverRig.SetXdp(port.Ifindex, -1, 4));
        Assert.That(BitConverter.ToInt32(weak.Receive()!, 16), Is.EqualTo(-1), "whoever opened the socket counts too");
    }

    [Test]
    public void Other_changes_stay_when_the_program_is_refused()
    {
        using var rig = new DriverRig();
        var port = rig.AddCard().Ports[0];
        byte[] xdp = DriverRig.SetXdp(port.Ifindex, 99, 4);
        Assert.That(rig.Send(DriverRig.Message(19, 5, port.Ifindex, [.. xdp[32..], 8, 0, 4, 0, .. BitConverter.GetBytes(1400)])).Errno, Is.EqualTo(-9));
        Assert.That(port.Mtu, Is.EqualTo(1400));
    }

    [TestCase("netdevsim", 16ul), TestCase("nfp", 1ul | 2 | 8 | 16), TestCase("unlimited", 1ul | 2 | 16)]
    public void What_a_device_can_do(string profile, ulong features)
    {
        using var rig = new DriverRig();
        var port = rig.AddCard(profile: profile).Ports[0];
        var socket = rig.Process.OpenGenericSocket();
        byte[] name = [11, 0, 2, 0, .. "netdev\0"u8, 0];
        socket.Send([.. BitConverter.GetBytes(20 + name.Length), 0x10, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 1, 0, 0, .. name]);
        byte[] family = socket.Receive()!;
        ushort id = BitConverter.ToUInt16(family, 20 + 12 + 4);
        Assert.That(id, Is.EqualTo(GenericSocket.Netdev));

        socket.Send([28, 0, 0, 0, (byte)id, 0, 1, 0, 7, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 8, 0, 1, 0, .. BitConverter.GetBytes(port.Ifindex)]);
        byte[] answer = socket.Receive()!;
        ulong? found = null;
        for (int at = 20; at + 4 <= answer.Length; at += (BitConverter.ToUInt16(answer, at) + 3) & ~3)
        {
            if (BitConverter.ToUInt16(answer, at + 2) == 3) found = BitConverter.ToUInt64(answer, at + 4);
        }
        Assert.That(found, Is.EqualTo(features));
    }
}
