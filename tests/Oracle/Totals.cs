using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>What the comparison with the kernel amounted to; <c>./test</c> prints it.</summary>
static class Totals
{
    static long s_chains;
    static long s_frames;
    static long s_comparisons;
    static long s_mismatches;

    /// <param name="comparisons">Verdicts, frames and map entries that were held against each other.</param>
    public static void Add(long frames, long comparisons, long mismatches)
    {
        Interlocked.Increment(ref s_chains);
        Interlocked.Add(ref s_frames, frames);
        Interlocked.Add(ref s_comparisons, comparisons);
        Interlocked.Add(ref s_mismatches, mismatches);
    }

    public static void Write(string objects)
    {
        string text = $"kernel oracle: {objects}, {s_chains:N0} chain runs, {s_frames:N0} frames, {s_comparisons:N0} comparisons, mismatches = {s_mismatches}";
        string path = TestData.FromRoot("artifacts", "oracle-totals.txt");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text + "\n");
        TestContext.Progress.WriteLine(text);
    }
}
