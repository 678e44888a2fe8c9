namespace Chainring.Kernels.Network;

/// <summary>
/// What a card knows of the network around it. Programs see it as of one moment: the host replaces it whole. One thread changes it, any may look.
/// </summary>
public sealed class NetworkTable
{
    volatile NetworkView _current = NetworkView.Empty;

    public NetworkView Current => _current;

    /// <summary>Adds an interface, in place of one of the same index.</summary>
    public void Add(NetworkInterface added) => _current = _current with { Interfaces = _current.Interfaces.With(added) };
}

/// <summary>The network as of one moment.</summary>
public sealed record NetworkView
{
    public static readonly NetworkView Empty = new();

    public InterfaceTable Interfaces { get; init; } = InterfaceTable.Empty;
}
