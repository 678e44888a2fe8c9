using System.Buffers.Binary;
using Chainring.Host.Driver.Auto;

namespace Chainring.Host.Driver.Bench.Sweep;

/// <summary>Frames with the same headers that end alike: where one of them has to stand for all.</summary>
/// <param name="Name">Headers and verdict.</param>
/// <param name="Share">Of all frames, from 0 to 1.</param>
public sealed record PacketType(string Name, double Share, byte[] Example)
{
    const int Tag = 0x8100, ServiceTag = 0x88a8, Ipv4 = 0x0800, Ipv6 = 0x86dd, Arp = 0x0806;

    /// <summary>The most frequent types of some traffic, largest first.</summary>
    /// <param name="outcomes">What becomes of each frame.</param>
    /// <param name="most">How many at most; the shares of the others are left out.</param>
    public static IReadOnlyList<PacketType> Of(IReadOnlyList<SampleFrame> frames, IReadOnlyList<Outcome> outcomes, int most) =>
    [
        .. outcomes.Zip(frames).GroupBy(f => $"{HeadersOf(f.Second.Bytes)}, {f.First.Action.ToString().ToLowerInvariant()}")
            .OrderByDescending(g => g.Count()).Take(most).Select(g => new PacketType(g.Key, (double)g.Count() / outcomes.Count, g.First().Second.Bytes)),
    ];

    /// <summary>What a frame's headers are: <c>tag IPv4 UDP</c>.</summary>
    public static string HeadersOf(ReadOnlySpan<byte> frame)
    {
        string tags = "";
        int at = 12;
        while (frame.Length >= at + 4 && BinaryPrimitives.ReadUInt16BigEndian(frame[at..]) is Tag or ServiceTag) (tags, at) = (tags + "tag ", at + 4);
        if (frame.Length < at + 2) return tags + "other";
        int protocol = BinaryPrimitives.ReadUInt16BigEndian(frame[at..]);
        var packet = frame[(at + 2)..];
        return tags + protocol switch
        {
            Ipv4 when packet.Length > 9 => $"IPv4 {NameOf(packet[9])}",
            Ipv6 when packet.Length > 6 => $"IPv6 {NameOf(packet[6])}",
            Arp => "ARP",
            _ => "other",
        };
    }

    static string NameOf(byte protocol) => protocol switch { 1 => "ICMP", 6 => "TCP", 17 => "UDP", 58 => "ICMPv6", _ => $"protocol {protocol}" };
}
