using Chainring.Nic.Wire;

namespace Chainring.Tests.Support;

/// <summary>A wire that gives frames without ever waiting, and takes none.</summary>
public abstract class GivingWire : IWire
{
    public virtual bool Ended => false;

    public abstract bool TryReceive(out WireFrame frame);

    public void Wait(TimeSpan atMost)
    {
    }

    public bool TrySend(ReadOnlySpan<byte> frame, ulong timestampNs, int queue) => false;

    public void Dispose() => GC.SuppressFinalize(this);
}
