using System.Diagnostics;
using System.Text.Json.Nodes;
using NUnit.Framework;

namespace Chainring.Tests.Host.Cli;

/// <summary><c>chainring bench</c> as a command: what it writes, how it is stopped and gone on with, and what it says of what it cannot use.</summary>
[NonParallelizable]
public sealed class SweepTests
{
    static readonly string[] Tiny = ["bench", "--only", "batch,memory", "--batch", "4", "--sample-ms", "1", "--out", "out"];

    [Test]
    public void A_chain_of_ones_own_over_a_capture_gives_a_report()
    {
        using var work = new Workspace();
        string[] line = [.. Tiny, "--rounds", "3", "--backends", "interpreter,il", "--chain", Workspace.Example(Workspace.FirewallChain), "--in", Workspace.Capture("imix-100-flows")];
        string text = work.Done(line);
        Assert.That(text, Does.Match(@"(?m)^firewall-then-count  interpreter +[\d.]+ ±[\d.]+ "));
        Assert.That(text, Does.EndWith("out/report.html\n"));
        Assert.That(work.Files, Is.SupersetOf(new[] { "out/report.html", "out/report.md", "out/results.csv", "out/results.json" }));

        var results = work.Json("out/results.json");
        Assert.That(results["planned"]!.AsArray().Select(p => (string)p!), Is.EqualTo(new[] { "batch 4, imix-100-flows.pcap", "memory" }));
        Assert.That(((int)results["schema"]!, (ulong)results["seed"]!, (string)results["method"]!["effort"]!), Is.EqualTo((1, 7ul, "quick")));
        Assert.That((string)results["command"]!, Does.StartWith("chainring bench --only batch,memory"));
        Assert.That(results["parts"]![0]!["series"]!.AsArray().Select(s => ((string)s!["backend"]!, s["samples_ns"]!.AsArray().Count)), Is.EqualTo(new[] { ("restoring", 3), ("interpreter", 3), ("il", 3), ("il", 3) }));
        Assert.That(work.Lines("out/results.csv"), Has.Length.EqualTo(3).And.Some.StartsWith("batch,firewall-then-count,imix-100-flows.pcap,il,4,1,,"));

        Assert.That(work.Done("bench", "compare", "out/results.json", "out/results.json"), Does.StartWith("0 of 2 figures changed by more than the noise"));
        var other = work.Run([.. line, "--seed", "8"]);
        Assert.That((other.Code, other.Error), Is.EqualTo((2, "chainring: out/results.json: is of another run (seed: 7, and not 8); give another --out, or remove it [B04 other-run]\n")));
    }

    [Test]
    [Platform("Linux,MacOsX")]
    public void A_run_that_is_interrupted_leaves_results_and_goes_on()
    {
        using var work = new Workspace();
        string[] line = [.. Tiny, "--backends", "interpreter", "--frames", "64,128,256,512", "--rounds", "15"];
        using (var process = work.Start(line))
        {
            Assert.That(() => File.Exists(work.PathOf("out/results.json")) && Measured(work) > 0, Is.True.After(60_000, 50));
            Process.Start("kill", ["-INT", $"{process.Id}"]).WaitForExit();
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.That((process.ExitCode, error), Is.EqualTo((0, $"chainring: stopped with {Measured(work)} of 5 parts measured; the same command goes on from there\n")));
        }
        Assert.That(Measured(work), Is.LessThan(4));
        Assert.That(work.Text("out/report.md"), Does.Contain("the run was stopped before all was measured"));
        string first = work.Json("out/results.json")["parts"]![0]!.ToJsonString();

        work.Done(line);
        Assert.That(Measured(work), Is.EqualTo(4));
        Assert.That(work.Json("out/results.json")["parts"]![0]!.ToJsonString(), Is.EqualTo(first));
        Assert.That(work.Text("out/report.md"), Does.Not.Contain("the run was stopped"));

        static int Measured(Workspace work) => JsonNode.Parse(work.Text("out/results.json"))!["parts"]!.AsArray().Count;
    }

    [TestCase(new[] { "--quick", "--full" }, "give either --quick or --full [U30 quick-or-full]")]
    [TestCase(new[] { "--batch", "4,many" }, "--batch: there is no 'many'; there are whole numbers from 1 to 65536 [U31 not-in-list]")]
    [TestCase(new[] { "--frames", "32" }, "--frames: there is no '32'; there are imix and numbers from 64 to 1514 [U31 not-in-list]")]
    [TestCase(new[] { "--backends", "il,gpu" }, "--backends: there is no 'gpu'; there are interpreter, simd, il, opencl, kernel, dpdk [U31 not-in-list]")]
    [TestCase(new[] { "--only", "speed" }, "--only: there is no 'speed'; there are batch, queues, length, map, memory, chain, backends, offload [U31 not-in-list]")]
    public void What_cannot_be_asked_for_is_said_in_a_sentence(string[] options, string sentence)
    {
        using var work = new Workspace();
        var outcome = work.Run(["bench", .. options, "--out", "out"]);
        Assert.That((outcome.Code, outcome.Error), Is.EqualTo((2, $"chainring: {sentence}\n")));
        Assert.That(work.Files, Is.Empty);
    }

    [Test]
    public void A_chain_that_cannot_be_installed_is_said_before_anything_is_measured()
    {
        using var work = new Workspace();
        work.Write("bad.yaml", $"programs:\n  pass: {{ object: {Workspace.Example("pass.o")} }}\nentry: pass\nmaps:\n  pass.none: {{ '00': '00' }}\n");
        var outcome = work.Run([.. Tiny, "--chain", "bad.yaml"]);
        Assert.That((outcome.Code, outcome.Out), Is.EqualTo((2, "")));
        Assert.That(outcome.Error, Does.StartWith("chainring: bad.yaml:5: "));
        Assert.That(work.Files, Is.EqualTo(new[] { "bad.yaml" }));
    }

    [Test]
    public void Files_that_are_no_results_are_said_in_a_sentence()
    {
        using var work = new Workspace();
        work.Write("text", "hello");
        work.Write("other.json", """{"schema": 1}""");
        foreach (string file in new[] { "text", "other.json", "missing.json" })
        {
            var outcome = work.Run(["bench", "compare", file, file]);
            Assert.That((outcome.Code, outcome.Out), Is.EqualTo((2, "")), file);
            Assert.That(outcome.Error, Does.Match(@$"^chainring: {System.Text.RegularExpressions.Regex.Escape(file)}: [^\n]+ \[[A-Z]\d\d [a-z-]+\]\n$"));
        }
    }
}
