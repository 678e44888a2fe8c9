using Chainring.Offload.Spec;

namespace Chainring.Tests.Oracle;

/// <summary>The maps of a program in the kernel, by name.</summary>
sealed class KernelMaps : IDisposable
{
    readonly Dictionary<string, KernelMap> _byName = [];

    public KernelMaps(IEnumerable<MapSpec> specs)
    {
        foreach (var spec in specs) _byName.Add(spec.Name, new(spec));
    }

    public KernelMap this[string name] => _byName[name];

    public IReadOnlyCollection<KernelMap> All => _byName.Values;

    public void Dispose()
    {
        foreach (var map in All) map.Dispose();
    }
}
