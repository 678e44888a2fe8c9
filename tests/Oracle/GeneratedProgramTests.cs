using System.Text.RegularExpressions;
using Chainring.Host.Driver.Peers;
using Chainring.Offload;
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
        var others = GeneratedMaps.All.Where(m => m.Type is MapType.ProgramArray or MapType.DevMap).ToDictionary(m => m.Name, m => new KernelMap(m));
        var counts = new int[4];
        foreach (ulong seed in Fuzz.Seeds("decided by the kernel", Programs))
        {
            var program = GeneratedProgram.Of(seed);
            // Maps that can hold programs are for programs of one kind only.
            KernelMap MapOf(string name) => program.Frags && others.TryGetValue(name, out var other) ? other : maps[name];
            var (ours, kernel) = Decide(program, MapOf);
            counts[(ours is null ? 0 : 1) + (kernel is null ? 0 : 2)]++;
            if (ours is null == kernel is null && !Fuzz.IsShown) continue;
            string difference = $"{(ours is null ? "looser" : "stricter")}\t{seed}\t{Described(ours?.Id, ours?.Sentence)}\t{Described(null, kernel)}";
            if (ours is null != kernel is null) File.AppendAllText(Differences, difference + "\n");
            if (!Fuzz.IsShown) continue;
            TestContext.Out.WriteLine($"{GeneratedProgram.Text(program)}\n{difference}\nhere: {ours?.Sentence ?? "accepted"}\nthe kernel: {kernel ?? "accepted"}\n");
            if (ours is null == kernel is null) continue;
            var shorter = ProgramShrinker.Shrink(program, p => Decide(p, MapOf) is var (o, k) && o?.Id == ours?.Id && Described(null, k) == Described(null, kernel));
            var (oursThen, kernelThen) = Decide(shorter, MapOf);
            TestContext.Out.WriteLine($"{GeneratedProgram.Text(shorter)}\nhere: {oursThen?.Sentence ?? "accepted"}\nthe kernel: {kernelThen ?? "accepted"}");
        }
        foreach (var map in maps.Values.Concat(others.Values)) map.Dispose();
        TestContext.Out.WriteLine($"both accept {counts[0]}, stricter {counts[1]}, looser {counts[2]}, both reject {counts[3]}");
    }

    static (Problem? Ours, string? Kernel) Decide(ProgramSpec program, Func<string, KernelMap> maps) =>
        (Verifier.Verify(program, GeneratedMaps.FactsOf, new() { Offloaded = false, Cpus = CpuPin.Possible }).Problem, Refusal(program, maps));

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
