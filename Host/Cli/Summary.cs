using Chainring.Host.Driver;
using Spectre.Console;

namespace Chainring.Host.Cli;

/// <summary>A run's report for people: what ran, what became of the frames, and why.</summary>
static class Summary
{
    public static void Write(IAnsiConsole console, RunReport report)
    {
        console.MarkupLineInterpolated($"[bold]{report.Chain}[/] over {report.Capture}: {report.Frames.Received:N0} frames, {report.Frames.Bytes:N0} bytes, in {report.Batches:N0} batches of up to {report.Batch} on the {report.Backend}");
        console.WriteLine();
        console.Write(Programs(report));
        console.Write(Outcomes(report));
        if (report.Frames.Truncated > 0)
            console.MarkupLineInterpolated($"{report.Frames.Truncated:N0} frames were cut by the capture; programs saw what is left of them.");
    }

    static Table Programs(RunReport report)
    {
        var table = Plain("program", "runs", "returned", "then");
        foreach (var program in report.Programs)
        {
            string name = program.Name == program.Program ? program.Name : $"{program.Name} ({program.Program})";
            string[] edges = [.. report.Edges.Where(e => e.From == program.Name).Select(e => $"{e.On} -> {e.To} {e.Count:N0}")];
            table.AddRow(new Text(name), Number(program.Runs), new Text(Counts(program.Returns)), new Text(edges.Length == 0 ? "end of chain" : string.Join("\n", edges)));
        }
        return table;
    }

    static Table Outcomes(RunReport report)
    {
        var table = Plain("frames", "count", "share", "why");
        foreach (var (name, count) in report.Outcomes.Append(new(Names.Missed, report.Frames.Missed)))
        {
            if (count == 0) continue;
            string why = name is "aborted" or Names.Missed ? Counts(report.Drops.Where(d => (name == Names.Missed) == IsMiss(d.Key))) : "verdict of the last program that ran";
            table.AddRow(new Text(name), Number(count), new Text($"{100.0 * count / report.Frames.Received:F1} %").RightJustified(), new Text(why));
        }
        return table;
    }

    static bool IsMiss(string reason) => Enum.GetValues<Nic.MissReason>().Any(r => Nic.Port.NameOf(r) == reason);

    static string Counts(IEnumerable<KeyValuePair<string, long>> counts) =>
        string.Join(", ", counts.Where(c => c.Value > 0).Select(c => $"{c.Key} {c.Value:N0}"));

    static Text Number(long value) => new Text($"{value:N0}").RightJustified();

    internal static Table Plain(params string[] columns)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (string column in columns) table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Bold))));
        return table;
    }
}
