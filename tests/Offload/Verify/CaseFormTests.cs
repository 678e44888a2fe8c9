using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Offload.Isa;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Verify;

/// <summary>The cases themselves, without a verifier: what they decide is asked of the kernel by <c>tests/Oracle/VerifierTests.cs</c>.</summary>
public sealed class CaseFormTests
{
    static IEnumerable<string> Groups => VerifierCase.All.Select(c => c.Group).Distinct();

    static IEnumerable<VerifierCase> Cases(string group) => VerifierCase.All.Where(c => c.Group == group);

    [TestCaseSource(nameof(Groups))]
    public void Names_are_unique_in_a_group(string group) => Assert.That(Cases(group).Select(c => c.Name), Is.Unique);

    [TestCaseSource(nameof(Groups))]
    public void A_group_has_both_sides(string group) =>
        Assert.That(Cases(group).Select(c => c.Accepted).Distinct().Count(), Is.EqualTo(2));

    [TestCaseSource(nameof(Groups))]
    public void What_a_case_names_is_there(string group)
    {
        foreach (var asked in Cases(group))
        {
            var outline = asked.Assemble().Outline;
            Assert.That(outline.MapReferences.Select(r => r.Map).Distinct(), Is.SubsetOf(asked.Maps.Select(m => m.Name)), asked.Name);
            Assert.That(asked.Globals.Keys, Is.SubsetOf(outline.Functions.Select(f => f.Name)), asked.Name);
        }
    }

    /// <summary>Those that call helpers that cards do not have are left out.</summary>
    [TestCaseSource(nameof(Groups))]
    public void A_card_loads_what_the_kernel_accepts(string group)
    {
        foreach (var asked in Cases(group).Where(c => c.Accepted))
        {
            var program = asked.Assemble().Spec.Value;
            if (program.Code.Any(i => i.IsHelperCall && HelperTable.CalledBy(i) is null)) continue;
            var maps = asked.Maps.Select((map, n) => MapKinds.Create((uint)n + 1, map, 1).Value).ToDictionary(m => m.Spec.Name);
            Assert.That(LoadedProgram.Load(1, program, name => maps[name]).Problem, Is.Null, asked.Name);
        }
    }
}
