namespace Chainring.Nic.Pcap;

/// <summary>
/// How an interface of a pcapng file counts time: in units of a second's 10^-n or 2^-n part, from a whole number of seconds
/// after 1970-01-01 UTC on.
/// </summary>
/// <param name="Resolution">As in if_tsresol: n, with the highest bit set for powers of two.</param>
/// <param name="OffsetSeconds">As in if_tsoffset.</param>
readonly record struct PcapngTime(byte Resolution, long OffsetSeconds)
{
    const byte PowerOfTwo = 0x80;
    const ulong NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Where the seconds of classic captures end, 2106-02-07: what is read can always be written.</summary>
    const ulong End = (1UL << 32) * NanosecondsPerSecond;

    static readonly ulong[] PowersOfTen = [.. Enumerable.Range(0, 20).Select(n => (ulong)UInt128.Parse("1" + new string('0', n)))];

    /// <summary>What an interface without the options has: microseconds since 1970.</summary>
    public static PcapngTime Usual => new(6, 0);

    /// <summary>False for what lies before 1970 or after 2106. What is finer than a nanosecond is lost.</summary>
    public bool TryConvert(ulong units, out ulong timestampNs)
    {
        var time = (Int128)Whole(units) + (Int128)OffsetSeconds * NanosecondsPerSecond;
        bool possible = time >= 0 && time < End;
        timestampNs = possible ? (ulong)time : 0;
        return possible;
    }

    UInt128 Whole(ulong units)
    {
        int exponent = Resolution & ~PowerOfTwo;
        if ((Resolution & PowerOfTwo) != 0) return (UInt128)units * NanosecondsPerSecond >> exponent;
        if (exponent <= 9) return (UInt128)units * PowersOfTen[9 - exponent];
        return exponent - 9 < PowersOfTen.Length ? units / PowersOfTen[exponent - 9] : 0;
    }
}
