using Chainring.Nic.Wire;
using static Chainring.Tests.Nic.Wire.Layers;

namespace Chainring.Tests.Nic.Wire;

/// <summary>Packets in packets: one frame of each kind in turn, with addresses, keys and optional fields drawn.</summary>
static class TunnelFrames
{
    const int EtherInGre = 0x6558, SegmentRouting = 4;

    static readonly Func<SplitMix64, byte[]>[] Makers =
    [
        Vxlan, Geneve, GreIp, GreEther, IpInIp, SixInFour, FourInSix, GtpUp, GtpDown, GtpEcho, MplsStack, PppoeUp, PppoeDown, SegmentList, Vxlan, Geneve, GtpUp, MplsStack,
    ];

    /// <param name="number">Which of the kinds.</param>
    public static byte[] Make(int number, SplitMix64 random) => Makers[number % Makers.Length](random);

    static byte[] Inner(ref SplitMix64 random) => random.Below(3) switch
    {
        0 => Udp4(random.Below(16), random.Below(16), 1000 + random.Below(8), 53, new byte[random.Below(60)]),
        1 => Tcp4(random.Below(16), random.Below(16), 1000 + random.Below(8), 443, (byte)random.Below(64), new byte[random.Below(60)]),
        _ => Ipv4(Icmp, random.Below(16), random.Below(16), IcmpOf([8, 0, 0, 0, 0, 1, 0, 2, .. new byte[24]])),
    };

    static byte[] Vxlan(SplitMix64 random) => Ethernet(Ip, Udp4(random.Below(4), 9, 50_000 + random.Below(100), 4789,
        [(byte)(random.Below(8) == 0 ? 0 : 8), 0, 0, 0, 0, 0, (byte)(random.Below(4) == 0 ? 0x43 : 0x42), 0, .. Ethernet(Ip, Inner(ref random))]));

    static byte[] Geneve(SplitMix64 random)
    {
        var options = new List<byte>();
        for (int n = random.Below(5); n > 0; n--)
        {
            int words = random.Below(3);
            options.AddRange([.. Word(0x0100 + random.Below(4)), (byte)(random.Below(6) == 0 ? 0x80 : random.Below(4)), (byte)words, .. new byte[4 * words]]);
        }
        return Ethernet(Ip, Udp4(random.Below(4), 9, 50_000, 6081,
        [
            (byte)(options.Count / 4), (byte)(random.Below(8) == 0 ? 0x80 : 0), .. Word(random.Below(5) == 0 ? Ip : EtherInGre), 0, 0, (byte)random.Below(6), 0,
            .. options, .. Ethernet(Ip, Inner(ref random)),
        ]));
    }

    static byte[] Gre(ref SplitMix64 random, int type, byte[] payload)
    {
        int flags = random.Below(8) << 12 & 0xb000;
        byte[] optional =
        [
            .. (flags & 0x8000) != 0 ? new byte[4] : [],
            .. (flags & 0x2000) != 0 ? Long((uint)random.Below(3)) : [],
            .. (flags & 0x1000) != 0 ? Long((uint)random.Below(30)) : [],
        ];
        return Ethernet(Ip, Ipv4(Layers.Gre, random.Below(4), 9, [.. Word(flags | (random.Below(10) == 0 ? 1 : 0)), .. Word(type), .. optional, .. payload]));
    }

    static byte[] GreIp(SplitMix64 random) => Gre(ref random, Ip, Inner(ref random));

    static byte[] GreEther(SplitMix64 random) => Gre(ref random, random.Below(4) == 0 ? 0x880b : EtherInGre, Ethernet(Ip, Inner(ref random)));

    static byte[] IpInIp(SplitMix64 random) => Ethernet(Ip, Ipv4(IpIp, random.Below(4), 9, Inner(ref random)));

    static byte[] SixInFour(SplitMix64 random) =>
        Ethernet(Ip, Ipv4(Ipv6InIp, random.Below(4), 9, Udp6(Address6(random.Below(4)), Address6(7), 1000, 53, new byte[random.Below(40)])));

    static byte[] FourInSix(SplitMix64 random) => Ethernet(Ip6, Ipv6(IpIp, Address6(random.Below(4)), Address6(7), Inner(ref random)));

    static byte[] Gtp(ref SplitMix64 random, int type, uint tunnel, byte[] payload)
    {
        byte[] optional = random.Below(4) switch
        {
            0 => [0, 1, 0, 0],
            1 => [0, 1, 0, 0x85, 1, 0, 1, 0],
            2 => [0, 1, 0, 0x85, 1, 0, 1, 0xc0, 2, 0, 0, 0, 0, 0, 0, 0],
            _ => [],
        };
        byte flags = (byte)(0x30 | (optional.Length == 0 ? 0 : optional.Length == 4 ? 2 : 6));
        return Ethernet(Ip, Udp4(random.Below(4), 9, 2152, 2152, [flags, (byte)type, .. Word(optional.Length + payload.Length), .. Long(tunnel), .. optional, .. payload]));
    }

    static byte[] GtpUp(SplitMix64 random) => Gtp(ref random, 255, 0x1000 + (uint)random.Below(4), Inner(ref random));

    static byte[] GtpEcho(SplitMix64 random) => Gtp(ref random, random.Below(4) == 0 ? 26 : 1, 0, []);

    static byte[] GtpDown(SplitMix64 random) => Ethernet(Ip, Udp4(0x010203, 1 + random.Below(3), 443, 5000, new byte[random.Below(300)]));

    static byte[] MplsStack(SplitMix64 random)
    {
        var stack = new List<byte>();
        int depth = 1 + random.Below(4);
        for (int n = 1; n <= depth; n++)
        {
            uint label = random.Below(6) switch { 0 => 100, 1 => 102, 2 => 16, 3 => 0, 4 => 103, _ => 101 };
            stack.AddRange(Long(label << 12 | (n == depth ? 0x100u : 0) | (random.Below(10) == 0 ? 1u : 64)));
        }
        return Ethernet(Mpls, [.. stack, .. Inner(ref random)]);
    }

    static byte[] PppoeUp(SplitMix64 random)
    {
        int customer = random.Below(3);
        byte[] payload = random.Below(5) == 0 ? Hex("c021 01010008 05060000") : [0, 0x21, .. Udp4(1 + customer, 0x010203, 5000, 53, new byte[random.Below(60)])];
        return Tagged(10 + customer, random.Below(8) == 0 ? 0x8863 : Pppoe, [0x11, 0, .. Word(7 + customer), .. Word(payload.Length), .. payload]);
    }

    static byte[] PppoeDown(SplitMix64 random) => Ethernet(Ip, Tcp4(0x010203, 1 + random.Below(3), 80, 5000, 16, new byte[random.Below(200)]));

    static byte[] SegmentList(SplitMix64 random)
    {
        byte[] Segment(int n) => [0xfc, .. new byte[14], (byte)n];
        int count = 1 + random.Below(4), left = random.Below(count + 1), last = random.Below(6) == 0 ? 9 : count - 1;
        byte[] list = [.. Enumerable.Range(0, count).SelectMany(n => Segment(4 - n))];
        byte[] header = [IpIp, (byte)(2 * count), SegmentRouting, (byte)left, (byte)last, 0, .. Word(random.Below(256))];
        return Ethernet(Ip6, Ipv6(Routing, Address6(random.Below(4)), Segment(1 + random.Below(4)), [.. header, .. list, .. Inner(ref random)], hops: (byte)(random.Below(10) == 0 ? 1 : 64)));
    }
}
