using System.Text.Json.Nodes;
using NUnit.Framework;

namespace Chainring.Tests.Host.Cli;

/// <summary><c>run --queues</c> and <c>--ring</c>.</summary>
public sealed class QueuesTests
{
    const string Capture = "imix-100-flows";

    [Test]
    public void Verdicts_stand_in_arrival_order_whatever_the_number_of_queues([Values(2, 8)] int queues, [Values(1, 7, 256)] int batch)
    {
        using var work = new Workspace();
        work.RunFirewall(Capture, "--verdicts", "one");
        work.RunFirewall(Capture, "--verdicts", "several", "--queues", $"{queues}", "--batch", $"{batch}");
        Assert.That(work.Text("several"), Is.EqualTo(work.Text("one")));
    }

    [Test]
    public void The_report_counts_by_queue_and_per_cpu_maps_have_a_value_for_each()
    {
        using var work = new Workspace();
        var report = JsonNode.Parse(work.RunFirewall(Capture, "--queues", "4", "--ring", "16", "--json", "-", "--maps", "m"))!;
        long[] frames = [.. report["queues"]!.AsArray().Select(q => (long)q!["frames"]!)];
        Assert.That((frames.Length, frames.Sum(), frames.Min() > 0), Is.EqualTo((4, 200L, true)));

        var counted = work.Json("m")["maps"]!.AsArray().Single(m => (string)m!["name"]! == "by_protocol")!;
        Assert.That(counted["entries"]!.AsArray().Select(e => e!["values"]!.AsArray().Count), Is.All.EqualTo(4));
    }
}
