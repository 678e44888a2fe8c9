using Chainring.Host.Driver.Peers;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>
/// Whether this process may ask the kernel. Where it may not, tests against the kernel are ignored with the reason, except in
/// continuous integration (<c>CI=true</c>), where they fail.
/// </summary>
public static class OracleAvailability
{
    static readonly Lazy<string?> Reason = new(Probe);

    public static bool IsAvailable => Reason.Value is null;

    /// <summary>Ends the calling test unless the kernel can be asked; for the one-time set-up of a fixture.</summary>
    public static void Require()
    {
        if (Reason.Value is not { } reason) return;
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(reason);
        Assert.Ignore(reason);
    }

    static string? Probe()
    {
        if (!OperatingSystem.IsLinux()) return "the oracle is the Linux kernel, and this is not Linux";
        try
        {
            using var program = new KernelProgram(ProgramText.Program("probe", "r0 = 2\nexit"), _ => throw new InvalidOperationException());
            var run = program.Run(new byte[64], new byte[4]);
            return run is { Code: (uint)XdpAction.Pass, Frame.Length: 64, Metadata.Length: 4 } ? null
                : $"BPF_PROG_TEST_RUN answers {run}, which no kernel should";
        }
        catch (Exception e) when (e is BpfException or PlatformNotSupportedException or DllNotFoundException)
        {
            return $"this process cannot use bpf(2): {e.Message}";
        }
    }
}
