using System.Diagnostics;
using Chainring.Host.Driver.Measure;
using Chainring.Host.Driver.Peers;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Auto;

/// <summary>How backends are measured, and when it is worth it.</summary>
public sealed record CalibrationOptions
{
    /// <summary>Fewer frames are not worth it: it takes about a second of CPU time, which a backend that saves 200 ns a frame makes up for within so many.</summary>
    public long LeastFrames { get; init; } = 5_000_000;

    /// <summary>Larger maps are not made once more for each backend.</summary>
    public long MostMapBytes { get; init; } = 256 << 20;

    /// <summary>What all of them run together before they are measured: longer than the runtime waits before it compiles again.</summary>
    public double WarmUpMs { get; init; } = 250;

    /// <summary>And so many turns of each of them, however little of that time they got; the first, which compiles, is not looked at.</summary>
    public int WarmUpTurns { get; init; } = 8;

    /// <summary>So many times as long as the fastest is not measured further.</summary>
    public double Hopeless { get; init; } = 8;

    public SamplingOptions Sampling { get; init; } = new() { Rounds = 15, SampleMs = 1, MostWindows = 0, ByCpuTime = true, Alone = false };
}

/// <summary>A chain on a backend, on a card of its own: it is installed there as it will be in earnest, and nothing that it does is seen anywhere else.</summary>
sealed class Candidate : IDisposable
{
    readonly SmartNic _card;
    readonly InstalledChain _chain;
    readonly PluggedCard _ports;

    Candidate(SmartNic card, InstalledChain chain, PluggedCard ports) => (_card, _chain, _ports) = (card, chain, ports);

    public IKernelTarget Target => _card.Target;

    /// <summary>The shortest time of a batch in the turns from the second one on, in nanoseconds per frame.</summary>
    public double ShortestNs { get; private set; } = double.PositiveInfinity;

    public int Turns { get; private set; }

    /// <param name="options">Of the card that the chain is meant for.</param>
    /// <param name="around">Its ports, as programs can ask for them, and the network.</param>
    public static Result<Candidate> Open(IKernelTarget target, ChainSpec chain, CardOptions options, CardSpec around)
    {
        var card = new SmartNic(options with { Target = target, FusesLater = false });
        if (!InstalledChain.Install(card, chain).Try(out var installed, out var problem)) return problem;
        var nothing = new WireOpener(Live: false, (_, _) => throw new UnreachableException(), _ => throw new UnreachableException());
        return PluggedCard.Plug(card, around.Unplugged, nothing).Try(out var ports, out problem) ? new Candidate(card, installed, ports) : problem;
    }

    public void Run(SampleFeed feed)
    {
        feed.Next();
        Run(feed.Batch);
    }

    /// <summary>Runs a batch as it is; different CPUs may do so at once, each with batches of its own.</summary>
    public void Run(PacketBatch batch, int cpu = 0) => _card.RunAlone(batch, cpu);

    /// <summary>A turn: runs batches for a moment, at least one.</summary>
    public void WarmUp(SampleFeed feed)
    {
        const double momentNs = 2e6;
        long begin = ThreadClock.WallNs();
        do
        {
            long before = ThreadClock.Ns();
            Run(feed);
            if (Turns > 0) ShortestNs = Math.Min(ShortestNs, (double)(ThreadClock.Ns() - before) / feed.Batch.Count);
        }
        while (ThreadClock.WallNs() - begin < momentNs);
        Turns++;
    }

    public void Dispose()
    {
        _ports.Dispose();
        _chain.Dispose();
    }
}

/// <summary>What a chain takes on several backends, measured side by side.</summary>
static class Calibration
{
    /// <summary>What each takes beyond what putting frames into their buffers takes, which all have in common.</summary>
    public static IReadOnlyList<BackendSamples> Measure(IReadOnlyList<Candidate> candidates, SampleFeed feed, CalibrationOptions options)
    {
        long begin = ThreadClock.WallNs();
        while (ThreadClock.WallNs() - begin < options.WarmUpMs * 1e6 || candidates[0].Turns < options.WarmUpTurns)
        {
            foreach (var candidate in candidates) candidate.WarmUp(feed);
        }

        double hopeless = candidates.Min(c => c.ShortestNs) * options.Hopeless;
        List<Candidate> measured = [.. candidates.Where(c => c.ShortestNs <= hopeless)];
        var subjects = measured.Select(c => SubjectOf(c.Target.Name, () => c.Run(feed))).Append(SubjectOf("frames alone", feed.Next));
        var samples = new Interleaved(options.Sampling).Measure([.. subjects]);
        double[] alone = samples[^1].NsPerPacket;
        return [.. candidates.Select(c => new BackendSamples(c.Target, measured.IndexOf(c) is >= 0 and var n
            ? [.. samples[n].NsPerPacket.Zip(alone, (ns, frames) => ns - frames)]
            : [.. alone.Select(frames => c.ShortestNs - frames)]))];

        Subject SubjectOf(string name, Action batch) => new(name, times =>
        {
            for (int n = 0; n < times; n++) batch();
        })
        { Packets = feed.Batch.Capacity };
    }
}
