using Chainring.Offload.Isa;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Isa;

public sealed class IsaCaseCoverageTests
{
    static readonly HashSet<Form> Shown =
    [
        .. IsaCase.All.SelectMany(c => c.Body).Where(i => i.Kind != InstructionKind.Continuation).Select(i => InstructionSet.FormOf(i)),
    ];

    static IEnumerable<Form> Forms => InstructionSet.Forms.Where(CanStandAlone);

    /// <summary>Maps, variables, code addresses, helpers and kernel functions mean something only inside an object.</summary>
    public static bool CanStandAlone(Form form) => form.Meaning.Kind switch
    {
        InstructionKind.LoadConstant => form.Meaning.Constant == ConstantKind.Value,
        InstructionKind.Call => form.Meaning.Call == CallKind.Local,
        _ => true,
    };

    [TestCaseSource(nameof(Forms))]
    public void A_form_has_a_case(Form form) => Assert.That(Shown, Does.Contain(form));

    [Test]
    public void Case_names_are_unique_in_their_file() =>
        Assert.That(IsaCase.All.GroupBy(c => c.ToString()).Where(g => g.Count() > 1).Select(g => g.Key), Is.Empty);

    [Test]
    public void Cases_fit_in_their_memory() => Assert.That(
        IsaCase.All.Where(c => c.Memory.Length > 256 || c.MemoryAfter.Length != c.Memory.Length), Is.Empty);
}
