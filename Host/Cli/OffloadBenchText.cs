using System.Globalization;
using Chainring.Host.Driver.Bench;
using Chainring.Host.Driver.Measure;
using Chainring.Kernels;
using static Chainring.Host.Cli.BenchText;

namespace Chainring.Host.Cli;

/// <summary>The tables of <c>chainring bench offload</c> for people: a row for each size of batch.</summary>
static class OffloadBenchText
{
    public static void Write(TextWriter output, int width, OffloadReport report)
    {
        width = Math.Max(width, LeastWidth);
        string device = report.Device is { } d ? $"{d.Name} of {d.Platform}, {d.Units} units" : $"none: {report.Missing}";
        Wrapping.Write(output, "", Terminal.Bold("What offloading costs") + $": device {device}. {MachineOf(report)}", width);
        output.WriteLine();
        Wrapping.Write(output, "", $"{SamplesOf(report.Method)} From batches of 16,384 on there are twice as many. Nanoseconds a frame from the call to the verdicts, maps of 1,024 entries; frames are put into the buffers anew for each batch, which is measured beside the rest and subtracted. To device, kernel and back are by the device's own clock, - where nothing is copied; Mpps are those of the whole, and of the kernel alone, as if the frames were there already.", width);
        foreach (var traffic in report.Rows.GroupBy(r => r.Traffic))
        {
            foreach (var program in traffic.GroupBy(r => r.Program))
            {
                string[] engines = [.. program.Select(r => r.Engine).Distinct()];
                output.WriteLine();
                output.WriteLine($"{Terminal.Bold(program.Key)}, frames of {traffic.Key}");
                var table = new TextTable([">  batch", .. engines.Select(e => $">{e}"), ">to device", ">kernel", ">back", ">Mpps", ">of kernel"]);
                foreach (var batch in program.GroupBy(r => r.Batch))
                {
                    var row = batch.FirstOrDefault(r => r.Engine == Targets.OnDevice.Name);
                    var parts = row?.OnDevice;
                    table.Add(
                    [
                        batch.Key.ToString("N0", CultureInfo.InvariantCulture), .. engines.Select(e => Of(batch.First(r => r.Engine == e).Ns)),
                        parts is { BytesToDevice: > 0 } ? Of(parts.ToDeviceNs) : "-", Of(parts?.KernelNs), parts is { BytesBack: > 0 } ? Of(parts.BackNs) : "-", Mpps(row?.Ns), Mpps(parts?.KernelNs),
                    ]);
                }
                table.Write(output, width);
                string overtakes = string.Join("; ", report.BreakEven(Targets.OnDevice.Name).Where(b => (b.Traffic, b.Program) == (traffic.Key, program.Key)).Select(b => b.Batch is { } from ? $"{b.Engine} from batches of {from:N0} on" : $"{b.Engine} never"));
                Wrapping.Write(output, "  ", $"The device overtakes: {overtakes}.", width);
                if (program.LastOrDefault(r => r.OnDevice is { BytesToDevice: > 0 }) is { } largest) Wrapping.Write(output, "  ", CopiesOf(report, largest), width);
            }
        }
        output.WriteLine();
        Wrapping.Write(output, "empty kernel: ", string.Join(", ", report.Launches.Select(l => $"{l.Batch:N0} work-items {Of(l.Us)} µs{(report.OfEmptyKernel(l, Targets.OnDevice.Name) is { } times ? $" (the empty program {times:F1} times that)" : "")}")), width);
        if (report.Launches is [.., var last]) Wrapping.Write(output, "copies: ", $"{Of(last.ToDeviceGBs)} GB/s to the device, {Of(last.BackGBs)} GB/s back", width);
        foreach (var absence in report.Rows.Where(r => r.Absent is not null).Select(r => $"{r.Engine}, {r.Program}: {r.Absent}").Distinct()) Wrapping.Write(output, "absent: ", absence, width);
        WriteChecks(output, width, report);
    }

    static string Mpps(Estimate? ns) => ns is { Value: > 0 } n ? $"{1000 / n.Value:F2}" : "-";

    static string CopiesOf(OffloadReport report, OffloadReport.Row row)
    {
        var (there, back) = report.OfCopies(row);
        return $"With {row.Batch:N0} frames {row.OnDevice!.BytesToDevice:F0} bytes a frame go there{Part(there)}, {row.OnDevice.BytesBack:F0} come back{Part(back)}.";

        static string Part(double? part) => part is { } p ? $" at {100 * p:F0} % of what copies of 32 MiB reach" : "";
    }
}
