using Chainring.Nic.Wire;

namespace Chainring.Bench.Nic;

/// <summary>Gives the same frames for ever, and takes whatever is sent.</summary>
sealed class MemoryWire(IReadOnlyList<byte[]> frames) : IWire
{
    int _next;

    public bool Ended => false;

    public bool TryReceive(out WireFrame frame)
    {
        byte[] bytes = frames[_next];
        _next = _next + 1 == frames.Count ? 0 : _next + 1;
        frame = new WireFrame(bytes, 0, (uint)bytes.Length);
        return true;
    }

    public void Wait(TimeSpan atMost)
    {
    }

    public bool TrySend(ReadOnlySpan<byte> frame, ulong timestampNs, int queue) => true;

    public void Dispose()
    {
    }
}
