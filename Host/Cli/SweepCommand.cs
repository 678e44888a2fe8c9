using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Chainring.Host.Driver;
using Chainring.Host.Driver.Bench;
using Chainring.Host.Driver.Bench.Bus;
using Chainring.Host.Driver.Bench.Sweep;
using Chainring.Host.Report;
using Chainring.Kernels;
using Chainring.Offload;

namespace Chainring.Host.Cli;

/// <summary><c>chainring bench</c>: chains and traffic on every backend, and a report.</summary>
static class SweepCommand
{
    /// <summary>As <c>--backends</c> calls Linux.</summary>
    const string LinuxWord = "kernel";

    /// <summary>And DPDK's BPF JIT.</summary>
    const string DpdkWord = "dpdk";

    static readonly Option<string[]> ChainOption = OptionKinds.Text<string[]>("--chain", "FILE.yaml", "chain file (YAML), several for several chains; without it three that come with the command");
    static readonly Option<string[]> InOption = OptionKinds.Text<string[]>("--in", "CAPTURE", "traffic: the first frames of a capture, several for several kinds of traffic");
    static readonly Option<string?> FramesOption = OptionKinds.Text<string?>("--frames", "N,imix,…", "traffic that is made up, by the bytes of its frames (64 to 1514), or imix; if neither this nor --in is given, 64,imix, and with --full 1500 too");
    static readonly Option<string?> BackendsOption = OptionKinds.Text<string?>("--backends", "NAME,…", $"of {string.Join(", ", Words)}; all if not given. {LinuxWord} is Linux, by BPF_PROG_TEST_RUN, which needs root; {DpdkWord} is DPDK's BPF JIT, which needs its development files and a C compiler");
    static readonly Option<string?> BatchOption = OptionKinds.Text<string?>("--batch", "N,…", "frames of a batch, from 1 to 65536");
    static readonly Option<string?> QueuesOption = OptionKinds.Text<string?>("--queues", "N,…", "queues that work at once, a thread each; 1, 2, 4 … up to the CPUs if not given");
    static readonly Option<string?> OnlyOption = OptionKinds.Text<string?>("--only", "PART,…", $"of {string.Join(", ", SweepPlan.Sections)}; all if not given");
    static readonly Option<string?> BusOption = OptionKinds.Text<string?>("--bus", "FILE.yaml", "the bus (YAML) behind which the report predicts a card; PCIe 3.0 x16 if not given");
    static readonly Option<bool> QuickOption = new("--quick") { Description = "within about three minutes; as it is without --full" };
    static readonly Option<bool> FullOption = new("--full") { Description = "more of everything, and longer: for figures to be published" };
    static readonly Option<string> OutOption = new("--out") { Description = "where results and report go; a run that was stopped there is gone on with", HelpName = "DIR", DefaultValueFactory = _ => "chainring-bench" };
    static readonly Option<ulong> SeedOption = OptionKinds.Number<ulong>("--seed", 7, 0, ulong.MaxValue, "of made-up traffic and bpf_get_prandom_u32");
    static readonly Option<int> RoundsOption = OptionKinds.Number("--rounds", 0, LeastRounds, 1001, "samples of each figure, taken in turn; 7 if not given, and with --full 21");
    static readonly Option<int> SampleOption = OptionKinds.Number("--sample-ms", 0, 1, 10_000, "what a sample lasts, in milliseconds; 4 if not given, and with --full 20");
    static readonly Option<string> ClockOption = BenchCommand.Clock();

    /// <summary>Rounds that say something.</summary>
    const int LeastRounds = 3;

    static IEnumerable<string> Words => Targets.ByName.Select(t => t.Name).Append(LinuxWord).Append(DpdkWord);

    public static Command Create()
    {
        // How much is measured says what they are.
        RoundsOption.DefaultValueFactory = SampleOption.DefaultValueFactory = null;
        var command = new Command("bench", "Measure what chains cost on this machine, on every backend and in Linux, and write a report: compute only, no NIC. Its parts can be asked for alone")
        {
            ChainOption, InOption, FramesOption, BackendsOption, BatchOption, QueuesOption, OnlyOption, BusOption, QuickOption, FullOption, OutOption, SeedOption, RoundsOption, SampleOption, ClockOption,
        };
        command.SetAction(line => Run(line) is { } problem ? ExitCode.Of(problem) : ExitCode.Done);
        return command;
    }

    static Problem? Run(ParseResult line)
    {
        string folder = line.GetValue(OutOption)!;
        try
        {
            if (!Plan(line).Try(out var plan, out var problem)) return problem;
            if (plan.Refuse() is { } refused) return refused;
            if (!ResultsFile.Continue(folder, plan).Try(out var results, out problem)) return problem;
            // What cannot be written is said at once.
            ResultsFile.Save(folder, results);
            using var stop = new Stop();
            using (var activity = new Activity())
                results = BenchSweep.Run(plan, results, r => ResultsFile.Save(folder, r), p => activity.Say(Line(p)), stop.Token);
            WriteReport(folder, results);
            BlockText.Write(Console.Out, Terminal.Width, SweepText.Summary(results));
            Console.Out.WriteLine($"\n{Path.Combine(folder, "report.html")}{(Plotter.Missing is { } missing ? $", without plots: {missing}" : "")}");
            if (results.Missing().Count() is > 0 and var left) ExitCode.Say($"chainring: stopped with {results.Planned.Count - left} of {results.Planned.Count} parts measured; the same command goes on from there");
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return UsageError.CannotWrite(folder, e.Message);
        }
    }

    static string Line(SweepProgress p) => $"{100 * p.Done:F0}%{(p.Left is { } left ? $", {(left.TotalMinutes >= 1.5 ? $"{left.TotalMinutes:F0} min" : $"{left.TotalSeconds:F0} s")} left" : "")}, {p.What}";

    static void WriteReport(string folder, BenchResults results)
    {
        var blocks = SweepText.Of(results);
        using var files = new OutputFiles();
        Write("results.csv", CsvText.Of(results));
        Write("report.md", MarkdownText.Of(blocks));
        Write("report.html", HtmlText.Of(SweepText.Title, blocks));
        if (Plotter.Missing is null)
        {
            foreach (var plot in blocks.OfType<Plot>()) Write(Path.Combine(MarkdownText.PlotFolder, $"{plot.Name}.svg"), Plotter.Draw(plot, inPage: false));
        }
        files.Commit();

        void Write(string name, string text) => files.Create(Path.Combine(folder, name))!.Write(Encoding.UTF8.GetBytes(text));
    }

    static Result<SweepPlan> Plan(ParseResult line)
    {
        if (line.GetValue(QuickOption) && line.GetValue(FullOption)) return UsageError.QuickOrFull();
        var effort = Effort(line);
        if (!Numbers(line, BatchOption, effort.Batches, 65_536).Try(out var batches, out var problem)) return problem;
        if (!Numbers(line, QueuesOption, UsualQueues(), Math.Min(CardFile.MaxQueues, Environment.ProcessorCount)).Try(out var queues, out problem)) return problem;
        if (!WordsOf(line, OnlyOption, SweepPlan.Sections).Try(out var only, out problem) || !WordsOf(line, BackendsOption, [.. Words]).Try(out var backends, out problem)) return problem;
        var bus = new BusSpec();
        if (line.GetValue(BusOption) is { } file && !BusFile.Load(file).Try(out bus, out problem)) return problem;
        var world = new BenchWorld(effort.Sizes.Small);
        if (!ChainsOf(line, world).Try(out var chains, out problem) || !TrafficOf(line, effort, world).Try(out var traffic, out problem)) return problem;
        return new SweepPlan
        {
            Effort = effort,
            Chains = chains,
            Traffic = traffic,
            World = world,
            Targets = [.. Targets.ByName.Where(t => backends.Contains(t.Name))],
            Linux = backends.Contains(LinuxWord),
            Dpdk = backends.Contains(DpdkWord),
            Batches = batches,
            Queues = queues,
            Only = only,
            Bus = bus,
            Seed = line.GetValue(SeedOption),
            Command = string.Join(' ', ["chainring", .. line.Tokens.Select(t => t.Value)]),
        };
    }

    static SweepEffort Effort(ParseResult line)
    {
        var effort = line.GetValue(FullOption) ? SweepEffort.Full : SweepEffort.Quick;
        var sampling = effort.Sampling with { ByCpuTime = line.GetValue(ClockOption) == "cpu" };
        if (line.GetValue(RoundsOption) is > 0 and var rounds) sampling = sampling with { Rounds = rounds };
        if (line.GetValue(SampleOption) is > 0 and var ms) sampling = sampling with { SampleMs = ms, WindowMs = BenchCommand.SamplesPerWindow * ms };
        return effort with { Sampling = sampling };
    }

    static int[] UsualQueues()
    {
        var queues = new List<int>();
        for (int n = 1; n < Environment.ProcessorCount; n *= 2) queues.Add(n);
        return [.. queues, Environment.ProcessorCount];
    }

    static Result<IReadOnlyList<SweepChain>> ChainsOf(ParseResult line, BenchWorld world)
    {
        if (line.GetValue(ChainOption) is not { Length: > 0 } files) return SweepChain.BuiltIn(world).ToArray();
        var chains = new List<SweepChain>();
        foreach (string file in files)
        {
            if (!ChainFile.Load(file).Try(out var spec, out var problem)) return problem;
            string name = Path.GetFileNameWithoutExtension(file);
            chains.Add(new(chains.Exists(c => c.Name == name) ? file : name, spec, file));
        }
        return chains;
    }

    static Result<IReadOnlyList<SweepTraffic>> TrafficOf(ParseResult line, SweepEffort effort, BenchWorld world)
    {
        string[] captures = line.GetValue(InOption) ?? [];
        var traffic = new List<SweepTraffic>();
        foreach (string capture in captures)
        {
            if (!Captures.Open(capture, times: 1).Try(out var wire, out var problem)) return problem;
            using (wire)
            {
                string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(capture));
                var read = SweepTraffic.Of(traffic.Exists(t => t.Name == name) ? capture : name, wire, effort.Frames);
                if (wire.Problem is { } damaged) return damaged;
                if (read.Frames.Count == 0) return UsageError.NoFrames(capture);
                traffic.Add(read);
            }
        }
        string? frames = line.GetValue(FramesOption);
        if (frames is null && captures.Length > 0) return traffic;
        foreach (string size in frames is null ? effort.Traffic : frames.Split(',').Distinct())
        {
            bool isMade = size == SweepTraffic.Mix || int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out int bytes) && bytes is >= FrameHead.Bytes and <= 1514;
            if (!isMade) return UsageError.NotInList(FramesOption.Name, size, $"{SweepTraffic.Mix} and numbers from {FrameHead.Bytes} to 1514");
            traffic.Add(SweepTraffic.Made(size, world, effort.Frames, line.GetValue(SeedOption)));
        }
        return traffic;
    }

    static Result<IReadOnlyList<string>> WordsOf(ParseResult line, Option<string?> option, IReadOnlyList<string> known)
    {
        if (line.GetValue(option) is not { } text) return known.ToArray();
        string[] words = text.Split(',');
        return words.FirstOrDefault(w => !known.Contains(w)) is { } unknown ? UsageError.NotInList(option.Name, unknown, string.Join(", ", known)) : words;
    }

    static Result<IReadOnlyList<int>> Numbers(ParseResult line, Option<string?> option, IReadOnlyList<int> usual, int most)
    {
        if (line.GetValue(option) is not { } text) return usual.ToArray();
        var numbers = new SortedSet<int>();
        foreach (string word in text.Split(','))
        {
            if (!int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < 1 || number > most) return UsageError.NotInList(option.Name, word, $"whole numbers from 1 to {most}");
            numbers.Add(number);
        }
        return numbers.ToArray();
    }

    /// <summary>A person's stop: the first one ends the measuring and lets the report be written, the second one the process.</summary>
    sealed class Stop : IDisposable
    {
        readonly CancellationTokenSource _source = new();
        readonly PosixSignalRegistration[] _signals;

        public Stop() => _signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(s => PosixSignalRegistration.Create(s, Received))];

        public CancellationToken Token => _source.Token;

        public void Dispose()
        {
            foreach (var signal in _signals) signal.Dispose();
            _source.Dispose();
        }

        void Received(PosixSignalContext context)
        {
            context.Cancel = !_source.IsCancellationRequested;
            _source.Cancel();
        }
    }
}
