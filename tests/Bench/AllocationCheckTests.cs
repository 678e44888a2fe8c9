using System.Diagnostics;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Bench;

/// <summary>No bench allocates more than is committed (<c>bench/expected-allocations.txt</c>).</summary>
[NonParallelizable]
public sealed class AllocationCheckTests
{
    [Test]
    public void No_bench_allocates_more_than_expected()
    {
        // Of the same build as the tests.
        string build = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        string bench = TestData.FromRoot("artifacts", "bin", "Chainring.Bench", build, "Chainring.Bench.dll");
        Assert.That(File.Exists(bench), $"the benches are not built: {bench}");
        var start = new ProcessStartInfo("dotnet", [bench, "--check-allocations"]) { RedirectStandardError = true, RedirectStandardOutput = true };
        // What is compiled once more meanwhile allocates.
        start.Environment["DOTNET_TieredPGO"] = "0";
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        process.WaitForExit();
        Assert.That((process.ExitCode, error.Result), Is.EqualTo((0, "")), output.Result);
    }
}
