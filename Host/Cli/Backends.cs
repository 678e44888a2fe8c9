using Chainring.Kernels;
using Chainring.Offload;

namespace Chainring.Host.Cli;

/// <summary>The backends by name. One asked for by name is never replaced by another; <c>auto</c> takes the best there is.</summary>
static class Backends
{
    public const string Auto = "auto";

    public static IEnumerable<string> Names => Targets.All.Select(t => t.Name).Append(Auto);

    public static Result<IKernelTarget> Find(string name)
    {
        var found = name == Auto ? Targets.All[^1] : Targets.All.FirstOrDefault(t => t.Name == name);
        return found is null ? UsageError.NoSuchBackend(name, Names) : Result.Of(found);
    }
}
