namespace Chainring.Nic.Wire;

/// <summary>
/// How fast frames follow one another: back to back on a link of so many bits per second. A frame takes what it takes on Ethernet
/// (IEEE 802.3):
/// <code>
/// ┌──────────────┬─────────────────────────┬────────────────┬──────────────┐
/// │ preamble, 8  │ frame, padded to 60     │ check sequence │ gap, 12      │
/// │              │                         │ 4              │              │
/// └──────────────┴─────────────────────────┴────────────────┴──────────────┘
/// </code>
/// </summary>
public sealed class Pacing
{
    /// <summary>Preamble, start delimiter, check sequence and gap.</summary>
    public const int OverheadBytes = 8 + 4 + 12;

    /// <summary>Without the check sequence; a shorter frame is padded.</summary>
    public const int ShortestFrame = 60;

    Pacing(ulong bitsPerSecond, ulong startNs, TimeProvider? clock)
    {
        ArgumentOutOfRangeException.ThrowIfZero(bitsPerSecond);
        (BitsPerSecond, StartNs, Clock) = (bitsPerSecond, startNs, clock);
    }

    public ulong BitsPerSecond { get; }

    /// <summary>The first frame's timestamp; by the clock, that of the first call.</summary>
    public ulong StartNs { get; }

    /// <summary>What frames wait for; null if only their timestamps are paced.</summary>
    public TimeProvider? Clock { get; }

    /// <summary>Frames are there at once, with the timestamps that they would have: the same on every run.</summary>
    public static Pacing Timestamps(ulong bitsPerSecond, ulong startNs = 0) => new(bitsPerSecond, startNs, null);

    /// <summary>Frames are there when their time has come. A receiver that is late finds them all waiting.</summary>
    public static Pacing RealTime(ulong bitsPerSecond, TimeProvider? clock = null) => new(bitsPerSecond, 0, clock ?? TimeProvider.System);

    /// <summary>Bits that the link is busy with a frame of that many bytes.</summary>
    public static ulong BitsOf(int frameBytes) => 8UL * (ulong)(Math.Max(frameBytes, ShortestFrame) + OverheadBytes);
}
