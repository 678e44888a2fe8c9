namespace Chainring.Host.Driver.Measure;

/// <summary>A figure with its spread, in whatever unit it was measured.</summary>
/// <param name="Value">Of the samples as they were taken.</param>
/// <param name="Low">Where the 95 % interval begins.</param>
/// <param name="High">Where it ends.</param>
public readonly record struct Estimate(double Value, double Low, double High)
{
    /// <summary>Whether a value lies in the interval.</summary>
    public bool Covers(double value) => Low <= value && value <= High;

    /// <summary>The same figure in another unit: a rate out of a time, a share out of a difference.</summary>
    /// <param name="convert">Rises all the way, or falls all the way.</param>
    public Estimate As(Func<double, double> convert)
    {
        double low = convert(Low), high = convert(High);
        return new(convert(Value), Math.Min(low, high), Math.Max(low, high));
    }
}

/// <summary>
/// Figures out of rounds of interleaved samples: round n of every subject was taken at about the same time, so rounds are drawn whole, and what
/// disturbed a round disturbs both sides of a difference. The interval is the bootstrap's (percentiles of what the statistic is over rounds drawn with
/// replacement; B. Efron, 1979). Equal samples give equal intervals.
/// </summary>
public static class Bootstrap
{
    /// <summary>How often rounds are drawn.</summary>
    public const int Draws = 4000;

    const double Tail = 0.025;
    const int Seed = 2019;

    /// <param name="rounds">How many rounds there are, at least one.</param>
    /// <param name="statistic">The figure over the rounds of these numbers, some of which may stand there more than once.</param>
    public static Estimate Of(int rounds, Func<int[], double> statistic)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        var random = new Random(Seed);
        int[] drawn = new int[rounds];
        double[] values = new double[Draws];
        for (int draw = 0; draw < Draws; draw++)
        {
            for (int n = 0; n < rounds; n++) drawn[n] = random.Next(rounds);
            values[draw] = statistic(drawn);
        }
        for (int n = 0; n < rounds; n++) drawn[n] = n;
        Array.Sort(values);
        return new(statistic(drawn), Statistics.Quantile(values, Tail), Statistics.Quantile(values, 1 - Tail));
    }
}

/// <summary>What numbers say about many.</summary>
public static class Statistics
{
    /// <summary>The middle one, or the mean of the two in the middle; the order of the values does not count.</summary>
    public static double Median(ReadOnlySpan<double> values)
    {
        Span<double> sorted = values.Length <= 256 ? stackalloc double[values.Length] : new double[values.Length];
        values.CopyTo(sorted);
        sorted.Sort();
        return Quantile(sorted, 0.5);
    }

    /// <summary>The median of the values with these numbers.</summary>
    public static double Median(double[] values, int[] which)
    {
        Span<double> drawn = which.Length <= 256 ? stackalloc double[which.Length] : new double[which.Length];
        for (int n = 0; n < which.Length; n++) drawn[n] = values[which[n]];
        drawn.Sort();
        return Quantile(drawn, 0.5);
    }

    /// <summary>The value below which a share of them lies, straight between two neighbours (type 7 of Hyndman and Fan, 1996).</summary>
    /// <param name="sorted">Ascending, at least one.</param>
    /// <param name="share">From 0 to 1.</param>
    public static double Quantile(ReadOnlySpan<double> sorted, double share)
    {
        double at = share * (sorted.Length - 1);
        int below = (int)at;
        return below + 1 == sorted.Length ? sorted[below] : sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]);
    }

    /// <summary>How much y rises with each x: the slope of the line with the least squares.</summary>
    /// <param name="x">At least two different ones.</param>
    /// <param name="y">As many.</param>
    public static double Slope(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double meanX = 0, meanY = 0, products = 0, squares = 0;
        for (int n = 0; n < x.Length; n++) (meanX, meanY) = (meanX + x[n] / x.Length, meanY + y[n] / x.Length);
        for (int n = 0; n < x.Length; n++) (products, squares) = (products + (x[n] - meanX) * (y[n] - meanY), squares + (x[n] - meanX) * (x[n] - meanX));
        return products / squares;
    }
}
