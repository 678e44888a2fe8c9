using Chainring.Host.Driver.Bench;
using static Chainring.Host.Report.FigureText;
using static Chainring.Host.Driver.Bench.ChainBenchReport;

namespace Chainring.Host.Report;

/// <summary>What <c>chainring bench chain</c> says.</summary>
public static class ChainBenchText
{
    public static IReadOnlyList<Block> Of(ChainBenchReport report) =>
    [
        new Paragraph("What a chain costs", $": {report.Method.FrameBytes}-byte frames in memory, one thread, compute only. {MachineOf(report)}"),
        new Paragraph(Method(report.Method)),
        Rows(report),
        StageCosts(report),
        ParserCosts(report),
        .. Absences(report).Select((absence, n) => new Note("absent: ", absence) { Joins = n > 0 }),
        .. ChecksOf(report),
        new Paragraph("Not to be compared with figures that include a NIC: the 2019 series measured 31.0 Mpps without chaining, 28.9 with the map unused, 26.6 by tail call "
            + "and 17.0 by chain call, each with a NIC and its driver in it.") { Joins = true },
    ];

    static string Method(MethodFacts method) =>
        SamplesOf(method) + $" The card runs batches of {method.Batch} frames, and it is one frame again and again, as on Linux (BPF_PROG_TEST_RUN, {method.KernelRuns:N0} runs or more, timed around the call). "
        + "Added: beyond the first program alone, for each program after it. Overhead: all that is beyond an empty program (return XDP_DROP) alone on the same engine, so net of the loop around programs.";

    static Table Rows(ChainBenchReport report)
    {
        var table = new Table("programs", "by", ">ns/packet", ">Mpps", ">added ns", ">overhead ns", ">overhead %");
        string above = "";
        foreach (var row in report.Rows.Where(r => r.Absent is null))
        {
            string title = Title(row);
            table.Add(title == above ? "" : title, Who(row.Engine, row.Way), FigureText.Of(row.Ns), FigureText.Of(row.Mpps), FigureText.Of(row.AddedNs), FigureText.Of(row.NetNs), FigureText.Of(row.OverheadPercent, "F0"));
            above = title;
        }
        return table;
    }

    /// <summary>What could not be measured, each way and reason once.</summary>
    static IEnumerable<string> Absences(ChainBenchReport report) =>
        report.Rows.Where(r => r.Absent is not null).Select(r => $"{Who(r.Engine, r.Way)}: {r.Absent}").Distinct();

    static string Who(string engine, string way) => way == ChainBench.NameOf(Mechanism.Alone) ? engine : $"{engine}, {way}";

    static string Title(ChainRow row) => row.Test switch
    {
        ChainBench.One => $"{row.Stages}, no chain support",
        ChainBench.Unused => $"{row.Stages}, support unused",
        _ => row.Stages,
    };

    static Table StageCosts(ChainBenchReport report)
    {
        var table = new Table("one more pass stage costs", ">stages", ">ns");
        foreach (var cost in report.StageCosts) table.Add(Who(cost.Engine, cost.Way), $"{cost.PassStages[0]} to {cost.PassStages[^1]}", FigureText.Of(cost.NsPerStage));
        return table;
    }

    static Table ParserCosts(ChainBenchReport report)
    {
        var table = new Table("two programs that both parse to L4", ">chain, ns", ">sum of both alone, ns", ">chain / sum");
        foreach (var cost in report.ParserCosts) table.Add($"{cost.Engine}, {cost.Way}", FigureText.Of(cost.ChainNs), FigureText.Of(cost.SumNs), FigureText.Of(cost.ChainOverSum));
        return table;
    }
}
