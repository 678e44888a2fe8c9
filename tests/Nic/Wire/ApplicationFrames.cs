using System.Numerics;
using Chainring.Nic.Wire;
using static Chainring.Tests.Nic.Wire.Layers;

namespace Chainring.Tests.Nic.Wire;

/// <summary>What hosts say to each other, as far as programs on a card look at it: one frame of each kind in turn, with names, keys and numbers drawn.</summary>
static class ApplicationFrames
{
    const byte Push = 24, Syn = 2, SynAck = 18, Ack = 16, FinAck = 17, Reset = 4;

    static readonly string[] Names = ["www.example.com", "api.example.net", "tracker.ads.example", "a.b.c.d.e.example.org", "localhost"];
    static readonly string[] Keys = ["user:1", "user:22", "session:abcdef0123456789", "k", "page:/index.html"];

    static readonly Func<SplitMix64, byte[]>[] Makers =
    [
        DnsQuery, DnsQuery6, DnsAnswer, CacheGet, CacheTcp, CacheAnswer, SearchRequest, SearchAnswer, Time, Characters, QuicInitial, QuicShort, ClientHello, ClientHello6,
        Http, Dhcp, SctpInit, SctpData, Voice, Connection, Connection, Flood, ArpRequest, Solicitation, Traceroute, Traceroute6, ToIpv4, FromIpv4, Secret, Unreachable,
    ];

    public static byte[] Make(int number, SplitMix64 random) => Makers[number % Makers.Length](random);

    static byte[] Labels(string name) => [.. name.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Text(label)]), 0];

    static byte[] Bytes(ref SplitMix64 random, int count)
    {
        var bytes = new byte[count];
        for (int n = 0; n < count; n++) bytes[n] = (byte)random.Next();
        return bytes;
    }

    static byte[] Query(ref SplitMix64 random)
    {
        byte[] extension = random.Below(2) == 0 ? Hex("00 0029 1000 00000000 0000") : [];
        return
        [
            .. Word(random.Below(65_536)), 1, 0, 0, 1, 0, 0, 0, 0, 0, (byte)(extension.Length > 0 ? 1 : 0), .. Labels(Names[random.Below(Names.Length)]),
            .. Word(random.Below(4) switch { 0 => 28, 1 => 255, 2 => 16, _ => 1 }), 0, 1, .. extension,
        ];
    }

    static byte[] DnsQuery(SplitMix64 random) => Ethernet(Ip, Udp4(random.Below(16), 5, 20_000 + random.Below(99), 53, Query(ref random)));

    static byte[] DnsQuery6(SplitMix64 random) => Ethernet(Ip6, Udp6(Address6(random.Below(16)), Address6(5), 20_000, 53, Query(ref random)));

    static byte[] DnsAnswer(SplitMix64 random)
    {
        int answers = 1 + random.Below(4);
        byte[] header = [.. Word(random.Below(65_536)), 0x81, 0x80, 0, 1, 0, (byte)answers, 0, 0, 0, 0];
        byte[] question = [.. Labels(Names[random.Below(Names.Length)]), 0, 1, 0, 1];
        var records = Enumerable.Repeat(Hex("c00c 0001 0001 0000003c 0004 0a000005"), answers).SelectMany(record => record);
        return Ethernet(Ip, Udp4(0x080808, random.Below(16), 53, 20_000, [.. header, .. question, .. records, .. new byte[500 * random.Below(2)]]));
    }

    static byte[] CacheGet(SplitMix64 random) =>
        Ethernet(Ip, Udp4(random.Below(8), 6, 30_000, 11_211, [.. Word(random.Below(65_536)), 0, 0, 0, 1, 0, 0, .. Text($"get {Keys[random.Below(Keys.Length)]}{(random.Below(4) == 0 ? " more" : "")}\r\n")]));

    static byte[] CacheTcp(SplitMix64 random)
    {
        string key = Keys[random.Below(Keys.Length)];
        return Ethernet(Ip, Tcp4(random.Below(8), 6, 30_000, 11_211, Push, Text(random.Below(3) switch { 0 => $"set {key} 0 60 5\r\nhello\r\n", 1 => $"delete {key}\r\n", _ => $"get {key}\r\n" })));
    }

    static byte[] CacheAnswer(SplitMix64 random) =>
        Ethernet(Ip, Udp4(6, random.Below(8), 11_211, 30_000, [.. Word(random.Below(65_536)), 0, 0, 0, 1, 0, 0, .. Text($"VALUE {Keys[random.Below(Keys.Length)]} 0 {random.Below(90)}\r\nhello\r\nEND\r\n"), .. new byte[random.Below(3) * 400]]));

    static byte[] SearchRequest(SplitMix64 random) =>
        Ethernet(Ip, Udp4(random.Below(8), 7, 40_000, 1900, Text("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nST: ssdp:all\r\n\r\n")));

    static byte[] SearchAnswer(SplitMix64 random) =>
        Ethernet(Ip, Udp4(random.Below(200), 7, 1900, 40_000, Text($"HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age={random.Below(3600)}\r\nST: upnp:rootdevice\r\nUSN: uuid:{random.Below(9)}\r\n\r\n")));

    static byte[] Time(SplitMix64 random) => random.Below(2) == 0
        ? Ethernet(Ip, Udp4(random.Below(8), 8, 123, 123, [0x23, 0, 6, 0xec, .. new byte[44]]))
        : Ethernet(Ip, Udp4(random.Below(200), 8, 123, 50_000, [0xd7, 0, 3, 42, 0, 6, 0, 72, .. new byte[432]]));

    static byte[] Characters(SplitMix64 random) => Ethernet(Ip, Udp4(random.Below(200), 8, 19, 50_000, [.. Enumerable.Range(32, 74).Select(n => (byte)n), 13, 10]));

    static byte[] QuicInitial(SplitMix64 random)
    {
        byte[] version = random.Below(4) switch { 0 => Long(0x6b3343cf), 1 => Long(0xbabababa), 2 => Long(0), _ => Long(1) };
        int length = random.Below(5) == 0 ? random.Below(30) : 8;
        byte[] identifier = [(byte)random.Below(4), .. Bytes(ref random, Math.Max(0, length - 1))];
        return Ethernet(Ip, Udp4(random.Below(8), 10, 45_000, 443, [(byte)(0xc0 | random.Below(4) << 4), .. version, (byte)length, .. identifier[..length], 4, 1, 2, 3, 4, 0, .. Bytes(ref random, 200 * random.Below(6))]));
    }

    static byte[] QuicShort(SplitMix64 random) => Ethernet(Ip, Udp4(random.Below(8), 10, 45_000, 443, [0x40, (byte)random.Below(6), .. Bytes(ref random, 30)]));

    static byte[] Hello(ref SplitMix64 random)
    {
        byte[] name = Text(Names[random.Below(Names.Length)]);
        byte[] server = [0, 0, .. Word(name.Length + 5), .. Word(name.Length + 3), 0, .. Word(name.Length), .. name];
        byte[] others = [.. Hex("ff01 0001 00"), .. random.Below(2) == 0 ? Hex("000a 0004 0002 001d") : [], .. random.Below(2) == 0 ? Hex("0010 000e 000c 02 6832 08 687474702f312e31") : []];
        byte[] extensions = random.Below(4) switch { 0 => others, 1 => [.. server, .. others], _ => [.. others, .. server] };
        int session = 32 * random.Below(2);
        byte[] body =
        [
            3, 3, .. Bytes(ref random, 32), (byte)session, .. Bytes(ref random, session), 0, 6, 0x13, 1, 0x13, 2, 0xc0, 0x2b, 1, 0,
            .. Word(extensions.Length), .. extensions,
        ];
        return [22, 3, 1, .. Word(body.Length + 4), 1, 0, .. Word(body.Length), .. body];
    }

    static byte[] ClientHello(SplitMix64 random) => Ethernet(Ip, Tcp4(random.Below(8), 10, 46_000, 443, Push, Hello(ref random)));

    static byte[] ClientHello6(SplitMix64 random) => Ethernet(Ip6, Tcp6(Address6(random.Below(8)), Address6(10), 46_000, 443, Push, Hello(ref random)));

    static byte[] Http(SplitMix64 random)
    {
        string method = random.Below(5) switch { 0 => "POST", 1 => "HEAD", 2 => "BREW", _ => "GET" }, path = random.Below(3) == 0 ? "/../etc/passwd" : "/index.html";
        return Ethernet(Ip, Tcp4(random.Below(8), 10, 47_000, random.Below(3) == 0 ? 8080 : 80, Push,
            Text($"{method} {path} HTTP/1.1\r\nUser-Agent: test\r\nHost: {Names[random.Below(Names.Length)]}\r\nAccept: */*\r\n\r\n")));
    }

    static byte[] Dhcp(SplitMix64 random)
    {
        int type = 1 + random.Below(7);
        bool server = type is 2 or 5 or 6;
        byte[] options = [.. Hex("63825363"), 53, 1, (byte)type, .. random.Below(2) == 0 ? Hex("00 3204 0a000011") : [], .. random.Below(2) == 0 ? Hex("0c04 686f7374") : [], .. Hex("3706 01 03 06 0f 1a 1c"), 255, .. new byte[20]];
        byte[] message = [(byte)(server ? 2 : 1), 1, 6, 0, .. Bytes(ref random, 4), .. new byte[20], 2, 0, 0, 0, 0, (byte)random.Below(4), .. new byte[10 + 192], .. options];
        return Ethernet(Ip, server ? Udp4(1 + random.Below(2), 0xffffff, 67, 68, message) : Udp4(0, 0xffffff, 68, 67, message));
    }

    /// <summary>The checksum of SCTP (RFC 9260, 6.8), which the field holds with its lowest byte first.</summary>
    static byte[] SctpPacket(int from, byte[] chunks, bool broken)
    {
        byte[] packet = [.. Word(5000), .. Word(38_412), .. Long(0x11223344), 0, 0, 0, 0, .. chunks];
        uint crc = uint.MaxValue;
        foreach (byte b in packet) crc = BitOperations.Crc32C(crc, b);
        BitConverter.GetBytes(~crc ^ (broken ? 1u : 0)).CopyTo(packet, 8);
        return Ethernet(Ip, Ipv4(Sctp, from, 9, packet));
    }

    static byte[] SctpInit(SplitMix64 random) => SctpPacket(random.Below(8), Hex("01000014 aabbccdd 0000ffff 000a 000a 00000001"), random.Below(4) == 0);

    static byte[] SctpData(SplitMix64 random)
    {
        int length = 4 * random.Below(60);
        return SctpPacket(random.Below(8), [0, 3, .. Word(16 + length), .. Long((uint)random.Below(1000)), 0, 0, 0, 1, 0, 0, 0, 0x3c, .. Bytes(ref random, length)], random.Below(4) == 0);
    }

    static byte[] Voice(SplitMix64 random) =>
        Ethernet(Ip, Udp4(random.Below(4), 11, 16_384, 16_386, [0x80, (byte)random.Below(3), .. Word(random.Below(40)), .. Long((uint)random.Below(40) * 160), .. Long(0xcafe0000 + (uint)random.Below(2)), .. new byte[160]]));

    static byte[] Connection(SplitMix64 random)
    {
        byte flags = random.Below(7) switch { 0 or 1 => Syn, 2 => SynAck, 3 => FinAck, 4 => Reset, 5 => Push, _ => Ack };
        int client = random.Below(4), port = 33_000 + random.Below(3);
        return Ethernet(Ip, flags == SynAck || random.Below(3) == 0
            ? Tcp4(12, client, 80, port, flags, new byte[random.Below(30)])
            : Tcp4(client, 12, port, 80, flags, new byte[random.Below(30)]));
    }

    static byte[] Flood(SplitMix64 random) => Ethernet(Ip, Tcp4(random.Below(1 << 24), 12, random.Below(65_536), random.Below(4) == 0 ? 23 : 80, Syn, [], (uint)random.Next()));

    static byte[] ArpRequest(SplitMix64 random) => Ethernet(Arp,
        [0, 1, 8, 0, 6, 4, 0, (byte)(1 + random.Below(2)), .. Hex("020000000001"), .. Address(random.Below(8)), .. new byte[6], .. Address(random.Below(8)), .. new byte[18]]);

    static byte[] Solicitation(SplitMix64 random)
    {
        byte[] target = Address6(random.Below(8));
        return Ethernet(Ip6, Icmp6Of(Address6(100 + random.Below(8)), [.. Hex("ff02 000000000000 00000001 ff"), .. target[13..]], [135, 0, 0, 0, 0, 0, 0, 0, .. target, 1, 1, .. Hex("020000000001")]));
    }

    static byte[] Traceroute(SplitMix64 random) => Ethernet(Ip, Ipv4(Udp, random.Below(8), 0x010203, [.. Word(50_000), .. Word(33_434 + random.Below(30)), .. Word(40), 0, 0, .. new byte[32]], ttl: (byte)(1 + random.Below(3))));

    static byte[] Traceroute6(SplitMix64 random) => Ethernet(Ip6, Ipv6(Udp, Address6(random.Below(8)), Address6(77), [.. Word(50_000), .. Word(33_434), .. Word(40), 1, 2, .. new byte[32]], hops: (byte)(1 + random.Below(3))));

    /// <summary>To 64:ff9b::/96, behind which IPv4 is (RFC 6052).</summary>
    static byte[] ToIpv4(SplitMix64 random)
    {
        byte[] from = Address6(random.Below(8)), to = [.. Hex("0064ff9b"), .. new byte[8], .. Address(random.Below(8))];
        return Ethernet(Ip6, random.Below(3) switch
        {
            0 => Udp6(from, to, 20_000, 53, Bytes(ref random, random.Below(40))),
            1 => Tcp6(from, to, 20_000, 80, Syn, []),
            _ => Icmp6Of(from, to, [128, 0, 0, 0, 0, 7, 0, 1, .. Bytes(ref random, random.Below(40))]),
        });
    }

    /// <summary>An answer to the address that stands for the hosts of <see cref="ToIpv4"/>.</summary>
    static byte[] FromIpv4(SplitMix64 random) => Ethernet(Ip, random.Below(3) switch
    {
        0 => Udp4(random.Below(8), 0x640000 + random.Below(8), 53, 20_000, Bytes(ref random, random.Below(40))),
        1 => Tcp4(random.Below(8), 0x640000 + random.Below(8), 80, 20_000, SynAck, []),
        _ => Ipv4(Icmp, random.Below(8), 0x640000 + random.Below(8), IcmpOf([0, 0, 0, 0, 0, 7, 0, 1, .. Bytes(ref random, random.Below(40))])),
    });

    static byte[] Secret(SplitMix64 random) => Ethernet(Ip, Udp4(random.Below(8), 13, 51_820, 51_820, [4, 0, 0, 0, .. Long((uint)random.Below(4)), .. Long((uint)random.Below(1000)), 0, 0, 0, 0, .. Bytes(ref random, 16 * random.Below(10))]));

    static byte[] Unreachable(SplitMix64 random) => Ethernet(Ip, Ipv4(Icmp, 0x010203, random.Below(8), IcmpOf([3, (byte)random.Below(5), 0, 0, 0, 0, 0, 0, .. Udp4(random.Below(8), 0x010203, 50_000, 33_434, new byte[12])])));
}
