namespace Chainring.Kernels;

/// <summary>What a packet's hash was made from, as programs can ask (<c>enum xdp_rss_hash_type</c>, include/net/xdp.h).</summary>
[Flags]
public enum HashType : uint
{
    None = 0,
    Ipv4 = 1 << 0,
    Ipv6 = 1 << 1,

    /// <summary>IPv4 options or IPv6 extension headers are present.</summary>
    DynamicHeader = 1 << 2,
    Layer4 = 1 << 3,
    Tcp = 1 << 4,
    Udp = 1 << 5,
}

/// <summary>What a port that checks checksums found, as drivers tell the stack (<c>skb->ip_summed</c>).</summary>
public enum ChecksumStatus : byte
{
    /// <summary>Not checked: checking is off, or the frame has nothing that could be checked.</summary>
    None,

    /// <summary>Every checksum that was found is right.</summary>
    Good,

    /// <summary>One is wrong.</summary>
    Bad,
}

/// <summary>
/// What the port knows of a frame besides its bytes, as it was received: what a program may have changed since changes nothing here. Programs
/// ask by the RX-metadata kfuncs; a hint that is absent answers ENODATA there. The timestamp is <see cref="Frame.TimestampNs"/>.
/// </summary>
public struct RxHints
{
    /// <summary>0 unless <see cref="HasHash"/>.</summary>
    public uint Hash;

    public HashType HashType;

    /// <summary>The port computed a hash.</summary>
    public bool HasHash;

    /// <summary>The port took the outermost VLAN tag out of the frame.</summary>
    public bool HasVlanTag;

    /// <summary>That tag's EtherType, 0x8100 or 0x88a8.</summary>
    public ushort VlanProtocol;

    /// <summary>That tag's control information: priority, drop eligibility, VLAN identifier.</summary>
    public ushort VlanTag;

    public ChecksumStatus Checksum;
}
