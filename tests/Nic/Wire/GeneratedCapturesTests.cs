using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Nic.Wire;

public sealed class GeneratedCapturesTests
{
    /// <summary>With CHAINRING_REMAKE_PCAPS=1, as scripts/make-generated-pcaps sets it, writes the capture instead.</summary>
    [TestCaseSource(typeof(GeneratedCaptures), nameof(GeneratedCaptures.All))]
    public void The_committed_capture_is_what_its_recipe_makes(object recipe)
    {
        var (name, make) = (GeneratedCaptures.Recipe)recipe;
        if (Environment.GetEnvironmentVariable("CHAINRING_REMAKE_PCAPS") == "1") File.WriteAllBytes(Captures.PathOf(name), make());

        Assert.That(File.ReadAllBytes(Captures.PathOf(name)), Is.EqualTo(make()), "scripts/make-generated-pcaps remakes it");
    }
}
