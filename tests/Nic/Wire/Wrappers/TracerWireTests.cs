using Chainring.Nic.Wire;
using Chainring.Nic.Wire.Wrappers;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;

namespace Chainring.Tests.Nic.Wire.Wrappers;

public sealed class TracerWireTests
{
    const string Ethernet = "020000000001 020000000002 ";
    const string Arp = "0806 0001 0800 06 04 ";
    const string Ipv4 = "0800 45 00 0000 0000 0000 40 ";

    [TestCase(Ethernet + "88b5 00", "ethertype 0x88b5, length 15")]
    [TestCase(Ethernet + "8100 2005 88b5", "vlan 5, ethertype 0x88b5, length 18")]
    [TestCase(Ethernet + "88a8 0fff 8100 0001 88b5", "vlan 4095, vlan 1, ethertype 0x88b5, length 22")]
    [TestCase(Ethernet + Arp + "0001 020000000002 0a000001 000000000000 0a000002", "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28")]
    [TestCase(Ethernet + Arp + "0002 020000000002 0a000001 020000000001 0a000002", "ARP, Reply 10.0.0.1 is-at 02:00:00:00:00:02, length 28")]
    [TestCase(Ethernet + "0800 45 00 001e 0000 4000 40 11 0000 0a000001 c0a8ffff 0400 0035 000a 0000 abcd 0000", "IP 10.0.0.1.1024 > 192.168.255.255.53: UDP, length 2")]
    [TestCase(Ethernet + "0800 45 00 0028 0000 4000 40 06 0000 0a000001 0a000002 0400 0050 00000000 00000000 50 12 ffff 0000 0000", "IP 10.0.0.1.1024 > 10.0.0.2.80: Flags [S.], length 0")]
    [TestCase(Ethernet + "0800 45 00 001c 0000 0000 40 01 0000 0a000001 0a000002 08 00 0000 0001 0001", "IP 10.0.0.1 > 10.0.0.2: ICMP echo request, length 8")]
    [TestCase(Ethernet + "0800 45 00 001c 0000 0000 40 01 0000 0a000001 0a000002 03 01 0000 0001 0001", "IP 10.0.0.1 > 10.0.0.2: ICMP type 3 code 1, length 8")]
    [TestCase(Ethernet + "0800 45 00 0018 0000 2001 40 11 0000 0a000001 0a000002 00000000", "IP 10.0.0.1 > 10.0.0.2: frag 8+ protocol 17, length 4")]
    [TestCase(Ethernet + "0800 45 00 0018 0000 0000 40 2f 0000 0a000001 0a000002 00000000", "IP 10.0.0.1 > 10.0.0.2: protocol 47, length 4")]
    [TestCase(Ethernet + "0800 4f 00 0018 0000 0000 40 11 0000 0a000001 0a000002 00000000", "IP [|ip]")]
    [TestCase(Ethernet + "0800 45 00 0018 0000 0000 40 11 0000 0a000001 0a000002 04000035", "IP 10.0.0.1.1024 > 10.0.0.2.53: [|udp]")]
    [TestCase(Ethernet + "86dd 60000000 0008 11 40 20010db8000000000000000000000001 fe800000000000000001000000000000 0400 0035 0008 0000", "IP6 2001:db8::1.1024 > fe80::1:0:0:0.53: UDP, length 0")]
    [TestCase(Ethernet + "86dd 60000000 0010 00 40 00000000000000000000000000000000 20010db8000000010001000100010001 3a00010400000000 80 00 0000 0001 0001", "IP6 :: > 2001:db8:0:1:1:1:1:1: ICMP6 echo request, length 8")]
    [TestCase("0200", "[|ether]")]
    [TestCase("", "[|ether]")]
    public void A_frame_is_a_line(string hex, string expected)
    {
        var text = new StringWriter { NewLine = "\n" };
        using (var wire = new TracerWire(new ListWire([Convert.FromHexString(hex.Replace(" ", ""))]), text)) wire.ReceiveAll();
        Assert.That(text.ToString(), Is.EqualTo($"0.000000000 rx {expected}\n"));
    }

    [Test]
    public void Lines_tell_time_and_way_and_whether_the_wire_took_it()
    {
        var text = new StringWriter { NewLine = "\n" };
        byte[] frame = Convert.FromHexString((Ethernet + "88b5").Replace(" ", ""));
        using (var wire = new TracerWire(new LoopbackWire(frames: 1), text))
        {
            wire.TrySend(frame, 1_700_000_000_000_001_250, queue: 0);
            wire.TrySend(frame, 1, queue: 12);
            wire.ReceiveAll();
        }
        Assert.That(text.ToString(), Is.EqualTo("""
            1700000000.000001250 tx0 ethertype 0x88b5, length 14
            0.000000001 tx12 refused ethertype 0x88b5, length 14
            1700000000.000001250 rx ethertype 0x88b5, length 14

            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public void Any_bytes_have_a_line() => Gen.Select(Gen.Byte.Array[0, 120], Gen.Int[0, 3].Select(n => new[] { 0x0800, 0x86dd, 0x0806, 0x8100 }[n]), Gen.Byte, Gen.Byte)
        .Sample((bytes, type, first, protocol) =>
        {
            if (bytes.Length > 25) (bytes[12], bytes[13], bytes[14], bytes[20], bytes[23]) = ((byte)(type >> 8), (byte)type, first, protocol, protocol);
            var text = new StringWriter();
            using (var wire = new TracerWire(new ListWire([bytes]), text)) wire.ReceiveAll();
            return text.ToString().Split('\n').Length == 2 && text.ToString().Length < 200;
        }, iter: 20_000);

    [Test]
    public void Generated_frames_are_never_cut()
    {
        var text = new StringWriter();
        var spec = new TrafficSpec
        {
            Shapes = [.. from network in Enum.GetValues<Network>() from transport in Enum.GetValues<Transport>() from tags in new[] { 0, 1, 2 } from fragmented in new[] { false, true }
                      select new FlowShape(network, transport, tags, Extensions: Ipv6Extensions.HopByHop | Ipv6Extensions.DestinationOptions, Fragmented: fragmented)],
            Flows = 100,
            Sizes = SizeMix.Fixed(200),
        };
        using (var wire = new TracerWire(new GeneratorWire(spec, Pacing.Timestamps(1_000_000_000), 500), text)) wire.ReceiveAll();
        Assert.That(text.ToString().Split('\n'), Has.Length.EqualTo(501).And.None.Contains("[|"));
    }
}
