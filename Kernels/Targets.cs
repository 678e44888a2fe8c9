using Chainring.Kernels.Interpreter;

namespace Chainring.Kernels;

/// <summary>The backends there are.</summary>
public static class Targets
{
    /// <summary>Those of this process, on each of which every test of a backend runs: the reference first, which can be used everywhere; that which is the fastest for most chains last.</summary>
    public static IReadOnlyList<IKernelTarget> All { get; } = [new InterpreterTarget(), new Simd.SimdTarget(), new Il.IlTarget()];

    /// <summary>That which runs chains on OpenCL devices; what it compiles takes a second, so that it has tests of its own.</summary>
    public static IKernelTarget OnDevice { get; } = new OpenCl.OpenClTarget();

    /// <summary>All that can be asked for by name.</summary>
    public static IReadOnlyList<IKernelTarget> ByName { get; } = [.. All, OnDevice];

    public static IKernelTarget Reference => All[0];

    /// <summary>Those that check every access, and so run programs that nobody has proven.</summary>
    public static IEnumerable<IKernelTarget> Checking => All.Where(t => !t.NeedsProof);

    /// <summary>The last that can be used here.</summary>
    public static IKernelTarget Best => All.Last(t => t.Missing is null);
}
