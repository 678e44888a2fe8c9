using Chainring.Host.Driver.Bench.Dpdk;
using Chainring.Kernels;
using Chainring.Offload;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Bench.Sweep;

/// <summary>Chains on DPDK's JIT, over all frames of some traffic. Nothing whose verdicts are not the reference's is measured.</summary>
sealed class DpdkCases : IDisposable
{
    readonly List<DpdkProcess> _processes = [];

    /// <summary>A case for each chain, and one that puts frames into buffers only.</summary>
    public IReadOnlyList<SweepCase> Of(SweepPlan plan, SweepCards cards, SweepTraffic traffic)
    {
        var cases = new List<SweepCase>();
        var compiled = DpdkPeer.Compile();
        compiled.Try(out var peer, out var problem);
        using (peer)
        {
            foreach (var chain in plan.Chains)
            {
                var outcomes = cards.Outcomes(chain, traffic);
                var one = new SweepCase(KeyOf(chain.Name, traffic) with { Verdicts = SweepCase.VerdictsOf(outcomes) });
                one.Open(problem?.Sentence ?? (outcomes.Count == 0 ? BenchError.NoReference() : null), () => Open(peer!, chain, traffic, outcomes));
                cases.Add(one);
            }
        }
        if (_processes.Count == 0) return cases;
        var restoring = new SweepCase(KeyOf("", traffic) with { Backend = SweepSeries.Restoring });
        restoring.Open(null, () => new DpdkBatches(_processes[0], runs: false));
        return [restoring, .. cases];
    }

    public void Dispose()
    {
        foreach (var process in _processes) process.Dispose();
    }

    static SweepSeries KeyOf(string chain, SweepTraffic traffic) => new() { Section = "batch", Chain = chain, Traffic = traffic.Name, Backend = DpdkPeer.Name, Batch = 0 };

    Result<ReadyRun> Open(DpdkPeer peer, SweepChain chain, SweepTraffic traffic, IReadOnlyList<Outcome> outcomes)
    {
        if (traffic.Frames.Any(f => f.Bytes.Length > DpdkCode.FrameBytes)) return BenchError.DpdkRefuses($"frames are longer than {DpdkCode.FrameBytes} bytes");
        if (!DpdkChain.Of(chain).Try(out var code, out var problem) || !peer.Start(code, traffic.Frames).Try(out var process, out problem)) return (InputError)problem;
        _processes.Add(process);
        for (int n = 0; n < outcomes.Count; n++)
        {
            // Frames that are compared come round again where there are few.
            var got = (XdpAction)(process.Verdicts[n % traffic.Frames.Count] - '0');
            if (got > XdpAction.Redirect) got = XdpAction.Aborted;
            if (got != outcomes[n].Action) return BenchError.DpdkRefuses(BenchError.FrameDiffers(n, $"{got}", $"{outcomes[n].Action}", Targets.Reference.Name));
        }
        return new DpdkBatches(process, runs: true);
    }
}

/// <summary>Batches in DPDK's process, whose clocks count.</summary>
sealed class DpdkBatches(DpdkProcess process, bool runs) : ReadyRun(DpdkProcess.Batch, leastTimes: 1)
{
    (double, double) _took;

    public override void Run(int times)
    {
        var (wall, cpu) = process.Run(times, runs);
        double frames = (double)times * DpdkProcess.Batch;
        _took = (wall * frames, cpu * frames);
    }

    public override (double WallNs, double CpuNs)? Took => _took;

    public override XdpAction Verdict => (XdpAction)(process.Verdicts[^1] - '0');
}
