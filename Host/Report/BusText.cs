using System.Globalization;
using Chainring.Host.Driver.Bench.Bus;
using Chainring.Host.Driver.Bench.Sweep;

namespace Chainring.Host.Report;

/// <summary>What a card behind a bus is predicted to do with what programs were measured to take. Measured and predicted have columns of their own.</summary>
static class BusText
{
    public static IEnumerable<Block> Of(BenchResults results, IReadOnlyList<SweepFigure> all)
    {
        var bus = results.Bus;
        var figures = all.Where(f => f is { Of: { Section: "batch", Batch: > 0 }, Ns.Value: > 0 }).ToList();
        if (SweepText.UsualBatch(figures) is not { } batch) yield break;
        var table = new Table("traffic", "chain", "by", ">measured: ns/packet", ">sent back", ">predicted: Mpps", ">µs a batch", "limited by");
        string above = "";
        foreach (var figure in figures.Where(f => f.Of.Batch == batch))
        {
            double sent = figure.Of.Verdicts?.Where(v => v.Key is "tx" or "redirect").Sum(v => v.Value) ?? 0;
            var traffic = results.Traffic.First(t => t.Name == figure.Of.Traffic);
            var predicted = BusModel.Predict(bus, batch, traffic.MeanBytes, sent, figure.Ns!.Value.Value);
            string row = $"{figure.Of.Traffic} {figure.Of.Chain}";
            table.Add(row == above ? "" : figure.Of.Traffic, row == above ? "" : figure.Of.Chain, figure.Of.Backend, FigureText.Of(figure.Ns), $"{100 * sent:F0} %", Two(predicted.Mpps), Two(predicted.BatchUs), NameOf(predicted.Limit));
            above = row;
        }
        yield return new Paragraph($"A model, not a measurement: a card that writes frames into memory over {bus.Name}, where one core runs the chain in batches of {batch:N0}, and fetches those that are sent. A virtual clock of picoseconds adds up {bus.LatencyNs} ns of way, "
            + $"{bus.Mbps / 1000.0:F1} Gb/s in each direction, bus packets of {bus.Payload} bytes and {bus.Overhead} besides, descriptors and completions of {bus.DescriptorBytes} bytes by {bus.DescriptorBatch} and {bus.CompletionBatch}, a doorbell for {bus.DoorbellBatch} frames, {bus.BatchesInFlight} batches under way. Another bus: --bus.");
        yield return table;
        yield return new Paragraph("Microseconds are those of a batch that finds the way free, from its first bit on the bus until its last verdict is carried out; a frame that waits until a batch is full waits longer. What was measured to take no time at all, so noisy was the machine, has no prediction.");
    }

    static string Two(double value) => value.ToString("F2", CultureInfo.InvariantCulture);

    static string NameOf(BusLimit limit) => limit switch { BusLimit.ToHost => "bus, to memory", BusLimit.ToCard => "bus, to the card", BusLimit.Compute => "compute", _ => "batches under way" };
}
