namespace Chainring.Nic.Rss;

/// <summary>How a port spreads packets over its queues. Immutable; replaced whole.</summary>
public sealed record RssConfig
{
    /// <summary>Entries of the indirection table.</summary>
    public const int TableEntries = 128;

    /// <summary><see cref="ToeplitzHash.KeyBytes"/> bytes.</summary>
    public byte[] Key { get; init; } = [.. ToeplitzHash.DefaultKey];

    public HashFields Tcp4 { get; init; } = HashFields.AddressesAndPorts;

    public HashFields Udp4 { get; init; } = HashFields.AddressesAndPorts;

    public HashFields Tcp6 { get; init; } = HashFields.AddressesAndPorts;

    public HashFields Udp6 { get; init; } = HashFields.AddressesAndPorts;

    /// <summary>IPv4 and IPv6 packets of other protocols, and fragments.</summary>
    public HashFields OtherIp { get; init; } = HashFields.Addresses;

    /// <summary>The queue of each hash, by its lowest seven bits.</summary>
    public required byte[] Table { get; init; }

    /// <summary>Queues in turn, as drivers fill the table at first.</summary>
    public static RssConfig Even(int queues) => new() { Table = [.. Enumerable.Range(0, TableEntries).Select(n => (byte)(n % queues))] };
}
