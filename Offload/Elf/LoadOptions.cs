using Chainring.Offload.Elf.Core;

namespace Chainring.Offload.Elf;

/// <summary>What an object may be told when it is loaded.</summary>
public sealed record LoadOptions
{
    public static readonly LoadOptions Default = new();

    /// <summary>Types that the object's type relocations (CO-RE) are resolved against; null for the object's own.</summary>
    public TargetTypes? Types { get; init; }

    /// <summary>Values of <c>__kconfig</c> externs by name, as a kernel's <c>.config</c> writes them.</summary>
    public IReadOnlyDictionary<string, string> KernelConfiguration { get; init; } = new Dictionary<string, string>();
}
