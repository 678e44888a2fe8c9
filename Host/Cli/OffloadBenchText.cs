using System.Globalization;
using Chainring.Host.Driver.Bench;
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
        Wrapping.Write(output, "", $"{SamplesOf(report.Method)} Nanoseconds a frame from the call to the verdicts, maps of 1,024 entries; frames are put into the buffers anew for each batch, which is measured beside the rest and subtracted.", width);
        foreach (var traffic in report.Rows.GroupBy(r => r.Traffic))
        {
            foreach (var program in traffic.GroupBy(r => r.Program))
            {
                string[] engines = [.. program.Select(r => r.Engine).Distinct()];
                output.WriteLine();
                output.WriteLine($"{Terminal.Bold(program.Key)}, frames of {traffic.Key}");
                var table = new TextTable([">  batch", .. engines.Select(e => $">{e}"), ">Mpps on device"]);
                foreach (var batch in program.GroupBy(r => r.Batch))
                {
                    var ns = batch.FirstOrDefault(r => r.Engine == Targets.OnDevice.Name)?.Ns;
                    table.Add([batch.Key.ToString("N0", CultureInfo.InvariantCulture), .. engines.Select(e => Of(batch.First(r => r.Engine == e).Ns)), ns is { Value: > 0 } n ? $"{1000 / n.Value:F2}" : "-"]);
                }
                table.Write(output, width);
                string overtakes = string.Join("; ", report.BreakEven(Targets.OnDevice.Name).Where(b => (b.Traffic, b.Program) == (traffic.Key, program.Key)).Select(b => b.Batch is { } from ? $"{b.Engine} from batches of {from:N0} on" : $"{b.Engine} never"));
                Wrapping.Write(output, "  ", $"The device overtakes: {overtakes}.", width);
            }
        }
        output.WriteLine();
        Wrapping.Write(output, "empty kernel: ", string.Join(", ", report.Launches.Select(l => $"{l.Batch:N0} work-items {Of(l.Us)} µs")), width);
        foreach (var absence in report.Rows.Where(r => r.Absent is not null).Select(r => $"{r.Engine}, {r.Program}: {r.Absent}").Distinct()) Wrapping.Write(output, "absent: ", absence, width);
        WriteChecks(output, width, report);
    }
}
