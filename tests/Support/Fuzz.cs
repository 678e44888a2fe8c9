using System.Globalization;
using NUnit.Framework;

namespace Chainring.Tests.Support;

/// <summary>
/// How many inputs a fuzz test makes up: as many as is usual, the same ones each time, or as scripts/fuzz says. That can be stopped at any
/// time: what is done stands in a log and is not done again.
/// </summary>
static class Fuzz
{
    /// <summary>The category of every fuzz test.</summary>
    public const string Category = "Fuzz";

    /// <summary>Of the processor, since the machine may be busy with other things as well.</summary>
    const int MaxMs = 5_000, HangMs = 60_000;

    const int Block = 1_000;

    /// <summary>Test, seed, first input, and the one behind the last.</summary>
    const int BlockColumns = 4;

    /// <summary>Seeds of a campaign lie this far from those of the next one.</summary>
    const ulong Stride = 1UL << 40;

    static readonly int? Iterations = Number("CHAINRING_FUZZ_ITERATIONS");
    static readonly ulong Seed = (ulong)(Number("CHAINRING_FUZZ_SEED") ?? 1);
    static readonly ulong[]? Only = Environment.GetEnvironmentVariable("CHAINRING_FUZZ_INPUT") is { Length: > 0 } text ? [.. text.Split(' ').Select(n => ulong.Parse(n, CultureInfo.InvariantCulture))] : null;
    static readonly string? Log = Environment.GetEnvironmentVariable("CHAINRING_FUZZ_LOG");

    /// <summary>Shares of good and bad inputs can only be judged where all are made.</summary>
    public static bool IsUsual => Iterations is null && Only is null;

    /// <summary>So many inputs are asked for that each may do less.</summary>
    public static bool IsCampaign => Iterations is not null && Only is null;

    /// <summary>Inputs are asked for by their numbers (CHAINRING_FUZZ_INPUT), to be shown.</summary>
    public static bool IsShown => Only is not null;

    /// <summary>A number for each input to make it from; the one asked for last is the one that a failure belongs to.</summary>
    /// <param name="name">Under which it stands in the log.</param>
    /// <param name="ended">What the log says of a block beside its inputs, separated by tabs; asked when the block is done.</param>
    public static IEnumerable<ulong> Seeds(string name, int usual, Func<string>? ended = null)
    {
        if (Only is { } only)
        {
            foreach (ulong number in only) yield return number;
            yield break;
        }
        if (Iterations is not { } iterations)
        {
            for (int n = 0; n < usual; n++) yield return (ulong)n;
            yield break;
        }
        var done = Log is not null && File.Exists(Log) ? File.ReadLines(Log).Select(line => string.Join('\t', line.Split('\t').Take(BlockColumns))).ToHashSet() : [];
        for (int start = 0; start < iterations; start += Block)
        {
            int end = Math.Min(start + Block, iterations);
            string line = $"{name}\t{Seed}\t{start}\t{end}";
            if (done.Contains(line)) continue;
            for (int n = start; n < end; n++) yield return Seed * Stride + (ulong)n;
            string? said = ended?.Invoke();
            if (Log is not null) File.AppendAllText(Log, $"{line}{(said is null ? "" : "\t" + said)}\n");
        }
    }

    /// <summary>
    /// Deals with one input: an exception, more memory than was agreed or more than <see cref="MaxMs"/> (unless said otherwise) fails the test and names the
    /// input; what takes <see cref="HangMs"/> ends the process, since nothing else would.
    /// </summary>
    public static void Try(string name, ulong number, long maxAllocatedBytes, Action deal, int maxMs = MaxMs)
    {
        var start = Environment.CpuUsage.TotalTime;
        double TakenMs() => (Environment.CpuUsage.TotalTime - start).TotalMilliseconds;
        using var watch = new Timer(_ =>
        {
            if (TakenMs() > HangMs) Environment.FailFast($"{name}: input {number} hangs");
        }, null, HangMs, HangMs);
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            deal();
        }
        catch (Exception e) when (e is not (AssertionException or SuccessException or IgnoreException))
        {
            Assert.Fail($"{name}, input {number}: {e}");
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > maxAllocatedBytes) Assert.Fail($"{name}, input {number}: {allocated:N0} bytes allocated, {maxAllocatedBytes:N0} are the most");
        if (TakenMs() > maxMs) Assert.Fail($"{name}, input {number}: took longer than {maxMs} ms");
    }

    static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
