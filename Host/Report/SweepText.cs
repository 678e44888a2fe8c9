using System.Globalization;
using Chainring.Host.Driver.Bench;
using Chainring.Host.Driver.Bench.Dpdk;
using Chainring.Host.Driver.Bench.Sweep;
using Chainring.Host.Driver.Measure;
using Chainring.Kernels;
using static Chainring.Host.Report.FigureText;

namespace Chainring.Host.Report;

/// <summary>The report of <c>chainring bench</c>: everything in it is made from the results, and nothing else.</summary>
public static class SweepText
{
    public const string Title = "What XDP chains cost here";

    public static IReadOnlyList<Block> Of(BenchResults results) => Of(results, SweepFigures.Of(results));

    static IReadOnlyList<Block> Of(BenchResults results, IReadOnlyList<SweepFigure> figures) =>
    [
        new Heading(Title, 1),
        .. Beginning(results),
        .. Section("Chains on each backend", ByBackend(results, figures)),
        .. Section("By the size of the batch", ByBatch(results, figures)),
        .. Section("How long a batch takes", Latency(results, figures)),
        .. Section("Where the time goes", WhereTimeGoes(results)),
        .. Section("By the length of the chain", ByLength(results)),
        .. Section("When a device pays", BreakEven(results)),
        .. Section("Scale", ScaleText.Of(figures, results.Memory)),
        .. Section($"Predicted: behind {results.Bus.Name}", BusText.Of(results, figures)),
        .. Section("Chains, in detail", results.Chain is { } chain ? ChainBenchText.Of(chain) : []),
        .. Section("Programs, in detail", results.Backends is { } backends ? BackendBenchText.Of(backends) : []),
        .. Section("Offloading, in detail", results.Offload is { } offload ? OffloadBenchText.Of(offload) : []),
        .. Section("What the figures are worth", Worth(results)),
    ];

    /// <summary>What a person who waited for the report is to see at once.</summary>
    public static IReadOnlyList<Block> Summary(BenchResults results) => [.. ByBackend(results, SweepFigures.Of(results)), .. Warnings(results).Select(warning => new Note("warning: ", warning)), .. results.Absent.Select(a => new Note("absent: ", $"{a.Who}: {a.Why}"))];

    static IEnumerable<Block> Section(string title, IEnumerable<Block> blocks)
    {
        var all = blocks.ToList();
        return all.Count == 0 ? [] : all.Prepend(new Heading(title, 2));
    }

    static IEnumerable<Block> Beginning(BenchResults results)
    {
        var method = results.Method;
        double? load = results.Parts is [.., var last] ? last.LoadAfter ?? results.Machine.Load : results.Machine.Load;
        yield return new Paragraph($"Chainring {Version(results)}, {results.Started.UtcDateTime.ToString("d MMMM yyyy, HH:mm", CultureInfo.InvariantCulture)} UTC. {MachineOf(results.Machine, load)}");
        yield return new Code($"{results.Command}\nseed {results.Seed}, build {results.Identity.GetValueOrDefault("build")}");
        yield return new Paragraph($"Frames in memory, compute only: no NIC, no bus. Every backend runs the same packets in the same run. {SamplesOf(method.Rounds, method.SampleMs, method.Clock)} "
            + "Frames are put into the buffers anew for each batch; what that takes is measured beside the rest, and subtracted.");
        if (results.Missing().ToList() is { Count: > 0 } missing) yield return new Note("warning: ", $"the run was stopped before all was measured; missing: {string.Join("; ", missing)}");
        foreach (var warning in Warnings(results).Take(1)) yield return new Note("warning: ", warning);
        foreach (var (who, why) in results.Absent) yield return new Note("absent: ", $"{who}: {why}");
    }

    /// <summary>That the same thing measured twice differs: what readers are to see first.</summary>
    static IEnumerable<string> Warnings(BenchResults results)
    {
        var checks = SweepFigures.SelfChecks(results);
        int differ = checks.Count(c => !c.Check.Agrees);
        if (differ > 0) yield return $"in {differ} of {checks.Count} self-checks the same thing measured twice differs by more than its interval; see the end of the report";
    }

    static IEnumerable<Block> ByBackend(BenchResults results, IReadOnlyList<SweepFigure> all)
    {
        var figures = all.Where(f => f.Of.Section == "batch").ToList();
        foreach (var traffic in results.Traffic)
        {
            var here = figures.Where(f => f.Of.Traffic == traffic.Name).ToList();
            if (UsualBatch(here) is not { } batch) continue;
            var table = new Table("chain", "by", ">ns/packet", ">Mpps", "verdicts");
            string above = "";
            foreach (var figure in here.Where(f => f.Of.Batch == batch || f.Of.Batch == 0).OrderBy(f => PlaceOf(results, f.Of.Chain)))
            {
                table.Add(figure.Of.Chain == above ? "" : figure.Of.Chain, figure.Of.Backend, FigureText.Of(figure.Ns), FigureText.Of(figure.Mpps), figure.Absent ?? (figure.Of.PacketType is null ? Verdicts(figure.Of) : $"types of packets that are {100 * figure.Covered:F0} % of the traffic"));
                above = figure.Of.Chain;
            }
            yield return new Heading(Capital(traffic.Description), 3);
            yield return new Paragraph($"{traffic.Frames:N0} frames of {traffic.MeanBytes:F0} bytes on average before the first one comes again, in batches of {batch:N0}, on one core.");
            yield return table;
        }
        if (figures.Any(f => f.Of.Backend == LinuxWay.Name && f.Ns is not null))
            yield return new Paragraph($"Linux runs by BPF_PROG_TEST_RUN: one frame of each of the most frequent types of packets again and again ({results.Method.KernelRuns:N0} runs or more a sample), weighted by how often the type comes. That flatters it: its caches and branch predictors know "
                + "the frame, and of a chain the programs are measured one by one, with nothing between them. Types of which a program uses frames up, so that it does something else with them the next time, are left out: figures over less than all of the traffic are of the others alone.");
        if (figures.Any(f => f.Of.Backend == DpdkPeer.Name && f.Ns is not null)) yield return OfDpdk;
    }

    /// <summary>What is asked of DPDK is not quite the program that the others run.</summary>
    static Paragraph OfDpdk => new("DPDK's BPF JIT (librte_bpf) runs in a process of its own, on the same frames, put into buffers 256 at a time, which is measured there and subtracted as on the card. Its validator takes no XDP context, so it runs a variant: the program is called with a pointer to the frame, "
        + "and with its length behind the frame's buffer; three instructions more compute where the frame ends and keep that on the stack, and loads of data and data_end become a copy of a register and a load from the stack. Programs that come with the command are compiled for -mcpu=v2, since the JIT has no 32-bit jumps. "
        + "Maps are arrays of that process, which a call of a C function looks up, and from one program to the next it goes by a loop in C. Verdicts are the reference's; what a program writes is not compared.");

    static IEnumerable<Block> ByBatch(BenchResults results, IReadOnlyList<SweepFigure> all)
    {
        var figures = all.Where(f => f.Of is { Section: "batch", Batch: > 0 }).ToList();
        foreach (var chain in results.Chains)
        {
            foreach (var traffic in results.Traffic)
            {
                var here = figures.Where(f => f.Of.Chain == chain.Name && f.Of.Traffic == traffic.Name).ToList();
                int[] batches = [.. here.Select(f => f.Of.Batch).Distinct().Order()];
                if (batches.Length < 2) continue;
                string title = $"{chain.Name}, {traffic.Description}: throughput of one core by the size of the batch";
                if (traffic == results.Traffic[0])
                {
                    yield return new Heading(chain.Name, 3);
                    if (chain.Programs.Count > 1) yield return new Paragraph($"{string.Join(", then ", chain.Programs)}.");
                    yield return new Plot($"throughput-{Slug(chain.Name)}", title, "frames in a batch", "million packets a second")
                    {
                        LogX = true,
                        LogY = true,
                        XTicks = [.. batches.Select(b => (double)b)],
                        Lines = [.. here.Where(f => f.Mpps is not null).GroupBy(f => f.Of.Backend).Select(g => new PlotLine(g.Key, [.. g.OrderBy(f => f.Of.Batch).Select(f => Point(f.Of.Batch, f.Mpps!.Value))]))],
                    };
                }
                var table = new Table(["by", .. batches.Select(b => $">{b:N0}")]);
                foreach (var backend in here.GroupBy(f => f.Of.Backend).Where(g => g.Any(f => f.Ns is not null)))
                    table.Add([backend.Key, .. batches.Select(b => FigureText.Of(backend.FirstOrDefault(f => f.Of.Batch == b)?.Ns))]);
                yield return new Paragraph($"Nanoseconds a packet, {traffic.Description}, by frames in a batch:");
                yield return table;
            }
        }
    }

    static IEnumerable<Block> Latency(BenchResults results, IReadOnlyList<SweepFigure> all)
    {
        var figures = all.Where(f => f.Of.Section == "batch" && f.Latency is not null && f.Of.Chain == results.Chains[^1].Name && f.Of.Traffic == results.Traffic[0].Name).ToList();
        if (UsualBatch(figures) is not { } batch) yield break;
        var usual = figures.Where(f => f.Of.Batch == batch).ToList();
        yield return new Paragraph($"Each of {results.Method.TimedBatches:N0} batches of {results.Chains[^1].Name} over {results.Traffic[0].Description} timed alone, from the call to the verdicts: what a packet waits at most that came first. Reading the clock is in it.");
        yield return new Plot("latency", $"{results.Chains[^1].Name}, {results.Traffic[0].Description}: time of a batch of {batch:N0}", "percent of batches that take at most that", "microseconds")
        {
            LogY = true,
            XTicks = [1, 2, 3, 4],
            XTickLabels = ["50", "90", "99", "99.9"],
            Lines = [.. usual.Select(f => new PlotLine(f.Of.Backend, [.. new[] { f.Latency!.P50, f.Latency.P90, f.Latency.P99, f.Latency.P999 }.Select((ns, n) => new PlotPoint(n + 1, ns / 1000))]))],
        };
        var table = new Table("by", ">batch", ">50 %, µs", ">90 %", ">99 %", ">99.9 %");
        string above = "";
        foreach (var f in figures.OrderBy(f => figures.FindIndex(g => g.Of.Backend == f.Of.Backend)).ThenBy(f => f.Of.Batch))
        {
            table.Add(f.Of.Backend == above ? "" : f.Of.Backend, $"{f.Of.Batch:N0}", Us(f.Latency!.P50), Us(f.Latency.P90), Us(f.Latency.P99), Us(f.Latency.P999));
            above = f.Of.Backend;
        }
        yield return table;

        static string Us(double ns) => (ns / 1000).ToString("N2", CultureInfo.InvariantCulture);
    }

    /// <summary>Of a program over mixed frames: what the engine takes, what the program does; of a device, what it copies and runs.</summary>
    static IEnumerable<Block> WhereTimeGoes(BenchResults results)
    {
        const string program = "router", traffic = "mixed";
        var bars = new List<(string Name, Dictionary<string, double> Parts)>();
        if (results.Backends is { } backends && backends.Traffic.FirstOrDefault(t => t.Name == traffic) is { } facts)
        {
            foreach (var row in backends.Rows.Where(r => (r.Traffic, r.Program) == (traffic, program) && r.NetNs is not null && r.Engine != Targets.Reference.Name))
                bars.Add((row.Engine, new() { ["frames into buffers"] = facts.RestoringNs.Value, ["engine: an empty program"] = row.Ns!.Value.Value - row.NetNs!.Value.Value, ["program"] = row.NetNs.Value.Value }));
        }
        foreach (var row in results.Offload?.Rows.Where(r => r is { Traffic: "64", Program: program, OnDevice: not null, Ns: not null }) ?? [])
        {
            var device = row.OnDevice!;
            var parts = new Dictionary<string, double> { ["to the device"] = device.BytesToDevice > 0 ? device.ToDeviceNs.Value : 0, ["kernel"] = device.KernelNs.Value, ["back"] = device.BytesBack > 0 ? device.BackNs.Value : 0 };
            parts["host"] = Math.Max(0, row.Ns!.Value.Value - parts.Values.Sum());
            bars.Add(($"{row.Engine}, {row.Batch:N0}", parts));
        }
        if (bars.Count == 0) yield break;
        string[] names = [.. bars.SelectMany(b => b.Parts.Keys).Distinct()];
        yield return new Paragraph($"The program {program} over mixed frames of 64 bytes. On a processor: frames put into buffers, an empty program on the same engine, and what is beyond. On the device, by the size of the batch: by its own clock, and what is left is the host's.");
        yield return new Plot("time", $"{program}: nanoseconds a packet", "", "nanoseconds a packet")
        {
            Bars = [.. bars.Select(b => b.Name)],
            Lines = [.. names.Select(name => new PlotLine(name, [.. bars.Select((b, n) => new PlotPoint(n, b.Parts.GetValueOrDefault(name)))]))],
        };
        var table = new Table(["by", .. names.Select(n => $">{n}")]);
        foreach (var (name, parts) in bars) table.Add([name, .. names.Select(n => parts.TryGetValue(n, out double ns) ? ns.ToString("F2", CultureInfo.InvariantCulture) : "-")]);
        yield return table;
    }

    static IEnumerable<Block> ByLength(BenchResults results)
    {
        if (results.Chain is not { } chain) yield break;
        var rows = chain.Rows.Where(r => r is { Test: ChainBench.OfMany, Ns: not null } && r.Engine != Targets.Reference.Name && r.Way != ChainBench.NameOf(Mechanism.TailCallAny) && r.Way != ChainBench.NameOf(Mechanism.Calls)).ToList();
        if (rows.Count == 0) yield break;
        yield return new Plot("length", "Stages that pass before one that drops: nanoseconds a packet", "programs in the chain", "nanoseconds a packet")
        {
            LogX = true,
            LogY = true,
            XTicks = [.. rows.Select(r => (double)r.Programs).Distinct().Order()],
            Lines = [.. rows.GroupBy(r => $"{r.Engine}, {r.Way}").Select(g => new PlotLine(g.Key, [.. g.OrderBy(r => r.Programs).Select(r => Point(r.Programs, r.Ns!.Value))]))],
        };
    }

    static IEnumerable<Block> BreakEven(BenchResults results)
    {
        if (results.Offload is not { Device: not null } offload) yield break;
        string device = Targets.OnDevice.Name;
        var lines = new List<PlotLine>();
        var table = new Table("program", "traffic", "overtaken", ">from batches of");
        foreach (var program in offload.Rows.Where(r => r.Traffic == "64").Select(r => r.Program).Distinct())
        {
            var points = new List<PlotPoint>();
            foreach (var batch in offload.Rows.Where(r => (r.Traffic, r.Program) == ("64", program) && r.Ns is { Value: > 0 }).GroupBy(r => r.Batch).OrderBy(g => g.Key))
            {
                if (batch.FirstOrDefault(r => r.Engine == device)?.Ns is not { } ns || batch.Where(r => r.Engine != device).Select(r => r.Ns!.Value.Value).DefaultIfEmpty(double.NaN).Min() is not (> 0 and var best)) continue;
                points.Add(new(batch.Key, ns.Value / best));
            }
            if (points.Count > 0) lines.Add(new(program, points));
        }
        foreach (var (traffic, program, engine, batch) in offload.BreakEven(device)) table.Add(program, traffic, engine, batch is { } from ? $"{from:N0}" : "never");
        yield return new Paragraph($"{offload.Device.Name} of {offload.Device.Platform} against the fastest backend of one core, copies included: below 1 the device is the faster one.");
        if (lines.Count > 0)
        {
            yield return new Plot("break-even", "Time on the device over that on one core, by the size of the batch", "frames in a batch", "times as long")
            {
                LogX = true,
                LogY = true,
                Level = 1,
                XTicks = [.. lines.SelectMany(l => l.Points).Select(p => p.X).Distinct().Order()],
                Lines = lines,
            };
        }
        yield return table;
    }

    static IEnumerable<Block> Worth(BenchResults results)
    {
        foreach (var (part, check) in SweepFigures.SelfChecks(results)) yield return new Note(check.Agrees ? "self-check: " : "warning: ", $"{part}, the same thing measured twice, {FigureText.Of(check)}");
        foreach (var (part, warning) in results.Parts.SelectMany(p => p.Warnings.Select(w => (p.Name, w)))) yield return new Note("warning: ", $"{part}: {warning}");
        var table = new Table("part", ">seconds", ">load before", ">after", ">on a CPU", ">collections");
        foreach (var p in results.Parts) table.Add(p.Name, $"{p.Seconds:F1}", $"{p.LoadBefore:F1}", $"{p.LoadAfter:F1}", $"{100 * p.CpuShare:F0} %", $"{p.Collections}");
        if (table.Rows.Count > 0) yield return table;
        yield return new Paragraph("Load is how many processes wanted to run, on average over a minute; on a CPU is the measuring thread's part of the time of its samples, which is less where it waits for a device or for other queues.");
        yield return new Paragraph("Not to be compared with published figures that have a NIC in them: these are frames in memory, without a bus, a driver or a wire. What one machine says of another backend's lead is worth more than its nanoseconds.");
    }

    /// <summary>With as much of the commit as tells it from others.</summary>
    static string Version(BenchResults results)
    {
        string version = results.Identity.GetValueOrDefault("version", "");
        int commit = version.IndexOf('+', StringComparison.Ordinal);
        return commit < 0 ? version : version[..Math.Min(version.Length, commit + 10)];
    }

    static string Verdicts(SweepSeries series) => string.Join(", ", (series.Verdicts ?? new Dictionary<string, double>()).Select(v => v.Value == 1 ? v.Key : $"{v.Key} {100 * v.Value:F0} %"));

    static int PlaceOf(BenchResults results, string chain) => results.Chains.Select(c => c.Name).ToList().IndexOf(chain);

    /// <summary>The size of batch next to the usual one.</summary>
    internal static int? UsualBatch(IReadOnlyList<SweepFigure> figures) =>
        figures.Where(f => f.Of.Batch > 0).Select(f => (int?)f.Of.Batch).Distinct().MinBy(b => Math.Abs(Math.Log2((double)b!.Value / SweepPlan.UsualBatch)));

    static PlotPoint Point(double x, Estimate y) => new(x, y.Value, y.Low, y.High);

    static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    static string Slug(string text) => string.Concat(text.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));
}
