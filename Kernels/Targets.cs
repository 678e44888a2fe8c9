using Chainring.Kernels.Interpreter;

namespace Chainring.Kernels;

/// <summary>The backends there are; every test of a backend runs on each of these.</summary>
public static class Targets
{
    /// <summary>The reference first, which can be used everywhere; the fastest last.</summary>
    public static IReadOnlyList<IKernelTarget> All { get; } = [new InterpreterTarget(), new Il.IlTarget()];

    public static IKernelTarget Reference => All[0];

    /// <summary>The fastest that can be used here.</summary>
    public static IKernelTarget Best => All.Last(t => t.Missing is null);
}
