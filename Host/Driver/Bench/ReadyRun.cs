using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Bench;

/// <summary>Programs made ready to run over the frames of a bench.</summary>
/// <param name="packets">Packets of one time.</param>
/// <param name="leastTimes">What a sample needs at least.</param>
public abstract class ReadyRun(int packets, int leastTimes) : IDisposable
{
    public int Packets => packets;

    public int LeastTimes => leastTimes;

    /// <summary>Runs it that many times; allocates nothing.</summary>
    public abstract void Run(int times);

    /// <summary>What the last run took by clocks of its own, where another process does the work; null where the caller's clocks say it.</summary>
    public virtual (double WallNs, double CpuNs)? Took => null;

    /// <summary>What the last packet of the last run ended with.</summary>
    public abstract XdpAction Verdict { get; }

    /// <summary>Gives back what it holds.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}
