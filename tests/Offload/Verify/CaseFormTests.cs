using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Verify;

/// <summary>The cases themselves, without a verifier: what they decide is asked of the kernel by <c>tests/Oracle/VerifierTests.cs</c>.</summary>
public sealed class CaseFormTests
{
    static IReadOnlyList<VerifierCase> Cases => VerifierCase.All;

    static IEnumerable<string> Groups => Cases.Select(c => c.Group).Distinct();

    [Test]
    public void Names_are_unique_in_their_group() =>
        Assert.That(Cases.GroupBy(c => (c.Group, c.Name)).Where(g => g.Count() > 1).Select(g => g.Key), Is.Empty);

    [TestCaseSource(nameof(Groups))]
    public void A_group_has_both_sides(string group) =>
        Assert.That(Cases.Where(c => c.Group == group).Select(c => c.Accepted).Distinct().Count(), Is.EqualTo(2));

    [TestCaseSource(nameof(Cases))]
    public void The_text_is_a_program(VerifierCase asked)
    {
        var program = asked.Assemble();
        Assert.That(program.Outline.MapReferences.Select(r => r.Map).Distinct(), Is.SubsetOf(asked.Maps.Select(m => m.Name)));
        Assert.That(asked.Globals.Keys, Is.SubsetOf(program.Outline.Functions.Select(f => f.Name)));
        Assert.That(program.Spec.Problem, asked.Accepted ? Is.Null : Is.Null.Or.Not.Null);
    }
}
