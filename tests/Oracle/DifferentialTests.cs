using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic.Pcap;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>
/// Every example and test object over every capture, on the card and in the kernel: verdict, path through the chain, bytes, metadata and final
/// maps must be equal. What the kernel's test run cannot say is in README.md beside this file.
/// </summary>
public sealed class DifferentialTests
{
    /// <summary>Programs whose maps hold times and random numbers: their verdicts and bytes are compared, their maps are not.</summary>
    static readonly string[] Unsteady = ["unsteady"];

    static readonly Lazy<IReadOnlyList<(string Name, IReadOnlyList<byte[]> Frames)>> Captures = new(LoadCaptures);

    static IEnumerable<TestCaseData> Chains =>
        from target in Targets.All
        from folder in Folders
        from file in Directory.EnumerateFiles(folder.Chains, "*.yaml").Order(StringComparer.Ordinal)
        where folder.Chains == folder.Objects || Exists(file, folder.Objects)
        select new TestCaseData(target, file, folder.Objects)
            .SetArgDisplayNames(target.Name, Path.GetFileName(folder.Objects), Path.GetFileNameWithoutExtension(file));

    /// <summary>Where chain files are, and where their objects are taken from: each compiler and instruction set version has a folder.</summary>
    static IEnumerable<(string Chains, string Objects)> Folders
    {
        get
        {
            yield return (TestData.FromRoot("examples"), TestData.FromRoot("examples"));
            string objects = TestData.Path("objects");
            yield return (objects, objects);
            foreach (string variant in Directory.EnumerateDirectories(objects).Order(StringComparer.Ordinal)) yield return (objects, variant);
        }
    }

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    [OneTimeTearDown]
    public void SayWhatWasCompared()
    {
        int objects = Folders.Sum(f => Directory.EnumerateFiles(f.Objects, "*.o").Count());
        Totals.Write($"{objects} objects, {Captures.Value.Count} captures");
    }

    [TestCaseSource(nameof(Chains))]
    public void The_card_and_the_kernel_agree(IKernelTarget target, string chainFile, string objects)
    {
        var chain = ChainFile.Parse(File.ReadAllText(chainFile), chainFile, objects).Value;
        foreach (var (name, frames) in Captures.Value)
        {
            var differences = Compare(target, chain, frames, compareMaps: !Unsteady.Contains(chain.Name));
            Assert.That(differences, Is.Empty, $"over {name}");
        }
    }

    static List<string> Compare(IKernelTarget target, ChainSpec chain, IReadOnlyList<byte[]> frames, bool compareMaps)
    {
        using var card = new TestCard(chain, target);
        using var kernel = new KernelChain(chain);
        var differences = new List<string>();
        var outcomes = card.Run(frames);
        var runs = new long[chain.Members.Count];
        long comparisons = 0;
        for (int n = 0; n < frames.Count; n++)
        {
            var theirs = kernel.Run(frames[n]);
            foreach (var step in theirs.Steps) runs[step.Member]++;
            var ours = outcomes[n];
            comparisons += 3;
            Differ(differences, $"frame {n}: verdict", ours.Verdict.Action.ToString(), theirs.Verdict.ToString());
            Differ(differences, $"frame {n}: bytes", Convert.ToHexString(ours.Bytes), Convert.ToHexString(theirs.Frame));
            Differ(differences, $"frame {n}: metadata", Convert.ToHexString(ours.Metadata), Convert.ToHexString(theirs.Metadata));
        }
        var totals = card.Card.Totals();
        for (int n = 0; n < runs.Length; n++)
        {
            comparisons++;
            Differ(differences, $"runs of {chain.Members[n].Alias}", $"{totals.Runs(card.Chain.Members[n].Id)}", $"{runs[n]}");
        }
        if (compareMaps)
        {
            foreach (var map in card.Chain.Maps) comparisons += CompareMap(differences, map, kernel.Map(map.Member, map.Map.Spec.Name));
        }
        Totals.Add(frames.Count, comparisons, differences.Count);
        return differences;
    }

    static int CompareMap(List<string> differences, InstalledMap ours, KernelMap theirs)
    {
        string name = $"map {ours.Member}.{ours.Map.Spec.Name}";
        var left = Show(ours.Map);
        var right = theirs.Entries().Select(e => Show(e.Key, e.Values, ours.Map.Cpus)).ToList();
        foreach (string extra in left.Except(right)) differences.Add($"{name}: only on the card: {extra}");
        foreach (string missing in right.Except(left)) differences.Add($"{name}: only in the kernel: {missing}");
        return Math.Max(left.Count, right.Count);
    }

    static List<string> Show(Map map) => [.. map.Entries().Select(e => map is ProgramArrayMap array
        ? Show(e.Key, [System.Text.Encoding.UTF8.GetBytes(array[BitConverter.ToUInt32(e.Key)]!.Name)], 1)
        : Show(e.Key, e.Values, map.Cpus))];

    /// <summary>The card has as many CPUs as queues; the kernel's further ones never ran.</summary>
    static string Show(byte[] key, IReadOnlyList<byte[]> values, int cpus) =>
        $"{Convert.ToHexString(key)}={string.Join(',', values.Take(cpus).Select(Convert.ToHexString))}";

    static void Differ(List<string> differences, string what, string ours, string theirs)
    {
        if (ours != theirs) differences.Add($"{what}: card {ours}, kernel {theirs}");
    }

    /// <summary>Whether a variant has all the objects that a chain file names.</summary>
    static bool Exists(string chainFile, string objects) =>
        ChainFile.Parse(File.ReadAllText(chainFile), chainFile, objects).Problem is not { Id: "L10" };

    static IReadOnlyList<(string, IReadOnlyList<byte[]>)> LoadCaptures() =>
        [.. Directory.EnumerateFiles(TestData.FromRoot("pcaps"), "*.pcap").Order(StringComparer.Ordinal).Select(f => (Path.GetFileName(f), Frames(f)))];

    /// <summary>The frames of a capture that a program without frags support can be given.</summary>
    static IReadOnlyList<byte[]> Frames(string path)
    {
        using var reader = PcapReader.Open(File.OpenRead(path), path).Value;
        var frames = new List<byte[]>();
        while (reader.TryRead(out var record))
        {
            if (record.Frame.Length is >= Frame.MinLength and <= Frame.MaxLength) frames.Add(record.Frame.ToArray());
        }
        return frames;
    }
}
