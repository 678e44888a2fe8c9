using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>
/// Every example and test object over every capture, on the card and in the kernel. Examples and main objects take the captures one
/// by one; the other compilers' objects take all captures as one. What the kernel's test run cannot say is in README.md beside this file.
/// </summary>
public sealed class DifferentialTests
{
    static IEnumerable<TestCaseData> Chains =>
        ChainCase.All.Select(c => new TestCaseData(c).SetArgDisplayNames(c.Target.Name, c.Folder, c.Name));

    [OneTimeSetUp]
    public void NeedsTheKernel()
    {
        Totals.Forget();
        OracleAvailability.Require();
    }

    [OneTimeTearDown]
    public void SayWhatWasCompared() => Totals.Write();

    [TestCaseSource(nameof(Chains))]
    public void The_card_and_the_kernel_agree(object file)
    {
        var which = (ChainCase)file;
        var chain = which.Load();
        using var comparison = new Comparison(which.Target, chain, chain, which.Card());
        foreach (var capture in which.IsVariant ? [Capture.Joined] : Capture.All)
        {
            var result = comparison.Over(capture);
            Totals.Add(which, chain, capture, result);
            Assert.That(result.Differences, Is.Empty, () => result.Summary);
        }
    }
}
