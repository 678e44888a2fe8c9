using Chainring.Host.Driver.Bench;
using Chainring.Host.Driver.Measure;

namespace Chainring.Host.Report;

/// <summary>Figures, and what every report of a bench says alike.</summary>
public static class FigureText
{
    /// <summary>A figure and the larger half of its interval.</summary>
    /// <param name="format">Without it there are two decimals, fewer of figures above 100.</param>
    public static string Of(Estimate? figure, string? format = null)
    {
        if (figure is not { } f) return "-";
        format ??= Math.Abs(f.Value) switch { >= 1000 => "F0", >= 100 => "F1", _ => "F2" };
        return $"{f.Value.ToString(format)} ±{Math.Max(f.High - f.Value, f.Value - f.Low).ToString(format)}";
    }

    /// <summary>How figures came about, in a sentence.</summary>
    public static string SamplesOf(int rounds, double sampleMs, string clock) =>
        $"Median of {rounds} samples of at least {sampleMs:F0} ms of {(clock == "cpu" ? "CPU" : "wall")} time, taken in turn with all others, ± the larger half of the 95 % bootstrap interval.";

    public static string SamplesOf(MethodFacts method) => SamplesOf(method.Rounds, method.SampleMs, method.Clock);

    /// <summary>What the machine says of itself, in a line.</summary>
    public static string MachineOf(Driver.Peers.MachineFacts machine, double? loadAtEnd)
    {
        (string, string?)[] facts =
        [
            ("", machine.Cpu), ("CPUs: ", $"{machine.Cpus}{(machine.Virtual == true ? ", virtual" : "")}"), ("", machine.System), ("", machine.Runtime),
            ("spectre_v2: ", machine.SpectreV2), ("retbleed: ", machine.Retbleed), ("bpf_jit_enable ", machine.BpfJitEnable), ("bpf_jit_harden ", machine.BpfJitHarden),
            ("bpf_stats_enabled ", machine.BpfStatsEnabled), ("governor: ", machine.FrequencyGovernor), ("load ", machine.Load is { } load ? $"{load:F1} to {loadAtEnd:F1}" : null),
        ];
        return string.Join(" | ", facts.Where(f => f.Item2 is not null).Select(f => f.Item1 + f.Item2)) + ".";
    }

    public static string MachineOf(BenchFacts report) => MachineOf(report.Machine, report.LoadAtEnd);

    /// <summary>What was measured twice, and what the figures suffer from.</summary>
    public static IEnumerable<Block> ChecksOf(BenchFacts report) =>
    [
        .. report.SelfChecks.Select(check => new Note("self-check: ", $"the empty program measured twice, {Of(check)}") { Joins = true }),
        .. report.Warnings.Select(warning => new Note("warning: ", warning) { Joins = true }),
    ];

    public static string Of(SelfCheck check) => $"{check.Engine}: {Of(check.FirstNs)} and {Of(check.SecondNs)} ns, {(check.Agrees ? "which agree" : "which do not agree")}";
}
