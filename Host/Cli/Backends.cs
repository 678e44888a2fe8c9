using Chainring.Kernels;

namespace Chainring.Host.Cli;

/// <summary>The backends by name. One asked for by name is never replaced by another; <c>auto</c> takes the fastest that can run the chain.</summary>
static class Backends
{
    public const string Auto = "auto";

    public static IEnumerable<string> Names => Targets.ByName.Select(t => t.Name).Append(Auto);

    /// <param name="name">One of <see cref="Names"/>, but not <c>auto</c>.</param>
    public static IKernelTarget Find(string name) => Targets.ByName.First(t => t.Name == name);
}
