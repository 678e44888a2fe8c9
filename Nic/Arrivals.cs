namespace Chainring.Nic;

/// <summary>
/// Numbers frames as they arrive and keeps the clock that they carry, which never runs backwards, whatever the wires' timestamps do. A
/// port has its own, or shares one with others that the same thread receives for: then numbers and clock are the card's.
/// </summary>
public sealed class Arrivals
{
    /// <summary>The number of the next frame.</summary>
    public long Next { get; private set; }

    /// <summary>Nanoseconds since the epoch.</summary>
    public ulong ClockNs { get; private set; }

    internal long Number(ulong timestampNs)
    {
        ClockNs = Math.Max(ClockNs, timestampNs);
        return Next++;
    }
}
