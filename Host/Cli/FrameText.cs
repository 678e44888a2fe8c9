using System.Buffers.Binary;
using System.Net;

namespace Chainring.Host.Cli;

/// <summary>A frame in a few words, as tcpdump would begin its line.</summary>
/// <param name="Protocol">Above IP; null for anything else.</param>
/// <param name="Port">Destination port, where TCP or UDP follows the fixed IP header at once.</param>
readonly record struct FrameText(string? Protocol, string Text, int? Port)
{
    const int Ethernet = 14;

    public static FrameText Of(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) switch
    {
        0x0800 when frame.Length >= Ethernet + 20 => Packet(frame[Ethernet..], protocolAt: 9, addressAt: 12, addressBytes: 4),
        0x86dd when frame.Length >= Ethernet + 40 => Packet(frame[Ethernet..], protocolAt: 6, addressAt: 8, addressBytes: 16),
        0x0806 => new(null, "ARP", null),
        var type => new(null, $"type 0x{type:x4}", null),
    };

    public static string ProtocolName(int number) => number switch
    {
        1 => "ICMP",
        6 => "TCP",
        17 => "UDP",
        58 => "ICMPv6",
        _ => $"IP protocol {number}",
    };

    static FrameText Packet(ReadOnlySpan<byte> ip, int protocolAt, int addressAt, int addressBytes)
    {
        string protocol = ProtocolName(ip[protocolAt]);
        var from = new IPAddress(ip.Slice(addressAt, addressBytes));
        var to = new IPAddress(ip.Slice(addressAt + addressBytes, addressBytes));
        var ports = ip[(addressBytes == 4 ? (ip[0] & 15) * 4 : 40)..];
        if (protocol is not ("TCP" or "UDP") || ports.Length < 4) return new(protocol, $"{protocol} {from} > {to}", null);
        var (source, target) = (BinaryPrimitives.ReadUInt16BigEndian(ports), BinaryPrimitives.ReadUInt16BigEndian(ports[2..]));
        return new(protocol, $"{protocol} {from}.{source} > {to}.{target}", target);
    }
}
