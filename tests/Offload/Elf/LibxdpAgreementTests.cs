using Chainring.Offload.Elf;
using Chainring.Offload.Spec;
using Chainring.Tests.Oracle;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Elf;

/// <summary>libxdp reads the run configurations of our test objects as we do, and refuses those that we refuse.</summary>
public sealed class LibxdpAgreementTests
{
    static IEnumerable<string> Objects => TestObjects.All.Where(f => f.StartsWith("run_config", StringComparison.Ordinal));

    [TestCaseSource(nameof(Objects))]
    public void Priorities_and_actions_are_libxdps(string file)
    {
        Libbpf.Require();
        Libxdp.Require();
        string path = TestObjects.PathOf(file);
        var ours = ObjectLoader.LoadFile(path);
        string[] names = ours.Problem is null ? [.. ours.Value.Programs.Select(p => p.Name)] : ["refused"];
        foreach (string name in names)
        {
            var mine = ours.Problem is null ? ours.Value.Program(name) : ours.Problem;
            Assert.That(Libxdp.ConfigOf(path, name), Is.EqualTo(mine.Problem is null ? mine.Value.RunConfig ?? LibxdpConfig.Default : (LibxdpConfig?)null), name);
        }
    }
}
