using System.Text.RegularExpressions;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;
using Chainring.Tests.Support;
using Chainring.Tests.Support.Programs;
using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>Generated programs, of which the verifier decides as the kernel does. What differs goes to <c>artifacts/verifier-differences.txt</c>, or where a campaign says.</summary>
public sealed partial class GeneratedProgramTests
{
    const int Programs = 500;

    static readonly string Differences = Environment.GetEnvironmentVariable("CHAINRING_DIFFERENCES_LOG") ?? TestData.FromRoot("artifacts", "verifier-differences.txt");

    [OneTimeSetUp]
    public void NeedsTheKernel()
    {
        OracleAvailability.Require();
        Libbpf.Require();
    }

    [Test, Category(Fuzz.Category)]
    public void The_kernel_decides_alike()
    {
        if (Fuzz.IsUsual) File.Delete(Differences);
        var maps = GeneratedMaps.All.ToDictionary(m => m.Name, m => new KernelMap(m));
        var counts = new int[4];
        foreach (ulong seed in Fuzz.Seeds("decided by the kernel", Programs))
        {
            var program = GeneratedProgram.Of(seed);
            var ours = Verifier.Verify(program, GeneratedMaps.FactsOf, new() { Offloaded = false, Cpus = CpuPin.Possible }).Problem;
            string? kernel = Refusal(program, name => maps[name]);
            if (Fuzz.IsOne) TestContext.Out.WriteLine($"{GeneratedProgram.Text(program)}\nhere: {ours?.Sentence ?? "accepted"}\nthe kernel: {kernel ?? "accepted"}");
            counts[(ours is null ? 0 : 1) + (kernel is null ? 0 : 2)]++;
            if (ours is null != kernel is null) File.AppendAllText(Differences, $"{(ours is null ? "looser" : "stricter")}\t{seed}\t{Described(ours?.Id, ours?.Sentence)}\t{Described(null, kernel)}\n");
        }
        foreach (var map in maps.Values) map.Dispose();
        TestContext.Out.WriteLine($"both accept {counts[0]}, stricter {counts[1]}, looser {counts[2]}, both reject {counts[3]}");
    }

    static string Described(string? id, string? sentence) => sentence is null ? "accepted" : $"{id} {Numbers().Replace(sentence, "N")}".Trim();

    [GeneratedRegex(@"-?\b(0x[0-9a-f]+|\d+)\b")]
    private static partial Regex Numbers();

    static string? Refusal(ProgramSpec program, Func<string, KernelMap> maps)
    {
        try
        {
            using var loaded = new KernelProgram(program, maps);
            return null;
        }
        catch (BpfException e) when (e.Log.Length > 0)
        {
            string[] lines = e.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            string last = lines.LastOrDefault(l => !l.StartsWith("processed ", StringComparison.Ordinal) && !l.StartsWith("verification time", StringComparison.Ordinal) && !l.StartsWith("stack depth", StringComparison.Ordinal)) ?? "";
            return $"{e.Errno}: {last}";
        }
    }
}
