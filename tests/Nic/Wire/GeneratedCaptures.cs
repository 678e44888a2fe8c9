using Chainring.Nic.Pcap;
using Chainring.Nic.Wire;

namespace Chainring.Tests.Nic.Wire;

/// <summary>The recipe of every generated capture in <c>pcaps/</c>.</summary>
static class GeneratedCaptures
{
    public sealed record Recipe(string Name, Func<byte[]> Make)
    {
        public override string ToString() => Name;
    }

    static readonly FlowShape Udp4 = new(Network.Ipv4);
    static readonly FlowShape Tcp4 = new(Network.Ipv4, Transport.Tcp);
    static readonly FlowShape Icmp4 = new(Network.Ipv4, Transport.Icmp);
    static readonly FlowShape Udp6 = new(Network.Ipv6);
    static readonly FlowShape Tcp6 = new(Network.Ipv6, Transport.Tcp);
    static readonly FlowShape Icmp6 = new(Network.Ipv6, Transport.Icmp);
    static readonly FlowShape Arp = new(Network.Arp);
    static readonly FlowShape Plain = new(Network.Plain);
    static readonly FlowShape[] Common = [Udp4, Tcp4, Icmp4, Udp6, Tcp6, Icmp6, Arp];

    const Ipv6Extensions AllExtensions = Ipv6Extensions.HopByHop | Ipv6Extensions.Routing | Ipv6Extensions.DestinationOptions;

    public static IEnumerable<Recipe> All =>
    [
        new("no-frames", () => Of(new TrafficSpec(), 0)),
        new("64-bytes-10-flows", () => Of(new TrafficSpec { Seed = 64, Flows = 10, Shapes = [Udp4, Tcp4] }, 400)),
        new("64-bytes-1000-flows-zipf", () => Of(new TrafficSpec { Seed = 65, Flows = 1000, Order = FlowOrder.Zipf }, 400)),
        new("imix-100-flows", () => Of(new TrafficSpec
        {
            Seed = 66, Flows = 100, Order = FlowOrder.Uniform, Sizes = SizeMix.Imix, Shapes = [Udp4, Tcp4, Udp4, Udp6],
        }, 200)),
        new("sizes-14-to-3520", () => OfSizes(67, [
            .. Enumerable.Range(14, 60), .. Enumerable.Range(1, 54).Select(n => n * 64), 1513, 1514, 1515, 1518, 1522, 2047, 2049, 3519, 3520,
        ])),
        new("jumbo-9000", () => OfSizes(68, [3521, 4096, 9000, 9014, 9018])),
        new("jumbo-edges-of-pages", () => OfSizes(78, [
            3520, 3521, 3522, 3533, 3534, 3535, 3584, 4095, 4097, 5001, 7615, 7616, 7617, 7618, 7630, 7631, 8999, 9022,
        ])),
        new("all-protocols", () => Of(new TrafficSpec
        {
            Seed = 69, Flows = 56, Order = FlowOrder.Uniform, Shapes = [.. Common, Plain], Sizes = SizeMix.Between(60, 200),
        }, 200)),
        new("arp", () => Of(new TrafficSpec { Seed = 70, Flows = 8, Shapes = [Arp, Arp with { Tags = 1 }], Sizes = SizeMix.Fixed(60) }, 32)),
        new("vlan-and-qinq", () => Of(new TrafficSpec
        {
            Seed = 71, Flows = 42, Order = FlowOrder.Uniform, Sizes = SizeMix.Between(60, 160),
            Shapes = [.. Common.SelectMany(shape => new[] { shape, shape with { Tags = 1 }, shape with { Tags = 2 } })],
        }, 200)),
        new("ipv4-options", () => Of(new TrafficSpec
        {
            Seed = 72, Flows = 60, Sizes = SizeMix.Between(60, 160),
            Shapes = [.. Enumerable.Range(1, 10).SelectMany(words => new[] { Udp4, Tcp4, Icmp4 }.Select(s => s with { OptionWords = words }))],
        }, 120)),
        new("ipv4-and-ipv6-fragments", () => Of(new TrafficSpec
        {
            Seed = 73, Flows = 12, Sizes = SizeMix.Between(100, 400),
            Shapes = [.. new[] { Udp4, Tcp4, Icmp4, Udp6, Tcp6, Icmp6 }.Select(shape => shape with { Fragmented = true })],
        }, 108)),
        new("ipv6-extension-headers", () => Of(new TrafficSpec
        {
            Seed = 74, Flows = 48, Sizes = SizeMix.Between(60, 160),
            Shapes = [.. Enumerable.Range(0, (int)AllExtensions + 1).SelectMany(
                set => new[] { Udp6, Tcp6, Icmp6 }.Select(shape => shape with { Extensions = (Ipv6Extensions)set }))],
        }, 144)),
        new("malformed", () => Of(new TrafficSpec
        {
            Seed = 75, Flows = 54, DefectPercent = 85, Sizes = SizeMix.Between(60, 160),
            Shapes =
            [
                .. Common, .. Common.Select(shape => shape with { Tags = 1 }), Udp4 with { Tags = 2 }, Tcp6 with { Tags = 2 },
                Tcp4 with { OptionWords = 4 }, Udp6 with { Extensions = AllExtensions },
            ],
        }, 400)),
        new("nanosecond-big-endian", () => Of(new TrafficSpec { Seed = 76, Flows = 7, Shapes = Common, Sizes = SizeMix.Fixed(90) }, 70,
            stream => new PcapWriter(stream, nanoseconds: true, bigEndian: true))),
        new("nanosecond-little-endian", () => Of(new TrafficSpec { Seed = 76, Flows = 7, Shapes = Common, Sizes = SizeMix.Fixed(90) }, 70,
            stream => new PcapWriter(stream, nanoseconds: true))),
        new("microsecond-big-endian", () => Of(new TrafficSpec { Seed = 76, Flows = 7, Shapes = Common, Sizes = SizeMix.Fixed(90) }, 70,
            stream => new PcapWriter(stream, nanoseconds: false, bigEndian: true))),
        new("truncated-snaplen-96", () => Of(new TrafficSpec { Seed = 77, Flows = 20, Shapes = Common, Sizes = SizeMix.Imix }, 200,
            stream => new PcapWriter(stream, nanoseconds: false, snapLength: 96))),
        new("tunnels", () => OfProtocols(78, 180, TunnelFrames.Make)),
        new("applications", () => OfProtocols(79, 300, ApplicationFrames.Make)),
    ];

    /// <summary>Every fifth frame has a changed byte or is cut.</summary>
    public static byte[] Damaged(byte[] frame, int number, ref SplitMix64 random)
    {
        if (number % 5 != 4) return frame;
        if (random.Below(3) == 0) return frame[..Math.Max(14, random.Below(frame.Length))];
        frame[random.Below(Math.Min(120, frame.Length))] ^= (byte)(1 + random.Below(255));
        return frame;
    }

    static byte[] OfProtocols(ulong seed, int frames, Func<int, SplitMix64, byte[]> make) => Capture(seed, frames, null, number =>
    {
        var random = new SplitMix64(seed * 1_000_003 + (ulong)number);
        return Damaged(make(number, random), number, ref random);
    });

    static byte[] Of(TrafficSpec spec, int frames, Func<Stream, PcapWriter>? open = null)
    {
        var generator = new FrameGenerator(spec);
        var buffer = new byte[generator.LongestFrame];
        return Capture(spec.Seed, frames, open, _ => buffer.AsSpan(0, generator.Next(buffer)));
    }

    /// <summary>One frame of each length, of the next shape that it has room for.</summary>
    static byte[] OfSizes(ulong seed, int[] sizes)
    {
        var shapes = new Queue<FlowShape>(Common);
        return Capture(seed, sizes.Length, null, number =>
        {
            var frame = new byte[sizes[number]];
            var shape = Plain;
            for (var tried = 0; tried < Common.Length && shape == Plain; tried++)
            {
                shapes.Enqueue(shapes.Dequeue());
                if (shapes.Peek().ShortestFrame <= frame.Length) shape = shapes.Peek();
            }
            FrameGenerator.Write(new Flow(seed, number, shape), (uint)number, frame);
            return frame;
        });
    }

    delegate ReadOnlySpan<byte> NextFrame(int number);

    /// <summary>A frame about every 7 microseconds from 2024-01-01 on.</summary>
    static byte[] Capture(ulong seed, int frames, Func<Stream, PcapWriter>? open, NextFrame next)
    {
        var stream = new MemoryStream();
        var jitter = new SplitMix64(~seed);
        using (var writer = open is null ? new PcapWriter(stream, nanoseconds: false) : open(stream))
            for (var i = 0; i < frames; i++)
                writer.Write(1_704_067_200_000_000_000UL + (ulong)i * 7_000 + jitter.Below(1_000UL), next(i));
        return stream.ToArray();
    }
}
