using Chainring.Host.Driver.Measure;
using Chainring.Offload;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Bench;

/// <summary>Something that a bench measures, or why it cannot be.</summary>
abstract class BenchCase : IDisposable
{
    public abstract string Name { get; }

    public abstract string Engine { get; }

    /// <summary>Null if it is absent.</summary>
    public ReadyRun? Ready { get; private set; }

    public string? Absent { get; private set; }

    /// <summary>Null before it is measured.</summary>
    public Samples? Samples { get; set; }

    /// <summary>The time of a packet over the rounds of these numbers.</summary>
    public virtual double At(int[] rounds) => Statistics.Median(Samples!.NsPerPacket, rounds);

    /// <summary>Makes it ready, unless there is a reason that it is absent or that comes up.</summary>
    public void Open(string? absent, Func<Result<ReadyRun>> open)
    {
        Absent = absent;
        if (absent is not null) return;
        if (open().Try(out var ready, out var problem)) Ready = ready;
        else Absent = problem.Sentence;
    }

    /// <summary>Nothing that runs wrongly is measured.</summary>
    public void Demand(XdpAction got, XdpAction wanted, List<string> warnings)
    {
        if (got != wanted) Leave(BenchError.Differs($"{got}", $"{wanted}"), warnings);
    }

    /// <summary>It is not measured, for a reason that is a warning too.</summary>
    public void Leave(string why, List<string> warnings)
    {
        Dispose();
        Absent = why;
        warnings.Add($"{Name} {why}");
    }

    public void Dispose()
    {
        Ready?.Dispose();
        Ready = null;
    }
}
