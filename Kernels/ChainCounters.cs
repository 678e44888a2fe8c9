using Chainring.Offload.Ir;
using Chainring.Offload.Spec;

namespace Chainring.Kernels;

/// <summary>
/// What a kernel counts while it runs, by the numbers of <see cref="ChainEvents"/>; plain numbers, written by the one thread that runs it. A kernel that
/// knows whole ways through the chain counts those, and each event is the sum of the ways that it is on.
/// </summary>
public sealed class ChainCounters
{
    readonly long[] _events;
    readonly List<PathCounters> _paths = [];
    readonly List<ChainCounters> _more = [];

    /// <param name="paths">Whole ways through the chain that are counted besides.</param>
    /// <param name="more">What another one counts besides.</param>
    public ChainCounters(Chain chain, PathCounters? paths = null, ChainCounters? more = null)
    {
        _events = new long[ChainEvents.CountOf(chain.Stages.Count)];
        if (paths is not null) Include(paths);
        if (more is not null) Include(more);
    }

    /// <summary>Instructions executed, where the backend counts them.</summary>
    public long Instructions { get; private set; }

    /// <summary>How often a stage ran.</summary>
    public long Runs(int stage)
    {
        long sum = 0;
        for (int action = 0; action < ChainEvents.Actions; action++) sum += Returns(stage, (XdpAction)action);
        return sum;
    }

    /// <summary>How often a stage's edge in that slot was taken.</summary>
    public long Edge(int stage, int slot) => Of(ChainEvents.Edge(stage, slot));

    /// <summary>How often a stage returned a code above redirect, whatever became of the frame then.</summary>
    public long UnknownCodes(int stage) => Of(ChainEvents.Unknown(stage));

    /// <summary>How often a stage returned that code; violations and codes above redirect count as aborted.</summary>
    public long Returns(int stage, XdpAction action) => Of(ChainEvents.Return(stage, action));

    /// <summary>A stage has run.</summary>
    /// <param name="instructions">That were executed, if the backend counts them.</param>
    public void Return(int stage, in Verdict verdict, int instructions)
    {
        Instructions += instructions;
        _events[ChainEvents.Return(stage, verdict.Action)]++;
        if (verdict.Reason == AbortReason.UnknownCode) _events[ChainEvents.Unknown(stage)]++;
    }

    public void Take(int stage, int slot) => _events[ChainEvents.Edge(stage, slot)]++;

    /// <summary>From here on whole ways through the chain are counted too.</summary>
    internal void Include(PathCounters paths) => _paths.Add(paths);

    /// <summary>Likewise what another one counts.</summary>
    internal void Include(ChainCounters more) => _more.Add(more);

    long Of(int number)
    {
        long sum = _events[number];
        foreach (var paths in _paths) sum += paths.Of(number);
        foreach (var more in _more) sum += more.Of(number);
        return sum;
    }
}

/// <summary>Counts of ways through compiled code: each stands for events that happen together, some of them more than once.</summary>
public sealed class PathCounters
{
    readonly long[] _counts;
    readonly int[][] _pathsOf;

    /// <param name="paths">The events of each way, by number, each as often as it happens there.</param>
    public PathCounters(IReadOnlyList<IReadOnlyList<int>> paths, int events)
    {
        _counts = GC.AllocateArray<long>(Math.Max(paths.Count, 1), pinned: true);
        _pathsOf = [.. Enumerable.Range(0, events).Select(e => Enumerable.Range(0, paths.Count).SelectMany(p => Enumerable.Repeat(p, paths[p].Count(happens => happens == e))).ToArray())];
    }

    /// <summary>Where code finds the first count; the others follow.</summary>
    internal nint Address => System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(_counts, 0);

    public long Of(int number)
    {
        long sum = 0;
        foreach (int path in _pathsOf[number]) sum += Volatile.Read(ref _counts[path]);
        return sum;
    }
}
