using System.Reflection;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Verify;

/// <summary>Every rejection is what some case of <c>tests/data/verifier</c> ends with that Linux rejects too.</summary>
public sealed class RejectionCoverageTests
{
    static readonly HashSet<string> Shown =
    [
        .. VerifierCase.All.Where(c => !c.Accepted).Select(c => VerifierCaseTests.ProblemWith(c, strict: false)?.Id ?? ""),
        .. VerifierCase.All.Where(c => c.AcceptedStrictly == false).Select(c => VerifierCaseTests.ProblemWith(c, strict: true)?.Id ?? ""),
    ];

    static IEnumerable<string> Ids => typeof(Rejection).GetMethods(BindingFlags.Static | BindingFlags.NonPublic)
        .Where(m => m.ReturnType == typeof(Rejection)).Select(IdOf).Distinct().Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Ids))]
    public void A_rejection_has_a_case(string id) => Assert.That(Shown, Does.Contain(id));

    /// <summary>The id of what a factory makes, whatever it is about.</summary>
    static string IdOf(MethodInfo factory) => ((Rejection)factory.Invoke(null, [.. factory.GetParameters().Select(p => Anything(p.ParameterType))])!).Id;

    static object? Anything(Type type) => type == typeof(string) ? "" : type == typeof(MapSpec) ? SomeMap.Of(MapType.Array) : Activator.CreateInstance(type);
}
