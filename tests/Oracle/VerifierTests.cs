using System.Text;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>
/// What <c>tests/data/verifier</c> says of a program is what the kernel's verifier decides. The last line of its log for each case goes to
/// <c>artifacts/verifier-log.txt</c>.
/// </summary>
public sealed class VerifierTests
{
    readonly StringBuilder _log = new();

    static IReadOnlyList<VerifierCase> Cases => VerifierCase.All;

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    [OneTimeTearDown]
    public void WriteLog() => File.WriteAllText(TestData.FromRoot("artifacts", "verifier-log.txt"), _log.ToString());

    [TestCaseSource(nameof(Cases))]
    public void The_kernel_decides_as_recorded(VerifierCase asked)
    {
        if (!KernelCase.IsDecidedAlike(asked)) Assert.Ignore($"Linux {Environment.OSVersion.Version} may decide otherwise: since {asked.Since}, before {asked.Before}");
        using var loading = new KernelCase(asked);
        string? root = loading.Refusal(), strict = asked.AcceptedStrictly is null ? null : Rights.WithoutPerfmon(loading.Refusal);
        _log.AppendLine($"{asked}\t{root ?? "accepted"}\t{(asked.AcceptedStrictly is null ? "-" : strict ?? "accepted")}");
        Assert.That(root is null, Is.EqualTo(asked.Accepted), $"{asked.Rule}\nthe kernel: {root ?? "accepts"}");
        if (asked.AcceptedStrictly is { } strictly)
            Assert.That(strict is null, Is.EqualTo(strictly), $"{asked.Rule}\nthe kernel without CAP_PERFMON: {strict ?? "accepts"}");
    }
}
