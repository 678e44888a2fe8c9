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

    /// <summary>Of which one is taken where nobody names a backend: all that can be used here.</summary>
    public static IEnumerable<IKernelTarget> Candidates => All.Where(t => t.Missing is null && t.MayBeChosen);

    /// <summary>The last of them: that which is taken where nothing speaks for another.</summary>
    public static IKernelTarget Usual => Candidates.Last();
}
