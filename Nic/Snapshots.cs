using Chainring.Kernels;

namespace Chainring.Nic;

/// <summary>
/// The kernels that serve, one per CPU, replaced whole by one store; and what those before them have counted. The packet side reads
/// <see cref="Current"/> between <see cref="BatchGate.Enter"/> and <see cref="BatchGate.Leave"/>; everything else is the control side's and the fuser's.
/// </summary>
sealed class Snapshots(BatchGate gate)
{
    readonly Lock _control = new();
    readonly RunTotals _retired = new();
    readonly List<(IKernel Kernel, int Cpu, long Mark)> _retiring = [];
    volatile IKernel[] _current = [];

    /// <summary>By CPU; none when no program is attached.</summary>
    public IKernel[] Current => _current;

    public void Replace(IKernel[] kernels)
    {
        lock (_control) Put(kernels);
    }

    /// <summary>Puts other kernels of the same chain in the place of those, unless they do not serve any more.</summary>
    public void Replace(IKernel[] kernels, IKernel[] by)
    {
        lock (_control)
        {
            if (_current == kernels) Put(by);
        }
    }

    /// <summary>What all kernels have counted, those that serve included.</summary>
    public RunTotals Totals()
    {
        lock (_control)
        {
            FoldRetired();
            var totals = new RunTotals(_retired);
            foreach (var (kernel, _, _) in _retiring) totals.Add(kernel);
            foreach (var kernel in _current) totals.Add(kernel);
            return totals;
        }
    }

    void Put(IKernel[] kernels)
    {
        var olds = _current;
        _current = kernels;
        long[] marks = gate.Marks();
        for (int cpu = 0; cpu < olds.Length; cpu++) _retiring.Add((olds[cpu], cpu, marks[cpu]));
        FoldRetired();
    }

    /// <summary>A replaced kernel counts on until the batch that it is in is over.</summary>
    void FoldRetired()
    {
        for (int n = _retiring.Count - 1; n >= 0; n--)
        {
            var (kernel, cpu, mark) = _retiring[n];
            if (!gate.HasPassed(cpu, mark)) continue;
            _retired.Add(kernel);
            _retiring.RemoveAt(n);
        }
    }
}
