using Chainring.Host.Driver.Bench;
using Chainring.Host.Driver.Measure;

namespace Chainring.Host.Cli;

/// <summary>What the tables of every bench say alike.</summary>
static class BenchText
{
    public const int LeastWidth = 100;

    /// <summary>What the machine says of itself, in a line.</summary>
    public static string MachineOf(BenchFacts report)
    {
        var machine = report.Machine;
        (string, string?)[] facts =
        [
            ("", machine.Cpu), ("CPUs: ", $"{machine.Cpus}{(machine.Virtual == true ? ", virtual" : "")}"), ("", machine.System), ("", machine.Runtime),
            ("spectre_v2: ", machine.SpectreV2), ("retbleed: ", machine.Retbleed), ("bpf_jit_enable ", machine.BpfJitEnable), ("bpf_jit_harden ", machine.BpfJitHarden),
            ("bpf_stats_enabled ", machine.BpfStatsEnabled), ("governor: ", machine.FrequencyGovernor), ("load ", machine.Load is { } load ? $"{load:F1} to {report.LoadAtEnd:F1}" : null),
        ];
        return string.Join(" | ", facts.Where(f => f.Item2 is not null).Select(f => f.Item1 + f.Item2)) + ".";
    }

    /// <summary>How figures came about, in a sentence.</summary>
    public static string SamplesOf(MethodFacts method) =>
        $"Median of {method.Rounds} samples of at least {method.SampleMs:F0} ms of {(method.Clock == "cpu" ? "CPU" : "wall")} time, taken in turn with all others, ± the larger half of the 95 % bootstrap interval.";

    /// <summary>What was measured twice, and what the figures suffer from.</summary>
    public static void WriteChecks(TextWriter output, int width, BenchFacts report)
    {
        foreach (var check in report.SelfChecks)
            Wrapping.Write(output, "self-check: ", $"the empty program measured twice, {check.Engine}: {Of(check.FirstNs)} and {Of(check.SecondNs)} ns, {(check.Agrees ? "which agree" : "which do not agree")}", width);
        foreach (string warning in report.Warnings) Wrapping.Write(output, "warning: ", warning, width);
    }

    /// <summary>A figure and the larger half of its interval.</summary>
    /// <param name="format">Without it there are two decimals, fewer of figures above 100.</param>
    public static string Of(Estimate? figure, string? format = null)
    {
        if (figure is not { } f) return "-";
        format ??= Math.Abs(f.Value) switch { >= 1000 => "F0", >= 100 => "F1", _ => "F2" };
        return $"{f.Value.ToString(format)} ±{Math.Max(f.High - f.Value, f.Value - f.Low).ToString(format)}";
    }
}
