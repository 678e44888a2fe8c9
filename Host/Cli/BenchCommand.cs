using System.CommandLine;
using Chainring.Host.Driver;
using Chainring.Host.Driver.Bench;
using Chainring.Host.Driver.Measure;
using Chainring.Host.Report;
using Chainring.Kernels.OpenCl;
using Chainring.Offload;

namespace Chainring.Host.Cli;

/// <summary>The parts of <c>chainring bench</c> that can be asked for alone. <c>bench chain</c> is the table of the 2019 review.</summary>
static class BenchCommand
{
    static readonly Option<string?> JsonOption = OptionKinds.Text<string?>("--json", "FILE|-", "write the figures, with every sample, as JSON; - for standard output in place of the table");
    static readonly Option<int> RoundsOption = OptionKinds.Number("--rounds", 21, 3, 1001, "samples of each figure, taken in turn");
    static readonly Option<int> SampleOption = OptionKinds.Number("--sample-ms", 20, 1, 10_000, "what a sample lasts, in milliseconds; of Linux longer, where a million runs take longer");
    static readonly Option<int> BatchOption = OptionKinds.Number("--batch", 256, 1, 4096, "frames per batch on the card");

    static readonly Option<string> ClockOption = Clock();
    static readonly Option<bool> NoLinuxOption = new("--no-linux") { Description = "leave the Linux kernel out, which needs root" };

    static readonly Option<int> EntriesOption = OptionKinds.Number("--entries", new BackendSizes().Large, 16, 1 << 23, "entries of large maps; each is there once for every backend");

    static readonly Option<int> BatchesOption = OptionKinds.Number("--only-batch", 0, 0, 1 << 18, "the one size of batch to measure, instead of 64 to 262,144");
    static readonly Option<int> FramesOption = OptionKinds.Number("--frames", new BackendSizes().Frames, 64, 1 << 20, "mixed frames before the first one comes again");

    static readonly Option<string> LayoutOption = OptionKinds.Word("--layout", "suited", ["suited", "in-place", "columns", "copied"], "where the device has the frames: as it suits the device; where they came; set out in memory that it shares with the host; copied. A device with memory of its own has no choice");

    /// <summary>What a window of the warm-up lasts, in samples.</summary>
    public const double SamplesPerWindow = 7.5;

    public static Option<string> Clock() => OptionKinds.Word("--clock", "wall", ["wall", "cpu"], "what a sample's time is: by the clock on the wall, or that in which the thread was on a CPU, for machines that others use too");

    public static Command Create()
    {
        var chain = new Command("chain", "What chaining programs costs: unused, by tail call, by chain table, per stage; on every backend and, as root, on the Linux kernel beside it (libxdp's dispatcher too, where it is installed)")
        {
            JsonOption, RoundsOption, SampleOption, BatchOption, ClockOption, NoLinuxOption,
        };
        chain.SetAction(line => Invoke(line, RunChain, ChainBenchText.Of));
        var backends = new Command("backends", "What programs cost on every backend (counting, swapping addresses, a firewall, a load balancer, a router): one frame again and again, as root beside the Linux kernel, and mixed frames with small and large maps")
        {
            JsonOption, RoundsOption, SampleOption, BatchOption, EntriesOption, ClockOption, NoLinuxOption,
        };
        backends.SetAction(line => Invoke(line, RunBackends, BackendBenchText.Of));
        var offload = new Command("offload", "What programs cost on the OpenCL device by the size of the batch, beside the compiled backends in the same run, and from which size on the device is the faster one")
        {
            JsonOption, RoundsOption, SampleOption, BatchesOption, FramesOption, LayoutOption,
        };
        offload.SetAction(line => Invoke(line, RunOffload, OffloadBenchText.Of));
        var command = SweepCommand.Create();
        foreach (var part in new[] { chain, backends, offload, CompareCommand.Create() }) command.Subcommands.Add(part);
        return command;
    }

    static ChainBenchReport RunChain(ParseResult line, int batch, SamplingOptions sampling) =>
        ChainBench.Run([.. ChainWays.OfCard(batch), .. line.GetValue(NoLinuxOption) ? [] : LinuxWay.All()], batch, sampling);

    static BackendBenchReport RunBackends(ParseResult line, int batch, SamplingOptions sampling) =>
        BackendBench.Run(BackendEngine.All(batch, !line.GetValue(NoLinuxOption)), new() { Large = line.GetValue(EntriesOption) }, batch, sampling);

    static OffloadReport RunOffload(ParseResult line, int batch, SamplingOptions sampling) =>
        OffloadBench.Run(line.GetValue(BatchesOption) is > 0 and var only ? [only] : OffloadBench.Batches, new() { Frames = line.GetValue(FramesOption) }, LayoutOf(line.GetValue(LayoutOption)), sampling);

    static FrameLayout? LayoutOf(string? name) => name switch { "in-place" => FrameLayout.InPlace, "columns" => FrameLayout.Columns, "copied" => FrameLayout.Copied, _ => null };

    static int Invoke<T>(ParseResult line, Func<ParseResult, int, SamplingOptions, T> run, Func<T, IReadOnlyList<Block>> text) =>
        Measure(line, run, text) is { } problem ? ExitCode.Of(problem) : ExitCode.Done;

    static InputError? Measure<T>(ParseResult line, Func<ParseResult, int, SamplingOptions, T> run, Func<T, IReadOnlyList<Block>> text)
    {
        string? json = line.GetValue(JsonOption);
        try
        {
            using var files = new OutputFiles();
            var stream = json is null or ChainOptions.StandardOutput ? null : files.Create(json);
            using var progress = new Activity();
            int sampleMs = line.GetValue(SampleOption);
            var sampling = new SamplingOptions
            {
                Rounds = line.GetValue(RoundsOption),
                SampleMs = sampleMs,
                WindowMs = SamplesPerWindow * sampleMs,
                ByCpuTime = line.GetValue(ClockOption) == "cpu",
                Progress = progress.Say,
            };
            var report = run(line, line.GetValue(BatchOption), sampling);
            progress.Dispose();
            if (stream is not null) JsonText.Write(stream, report);
            files.Commit();
            if (json == ChainOptions.StandardOutput) Console.Out.Write(JsonText.Of(report));
            else BlockText.Write(Console.Out, Terminal.Width, text(report));
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return UsageError.CannotWrite(json ?? "the output", e.Message);
        }
    }
}
