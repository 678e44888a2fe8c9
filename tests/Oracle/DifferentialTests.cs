using Chainring.Kernels;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>
/// Examples and test objects over every capture, on the card and in the kernel. Examples take the captures one by one; objects
/// take all captures as one. What the kernel's test run cannot say is in README.md beside this file.
/// </summary>
[Parallelizable(ParallelScope.All)]
public sealed class DifferentialTests
{
    static IEnumerable<TestCaseData> Chains =>
        ChainCase.Sample.Select(c => new TestCaseData(c).SetArgDisplayNames(c.Target.Name, c.Folder, c.Name));

    [OneTimeSetUp]
    public void NeedsTheKernel()
    {
        Totals.Forget();
        OracleAvailability.Require();
    }

    [OneTimeTearDown]
    public void SayWhatWasCompared() => Totals.Write();

    /// <summary>So both verifiers are asked to accept each of them. Those that need a device are in <see cref="KfuncTests"/>.</summary>
    [Test]
    public void Every_object_is_in_a_chain()
    {
        var inChains = ChainCase.All.SelectMany(c => c.Load().Members.Select(m => (c.Folder, m.Source.Name))).Distinct();
        var objects = new[] { TestData.FromRoot("examples"), TestData.Path("objects") }
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.o", SearchOption.AllDirectories))
            .Select(path => (Folder: Path.GetFileName(Path.GetDirectoryName(path)!), Name: Path.GetFileName(path)))
            .Where(o => !ChainCase.NeedDevice.Contains(Path.GetFileNameWithoutExtension(o.Name)));
        Assert.That(objects.Except(inChains), Is.Empty);
    }

    [TestCaseSource(nameof(Chains))]
    public void The_card_and_the_kernel_agree(object file)
    {
        var which = (ChainCase)file;
        var chain = which.Load();
        using var comparison = new Comparison(which.Target, chain, chain, which.Card());
        foreach (var capture in which.IsExample && which.Target == Targets.Reference ? Capture.All : [Capture.Joined])
        {
            var result = comparison.Over(capture);
            Totals.Add(which, chain, capture, result);
            Assert.That(result.Differences, Is.Empty, () => result.Summary);
        }
    }
}
