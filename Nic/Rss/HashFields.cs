namespace Chainring.Nic.Rss;

/// <summary>Which fields of a packet are hashed, as <c>ethtool -N rx-flow-hash</c> sets them.</summary>
public enum HashFields : byte
{
    /// <summary>Nothing: the hash is 0 and the packet goes to the first entry's queue.</summary>
    None,

    /// <summary>Source and destination address (<c>sd</c>).</summary>
    Addresses,

    /// <summary>Addresses and ports (<c>sdfn</c>).</summary>
    AddressesAndPorts,
}

/// <summary>What a packet's hash was made from, as programs can ask (<c>enum xdp_rss_hash_type</c>).</summary>
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
