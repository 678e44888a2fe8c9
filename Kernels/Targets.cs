using Chainring.Kernels.Interpreter;

namespace Chainring.Kernels;

/// <summary>The backends there are; every test of a backend runs on each of these.</summary>
public static class Targets
{
    /// <summary>The reference first, which can be used everywhere; that which is the fastest for most chains last.</summary>
    public static IReadOnlyList<IKernelTarget> All { get; } = [new InterpreterTarget(), new Simd.SimdTarget(), new Il.IlTarget()];

    public static IKernelTarget Reference => All[0];

    /// <summary>Those that check every access, and so run programs that nobody has proven.</summary>
    public static IEnumerable<IKernelTarget> Checking => All.Where(t => !t.NeedsProof);

    /// <summary>The last that can be used here.</summary>
    public static IKernelTarget Best => All.Last(t => t.Missing is null);
}
