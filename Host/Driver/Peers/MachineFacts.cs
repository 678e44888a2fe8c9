using System.Globalization;
using System.Runtime.InteropServices;

namespace Chainring.Host.Driver.Peers;

/// <summary>What timings depend on and this machine says of itself. What it does not say is null.</summary>
public sealed record MachineFacts
{
    public required string? Cpu { get; init; }

    public required int Cpus { get; init; }

    /// <summary>It is a guest of a hypervisor.</summary>
    public required bool? Virtual { get; init; }

    public required string System { get; init; }

    public required string Runtime { get; init; }

    /// <summary>What the kernel does about indirect jumps: retpolines or not.</summary>
    public required string? SpectreV2 { get; init; }

    public required string? Retbleed { get; init; }

    /// <summary>0 interprets BPF, 1 compiles it, 2 compiles and logs.</summary>
    public required string? BpfJitEnable { get; init; }

    /// <summary>Above 0 constants are blinded, which costs time; readable for root only.</summary>
    public required string? BpfJitHarden { get; init; }

    /// <summary>1 if the kernel itself takes the time of every program that runs.</summary>
    public required string? BpfStatsEnabled { get; init; }

    public required string? FrequencyGovernor { get; init; }

    /// <summary>Processes that wanted to run, on average over the last minute.</summary>
    public required double? Load { get; init; }

    public static MachineFacts Read() => new()
    {
        Cpu = CpuLine("model name") ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Cpus = Environment.ProcessorCount,
        Virtual = CpuLine("flags")?.Split(' ').Contains("hypervisor"),
        System = Text("/proc/sys/kernel/osrelease") is { } release ? $"Linux {release}" : RuntimeInformation.OSDescription,
        Runtime = RuntimeInformation.FrameworkDescription,
        SpectreV2 = Text("/sys/devices/system/cpu/vulnerabilities/spectre_v2"),
        Retbleed = Text("/sys/devices/system/cpu/vulnerabilities/retbleed"),
        BpfJitEnable = Text("/proc/sys/net/core/bpf_jit_enable"),
        BpfJitHarden = Text("/proc/sys/net/core/bpf_jit_harden"),
        BpfStatsEnabled = Text("/proc/sys/kernel/bpf_stats_enabled"),
        FrequencyGovernor = Text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        Load = LoadNow(),
    };

    public static double? LoadNow() =>
        Text("/proc/loadavg") is { } text && double.TryParse(text.Split(' ')[0], CultureInfo.InvariantCulture, out double load) ? load : null;

    static string? CpuLine(string name) => Text("/proc/cpuinfo")?.Split('\n').FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[^1].Trim();

    static string? Text(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
