using System.Globalization;
using System.Text;
using Chainring.Host.Driver.Bench.Sweep;

namespace Chainring.Host.Report;

/// <summary>The figures of a sweep, one a line.</summary>
public static class CsvText
{
    const string Headings = "section,chain,traffic,backend,batch,queues,entries,ns,ns_low,ns_high,mpps,mpps_low,mpps_high,batch_p50_ns,batch_p90_ns,batch_p99_ns,batch_p999_ns,covered,absent";

    public static string Of(BenchResults results)
    {
        var text = new StringBuilder(Headings).Append('\n');
        foreach (var (of, absent, ns, mpps, latency, covered) in SweepFigures.Of(results))
        {
            object?[] cells =
            [
                of.Section, of.Chain, of.Traffic, of.Backend, of.Batch, of.Queues, of.Entries, ns?.Value, ns?.Low, ns?.High, mpps?.Value, mpps?.Low, mpps?.High,
                latency?.P50, latency?.P90, latency?.P99, latency?.P999, absent is null ? covered : null, absent,
            ];
            text.AppendJoin(',', cells.Select(Cell)).Append('\n');
        }
        return text.ToString();
    }

    static string Cell(object? value) => value switch
    {
        null => "",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        string text when text.AsSpan().ContainsAny(',', '"', '\n') => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"",
        var other => Convert.ToString(other, CultureInfo.InvariantCulture)!,
    };
}
