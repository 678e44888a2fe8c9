using Chainring.Kernels;

namespace Chainring.Host.Cli;

/// <summary>The backends by name. One asked for by name is never replaced by another; <c>auto</c> takes the fastest that can run the chain.</summary>
static class Backends
{
    public const string Auto = "auto";

    public static IEnumerable<string> Names => Targets.ByName.Select(t => t.Name).Append(Auto);

    /// <param name="name">One of <see cref="Names"/>.</param>
    public static IKernelTarget Find(string name) => name == Auto ? Targets.Best : Targets.ByName.First(t => t.Name == name);

    /// <summary>Why <c>auto</c> takes <see cref="Targets.Best"/>: half a sentence.</summary>
    public static string WhyBest =>
        Targets.Best == Targets.All[^1] ? "the fastest for most chains"
        : $"{Targets.All[^1].Name} cannot be used: {Targets.All[^1].Missing}";
}
