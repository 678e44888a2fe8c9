using System.Reflection;
using System.Runtime.CompilerServices;
using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver;

public sealed class RefusalErrnoTests
{
    static IEnumerable<MethodInfo> Factories =>
        typeof(Refusal).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(m => m.ReturnType == typeof(Refusal) && !m.IsSpecialName);

    [TestCaseSource(nameof(Factories))]
    public void Every_refusal_has_an_error_number_with_words(MethodInfo factory)
    {
        var refusal = (Refusal)factory.Invoke(null, [.. factory.GetParameters().Select(p => Anything(p.ParameterType))])!;
        Assert.That(ErrnoText.Of(RefusalErrno.Of(refusal)), Does.Match(@"\(E\w+\)$"));
    }

    [Test]
    public void What_the_chain_semantics_name_is_what_they_name() => Assert.That(
        new[] { Refusal.ChainCycle(["a", "a"]), Refusal.WrongProgram(1, 2), Refusal.StaleRevision(1, 2), Refusal.TableWouldBeLost() }.Select(RefusalErrno.Of),
        Is.EqualTo(new[] { Errno.Loop, Errno.Exists, Errno.Stale, Errno.Invalid }));

    static object Anything(Type type) =>
        type == typeof(string) ? "x"
        : type == typeof(IEnumerable<Chainring.Offload.Spec.MapType>) ? MapKinds.Types
        : type == typeof(IReadOnlyList<string>) ? new[] { "x" }
        : type.IsValueType ? Activator.CreateInstance(type)!
        : RuntimeHelpers.GetUninitializedObject(type);
}
