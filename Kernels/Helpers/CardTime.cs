using System.Diagnostics;

namespace Chainring.Kernels.Helpers;

/// <summary>
/// What the kernel's clocks say on a card. They are all functions of the card's clock, so they go on together: the card is never suspended, and
/// knows of no leap seconds, as Linux knows of none before someone tells it. Only the wall's TAI is another clock: the host's time of day.
/// </summary>
public static class CardTime
{
    /// <summary>CONFIG_HZ.</summary>
    public const ulong TicksPerSecond = 250;

    const ulong NsPerSecond = 1_000_000_000, NsPerTick = NsPerSecond / TicksPerSecond;

    /// <summary>CLOCK_MONOTONIC and CLOCK_BOOTTIME.</summary>
    public static ulong Now(CardClock clock, ulong captureNs) =>
        clock == CardClock.Capture ? captureNs : (ulong)(Stopwatch.GetTimestamp() * ((double)NsPerSecond / Stopwatch.Frequency));

    /// <summary>CLOCK_MONOTONIC_COARSE: as of the last tick.</summary>
    public static ulong Coarse(CardClock clock, ulong captureNs) => Ticks(clock, captureNs) * NsPerTick;

    /// <summary>CLOCK_TAI, nanoseconds since the epoch.</summary>
    public static ulong Tai(CardClock clock, ulong captureNs) =>
        clock == CardClock.Capture ? captureNs : (ulong)(DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;

    /// <summary><c>jiffies</c>, from 0 when the clock was 0; the kernel starts five minutes before its counter's lower half is full.</summary>
    public static ulong Ticks(CardClock clock, ulong captureNs) => Now(clock, captureNs) / NsPerTick;

    /// <summary>Minutes of <see cref="Ticks"/>, by which SYN cookies age; 32 bits of them.</summary>
    public static uint Minutes(CardClock clock, ulong captureNs) => (uint)(Ticks(clock, captureNs) / (60 * TicksPerSecond));
}
