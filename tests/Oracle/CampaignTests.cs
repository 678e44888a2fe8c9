using System.Globalization;
using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>
/// The long comparison, started by <c>scripts/oracle-campaign</c>: every chain of every folder over every capture, then over generated
/// traffic and over tunnels and applications. What is done stands in a log, one line each, and is not done again.
/// </summary>
[Explicit("takes as long as it is given: scripts/oracle-campaign")]
public sealed class CampaignTests
{
    const int BatchFrames = 2_000;

    static readonly string? Log = Environment.GetEnvironmentVariable("CHAINRING_CAMPAIGN_LOG");
    static readonly ulong Seed = ulong.Parse(Variable("CHAINRING_CAMPAIGN_SEED", "1"), CultureInfo.InvariantCulture);
    static readonly int Frames = int.Parse(Variable("CHAINRING_CAMPAIGN_FRAMES", "10000"), CultureInfo.InvariantCulture);

    readonly HashSet<string> _done = [];
    int _mismatches;

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    [Test]
    public void Everything_over_everything()
    {
        if (Log is null) Assert.Ignore("CHAINRING_CAMPAIGN_LOG names no file");
        if (File.Exists(Log)) _done.UnionWith(File.ReadLines(Log).Select(line => line.Split('\t')[0]));

        Everything(Capture.All);
        for (int batch = 0; batch * BatchFrames < Frames; batch++)
        {
            // Batch n of seed s has the same frames however many are asked for.
            ulong seed = unchecked(Seed * 1_000_003 + (ulong)batch);
            Everything([Capture.Generated(seed, BatchFrames), Capture.Protocols(seed, BatchFrames)]);
        }
        Assert.That(_mismatches, Is.Zero, "what differs is in the log");
    }

    void Everything(IReadOnlyList<Capture> captures)
    {
        foreach (var which in ChainCase.All)
        {
            var left = captures.Where(c => !_done.Contains(Key(which, c))).ToList();
            if (left.Count == 0) continue;

            using var comparison = new Comparison(which.Target, which.Load(), which.Load(), which.Card());
            foreach (var capture in left) Write(Key(which, capture), comparison.Over(capture));
        }
    }

    void Write(string key, ComparisonResult result)
    {
        _mismatches += result.Differences.Count;
        File.AppendAllText(Log!, $"{key}\t{result.Frames}\t{result.Comparisons}\t{result.Differences.Count}\n");
        if (result.Differences.Count == 0) return;
        File.AppendAllText($"{Log}.differences", $"{key}\n{result.Summary}\n\n");
        TestContext.Progress.WriteLine($"{key}\n{result.Summary}");
    }

    static string Key(ChainCase which, Capture capture) => $"{which}, {capture.Name}";

    static string Variable(string name, string otherwise) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : otherwise;
}
