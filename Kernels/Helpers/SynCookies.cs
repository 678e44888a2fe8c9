using System.Buffers.Binary;

namespace Chainring.Kernels.Helpers;

/// <summary>
/// SYN cookies as Linux makes them (net/ipv4/syncookies.c, net/ipv6/syncookies.c): sequence numbers that prove, without a state that was kept, which minute and which
/// size of segments they were given for. Linux draws the secret at boot; the card's follows from its seed.
/// </summary>
/// <remarks><code>
/// cookie = hash(addresses, ports) + the client's sequence number + (minute &lt;&lt; 24) + (hash(addresses, ports, minute) + index of the MSS) % 2^24
/// </code></remarks>
public sealed class SynCookies
{
    /// <summary>Minutes that a cookie is good for: the one that it was given in and the next.</summary>
    public const int MinutesValid = 2;

    const int MinuteShift = 24;
    const uint DataMask = (1u << MinuteShift) - 1, MinuteMask = 0xff;
    const int Ipv4AddressBytes = 8, Ipv6AddressBytes = 32, Ipv4AddressesAt = 12, Ipv6AddressesAt = 8, PortsBytes = 4;

    /// <summary>Ascending.</summary>
    static readonly ushort[] Ipv4Sizes = [536, 1300, 1440, 1460], Ipv6Sizes = [1220, 1420, 1440, 8940];

    readonly SipHash _ipv4Fixed, _ipv4Minute, _ipv6Fixed, _ipv6Minute;

    public SynCookies(ulong seed) =>
        (_ipv4Fixed, _ipv4Minute, _ipv6Fixed, _ipv6Minute) = (KeyOf(seed, 0), KeyOf(seed, 1), KeyOf(seed, 2), KeyOf(seed, 3));

    /// <summary>The MSS of one that names none: RFC 9293's, and what the smallest link of IPv6 has room for.</summary>
    public static ushort UsualMss(bool isIpv6) => isIpv6 ? Ipv6Sizes[0] : Ipv4Sizes[0];

    /// <param name="ip">The IP header, of which only the addresses are looked at.</param>
    /// <param name="mss">In: what the client wants; out: the size that the cookie stands for, which is not more unless there is none so small.</param>
    internal uint Generate(bool isIpv6, ReadOnlySpan<byte> ip, in TcpHeader tcp, uint minute, ref ushort mss)
    {
        var sizes = isIpv6 ? Ipv6Sizes : Ipv4Sizes;
        int index = sizes.Length - 1;
        while (index > 0 && mss < sizes[index]) index--;
        mss = sizes[index];
        return Hash(isIpv6, ip, tcp, null) + tcp.Sequence + (minute << MinuteShift) + ((Hash(isIpv6, ip, tcp, minute) + (uint)index) & DataMask);
    }

    /// <summary>Whether an ACK acknowledges a cookie that is still good.</summary>
    internal bool Check(bool isIpv6, ReadOnlySpan<byte> ip, in TcpHeader tcp, uint minute)
    {
        uint rest = tcp.Acknowledged - 1 - Hash(isIpv6, ip, tcp, null) - (tcp.Sequence - 1);
        uint age = (minute - (rest >> MinuteShift)) & MinuteMask;
        return age < MinutesValid && ((rest - Hash(isIpv6, ip, tcp, minute - age)) & DataMask) < (uint)(isIpv6 ? Ipv6Sizes : Ipv4Sizes).Length;
    }

    /// <param name="minute">Null for the hash that lasts.</param>
    uint Hash(bool isIpv6, ReadOnlySpan<byte> ip, in TcpHeader tcp, uint? minute)
    {
        Span<byte> data = stackalloc byte[Ipv6AddressBytes + sizeof(uint) + PortsBytes];
        if (isIpv6)
        {
            ip.Slice(Ipv6AddressesAt, Ipv6AddressBytes).CopyTo(data);
            BinaryPrimitives.WriteUInt32LittleEndian(data[Ipv6AddressBytes..], minute ?? 0);
            tcp.Ports.CopyTo(data[(Ipv6AddressBytes + sizeof(uint))..]);
            return (uint)(minute is null ? _ipv6Fixed : _ipv6Minute).Of(data);
        }
        ip.Slice(Ipv4AddressesAt, Ipv4AddressBytes).CopyTo(data);
        // The source port is the higher half of a word.
        tcp.Ports[2..].CopyTo(data[Ipv4AddressBytes..]);
        tcp.Ports[..2].CopyTo(data[(Ipv4AddressBytes + 2)..]);
        BinaryPrimitives.WriteUInt32LittleEndian(data[(Ipv4AddressBytes + PortsBytes)..], minute ?? 0);
        return (uint)(minute is null ? _ipv4Fixed : _ipv4Minute).Of(data[..(Ipv4AddressBytes + PortsBytes + sizeof(uint))]);
    }

    static SipHash KeyOf(ulong seed, uint which) => new(Half(seed, which, 0), Half(seed, which, 1));

    static ulong Half(ulong seed, uint which, uint half) => ((ulong)Randomness.Draw(~seed, which, half, 0) << 32) | Randomness.Draw(~seed, which, half, 1);
}
