using System.Globalization;
using Chainring.Offload;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;
using Chainring.Tests.Oracle;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Verify;

/// <summary>The verifier decides each case of <c>tests/data/verifier</c> as Linux does, but for what is listed here.</summary>
public sealed class VerifierCaseTests
{
    /// <summary>Where the decision is another one, and why.</summary>
    internal static readonly IReadOnlyDictionary<string, string> Differences = new Dictionary<string, string>
    {
        ["global-functions: memory-not-null-is"] = "stricter: the function would use null as a pointer",
        ["kfuncs: counted"] = "stricter: cards do not have the kfuncs of iterators",
        ["kfuncs: hints-without-device"] = "looser: a program on a card is bound to it",
        ["callbacks: never-called-at-the-end"] = KnownDifference.KernelBug.Text,
        ["dynptrs: read-where-paths-have-met"] = KnownDifference.LostDynptr.Text,
        ["dynptrs: stored-at-a-place-that-varies"] = KnownDifference.LostDynptr.Text,
        ["scalar-relations: bound-forgotten"] = KnownDifference.Ranges.Text,
        ["scalar-relations: bits-beside-bounds"] = KnownDifference.Ranges.Text,
        ["scalar-relations: bits-behind-extension"] = KnownDifference.Ranges.Text,
    };

    static IReadOnlyList<VerifierCase> Cases => VerifierCase.All;

    [TestCaseSource(nameof(Cases))]
    public void The_decision_is_that_of_Linux(VerifierCase asked)
    {
        var problem = ProblemWith(asked, strict: false);
        Assert.That(problem is null, Is.EqualTo(asked.Accepted ^ Differences.ContainsKey(asked.ToString())), $"{asked.Rule}\n{problem}");
    }

    static IEnumerable<VerifierCase> StrictCases => Cases.Where(c => c.AcceptedStrictly is not null);

    [TestCaseSource(nameof(StrictCases))]
    public void The_decision_is_that_of_Linux_without_perfmon(VerifierCase asked)
    {
        var problem = ProblemWith(asked, strict: true);
        Assert.That(problem is null, Is.EqualTo(asked.AcceptedStrictly), $"{asked.Rule}\n{problem}");
    }

    /// <summary>Why a case is rejected; null if it is accepted.</summary>
    internal static Problem? ProblemWith(VerifierCase asked, bool strict)
    {
        if (!asked.Assemble().Spec.Try(out var program, out var problem)) return problem;
        program = program with { License = asked.License, Functions = [.. program.Functions.Select(f => asked.Globals.TryGetValue(f.Name, out var types) ? Global(f, types) : f)] };
        var maps = asked.Maps.ToDictionary(m => m.Name, FactsOf);
        return Verifier.Verify(program, name => maps[name], new VerifierOptions { Strict = strict, Offloaded = false }).Problem;
    }

    static FunctionSpec Global(FunctionSpec function, IReadOnlyList<string> types) =>
        types.Contains("float") ? function with { Parameters = [], Fault = "it has a parameter of the type float" } : function with { Parameters = [.. types.Select(Parameter)] };

    static ParameterSpec Parameter(string type) => type switch
    {
        "int" => new(ParameterKind.Number),
        "ctx" => new(ParameterKind.Context),
        "dynptr" => new(ParameterKind.Dynptr),
        _ when type.StartsWith(VerifierCase.NeverNull, StringComparison.Ordinal) => new(ParameterKind.Memory, int.Parse(type[VerifierCase.NeverNull.Length..], CultureInfo.InvariantCulture)),
        _ => new(ParameterKind.MemoryOrNull, int.Parse(type, CultureInfo.InvariantCulture)),
    };

    static MapFacts FactsOf(MapSpec spec) => new(spec, spec.IsGlobalData && spec.Flags.HasFlag(MapFlags.ReadOnlyForPrograms) ? spec.InitialValue : default(ReadOnlyMemory<byte>));
}
