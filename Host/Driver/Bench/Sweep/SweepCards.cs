using Chainring.Host.Driver.Auto;
using Chainring.Kernels;
using Chainring.Nic;

namespace Chainring.Host.Driver.Bench.Sweep;

/// <summary>A chain on a backend, or why not.</summary>
sealed record SweepCard(string Backend, Candidate? Card, string? Absent);

/// <summary>Chains on cards of their own, one for each backend, opened once. Nothing that runs otherwise than the reference is measured.</summary>
sealed class SweepCards(SweepPlan plan) : IDisposable
{
    /// <summary>Frames that must end alike on every backend.</summary>
    const int ComparedFrames = 4096;

    readonly Dictionary<string, IReadOnlyList<SweepCard>> _of = [];
    readonly Dictionary<(string, string), IReadOnlyList<Outcome>> _outcomes = [];

    /// <summary>The chain on every backend, in their order.</summary>
    /// <param name="traffic">What it will run over.</param>
    public IReadOnlyList<SweepCard> Of(SweepChain chain, SweepTraffic traffic)
    {
        if (_of.TryGetValue(chain.Name, out var cards)) return cards;
        var expected = Outcomes(chain, traffic);
        return _of[chain.Name] = [.. plan.Targets.Select(t => Opened(t, chain, traffic, expected))];
    }

    /// <summary>What becomes of the first frames on the reference.</summary>
    public IReadOnlyList<Outcome> Outcomes(SweepChain chain, SweepTraffic traffic)
    {
        if (_outcomes.TryGetValue((chain.Name, traffic.Name), out var known)) return known;
        // What the reference refuses, every backend does.
        IReadOnlyList<Outcome> outcomes = [];
        if (Open(Targets.Reference, chain).Try(out var card, out _))
        {
            using (card) outcomes = Run(card, traffic);
        }
        return _outcomes[(chain.Name, traffic.Name)] = outcomes;
    }

    /// <summary>Why nothing can be measured on a backend, half a sentence; null if it can.</summary>
    public string? Absent(IKernelTarget target) => target.Missing ?? (plan.Effort.Sampling.ByCpuTime && target.Name == Targets.OnDevice.Name ? BenchError.OtherThreads() : null);

    public Offload.Result<Candidate> Open(IKernelTarget target, SweepChain chain, int queues = 1)
    {
        var options = new CardOptions { Target = target, Seed = plan.Seed, Capabilities = new() { Queues = queues } };
        return Candidate.Open(target, chain.Spec, options, new CardSpec { Ports = [new(CaptureRun.Ifindex, new() { Queues = queues }, LinkUp: true, new(), new())] });
    }

    public void Dispose()
    {
        foreach (var card in _of.Values.SelectMany(c => c)) card.Card?.Dispose();
    }

    SweepCard Opened(IKernelTarget target, SweepChain chain, SweepTraffic traffic, IReadOnlyList<Outcome> expected)
    {
        if (Absent(target) is { } absent) return new(target.Name, null, absent);
        if (!Open(target, chain).Try(out var card, out var problem)) return new(target.Name, null, problem.Sentence);
        var outcomes = Run(card, traffic);
        int differs = Enumerable.Range(0, outcomes.Count).FirstOrDefault(n => outcomes[n] != expected[n], -1);
        if (differs < 0) return new(target.Name, card, null);
        card.Dispose();
        return new(target.Name, null, BenchError.FrameDiffers(differs, $"{outcomes[differs]}", $"{expected[differs]}", Targets.Reference.Name));
    }

    static List<Outcome> Run(Candidate card, SweepTraffic traffic)
    {
        int batch = Math.Min(SweepPlan.UsualBatch, traffic.Frames.Count);
        var feed = new SampleFeed(traffic.Frames, batch, notesPaths: false);
        var outcomes = new List<Outcome>();
        while (outcomes.Count < Math.Min(ComparedFrames, traffic.Frames.Count))
        {
            card.Run(feed);
            for (int n = 0; n < batch; n++) outcomes.Add(Outcome.Of(feed.Batch, n));
        }
        return outcomes;
    }
}
