using System.Buffers.Binary;
using System.Text;
using Chainring.Nic.Wire;

namespace Chainring.Tests.Nic.Wire;

/// <summary>Headers around payloads, from the inside out; lengths and checksums are right. Numbers are given as they read, not as they lie in memory.</summary>
static class Layers
{
    public const int Icmp = 1, IpIp = 4, Tcp = 6, Udp = 17, Ipv6InIp = 41, Routing = 43, Gre = 47, Icmp6 = 58, Sctp = 132;
    public const int Ip = 0x0800, Arp = 0x0806, Vlan = 0x8100, Ip6 = 0x86dd, Mpls = 0x8847, Pppoe = 0x8864;

    const byte Syn = 2, Ack = 16;

    public static byte[] Hex(string digits) => Convert.FromHexString(digits.Replace(" ", ""));

    public static byte[] Text(string text) => Encoding.Latin1.GetBytes(text);

    public static byte[] Word(int value) => [(byte)(value >> 8), (byte)value];

    public static byte[] Long(uint value) => [.. Word((int)(value >> 16)), .. Word((int)value)];

    public static byte[] Ethernet(int type, params byte[] payload) => [.. Hex("020000000002 020000000001"), .. Word(type), .. payload];

    public static byte[] Tagged(int vlan, int type, params byte[] payload) => Ethernet(Vlan, [.. Word(vlan), .. Word(type), .. payload]);

    /// <summary>Addresses are 10.0.0.0/8's, by their last three bytes.</summary>
    public static byte[] Ipv4(int protocol, int from, int to, byte[] payload, byte ttl = 64)
    {
        byte[] header =
        [
            0x45, 0, .. Word(20 + payload.Length), .. Word(from ^ to), 0, 0, ttl, (byte)protocol, 0, 0, .. Address(from), .. Address(to),
        ];
        return [.. Summed(header, 10, InternetChecksum.Sum(header)), .. payload];
    }

    public static byte[] Ipv6(int next, byte[] from, byte[] to, byte[] payload, byte hops = 64) =>
        [0x60, 0, 0, 0, .. Word(payload.Length), (byte)next, hops, .. from, .. to, .. payload];

    public static byte[] Address(int host) => [10, (byte)(host >> 16), (byte)(host >> 8), (byte)host];

    /// <summary>2001:db8::host.</summary>
    public static byte[] Address6(int host) => [.. Hex("20010db8"), .. new byte[8], .. Long((uint)host)];

    public static byte[] Udp4(int from, int to, int source, int destination, byte[] payload) =>
        Ipv4(Udp, from, to, Checked(Udp, Address(from), Address(to), 6, [.. Word(source), .. Word(destination), .. Word(8 + payload.Length), 0, 0, .. payload]));

    public static byte[] Udp6(byte[] from, byte[] to, int source, int destination, byte[] payload) =>
        Ipv6(Udp, from, to, Checked(Udp, from, to, 6, [.. Word(source), .. Word(destination), .. Word(8 + payload.Length), 0, 0, .. payload]));

    public static byte[] Tcp4(int from, int to, int source, int destination, byte flags, byte[] payload, uint sequence = 1) =>
        Ipv4(Tcp, from, to, Checked(Tcp, Address(from), Address(to), 16, Segment(source, destination, flags, payload, sequence)));

    public static byte[] Tcp6(byte[] from, byte[] to, int source, int destination, byte flags, byte[] payload) =>
        Ipv6(Tcp, from, to, Checked(Tcp, from, to, 16, Segment(source, destination, flags, payload, 1)));

    public static byte[] Icmp6Of(byte[] from, byte[] to, byte[] message) => Ipv6(Icmp6, from, to, Checked(Icmp6, from, to, 2, message), hops: 255);

    public static byte[] IcmpOf(byte[] message) => Summed(message, 2, InternetChecksum.Sum(message));

    /// <summary>A SYN has the options that a Linux host sends.</summary>
    static byte[] Segment(int source, int destination, byte flags, byte[] payload, uint sequence)
    {
        byte[] options = (flags & Syn) != 0 ? Hex("020405b4 0402080a00000001 00000000 01030307") : [];
        return
        [
            .. Word(source), .. Word(destination), .. Long(sequence), .. Long((flags & Ack) != 0 ? 0x1000u : 0), (byte)((20 + options.Length) << 2), flags,
            .. Word(0xfaf0), 0, 0, 0, 0, .. options, .. payload,
        ];
    }

    /// <summary>With the checksum over the pseudo-header in its place; the field is 0 before.</summary>
    static byte[] Checked(int protocol, byte[] from, byte[] to, int at, byte[] segment) =>
        Summed(segment, at, InternetChecksum.Sum(segment, InternetChecksum.Sum([.. from, .. to]) + (ulong)(protocol + segment.Length)));

    static byte[] Summed(byte[] bytes, int at, ulong sum)
    {
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at), InternetChecksum.Fold(sum));
        return bytes;
    }
}
