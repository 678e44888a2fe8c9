namespace Chainring.Kernels.Network;

/// <summary>Interfaces by index; immutable.</summary>
public sealed class InterfaceTable
{
    public static readonly InterfaceTable Empty = new([]);

    readonly Dictionary<uint, NetworkInterface> _byIndex;

    InterfaceTable(Dictionary<uint, NetworkInterface> byIndex) => _byIndex = byIndex;

    public IEnumerable<NetworkInterface> All => _byIndex.Values;

    public InterfaceTable With(NetworkInterface added) => new(new(_byIndex) { [added.Ifindex] = added });

    /// <summary>Null if there is none of that index.</summary>
    public NetworkInterface? Find(uint ifindex) => _byIndex.GetValueOrDefault(ifindex);
}
