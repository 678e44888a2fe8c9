using System.Globalization;
using Chainring.Host.Driver.Bench;
using Chainring.Host.Driver.Measure;
using Chainring.Kernels;
using static Chainring.Host.Report.FigureText;

namespace Chainring.Host.Report;

/// <summary>What <c>chainring bench offload</c> says, in tables with a row for each size of batch.</summary>
public static class OffloadBenchText
{
    public static IReadOnlyList<Block> Of(OffloadReport report)
    {
        string device = report.Device is { } d ? $"{d.Name} of {d.Platform}, {d.Units} units" : $"none: {report.Missing}";
        return
        [
            new Paragraph("What offloading costs", $": device {device}. {MachineOf(report)}"),
            new Paragraph($"{SamplesOf(report.Method)} From batches of 16,384 on there are twice as many. Nanoseconds a frame from the call to the verdicts, maps of 1,024 entries; frames are put into the buffers anew for each batch, which is measured beside the rest and subtracted. To device, kernel and back are by the device's own clock, - where nothing is copied; Mpps are those of the whole, and of the kernel alone, as if the frames were there already."),
            .. report.Rows.GroupBy(r => (r.Traffic, r.Program)).SelectMany(program => Blocks(report, program.Key.Traffic, program.Key.Program, [.. program])),
            new Note("empty kernel: ", string.Join(", ", report.Launches.Select(l => $"{l.Batch:N0} work-items {FigureText.Of(l.Us)} µs{(report.OfEmptyKernel(l, Targets.OnDevice.Name) is { } times ? $" (the empty program {times:F1} times that)" : "")}"))),
            .. report.Launches is [.., var last] ? [new Note("copies: ", $"{FigureText.Of(last.ToDeviceGBs)} GB/s to the device, {FigureText.Of(last.BackGBs)} GB/s back") { Joins = true }] : Array.Empty<Block>(),
            .. report.Rows.Where(r => r.Absent is not null).Select(r => $"{r.Engine}, {r.Program}: {r.Absent}").Distinct().Select(absence => new Note("absent: ", absence) { Joins = true }),
            .. ChecksOf(report),
        ];
    }

    static IEnumerable<Block> Blocks(OffloadReport report, string traffic, string program, IReadOnlyList<OffloadReport.Row> rows)
    {
        string[] engines = [.. rows.Select(r => r.Engine).Distinct()];
        yield return new Paragraph(program, $", frames of {traffic}");
        var table = new Table([">  batch", .. engines.Select(e => $">{e}"), ">to device", ">kernel", ">back", ">Mpps", ">of kernel"]) { Joins = true };
        foreach (var batch in rows.GroupBy(r => r.Batch))
        {
            var row = batch.FirstOrDefault(r => r.Engine == Targets.OnDevice.Name);
            var parts = row?.OnDevice;
            table.Add(
            [
                batch.Key.ToString("N0", CultureInfo.InvariantCulture), .. engines.Select(e => FigureText.Of(batch.First(r => r.Engine == e).Ns)),
                parts is { BytesToDevice: > 0 } ? FigureText.Of(parts.ToDeviceNs) : "-", FigureText.Of(parts?.KernelNs), parts is { BytesBack: > 0 } ? FigureText.Of(parts.BackNs) : "-", Mpps(row?.Ns), Mpps(parts?.KernelNs),
            ]);
        }
        yield return table;
        string overtakes = string.Join("; ", report.BreakEven(Targets.OnDevice.Name).Where(b => (b.Traffic, b.Program) == (traffic, program)).Select(b => b.Batch is { } from ? $"{b.Engine} from batches of {from:N0} on" : $"{b.Engine} never"));
        yield return new Note("  ", $"The device overtakes: {overtakes}.") { Joins = true };
        if (rows.LastOrDefault(r => r.OnDevice is { BytesToDevice: > 0 }) is { } largest) yield return new Note("  ", CopiesOf(report, largest)) { Joins = true };
    }

    static string Mpps(Estimate? ns) => ns is { Value: > 0 } n ? $"{1000 / n.Value:F2}" : "-";

    static string CopiesOf(OffloadReport report, OffloadReport.Row row)
    {
        var (there, back) = report.OfCopies(row);
        return $"With {row.Batch:N0} frames {row.OnDevice!.BytesToDevice:F0} bytes a frame go there{Part(there)}, {row.OnDevice.BytesBack:F0} come back{Part(back)}.";

        static string Part(double? part) => part is { } p ? $" at {100 * p:F0} % of what copies of 32 MiB reach" : "";
    }
}
