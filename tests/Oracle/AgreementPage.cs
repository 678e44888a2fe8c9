using System.Diagnostics;
using System.Globalization;
using System.Text;
using Chainring.Tests.Offload.Verify;
using Chainring.Tests.Support;
using Chainring.Tests.Support.Programs;
using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>
/// <c>docs/verifier-agreement.md</c>, which <c>scripts/verifier-agreement</c> has written here: whom our verifier and the running kernel's accept, and how long
/// they take. A difference that nobody has explained fails, and then nothing is written.
/// </summary>
[Explicit("writes down what one kernel decides: scripts/verifier-agreement")]
public sealed class AgreementPage
{
    const int Device = 2, Repeats = 20;

    /// <summary>So many are named of those that differ for one reason.</summary>
    const int Named = 5;

    static readonly string File = TestData.FromRoot("docs", "verifier-agreement.md");
    static readonly int Programs = int.Parse(Environment.GetEnvironmentVariable("CHAINRING_AGREEMENT_PROGRAMS") ?? "10000", CultureInfo.InvariantCulture);

    readonly List<Row> _rows = [];
    readonly SortedDictionary<string, List<string>> _differing = new(StringComparer.Ordinal);
    readonly List<string> _unexplained = [];
    readonly int[] _sameLength = new int[2];
    (string Path, string Program, int Processed) _largest;

    [OneTimeSetUp]
    public void NeedsTheKernel()
    {
        OracleAvailability.Require();
        Libbpf.Require();
    }

    [Test]
    public void Write()
    {
        using var ports = new KernelPorts([Device]);
        Objects("test objects", TestData.Path("objects"));
        Objects("examples", TestData.FromRoot("examples"));
        Cases("cases: accept", accepted: true);
        Cases("cases: reject", accepted: false);
        Generated();
        Assert.That(_unexplained, Is.Empty);
        System.IO.File.WriteAllText(File, Text());
    }

    void Objects(string name, string folder)
    {
        var row = NewRow(name);
        foreach (string path in Directory.EnumerateFiles(folder, "*.o", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            foreach (var program in ObjectProgram.In(path))
            {
                using var _ = program;
                var decision = program.Decide(Device);
                Add(row, $"{Path.GetRelativePath(folder, path)}: {program.Program.Name}", decision, KnownDifference.Of(decision)?.Text);
                if (decision is not { Agreement: Agreement.BothAccept, Proof: { } proof }) continue;
                _sameLength[proof.Processed == program.Load(Device).Processed ? 1 : 0]++;
                if (proof.Processed > _largest.Processed) _largest = (path, program.Program.Name, proof.Processed);
            }
        }
    }

    void Cases(string name, bool accepted)
    {
        var row = NewRow(name);
        foreach (var asked in VerifierCase.All.Where(c => c.Accepted == accepted && KernelCase.IsDecidedAlike(c)))
        {
            using var loading = new KernelCase(asked);
            Add(row, $"{asked}", new(VerifierCaseTests.ProblemWith(asked, strict: false), loading.Refusal()), VerifierCaseTests.Differences.GetValueOrDefault($"{asked}"));
        }
    }

    void Generated()
    {
        var row = NewRow("generated programs");
        using var kernel = new GeneratedKernelMaps();
        for (ulong seed = 0; seed < (ulong)Programs; seed++)
        {
            var decision = kernel.Decide(GeneratedProgram.Of(seed));
            Add(row, $"generated program {seed}", decision, KnownDifference.Of(decision)?.Text);
        }
    }

    Row NewRow(string name)
    {
        _rows.Add(new(name));
        return _rows[^1];
    }

    void Add(Row row, string who, Decision decision, string? why)
    {
        row.Counts[(int)decision.Agreement]++;
        if (decision.Agreement is Agreement.BothAccept or Agreement.BothReject) return;
        if (why is null) _unexplained.Add($"{who}: {decision.Agreement}\t{decision.Reasons}");
        else if (_differing.TryGetValue(why, out var others)) others.Add(who);
        else _differing.Add(why, [who]);
    }

    string Text()
    {
        var page = new StringBuilder($"""
            # Whom the verifier accepts, and whom Linux does

            Made by `scripts/verifier-agreement {Programs}` on Linux {Environment.OSVersion.Version.ToString(3)} (x86-64), which decided every program anew; as root, by the rules for
            programs of the kernel's own. Counted are programs: of an object each XDP program, of all compilers.

            | | both accept | both reject | we are stricter | we are looser |
            |---|---:|---:|---:|---:|

            """);
        foreach (var row in _rows) page.AppendLine($"| {row.Name} | {string.Join(" | ", row.Counts.Select(n => n.ToString("N0", CultureInfo.InvariantCulture)))} |");
        page.Append($"\nOf the {_sameLength.Sum():N0} programs of objects that both accept, both followed as many instructions for {_sameLength[1]:N0}.\n");
        page.Append("\n## Where they differ\n\n");
        foreach (var (why, who) in _differing) page.AppendLine($"* {why} ({string.Join(", ", who.Take(Named))}{(who.Count > Named ? $" and {who.Count - Named:N0} more" : "")})");
        page.Append(Times());
        return page.ToString();
    }

    /// <summary>How long our verifier and the kernel's take for the largest program of the objects, one after the other.</summary>
    string Times()
    {
        using var program = ObjectProgram.In(_largest.Path).Single(p => p.Program.Name == _largest.Program);
        double[] ours = new double[Repeats], kernel = new double[Repeats];
        int processed = 0;
        for (int n = 0; n < Repeats; n++)
        {
            var watch = Stopwatch.StartNew();
            program.Verify();
            ours[n] = watch.Elapsed.TotalMilliseconds;
            var log = program.Load(Device);
            (kernel[n], processed) = (log.Time.TotalMilliseconds, log.Processed);
        }
        return $"""

            ## How long it takes

            The program of the objects for which the most instructions are followed, {Repeats} times in turn: milliseconds, the median (the least to the most). The kernel's is what it says
            itself (`verification time` in its log).

            `{Path.GetRelativePath(TestData.Root, _largest.Path)}`, program `{_largest.Program}`, {program.Program.Code.Length:N0} instructions:

            | | instructions followed | ms |
            |---|---:|---:|
            | Chainring | {_largest.Processed:N0} | {Spread(ours)} |
            | Linux | {processed:N0} | {Spread(kernel)} |

            """;
    }

    static string Spread(double[] times)
    {
        Array.Sort(times);
        return string.Create(CultureInfo.InvariantCulture, $"{times[times.Length / 2]:F1} ({times[0]:F1} to {times[^1]:F1})");
    }

    sealed record Row(string Name)
    {
        /// <summary>By <see cref="Agreement"/>.</summary>
        public int[] Counts { get; } = new int[Enum.GetValues<Agreement>().Length];
    }
}
