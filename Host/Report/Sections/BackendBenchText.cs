using Chainring.Host.Driver.Bench;
using Chainring.Kernels;
using static Chainring.Host.Driver.Bench.BackendBenchReport;
using static Chainring.Host.Report.FigureText;

namespace Chainring.Host.Report;

/// <summary>What <c>chainring bench backends</c> says, with a table for each kind of traffic.</summary>
public static class BackendBenchText
{
    public static IReadOnlyList<Block> Of(BackendBenchReport report) =>
    [
        new Paragraph("What backends cost", $": frames in memory, one thread, compute only. {MachineOf(report)}"),
        new Paragraph(Method(report.Method)),
        .. report.Traffic.SelectMany(traffic => Blocks(traffic, [.. report.Rows.Where(r => r.Traffic == traffic.Name)])),
        .. Absences(report).Select((absence, n) => new Note("absent: ", absence) { Joins = n > 0 }),
        .. ChecksOf(report),
    ];

    static IEnumerable<Block> Blocks(TrafficFacts traffic, IReadOnlyList<BackendRow> rows) =>
    [
        new Paragraph(Title(traffic), Facts(traffic)),
        new Note("  verdicts: ", Verdicts(rows)) { Joins = true },
        Rows(rows) with { Joins = true },
    ];

    static string Method(MethodFacts method) =>
        $"{SamplesOf(method)} The card runs batches of {method.Batch} frames; Linux one frame again and again (BPF_PROG_TEST_RUN, {method.KernelRuns:N0} runs or more, timed around the call). "
        + "Net: all that is beyond an empty program (return XDP_DROP) on the same engine with the same traffic, and its share of another engine's. "
        + "One frame again and again is what branch predictors and caches love: it compares engines, real traffic is slower. Mixed frames are put into the buffers anew for each batch "
        + $"(their place, length and first {FrameHead.Bytes} bytes; programs read no others), and so is one frame where programs use it up; what that takes alone is measured beside the rest, and subtracted.";

    static string Title(TrafficFacts traffic) => char.ToUpperInvariant(traffic.Description[0]) + traffic.Description[1..];

    static string Facts(TrafficFacts traffic)
    {
        string[] maps = [.. traffic.MapEntries.Select(m => $"{m.Key} {m.Value:N0} entries" + (traffic.MapBytes.TryGetValue(m.Key, out long bytes) ? $" in {bytes:N0} bytes" : ""))];
        return $": {(traffic.Frames == 1 ? "" : $"{traffic.Frames:N0} of {traffic.Flows:N0} flows; ")}maps: {string.Join(", ", maps)}; restoring a frame {FigureText.Of(traffic.RestoringNs)} ns.";
    }

    /// <summary>Of each program, by what any engine ended in: all of them end alike.</summary>
    static string Verdicts(IEnumerable<BackendRow> rows) => string.Join("; ", rows.Where(r => r.Verdicts is not null).DistinctBy(r => r.Program)
        .Select(r => $"{r.Program} " + string.Join(", ", r.Verdicts!.OrderByDescending(v => v.Value).Select(v => v.Value == 1 ? v.Key : $"{v.Key} {100 * v.Value:F0} %"))));

    static Table Rows(IEnumerable<BackendRow> rows)
    {
        // What others are held against: the first that compiles, and Linux.
        string[] others = [.. Targets.All.Where(t => t.NeedsProof).Select(t => t.Name).Take(1), LinuxWay.Name];
        var table = new Table(["  program", "by", ">ns/packet", ">Mpps", ">net ns", .. others.Select(o => $">net / {o}")]);
        string above = "";
        foreach (var row in rows.Where(r => r.Absent is null))
        {
            table.Add([
                row.Program == above ? "" : $"  {row.Program}", row.Engine, FigureText.Of(row.Ns), FigureText.Of(row.Mpps), FigureText.Of(row.NetNs),
                .. others.Select(o => row.NetOver is { } over && over.TryGetValue(o, out var share) ? FigureText.Of(share) : "-")]);
            above = row.Program;
        }
        return table;
    }

    /// <summary>What could not be measured, each engine and reason once, with the programs where it is not all of them.</summary>
    static IEnumerable<string> Absences(BackendBenchReport report) =>
        report.Rows.Where(r => r.Absent is not null).GroupBy(r => (r.Engine, r.Traffic, r.Absent)).Select(g => (g.Key.Engine, g.Key.Absent, Programs: ProgramsOf(report, [.. g])))
            .Distinct().Select(a => $"{a.Engine}{a.Programs}: {a.Absent}");

    static string ProgramsOf(BackendBenchReport report, IReadOnlyList<BackendRow> rows) =>
        rows.Count == report.Rows.Count(r => r.Traffic == rows[0].Traffic && r.Engine == rows[0].Engine)
            ? rows[0].Traffic == BackendTraffic.One ? "" : ", mixed traffic"
            : $", {string.Join(" and ", rows.Select(r => r.Program))}";
}
