using Chainring.Nic.Wire;

namespace Chainring.Tests.Support;

/// <summary>Frames of 64 bytes that come when it is said.</summary>
/// <param name="arrivals">Nanoseconds.</param>
sealed class TimedWire(ulong[] arrivals) : GivingWire
{
    static readonly byte[] Bytes = new byte[64];
    int _next;

    public override bool TryReceive(out WireFrame frame)
    {
        frame = default;
        if (_next == arrivals.Length) return false;
        frame = new WireFrame(Bytes, arrivals[_next++], (uint)Bytes.Length);
        return true;
    }
}
