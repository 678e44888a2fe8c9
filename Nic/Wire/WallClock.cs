namespace Chainring.Nic.Wire;

static class WallClock
{
    /// <summary>Nanoseconds since the epoch, in steps of 100.</summary>
    public static ulong Nanoseconds() => (ulong)(DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
}
