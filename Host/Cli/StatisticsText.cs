using Chainring.Host.Driver;

namespace Chainring.Host.Cli;

/// <summary>Counters as <c>ethtool -S</c> prints them: a heading, then a name and a number per line. Ports first, then the programs of the chain.</summary>
static class StatisticsText
{
    static readonly Dictionary<string, long> Empty = [];

    public static void Write(TextWriter output, RunReport report)
    {
        foreach (var port in report.Ports)
        {
            output.WriteLine($"NIC statistics ({port.Name}):");
            foreach (var (name, value) in port.Statistics) Write(output, name, value);
            foreach (var (fault, count) in port.Faults?.In ?? Empty) Write(output, $"fault_in_{fault.Replace('-', '_')}", count);
            foreach (var (fault, count) in port.Faults?.Out ?? Empty) Write(output, $"fault_out_{fault.Replace('-', '_')}", count);
        }
        output.WriteLine($"Chain statistics ({report.Chain}):");
        foreach (var program in report.Programs)
        {
            Write(output, $"{program.Name}_run_cnt", program.Runs);
            foreach (var (code, count) in program.Returns) Write(output, $"{program.Name}_xdp_{code}", count);
            Write(output, $"{program.Name}_unknown_codes", program.UnknownCodes);
            foreach (var edge in report.Edges.Where(e => e.From == program.Name))
                Write(output, $"{edge.From}_{(edge.On == "*" ? "any" : edge.On)}_to_{edge.To}", edge.Count);
        }
        Write(output, "events_lost", report.EventsLost);
        foreach (var (reason, count) in report.Drops) Write(output, $"drops_{reason.Replace('-', '_')}", count);
    }

    static void Write(TextWriter output, string name, long value) => output.WriteLine($"     {name}: {value}");
}
