using System.Diagnostics;
using NUnit.Framework;

namespace Chainring.Tests.Host.Cli;

[Platform("Linux,MacOsX")]
public class InterruptTests
{
    [TestCase("INT", 130)]
    [TestCase("TERM", 143)]
    public void An_interrupted_run_leaves_nothing_behind_and_says_nothing(string signal, int code)
    {
        using var work = new Workspace();
        work.Write("v", "old");
        using var process = work.Start(
            "run", "--prog", Workspace.Example("pass.o"), "--in", Workspace.Capture("imix-100-flows"), "--repeat", "10000000",
            "--verdicts", "v", "--out", "new/out");
        Assert.That(() => work.Files.Any(f => f.StartsWith("new/out/tx.pcap", StringComparison.Ordinal)), Is.True.After(20_000, 20));
        Process.Start("kill", ["-" + signal, $"{process.Id}"]).WaitForExit();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.EqualTo(code));
        Assert.That(process.StandardError.ReadToEnd(), Is.Empty);
        Assert.That(work.Files, Is.EqualTo(new[] { "v" }));
        Assert.That(work.Text("v"), Is.EqualTo("old"));
    }

    [Test]
    public void A_reader_that_goes_away_ends_the_command_quietly()
    {
        using var work = new Workspace();
        using var process = work.Start("disasm", Workspace.Object("sha256"));
        process.StandardOutput.ReadLine();
        process.StandardOutput.Close();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That((process.ExitCode, error), Is.EqualTo((0, "")));
    }
}
