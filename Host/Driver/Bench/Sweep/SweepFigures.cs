using Chainring.Host.Driver.Measure;

namespace Chainring.Host.Driver.Bench.Sweep;

/// <summary>A figure of the sweep.</summary>
/// <param name="Of">What it is of; of Linux, one of the types of packets that it is made of.</param>
/// <param name="Ns">Nanoseconds a packet, without restoring frames; null if absent.</param>
/// <param name="Mpps">Null too if the interval of the time has 0 in it.</param>
/// <param name="Latency">Of whole batches; null where no single ones were timed.</param>
/// <param name="Covered">Of Linux: the part of the traffic whose types were measured.</param>
public sealed record SweepFigure(SweepSeries Of, string? Absent, Estimate? Ns, Estimate? Mpps, Percentiles? Latency, double Covered);

/// <summary>Nanoseconds that so many percent of batches take at most.</summary>
public sealed record Percentiles(double P50, double P90, double P99, double P999);

/// <summary>From samples to figures: everything that reports, tables, plots and comparisons say of a sweep is made here.</summary>
public static class SweepFigures
{
    /// <summary>In the order in which they were measured.</summary>
    public static IReadOnlyList<SweepFigure> Of(BenchResults results) => [.. results.Parts.SelectMany(Of)];

    /// <summary>What was measured twice.</summary>
    public static IReadOnlyList<(string Part, SelfCheck Check)> SelfChecks(BenchResults results) =>
    [
        .. from part in results.Parts
           from twin in part.Series
           where twin is { Twin: true, SamplesNs: not null }
           let first = part.Series.First(s => !s.Twin && s.SamplesNs is not null && KeyOf(s) == KeyOf(twin))
           let restoring = RestoringOf(part, twin)
           let one = first.SamplesNs!.ToArray()
           let other = twin.SamplesNs!.ToArray()
           select (part.Name, new SelfCheck(twin.Backend, Median(first, restoring), Median(twin, restoring), Bootstrap.Of(one.Length, which => Statistics.Median(other, which) - Statistics.Median(one, which)))),
    ];

    /// <summary>What a figure is of, for finding the same one in other results.</summary>
    public static (string Section, string Chain, string Traffic, string Backend, int Batch, int Queues, int? Entries) KeyOf(SweepSeries s) => (s.Section, s.Chain, s.Traffic, s.Backend, s.Batch, s.Queues, s.Entries);

    static IEnumerable<SweepFigure> Of(SweepPart part) =>
        part.Series.Where(s => !s.Twin && s.Backend != SweepSeries.Restoring).GroupBy(KeyOf).Select(g => Of(part, [.. g]));

    static SweepFigure Of(SweepPart part, IReadOnlyList<SweepSeries> same)
    {
        var first = same[0];
        SweepSeries[] measured = [.. same.Where(s => s.SamplesNs is not null)];
        double covered = measured.Sum(s => s.Weight);
        if (measured.Length == 0) return new(first, first.Absent ?? "not measured", null, null, null, 0);
        var ns = measured is [var only] && only.PacketType is null ? Median(only, RestoringOf(part, only)) : Weighted(measured, covered);
        return new(measured[0], null, ns, ns.Low > 0 ? ns.As(v => 1000 / v) : null, first.BatchNs is { Count: > 0 } batches ? PercentilesOf(batches) : null, covered);
    }

    static double[]? RestoringOf(SweepPart part, SweepSeries one) =>
        part.Series.FirstOrDefault(s => s.Backend == SweepSeries.Restoring && (s.Traffic, s.Batch, s.Queues, s.Entries) == (one.Traffic, one.Batch, one.Queues, one.Entries))?.SamplesNs?.ToArray();

    static Estimate Median(SweepSeries one, double[]? restoring)
    {
        double[] samples = [.. one.SamplesNs!];
        return Bootstrap.Of(samples.Length, which => Statistics.Median(samples, which) - (restoring is null ? 0 : Statistics.Median(restoring, which)));
    }

    /// <summary>The mean over types of packets, each as often as it comes.</summary>
    static Estimate Weighted(SweepSeries[] types, double covered)
    {
        double[][] samples = [.. types.Select(t => t.SamplesNs!.ToArray())];
        return Bootstrap.Of(samples[0].Length, which =>
        {
            double sum = 0;
            for (int n = 0; n < types.Length; n++) sum += types[n].Weight * Statistics.Median(samples[n], which);
            return sum / covered;
        });
    }

    static Percentiles PercentilesOf(IReadOnlyList<int> batches)
    {
        double[] sorted = [.. batches.Select(ns => (double)ns)];
        Array.Sort(sorted);
        return new(Statistics.Quantile(sorted, 0.5), Statistics.Quantile(sorted, 0.9), Statistics.Quantile(sorted, 0.99), Statistics.Quantile(sorted, 0.999));
    }
}
