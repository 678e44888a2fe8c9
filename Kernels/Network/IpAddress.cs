using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Chainring.Kernels.Network;

/// <summary>An address of either version, its first bit the highest of 128; what IPv4 does not need is 0.</summary>
public readonly record struct IpAddress(UInt128 Bits, bool IsIpv6)
{
    const int Ipv4Shift = 96;

    /// <summary>Bits of an address of this version.</summary>
    public int Width => IsIpv6 ? 128 : 32;

    /// <summary>0.0.0.0 or ::, which as a socket's address stands for every address.</summary>
    public bool IsAny => Bits == 0;

    /// <summary>An IPv4 address as IPv6 sockets know it, ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2).</summary>
    public bool IsMapped => IsIpv6 && Bits >> 32 == 0xffff;

    /// <summary>The IPv4 address in one that <see cref="IsMapped"/>.</summary>
    public IpAddress Unmapped => new(Bits << Ipv4Shift, false);

    public IpAddress Mapped => new(((UInt128)0xffff << 32) | (Bits >> Ipv4Shift), true);

    public static IpAddress Ipv4(ReadOnlySpan<byte> bytes) => new((UInt128)BinaryPrimitives.ReadUInt32BigEndian(bytes) << Ipv4Shift, false);

    public static IpAddress Ipv6(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes), true);

    /// <summary>Its 4 or 16 bytes, in network order.</summary>
    public void Write(Span<byte> bytes)
    {
        if (IsIpv6) BinaryPrimitives.WriteUInt128BigEndian(bytes, Bits);
        else BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)(Bits >> Ipv4Shift));
    }

    /// <summary>How many bits at the start of two addresses are equal.</summary>
    public int CommonBits(IpAddress other) => Math.Min(Width, (int)UInt128.LeadingZeroCount(Bits ^ other.Bits));

    public static bool TryParse(string text, out IpAddress address)
    {
        address = default;
        // The library also reads 10.1 and 0x7f000001.
        if (!IPAddress.TryParse(text, out var parsed) || (parsed.AddressFamily == AddressFamily.InterNetworkV6 && parsed.ScopeId != 0)) return false;
        if (parsed.AddressFamily == AddressFamily.InterNetwork && parsed.ToString() != text) return false;
        byte[] bytes = parsed.GetAddressBytes();
        address = bytes.Length == 4 ? Ipv4(bytes) : Ipv6(bytes);
        return true;
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Width / 8];
        Write(bytes);
        return new IPAddress(bytes).ToString();
    }
}
