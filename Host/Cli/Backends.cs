using Chainring.Kernels;

namespace Chainring.Host.Cli;

/// <summary>The backends by name. One asked for by name is never replaced by another; <c>auto</c> takes the best there is.</summary>
static class Backends
{
    public const string Auto = "auto";

    public static IEnumerable<string> Names => Targets.All.Select(t => t.Name).Append(Auto);

    /// <param name="name">One of <see cref="Names"/>.</param>
    public static IKernelTarget Find(string name) => name == Auto ? Targets.All[^1] : Targets.All.First(t => t.Name == name);
}
