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
