using Chainring.Kernels;
using Chainring.Kernels.OpenCl;

namespace Chainring.Host.Cli;

/// <summary>The backends by name. One asked for by name is never replaced by another; <c>auto</c> takes the fastest that can run the chain.</summary>
static class Backends
{
    public const string Auto = "auto";

    public static IEnumerable<string> Names => Targets.ByName.Select(t => t.Name).Append(Auto);

    /// <param name="name">One of <see cref="Names"/>, but not <c>auto</c>.</param>
    /// <param name="order">Of <see cref="Orders"/>, and how long a launch may take: what only a device asks for.</param>
    public static IKernelTarget Find(string name, string order, int watchdogMs) =>
        name == Targets.OnDevice.Name ? new OpenClTarget(Enum.GetValues<KeptOrder>()[Orders.ToList().IndexOf(order)], watchdogMs) : Find(name);

    /// <summary>What order of frames a device keeps, by name; the usual first.</summary>
    public static IReadOnlyList<string> Orders => [.. Enum.GetNames<KeptOrder>().Select(n => n.ToLowerInvariant())];

    /// <param name="name">One of <see cref="Names"/>, but not <c>auto</c>.</param>
    public static IKernelTarget Find(string name) => Targets.ByName.First(t => t.Name == name);
}
