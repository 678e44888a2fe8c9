using Chainring.Host.Driver.Emulated;
using Chainring.Tests.Host.Driver.Emulated;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver.Netlink;

/// <summary>Messages that were seen on a netdevsim of Linux 6.12, byte for byte.</summary>
public sealed class GoldenBytesTests
{
    static byte[] Bytes(string hex) => Convert.FromHexString(new string([.. hex.Where(char.IsAsciiHexDigit)]));

    const string Request = "34000000 1300 0500 44332211 00000000  00000000 04000000 00000000 00000000  1400 2b00  0800 0100 04000000  0800 0300 08000000";

    /// <summary>Interface 4 is a port of a card, descriptor 4 an ordinary program.</summary>
    static DriverRig Rig()
    {
        var rig = new DriverRig();
        rig.AddCard(ports: 3);
        Assert.That(rig.Load(DriverRig.Ret2), Is.EqualTo(3));
        Assert.That(rig.Load(DriverRig.Ret2), Is.EqualTo(4));
        return rig;
    }

    static byte[] Answer(DriverRig rig, string request)
    {
        rig.Socket.Send(Bytes(request));
        byte[] answer = rig.Socket.Receive()!;
        Assert.That(BitConverter.ToUInt32(answer, 12), Is.EqualTo(rig.Socket.PortId));
        answer.AsSpan(12, 4).Clear();
        return answer;
    }

    const string Text = "2f00 0100 6e657464657673696d3a207864706f66666c6f6164206f66206e6f6e2d626f756e642070726f6772616d 00 00";

    [TestCase(false, false, "48000000 0200 0000 44332211 00000000 eaffffff" + Request)]
    [TestCase(true, false, "78000000 0200 0002 44332211 00000000 eaffffff" + Request + Text)]
    [TestCase(true, true, "54000000 0200 0003 44332211 00000000 eaffffff 34000000 1300 0500 44332211 00000000" + Text)]
    public void An_error_echoes_the_request_and_has_a_text_if_the_socket_wants_it(bool extended, bool capped, string expected)
    {
        using var rig = Rig();
        (rig.Socket.ExtendedAck, rig.Socket.CappedAck) = (extended, capped);
        Assert.That(Answer(rig, Request), Is.EqualTo(Bytes(expected)));
    }

    [Test]
    public void A_success_is_always_capped()
    {
        using var rig = Rig();
        string removal = Request.Replace("0800 0100 04000000", "0800 0100 ffffffff", StringComparison.Ordinal);
        Assert.That(Answer(rig, removal), Is.EqualTo(Bytes("24000000 0200 0001 44332211 00000000 00000000 34000000 1300 0500 44332211 00000000")));
    }

    [Test]
    public void The_probe_of_iproute2_gets_no_such_device()
    {
        using var rig = new DriverRig();
        byte[] probe = Bytes("20000000 1000 0500 00000000 00000000 00000000 00000000 00000000 00000000");
        rig.Socket.Send(probe);
        byte[] answer = rig.Socket.Receive()!;
        answer.AsSpan(12, 4).Clear();
        Assert.That(answer, Is.EqualTo(Bytes("34000000 0200 0000 00000000 00000000 edffffff" + Convert.ToHexString(probe))));
    }

    [Test]
    public void A_port_without_programs_reports_none()
    {
        using var rig = Rig();
        Assert.That(rig.Dumped(rig.Host.Devices[1]), Is.EqualTo(Bytes("0c00 2b00 | 0500 0200 00 000000")));
    }

    [TestCase(DriverRig.Skb, "1c00 2b00 | 0800 0600 II | 0500 0200 02 000000 | 0800 0400 II")]
    [TestCase(DriverRig.Drv, "1c00 2b00 | 0800 0500 II | 0500 0200 01 000000 | 0800 0400 II")]
    [TestCase(DriverRig.Hw, "1c00 2b00 | 0800 0700 II | 0500 0200 03 000000 | 0800 0400 II")]
    public void A_program_is_reported_with_its_mode_and_twice_by_its_id(uint mode, string expected)
    {
        using var rig = Rig();
        var port = rig.Host.Devices[1];
        int fd = rig.Load(DriverRig.Ret2, mode == DriverRig.Hw ? port.Ifindex : 0);
        Assert.That(rig.Attach(port, fd, mode), Is.EqualTo((0, (string?)null)));
        string id = Convert.ToHexString(BitConverter.GetBytes(rig.IdOf(fd)));
        Assert.That(rig.Dumped(port), Is.EqualTo(Bytes(expected.Replace("II", id, StringComparison.Ordinal))));
    }

    [TestCase(DriverRig.Drv, "1c00 2b00 | 0800 0500 AA | 0800 0700 BB | 0500 0200 04 000000")]
    [TestCase(DriverRig.Skb, "1c00 2b00 | 0800 0600 AA | 0800 0700 BB | 0500 0200 04 000000")]
    public void Two_programs_are_reported_without_a_single_id(uint mode, string expected)
    {
        using var rig = Rig();
        var port = rig.Host.Devices[1];
        int onHost = rig.Load(DriverRig.Ret2), onCard = rig.Load(DriverRig.Ret2, port.Ifindex);
        Assert.That(rig.Attach(port, onHost, mode).Errno, Is.Zero);
        Assert.That(rig.Attach(port, onCard, DriverRig.Hw).Errno, Is.Zero);
        string Hex(int fd) => Convert.ToHexString(BitConverter.GetBytes(rig.IdOf(fd)));
        Assert.That(rig.Dumped(port), Is.EqualTo(Bytes(expected.Replace("AA", Hex(onHost), StringComparison.Ordinal).Replace("BB", Hex(onCard), StringComparison.Ordinal))));
    }
}
