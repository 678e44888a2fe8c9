using System.Text.Json.Nodes;
using Chainring.Kernels;
using Chainring.Kernels.OpenCl;
using Chainring.Tests.Kernels.OpenCl;
using NUnit.Framework;

namespace Chainring.Tests.Host.Cli;

/// <summary><c>chainring bench</c>, with so few samples that its figures mean nothing: what is printed and what the JSON holds.</summary>
[NonParallelizable]
public sealed class BenchTests
{
    static readonly string[] Quick = ["bench", "chain", "--no-linux", "--rounds", "3", "--sample-ms", "1"];

    [Test]
    public void The_table_and_the_JSON_beside_it()
    {
        using var work = new Workspace();
        string text = work.Done([.. Quick, "--json", "out.json"]);
        Assert.That(text, Does.StartWith("What a chain costs: 64-byte frames in memory, one thread, compute only."));
        Assert.That(text, Does.Match(@"(?m)^drop, no chain support  interpreter +[\d.]+ ±[\d.]+ +[\d.]+ ±[\d.]+ +- +- +-$"));
        Assert.That(text, Does.Match(@"(?m)^31 pass, drop +interpreter, stage by stage +[\d.]+ ±[\d.]+ "));
        Assert.That(text, Does.Match(@"(?m)^interpreter, tail call +8 to 31 "));
        Assert.That(text, Does.Contain("absent: interpreter, fused: the interpreter runs chains stage by stage only\n"));
        Assert.That(text, Does.Not.Contain("Linux, "));

        var report = work.Json("out.json");
        Assert.That(report.AsObject().Select(p => p.Key), Is.SupersetOf(new[] { "chainring", "started", "machine", "method", "rows", "stage_costs", "parser_costs", "self_checks", "warnings" }));
        Assert.That(((int)report["method"]!["rounds"]!, (int)report["method"]!["frame_bytes"]!, ((string)report["method"]!["frame"]!).Length), Is.EqualTo((3, 64, 128)));
        Assert.That((string)report["method"]!["clock"]!, Is.EqualTo("wall"));
        Assert.That((int)report["machine"]!["cpus"]!, Is.EqualTo(Environment.ProcessorCount));
        var row = Row(report, "chain", "pass, drop", "stage by stage");
        Assert.That(row.AsObject().Select(p => p.Key), Is.EqualTo(new[]
        {
            "test", "engine", "way", "stages", "programs", "ns", "mpps", "net_ns", "added_ns", "overhead_percent", "times_per_sample", "warm_up_samples", "samples_ns",
        }));
        Assert.That(row["ns"]!.AsObject().Select(p => p.Key), Is.EqualTo(new[] { "value", "low", "high" }));
        Assert.That(row["samples_ns"]!.AsArray(), Has.Count.EqualTo(3));
        Assert.That((string)Row(report, "chain", "pass, drop", "fused")["absent"]!, Is.EqualTo("the interpreter runs chains stage by stage only"));
        Assert.That((string)report["self_checks"]![0]!["engine"]!, Is.EqualTo(Targets.Reference.Name));
    }

    [Test]
    public void The_tables_of_offloading_and_the_JSON_beside_them()
    {
        OpenClDevice.Need();
        using var work = new Workspace();
        string text = work.Done("bench", "offload", "--rounds", "3", "--sample-ms", "1", "--frames", "500", "--only-batch", "100", "--layout", "copied", "--json", "out.json");
        Assert.That(text, Does.StartWith("What offloading costs: device "));
        Assert.That(text, Does.Match(@"(?m)^ +100 +[\d.]+ ±[\d.]+ +[\d.]+ ±[\d.]+ +[\d.]+ ±[\d.]+ +[\d.]+ ±[\d.]+ +[\d.]+ ±[\d.]+ +[\d.]+ ±[\d.]+ +[\d.]+ +[\d.]+$"), "copied there, run, copied back");
        Assert.That(text, Does.Match(@"(?m)^  With 100 frames \d+ bytes a frame go there at [\d.]+ % of what"));
        Assert.That(text, Does.Match(@"(?m)^copies: [\d.]+ ±[\d.]+ GB/s to the device, [\d.]+ ±[\d.]+ GB/s back$"));
        Assert.That(text, Does.Match(@"(?m)^  The device overtakes: simd (never|from batches of 100 on); il (never|from batches of 100 on)\.$"));
        Assert.That(text, Does.Not.Contain("did not run as it should"), "every backend does the same to the frames");

        var report = work.Json("out.json");
        Assert.That((string)report["device"]!["platform"]!, Is.EqualTo(Devices.Used!.Platform));
        Assert.That(report["rows"]!.AsArray().Select(r => ((string)r!["traffic"]!, (string)r["program"]!, (int)r["batch"]!, (string)r["engine"]!)), Is.EqualTo(
            from traffic in new[] { "64", "imix", "1500" }
            from program in new[] { "empty", "xdp1", "xdp2", "firewall", "balancer", "router" }
            from engine in new[] { "simd", "il", "opencl" }
            select (traffic, program, 100, engine)));
        Assert.That(report["launches"]!.AsArray().Select(l => (int)l!["batch"]!), Is.EqualTo(new[] { 100 }));
    }

    [Test]
    public void The_tables_of_backends_and_the_JSON_beside_them()
    {
        using var work = new Workspace();
        string text = work.Done(["bench", "backends", "--no-linux", "--rounds", "3", "--sample-ms", "1", "--entries", "2000", "--json", "out.json"]);
        Assert.That(text, Does.StartWith("What backends cost: frames in memory, one thread, compute only."));
        Assert.That(text, Does.Contain("\nOne frame of 64 bytes again and again: maps: listed 1,024 entries in "));
        Assert.That(text, Does.Match(@"(?m)^Mixed frames of 64 bytes, large maps: 1,048,576 of [\d,]+ flows; maps: listed 2,000 entries "));
        Assert.That(text, Does.Match($@"(?m)^  xdp1 +{Targets.Reference.Name} +[\d.]+ ±[\d.]+ +[\d.]+ ±[\d.]+ "));
        Assert.That(text, Does.Contain("  verdicts: empty drop; firewall "));
        Assert.That(text, Does.Not.Contain("Linux, "));

        var report = work.Json("out.json");
        Assert.That(report.AsObject().Select(p => p.Key), Is.EqualTo(new[] { "chainring", "started", "machine", "load_at_end", "method", "traffic", "rows", "self_checks", "warnings" }));
        Assert.That(((int)report["method"]!["frame_bytes"]!, ((string)report["method"]!["frame"]!).Length), Is.EqualTo((64, 128)));
        var row = report["rows"]!.AsArray().Single(r => ((string)r!["traffic"]!, (string)r["program"]!, (string)r["engine"]!) == ("mixed", "router", Targets.Reference.Name))!;
        Assert.That(row["samples_ns"]!.AsArray(), Has.Count.EqualTo(3));
        Assert.That((double)row["verdicts"]!["tx"]! + (double)row["verdicts"]!["pass"]!, Is.EqualTo(1).Within(1e-9));
    }

    [Test]
    public void JSON_on_standard_output_comes_alone()
    {
        using var work = new Workspace();
        Assert.That(JsonNode.Parse(work.Done([.. Quick, "--json", "-"]))!["rows"]!.AsArray(), Is.Not.Empty);
    }

    [Test]
    public void A_file_that_cannot_be_written_is_said_before_anything_is_measured()
    {
        using var work = new Workspace();
        var outcome = work.Run([.. Quick, "--json", "/dev/null/out.json"]);
        Assert.That((outcome.Code, outcome.Out), Is.EqualTo((2, "")));
        Assert.That(outcome.Error, Does.StartWith("chainring: /dev/null/out.json: ").And.Contains("[U04 cannot-write]"));
    }

    static JsonNode Row(JsonNode report, string test, string stages, string way) => report["rows"]!.AsArray()
        .Single(r => ((string)r!["test"]!, (string)r["stages"]!, (string)r["way"]!, (string)r["engine"]!) == (test, stages, way, Targets.Reference.Name))!;
}
