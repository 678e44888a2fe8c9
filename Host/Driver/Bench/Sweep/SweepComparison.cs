using Chainring.Host.Driver.Measure;

namespace Chainring.Host.Driver.Bench.Sweep;

/// <summary>A figure that is in both of two results: nanoseconds a packet.</summary>
public readonly record struct ComparedFigure(string What, Estimate Before, Estimate After)
{
    /// <summary>Both intervals have nothing in common.</summary>
    public bool Changed => Before.High < After.Low || After.High < Before.Low;

    /// <summary>In percent of what it was.</summary>
    public double Percent => 100 * (After.Value / Before.Value - 1);
}

/// <summary>What is another in one results than in other ones.</summary>
/// <param name="Differences">Of what a run has to be the same in to be gone on with: where the figures come from.</param>
/// <param name="OnlyBefore">Figures that the other one has not.</param>
public sealed record SweepComparison(IReadOnlyList<(string What, string Before, string After)> Differences, IReadOnlyList<ComparedFigure> Figures, int OnlyBefore, int OnlyAfter)
{
    public static SweepComparison Of(BenchResults before, BenchResults after)
    {
        var (first, second) = (Figures(before), Figures(after));
        return new(
            [.. before.Identity.Keys.Union(after.Identity.Keys).Select(k => (k, before.Identity.GetValueOrDefault(k, "none"), after.Identity.GetValueOrDefault(k, "none"))).Where(d => d.Item2 != d.Item3)],
            [.. first.Where(f => second.ContainsKey(f.Key)).Select(f => new ComparedFigure(f.Key, f.Value, second[f.Key]))],
            first.Keys.Except(second.Keys).Count(), second.Keys.Except(first.Keys).Count());

        // One name for one figure; the order is that of the first results.
        static Dictionary<string, Estimate> Figures(BenchResults results)
        {
            var all = new Dictionary<string, Estimate>();
            foreach (var figure in SweepFigures.Of(results))
            {
                var s = figure.Of;
                string what = $"{s.Section}: {s.Chain}, {s.Backend}, {s.Traffic}{(s.Batch > 0 ? $", batches of {s.Batch:N0}" : "")}{(s.Queues > 1 ? $", {s.Queues} queues" : "")}{(s.Entries is { } n ? $", {n:N0} entries" : "")}";
                if (figure.Ns is { } ns) all.TryAdd(what, ns);
            }
            foreach (var row in results.Chain?.Rows ?? [])
            {
                if (row.Ns is { } ns) all.TryAdd($"chain: {row.Stages} ({row.Test}), {row.Engine}, {row.Way}", ns);
            }
            foreach (var row in results.Backends?.Rows ?? [])
            {
                if (row.Ns is { } ns) all.TryAdd($"backends: {row.Program}, {row.Engine}, {row.Traffic}", ns);
            }
            foreach (var row in results.Offload?.Rows ?? [])
            {
                if (row.Ns is { } ns) all.TryAdd($"offload: {row.Program}, {row.Engine}, {row.Traffic}, batches of {row.Batch:N0}", ns);
            }
            return all;
        }
    }
}
