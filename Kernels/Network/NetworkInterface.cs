namespace Chainring.Kernels.Network;

/// <summary>A port as programs can ask for it.</summary>
/// <param name="Mac">Its Ethernet address, the first byte the highest of the six.</param>
public sealed record NetworkInterface(uint Ifindex, int Mtu, ulong Mac);
