using System.Text.RegularExpressions;
using Chainring.Host.Driver.Peers;
using Chainring.Offload;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using Chainring.Tests.Support.Programs;
using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>
/// Generated programs, of which the verifier decides as the kernel does, but for what <see cref="KnownDifference"/> lists. What differs goes to
/// <c>artifacts/verifier-differences.txt</c>, or where a campaign says.
/// </summary>
public sealed class GeneratedProgramTests
{
    const int Programs = 500;

    static readonly string Differences = Environment.GetEnvironmentVariable("CHAINRING_DIFFERENCES_LOG") ?? TestData.FromRoot("artifacts", "verifier-differences.txt");

    [OneTimeSetUp]
    public void NeedsTheKernel()
    {
        OracleAvailability.Require();
        Libbpf.Require();
    }

    [Test, Category(Fuzz.Category)]
    public void The_kernel_decides_alike()
    {
        if (Fuzz.IsUsual) File.Delete(Differences);
        using var kernel = new GeneratedKernelMaps();
        var tally = new Tally(Enum.GetNames<Agreement>());
        var unknown = new List<string>();
        var found = new List<string>();
        string Ended()
        {
            File.AppendAllLines(Differences, found);
            found.Clear();
            return tally.EndBlock();
        }
        foreach (ulong seed in Fuzz.Seeds("decided by the kernel", Programs, Ended))
        {
            var program = GeneratedProgram.Of(seed);
            var decision = kernel.Decide(program);
            tally.Add($"{decision.Agreement}");
            if (Fuzz.IsShown) Show(program, decision, kernel);
            if (decision.Agreement is Agreement.BothAccept or Agreement.BothReject) continue;
            var known = KnownDifference.Of(decision);
            found.Add($"{decision.Agreement}\t{seed}\t{known?.Name ?? "unknown"}\t{decision.Reasons}");
            if (known is null) unknown.Add(found[^1]);
        }
        Ended();
        TestContext.Out.WriteLine(tally);
        Assert.That(unknown, Is.Empty);
    }

    /// <summary>The program and, where the two differ, the shortest one of which they say the same.</summary>
    static void Show(ProgramSpec program, Decision decision, GeneratedKernelMaps kernel)
    {
        Write(program, decision);
        if (decision.Agreement is Agreement.BothAccept or Agreement.BothReject) return;
        var shorter = ProgramShrinker.Shrink(program, p => kernel.Decide(p) is var d && (d.Ours?.Id, d.Kernel is null) == (decision.Ours?.Id, decision.Kernel is null)
            && d.Reasons.Split('\t')[1] == decision.Reasons.Split('\t')[1]);
        Write(shorter, kernel.Decide(shorter));
        TestContext.Out.WriteLine(kernel.LogOf(shorter));
    }

    static void Write(ProgramSpec program, Decision decision) =>
        TestContext.Out.WriteLine($"{GeneratedProgram.Text(program)}{decision.Agreement}\nhere: {decision.Ours?.Sentence ?? $"accepted, {decision.Proof?.Processed:N0} instructions followed"}\nthe kernel: {decision.Kernel ?? "accepted"}\n");
}
