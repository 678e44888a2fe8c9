using System.Diagnostics;
using System.Text.RegularExpressions;
using Chainring.Host.Report;
using Chainring.Tests.Host.Driver.Bench;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Report;

/// <summary>The report as a browser has it: Chromium, without a window. With CI=true a missing one fails.</summary>
[NonParallelizable]
public sealed class BrowserTests
{
    [Test]
    public void A_browser_shows_plots_and_numbers_and_asks_for_nothing_else()
    {
        string? chromium = new[] { "chromium", "chromium-browser", "google-chrome" }.Select(Found).FirstOrDefault(p => p is not null);
        if (chromium is null)
        {
            if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail("there is no Chromium (Debian: chromium)");
            Assert.Ignore("there is no Chromium (Debian: chromium)");
        }
        string folder = TestData.FromRoot("artifacts", "report");
        Directory.CreateDirectory(folder);
        string page = Path.Combine(folder, "report.html"), picture = Path.Combine(folder, "report.png"), network = Path.Combine(folder, "network.json");
        var blocks = SweepText.Of(TinySweep.Results);
        File.WriteAllText(page, HtmlText.Of(SweepText.Title, blocks));
        File.Delete(picture);

        string[] headless = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", $"--user-data-dir={Path.Combine(folder, "profile")}", "--disable-background-networking", "--disable-component-update", "--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND"];
        var (dom, log) = Run(chromium, [.. headless, "--enable-logging=stderr", "--v=0", $"--log-net-log={network}", "--dump-dom", $"file://{page}"]);
        Run(chromium, [.. headless, "--window-size=1200,3000", $"--screenshot={picture}", $"file://{page}"]);

        Assert.That(log, Does.Not.Contain("CONSOLE"), "nothing is said on the console");
        Assert.That(Regex.Count(dom, "<svg[^>]* role=\"img\""), Is.EqualTo(blocks.OfType<Plot>().Count()).And.GreaterThan(4));
        Assert.That(Regex.Count(dom, "<path "), Is.GreaterThan(50), "the plots have lines");
        Assert.That(Regex.Count(dom, @"<td class=""n"">\d[\d.,]* <span class=""spread"">±"), Is.GreaterThan(50), "the tables have numbers");
        // Chromium's own look-ups go to hosts of its maker; the page has none at all.
        Assert.That(Regex.Matches(File.ReadAllText(network), "\"url\":\"([^\"]+)\"").Select(m => m.Groups[1].Value).Where(url => !url.StartsWith("file:", StringComparison.Ordinal) && !Regex.IsMatch(url, "^(data|chrome|devtools)")
            && !Regex.IsMatch(url, @"^https?://[^/]*\.?(google|googleapis|gstatic|gvt1)\.com")), Is.Empty);
        Assert.That(new FileInfo(picture).Length, Is.GreaterThan(50_000), "the picture shows more than an empty page");
    }

    static (string Out, string Error) Run(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(60_000))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} does not end");
        }
        return (output.Result, error.Result);
    }

    static string? Found(string name) => Environment.GetEnvironmentVariable("PATH")?.Split(':').Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
