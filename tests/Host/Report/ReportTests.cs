using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Chainring.Host.Driver;
using Chainring.Host.Driver.Bench;
using Chainring.Host.Driver.Bench.Sweep;
using Chainring.Host.Driver.Measure;
using Chainring.Host.Report;
using Chainring.Tests.Host.Driver.Bench;
using NUnit.Framework;

namespace Chainring.Tests.Host.Report;

/// <summary>The report of <c>chainring bench</c>: every figure in it comes from <c>results.json</c>, and it needs nothing else to be read.</summary>
[NonParallelizable]
public sealed class ReportTests
{
    static readonly Lazy<BenchResults> Read = new(() =>
    {
        using var stream = new MemoryStream();
        JsonText.Write(stream, Measured, dense: true);
        stream.Position = 0;
        return JsonText.Read<BenchResults>(stream)!;
    });

    static BenchResults Results => Read.Value;

    static readonly Lazy<IReadOnlyList<Block>> Blocks = new(() => SweepText.Of(Results));

    static readonly Lazy<string> Page = new(() => HtmlText.Of(SweepText.Title, Blocks.Value));

    static string Markdown => MarkdownText.Of(Blocks.Value);

    static string Html => Page.Value;

    /// <summary>What was measured, with what others have measured of programs, and a device that is made up.</summary>
    static BenchResults Measured => TinySweep.Results with { Backends = BackendBenchTests.Report, Offload = Device() };

    [Test]
    public void What_was_measured_and_what_was_read_make_the_same_report()
    {
        var measured = SweepText.Of(Measured);
        Assert.That(MarkdownText.Of(measured), Is.EqualTo(Markdown));
        Assert.That(HtmlText.Of(SweepText.Title, measured), Is.EqualTo(Html));
    }

    /// <summary>Made once more from the samples, by other means than the report's.</summary>
    [Test]
    public void Every_figure_of_the_sweep_is_in_a_table_as_the_samples_say()
    {
        var cells = TablesOf(Markdown).SelectMany(t => t.Rows).SelectMany(r => r).Select(c => c.Split(" ±")[0]).ToHashSet();
        foreach (var part in Results.Parts)
        {
            foreach (var s in part.Series.Where(s => s is { Twin: false, PacketType: null, SamplesNs: not null } && s.Backend != "restoring"))
            {
                double ns = Middle(s.SamplesNs!) - Middle(part.Series.Single(r => r.Backend == "restoring" && (r.Traffic, r.Batch, r.Queues, r.Entries) == (s.Traffic, s.Batch, s.Queues, s.Entries)).SamplesNs!);
                // Of queues the report says how many packets, and that only if it can be told from none.
                if (s.Section != "queues") Assert.That(cells, Does.Contain(Text(ns)), $"{part.Name} {s.Chain} {s.Backend}");
                else if (SweepFigures.Of(Results with { Parts = [part with { Series = [.. part.Series.Where(o => o == s || o.Backend == "restoring")] }] })[0].Mpps is not null) Assert.That(cells, Does.Contain(Text(1000 / ns)));
            }
        }
    }

    [Test]
    public void Every_cell_by_the_size_of_the_batch_is_what_the_samples_say()
    {
        var tables = TablesOf(Markdown).Where(t => t.Section == "By the size of the batch").ToList();
        var expected = (from chain in Results.Chains from traffic in Results.Traffic select (chain.Name, traffic.Name)).ToList();
        Assert.That(tables, Has.Count.EqualTo(expected.Count));
        foreach (var (table, (chain, traffic)) in tables.Zip(expected))
        {
            Assert.That(table.Headings, Is.EqualTo(new[] { "by", "8", "256" }));
            foreach (var row in table.Rows)
            {
                foreach (var (batch, cell) in new[] { 8, 256 }.Zip(row.Skip(1)))
                {
                    var part = Results.Parts.Single(p => p.Name == $"batch {batch}, {traffic}");
                    double ns = Middle(part.Series.First(s => (s.Chain, s.Backend) == (chain, row[0])).SamplesNs!) - Middle(part.Series.Single(s => s.Backend == "restoring").SamplesNs!);
                    Assert.That(cell.Split(" ±")[0], Is.EqualTo(Text(ns)));
                }
            }
        }
    }

    [Test]
    public void Percentiles_are_those_of_the_batches_that_were_timed()
    {
        var table = TablesOf(Markdown).Single(t => t.Section == "How long a batch takes");
        string backend = "";
        foreach (var row in table.Rows)
        {
            backend = row[0].Length > 0 ? row[0] : backend;
            var part = Results.Parts.Single(p => p.Name == $"batch {row[1]}, 64");
            double[] ns = [.. part.Series.First(s => (s.Chain, s.Backend) == ("firewall-router", backend)).BatchNs!.Select(n => (double)n).Order()];
            // Of 20 values the middle is between the 10th and the 11th, and 90 % are 17.1 steps from the first.
            Assert.That(row[2], Is.EqualTo(((ns[9] + ns[10]) / 2000).ToString("N2", CultureInfo.InvariantCulture)));
            Assert.That(row[3], Is.EqualTo(((ns[17] + 0.1 * (ns[18] - ns[17])) / 1000).ToString("N2", CultureInfo.InvariantCulture)));
        }
    }

    [Test]
    public void Tables_of_the_sections_have_every_figure_that_is_in_the_results()
    {
        var tables = TablesOf(Markdown);
        Assert.That(Firsts(tables, "Chains, in detail"), Is.SupersetOf(Results.Chain!.Rows.Where(r => r.Ns is not null).Select(r => Text(Middle(r.SamplesNs!)))));
        var traffic = Results.Backends!.Traffic.ToDictionary(t => t.Name, t => Middle(t.RestoringSamplesNs));
        Assert.That(Firsts(tables, "Programs, in detail"), Is.SupersetOf(Results.Backends.Rows.Where(r => r.Ns is not null).Select(r => Text(Middle(r.SamplesNs!) - (r.Restored ? traffic[r.Traffic] : 0)))));
        Assert.That(Firsts(tables, "Offloading, in detail"), Is.SupersetOf(new[] { "5.00", "20.00", "1.00", "2.00" }));

        static IEnumerable<string> Firsts(IEnumerable<ReportTable> tables, string section) => tables.Where(t => t.Section == section).SelectMany(t => t.Rows).SelectMany(r => r).Select(c => c.Split(" ±")[0]);
    }

    [Test]
    public void It_says_when_a_device_pays_and_where_its_time_goes()
    {
        var tables = TablesOf(Markdown);
        Assert.That(tables.Single(t => t.Section == "When a device pays").Rows, Is.EqualTo(new[] { new[] { "router", "64", "il", "4,096" } }));
        var time = tables.Single(t => t.Section == "Where the time goes").Rows.Single(r => r[0] == "opencl, 256");
        Assert.That(time, Is.EqualTo(new[] { "opencl, 256", "-", "-", "-", "1.00", "2.00", "3.00", "14.00" }));
    }

    [Test]
    public void The_page_needs_no_network_and_no_script()
    {
        Assert.That(Html, Does.StartWith("<!DOCTYPE html>"));
        Assert.That(Regex.Matches(Html, "(?:src|href|url\\()=?[\"']?([^\"') >]+)").Select(m => m.Groups[1].Value), Is.All.Matches("^(#|data:,)"));
        Assert.That(Html, Does.Not.Contain("<script").And.Not.Contain("@import").And.Not.Contain("src="));
    }

    [Test]
    public void Markdown_and_page_have_the_same_cells()
    {
        string text = System.Net.WebUtility.HtmlDecode(Regex.Replace(Regex.Replace(Html, "<svg.*?</svg>", "", RegexOptions.Singleline), "<[^>]+>", ""));
        foreach (string cell in TablesOf(Markdown).SelectMany(t => t.Rows).SelectMany(r => r)) Assert.That(text, Does.Contain(cell));
    }

    [Test]
    public void Plots_have_lines_and_words_in_the_colour_of_the_page()
    {
        Assert.That(Plotter.Missing, Is.Null);
        var plots = Blocks.Value.OfType<Plot>().ToList();
        Assert.That(plots.Select(p => p.Name), Is.EqualTo(new[] { "throughput-xdp1", "throughput-ports-flows-drop", "throughput-firewall-router", "latency", "time", "length", "break-even", "map-size" }));
        foreach (var plot in plots)
        {
            var svg = XElement.Parse(Plotter.Draw(plot, inPage: true));
            string words = string.Join(' ', svg.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value.Trim()));
            Assert.That(words, Does.Contain(plot.YLabel), plot.Name);
            foreach (var line in plot.Lines) Assert.That(words, Does.Contain(line.Name), plot.Name);
            Assert.That(svg.Descendants().Attributes("fill").Select(a => a.Value), Does.Contain("currentColor"));
            Assert.That(svg.ToString(), Does.Not.Contain("#010203"));
            Assert.That(Plotter.Draw(plot, inPage: false), Does.Contain("fill=\"#ffffff\"").And.Not.Contain("currentColor"));
        }
    }

    [Test]
    public void A_run_that_was_stopped_says_what_is_missing()
    {
        var stopped = Results with { Parts = [Results.Parts[0]], Chain = null, Backends = null, Offload = null, Memory = null };
        Assert.That(MarkdownText.Of(SweepText.Of(stopped)), Does.Contain("the run was stopped before all was measured; missing: batch 256, 64; batch 8, imix;"));
        Assert.That(MarkdownText.Of(SweepText.Of(stopped with { Parts = [] })), Does.StartWith("# What XDP chains cost here\n"));
    }

    [Test]
    public void Two_measurements_of_the_same_that_differ_are_a_warning_at_the_top()
    {
        var part = Results.Parts[0];
        var apart = Results with { Parts = [part with { Series = [.. part.Series.Select(s => s.Twin ? s with { SamplesNs = [.. s.SamplesNs!.Select(ns => ns + 1e7)] } : s)] }] };
        string top = MarkdownText.Of(SweepText.Of(apart)).Split("\n## ")[0];
        Assert.That(top, Does.Contain("* *warning:* in 1 of 1 self-checks the same thing measured twice differs"));
    }

    static double Middle(IReadOnlyList<double> three) => three.Order().ElementAt(1);

    static string Text(double value) => value.ToString(Math.Abs(value) switch { >= 1000 => "F0", >= 100 => "F1", _ => "F2" }, CultureInfo.InvariantCulture);

    /// <summary>Made-up figures of a device that is slower with 256 frames, and faster with 4,096.</summary>
    static OffloadReport Device()
    {
        var parts = new OffloadReport.DeviceParts(Exactly(1), Exactly(2), Exactly(3), BytesToDevice: 64, BytesBack: 8);
        OffloadReport.Row Row(int batch, string engine, double ns) => new("64", "router", batch, engine, null, Exactly(ns), engine == "opencl" ? parts : null, [ns, ns, ns]);
        return new(TinySweep.Results.Chain!)
        {
            Device = new("a platform", "a device", "", "", IsProcessor: false, Units: 8, 0, 0, 0, 0, 0, HasLongAtomics: true),
            Missing = null,
            Launches = [],
            Rows = [Row(256, "il", 5), Row(256, "opencl", 20), Row(4096, "il", 5), Row(4096, "opencl", 4)],
        };
    }

    static Estimate Exactly(double value) => new(value, value, value);

    sealed record ReportTable(string Section, string[] Headings, IReadOnlyList<string[]> Rows);

    static List<ReportTable> TablesOf(string markdown)
    {
        var tables = new List<ReportTable>();
        string section = "";
        string[] lines = markdown.Split('\n');
        for (int n = 0; n < lines.Length; n++)
        {
            if (lines[n].StartsWith("## ", StringComparison.Ordinal)) section = lines[n][3..];
            if (!lines[n].StartsWith("| ", StringComparison.Ordinal)) continue;
            string[] headings = Cells(lines[n]);
            var rows = new List<string[]>();
            for (n += 2; n < lines.Length && lines[n].StartsWith("| ", StringComparison.Ordinal); n++) rows.Add(Cells(lines[n]));
            tables.Add(new(section, headings, rows));
        }
        return tables;

        static string[] Cells(string line) => [.. Regex.Split(line[1..^1], @"(?<!\\)\|").Select(c => c.Trim().Replace("\\_", "_").Replace("\\|", "|"))];
    }
}
