using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>What the comparison with the kernel amounted to; <c>./test</c> prints it.</summary>
static class Totals
{
    static readonly Lock s_lock = new();
    static readonly HashSet<(string Folder, string Object)> s_objects = [];
    static readonly HashSet<(string Folder, string Chain)> s_chains = [];
    static readonly HashSet<string> s_captures = [];
    static long s_frames;
    static long s_comparisons;
    static long s_mismatches;

    static string File => TestData.FromRoot("artifacts", "oracle-totals.txt");

    /// <summary>An earlier run's numbers are not this one's.</summary>
    public static void Forget() => System.IO.File.Delete(File);

    public static void Add(ChainCase which, ChainSpec chain, Capture capture, ComparisonResult result)
    {
        lock (s_lock)
        {
            s_objects.UnionWith(chain.Members.Select(m => (which.Folder, m.Source.Name)));
            s_chains.Add((which.Folder, which.Name));
            s_captures.UnionWith(capture.For(chain).Select(f => f.Capture));
            s_frames += result.Frames;
            s_comparisons += result.Comparisons;
            s_mismatches += result.Differences.Count;
        }
    }

    /// <summary>Frames count once for each chain that they went through.</summary>
    public static void Write()
    {
        if (s_chains.Count == 0) return;
        string text = $"kernel oracle: {s_objects.Count} objects in {s_chains.Count} chains, {s_captures.Count} captures, {s_frames:N0} frames run, "
            + $"{s_comparisons:N0} comparisons, mismatches = {s_mismatches}";
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, text + "\n");
        TestContext.Progress.WriteLine(text);
    }
}
