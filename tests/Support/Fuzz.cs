using System.Globalization;

namespace Chainring.Tests.Support;

/// <summary>
/// How many inputs a fuzz test makes up: as many as is usual, the same ones each time, or as scripts/fuzz says. That can be stopped at any
/// time: what is done stands in a log and is not done again.
/// </summary>
static class Fuzz
{
    /// <summary>The category of every fuzz test.</summary>
    public const string Category = "Fuzz";

    const int Block = 1_000;

    /// <summary>Seeds of a campaign lie this far from those of the next one.</summary>
    const ulong Stride = 1UL << 40;

    static readonly int? Iterations = Number("CHAINRING_FUZZ_ITERATIONS");
    static readonly ulong Seed = (ulong)(Number("CHAINRING_FUZZ_SEED") ?? 1);
    static readonly ulong[]? Only = Environment.GetEnvironmentVariable("CHAINRING_FUZZ_INPUT") is { Length: > 0 } text ? [.. text.Split(' ').Select(n => ulong.Parse(n, CultureInfo.InvariantCulture))] : null;
    static readonly string? Log = Environment.GetEnvironmentVariable("CHAINRING_FUZZ_LOG");

    /// <summary>Shares of good and bad inputs can only be judged where all are made.</summary>
    public static bool IsUsual => Iterations is null && Only is null;

    /// <summary>Inputs are asked for by their numbers (CHAINRING_FUZZ_INPUT), to be shown.</summary>
    public static bool IsShown => Only is not null;

    /// <summary>A number for each input to make it from; the one asked for last is the one that a failure belongs to.</summary>
    /// <param name="name">Under which it stands in the log.</param>
    public static IEnumerable<ulong> Seeds(string name, int usual)
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
        var done = Log is not null && File.Exists(Log) ? File.ReadLines(Log).ToHashSet() : [];
        for (int start = 0; start < iterations; start += Block)
        {
            int end = Math.Min(start + Block, iterations);
            string line = $"{name}\t{Seed}\t{start}\t{end}";
            if (done.Contains(line)) continue;
            for (int n = start; n < end; n++) yield return Seed * Stride + (ulong)n;
            if (Log is not null) File.AppendAllText(Log, line + "\n");
        }
    }

    static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
