namespace Chainring.Nic.Wire;

/// <summary>A wire that takes everything and gives nothing. Any number of threads may send.</summary>
public sealed class NullWire : IWire
{
    public bool Ended => true;

    public bool TryReceive(out WireFrame frame)
    {
        frame = default;
        return false;
    }

    public void Wait(TimeSpan atMost) => Thread.Sleep(atMost);

    public bool TrySend(ReadOnlySpan<byte> frame, ulong timestampNs, int queue) => true;

    public void Dispose()
    {
    }
}
