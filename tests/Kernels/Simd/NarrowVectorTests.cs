using System.Diagnostics;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Simd;

/// <summary>
/// <c>simd</c> does the same where vectors are narrower, and where there are none: a tenth of its tests, another one each time, in a process of its own, since
/// the settings hold for a whole process. <c>scripts/vector-campaign</c> runs all of them.
/// </summary>
public sealed class NarrowVectorTests
{
    const int Every = 10;

    [TestCase("DOTNET_EnableAVX512", 256, 0), TestCase("DOTNET_EnableHWIntrinsic", 0, 5)]
    public void A_tenth_of_the_tests_passes_in_narrower_vectors(string setting, int widest, int first)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath : "dotnet",
            [typeof(EqualityRun).Assembly.Location, $"{Math.Min(widest, EqualityRun.Bits)}", $"{Every}", $"{first}"])
        { RedirectStandardOutput = true };
        start.Environment[setting] = "0";
        start.Environment["CHAINRING_FUZZ_ITERATIONS"] = "5";
        using var process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, output);
        var passed = Regex.Match(output, @"(\d+) passed, 0 failed in vectors of (\d+) bits\n$");
        Assert.That(int.Parse(passed.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture), Is.GreaterThan(20), output);
    }

    /// <summary>The other process would not notice else that a setting has no effect.</summary>
    [Test]
    public void Other_vectors_than_those_that_are_asked_for_fail()
    {
        var output = new StringWriter();
        Assert.That(EqualityRun.Run(EqualityRun.Bits + 64, every: 1, first: 0, output), Is.Not.Zero);
        Assert.That(output.ToString(), Does.StartWith($"the vectors of this process have {EqualityRun.Bits} bits, not "));
    }
}
