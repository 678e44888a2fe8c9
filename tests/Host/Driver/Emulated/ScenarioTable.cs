using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver.Emulated;

/// <summary>
/// <c>docs/offload-scenarios.md</c>: the scenarios of the kernel's own test of offload, and the test here that goes through each. <c>scripts/make-support</c> writes it.
/// </summary>
public sealed partial class ScenarioTable
{
    const int Last = 76;

    static readonly string File = TestData.FromRoot("docs", "offload-scenarios.md");

    /// <summary>The scenarios of traffic control: a card that has XDP alone does not come to them.</summary>
    static readonly HashSet<int> OfTrafficControl = [.. Enumerable.Range(2, 18), 48, 49, 51, 52];

    /// <summary>What each is about, by its first number.</summary>
    static readonly SortedDictionary<int, string> About = new()
    {
        [1] = "a generic program goes with its device",
        [2] = "traffic control: filters, offloaded or not",
        [20] = "an offloaded program goes with its device",
        [21] = "the program is reported by its id, without a device",
        [22] = "replacing takes force",
        [23] = "replacing with force",
        [24] = "native and generic exclude each other",
        [25] = "long frames and native mode exclude each other",
        [26] = "an ordinary program does not go onto the card",
        [27] = "an offloaded program does not go onto the host",
        [28] = "a driver that refuses to verify",
        [29] = "offload",
        [30] = "ids and tags agree everywhere",
        [31] = "removing what is not there succeeds",
        [32] = "a program of another device, also when that has gone",
        [33] = "two programs: the usual mode and the card",
        [38] = "two programs: native mode and the card",
        [43] = "two programs: generic mode and the card",
        [48] = "mixing traffic control and XDP; a program pinned by traffic control",
        [50] = "attaching a pinned program, again and again",
        [51] = "traffic control: programs of the wrong type, two filters",
        [53] = "taking the device out waits for the verifier",
        [54] = "a program with maps",
        [55] = "what is known of the device, in its namespace and from others",
        [59] = "what is known when the device has gone",
        [60] = "elements of maps: update, dump, next key, delete",
        [67] = "maps go with program and device",
        [68] = "no room for a map",
        [69] = "ports of one card: programs, maps, replacing, moving, orphans",
        [76] = "a program that is bound to a device, in generic mode (newer kernels)",
    };

    [Test]
    public void The_page_is_what_the_tests_are()
    {
        string page = Page();
        if (Environment.GetEnvironmentVariable("CHAINRING_REMAKE_SUPPORT") is { Length: > 0 }) System.IO.File.WriteAllText(File, page);
        Assert.That(System.IO.File.ReadAllText(File), Is.EqualTo(page), "scripts/make-support writes it anew");
    }

    [Test]
    public void Every_scenario_of_XDP_has_a_test()
    {
        var tested = Tests().SelectMany(t => Enumerable.Range(t.First, t.Last - t.First + 1)).ToHashSet();
        Assert.That(Enumerable.Range(1, Last).Where(n => !OfTrafficControl.Contains(n) && !tested.Contains(n)), Is.Empty);
        Assert.That(tested.Where(OfTrafficControl.Contains), Is.Empty);
    }

    static string Page()
    {
        var page = new StringBuilder("""
            # The kernel's scenarios of XDP offload

            Linux tests XDP offload by 75 scenarios on a simulated device (`tools/testing/selftests/net/bpf_offload.py`, 6.12; a newer one has 76). Each that is about XDP is a test here, which `./test` runs; those of traffic control are
            out of scope for a card that has XDP alone. Made by `scripts/make-support`.

            | scenario | what it is about | test (`tests/Host/Driver/Emulated/OffloadScenarioTests.cs`) |
            |---|---|---|

            """);
        var tests = Tests().ToDictionary(t => t.First);
        int[] firsts = [.. About.Keys];
        for (int n = 0; n < firsts.Length; n++)
        {
            int first = firsts[n], last = n + 1 < firsts.Length ? firsts[n + 1] - 1 : Last;
            string test = tests.TryGetValue(first, out var found) ? $"`{found.Name}`" : "out of scope";
            page.Append(CultureInfo.InvariantCulture, $"| {(first == last ? $"{first}" : $"{first} to {last}")} | {About[first]} | {test} |\n");
        }
        return page.ToString();
    }

    /// <summary>Tests whose names begin with numbers of scenarios.</summary>
    static IEnumerable<(int First, int Last, string Name)> Tests()
    {
        var fixture = typeof(OffloadScenarioTests);
        var cases = (TestCaseData[])fixture.GetField("Multi", BindingFlags.NonPublic | BindingFlags.Static)!.GetValue(null)!;
        foreach (string name in fixture.GetMethods().Select(m => m.Name).Concat(cases.Select(c => c.TestName!)))
        {
            if (Numbers().Match(name) is not { Success: true } match) continue;
            int first = int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
            yield return (first, match.Groups[2].Success ? int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture) : first, name);
        }
    }

    [GeneratedRegex(@"^_(\d+)_(?:to_(\d+)_)?")]
    private static partial Regex Numbers();
}
