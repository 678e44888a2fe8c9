using System.Globalization;
using Chainring.Host.Driver;
using Chainring.Offload.Spec;

namespace Chainring.Host.Cli;

/// <summary>A run's report for people: what ran, what became of the frames, and why.</summary>
static class Summary
{
    public static void Write(TextWriter output, int width, RunReport report)
    {
        string capture = report.Capture == Captures.StandardInput ? "standard input" : report.Capture;
        output.WriteLine($"{Terminal.Bold(report.Chain)} over {capture}{(report.Repeat > 1 ? $", {report.Repeat:N0} times" : "")}");
        string rate = report.Seconds >= 1 ? $", {report.Frames.Received / report.Seconds:N0} frames per second" : "";
        output.WriteLine(
            $"{Count(report.Frames.Received, "frame")}, {Count(report.Frames.Bytes, "byte")}; "
            + $"{Count(report.Batches, "batch", "batches")} of up to {report.Batch} on {BackendOf(report)}{rate}");
        output.WriteLine();
        if (report.Reloads > 0)
        {
            Wrapping.Write(output, "", $"The chain was reloaded {Count(report.Reloads, "time")}; what its programs did is counted since each was loaded.", width);
            output.WriteLine();
        }
        Programs(report).Write(output, width);
        if (report.Frames.Received > 0)
        {
            output.WriteLine();
            Outcomes(report).Write(output, width);
        }
        if (Counts(report.Drops.Where(d => IsLost(d.Key))) is { Length: > 0 } lost)
        {
            output.WriteLine();
            Wrapping.Write(output, "", $"Did not get where their verdict sent them: {lost}.", width);
        }
        if (report.EventsLost > 0)
        {
            output.WriteLine();
            Wrapping.Write(output, "", $"{Count(report.EventsLost, "event")} found no room and went lost: programs put out more in one batch than a queue's log holds.", width);
        }
        if (report.OnDevice is { } device)
        {
            output.WriteLine();
            Wrapping.Write(output, "", $"On the device ({device.Device}) the chain is {device.Class}: it {device.Why}. {device.Runs}. {BatchesOf(device)}", width);
        }
        if (report.Frames.Truncated is > 0 and var cut)
        {
            output.WriteLine();
            Wrapping.Write(output, "", $"{Count(cut, "frame")} had been cut by the capture; programs saw what is left of them.", width);
        }
    }

    static string BatchesOf(Kernels.DeviceUse device)
    {
        string passes = device.Passes > 0 ? $" ({Count(device.Passes, "pass", "passes")})" : "";
        string together = device.Together is { } share ? string.Create(CultureInfo.InvariantCulture, $" In a work-group {100 * share:F0} % of the frames went the commonest way.") : "";
        return device.Batches.Count == 0 ? "" : $"Batches: {Counts(device.Batches)}{passes}.{together}";
    }

    /// <summary>The backend, and if it was chosen why.</summary>
    public static string BackendOf(RunReport report) => report.WhyBackend is { } why ? $"{report.Backend} (auto: {why})" : report.Backend;

    /// <summary>A row for each code that a program returned: how often, and what ran next.</summary>
    static TextTable Programs(RunReport report)
    {
        var table = new TextTable("program", ">runs", "returned", ">times", "then");
        foreach (var program in report.Programs)
        {
            string name = program.Name == program.Program ? program.Name : $"{program.Name} ({program.Program})", runs = $"{program.Runs:N0}";
            foreach (var (code, times) in program.Returns.Where(r => r.Value > 0).DefaultIfEmpty(new("", 0)))
            {
                table.Add(name, runs, code, code.Length == 0 ? "" : $"{times:N0}", code.Length == 0 ? "" : Next(report, program, code));
                name = runs = "";
            }
        }
        return table;
    }

    static string Next(RunReport report, RunReport.ProgramCounts program, string code)
    {
        var edges = report.Edges.Where(e => e.From == program.Name).ToDictionary(e => e.On);
        bool found = edges.TryGetValue(code, out var edge) || (code != Names.Of(XdpAction.Aborted) && edges.TryGetValue(Names.Of(null), out edge));
        return found ? $"-> {edge!.To}" : program.Decided[code] == 0 ? "end of libxdp's chain: pass" : "end";
    }

    static TextTable Outcomes(RunReport report)
    {
        var table = new TextTable("verdict", ">frames", ">share", "why");
        foreach (var (name, count) in report.Outcomes.Append(new(Names.Missed, report.Frames.Missed)))
        {
            if (count > 0) table.Add(name, $"{count:N0}", $"{100.0 * count / report.Frames.Received:F1}%", Why(report, name));
        }
        return table;
    }

    static string Why(RunReport report, string outcome)
    {
        if (outcome == Names.Missed) return Counts(report.Drops.Where(d => IsMiss(d.Key)));
        if (outcome == Names.Of(XdpAction.Aborted)) return Counts(report.Drops.Where(d => !IsMiss(d.Key) && !IsLost(d.Key) && d.Key != Names.RedirectWithoutTarget));
        // Frames from before a reload were decided by programs that are gone.
        if (report.Reloads > 0) return "";
        var deciders = report.Programs.Where(p => p.Decided[outcome] > 0).ToList();
        string decided = deciders.Count == 1
            ? $"decided by {deciders[0].Name}"
            : "decided by " + string.Join(", ", deciders.Select(p => $"{p.Name} {p.Decided[outcome]:N0}"));
        return outcome == Names.Of(XdpAction.Redirect) && report.Drops.TryGetValue(Names.RedirectWithoutTarget, out long lost)
            ? $"{decided}; {Names.RedirectWithoutTarget} {lost:N0}"
            : decided;
    }

    static bool IsMiss(string reason) => Nic.MissReasons.All.Any(r => Nic.MissReasons.NameOf(r) == reason);

    static bool IsLost(string reason) => Nic.FrameEnds.Lost.Any(e => Nic.FrameEnds.NameOf(e) == reason);

    static string Counts(IEnumerable<KeyValuePair<string, long>> counts) =>
        string.Join(", ", counts.Where(c => c.Value > 0).Select(c => $"{c.Key} {c.Value:N0}"));

    /// <summary><c>1 frame</c>, <c>2,000 frames</c></summary>
    public static string Count(long number, string one, string? many = null) => $"{number:N0} {(number == 1 ? one : many ?? one + "s")}";
}
