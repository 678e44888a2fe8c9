using Chainring.Host.Driver.Bench;
using Chainring.Host.Driver.Bench.Sweep;
using Chainring.Host.Driver.Measure;
using Chainring.Kernels;

namespace Chainring.Tests.Host.Driver.Bench;

/// <summary>A sweep with so few samples that its figures mean nothing, measured once for all who look at it.</summary>
public static class TinySweep
{
    static readonly Lazy<BenchResults> All = new(() => BenchSweep.Run(Plan(), Plan().Begin(), _ => { }, null, CancellationToken.None));

    public static BenchResults Results => All.Value;

    public static SweepPlan Plan(ulong seed = 7)
    {
        var world = new BenchWorld(100);
        return new()
        {
            Effort = SweepEffort.Quick with
            {
                Sampling = new() { Rounds = 3, SampleMs = 0.01, WindowMs = 0.01 },
                TimedBatches = 20,
                KernelRuns = 1000,
                Lengths = [64, 300],
                MapEntries = [100, 200],
                PassStages = [1, 2],
                Mechanisms = [Mechanism.Alone, Mechanism.StageByStage, Mechanism.Fused],
                Sizes = new() { Small = 100, Large = 200, Frames = 500, FramesOfLarge = 500 },
            },
            Chains = SweepChain.BuiltIn(world),
            Traffic = [.. new[] { "64", SweepTraffic.Mix }.Select(name => SweepTraffic.Made(name, world, 600, seed))],
            World = world,
            Targets = [.. Targets.All.Where(t => t.Name is "interpreter" or "il")],
            Linux = true,
            Dpdk = true,
            Batches = [8, 256],
            Queues = [1, 2],
            // Programs alone have tests of their own.
            Only = [.. SweepPlan.Sections.Where(s => s != SweepPlan.BackendsPart)],
            Seed = seed,
            Command = "chainring bench <tiny>",
        };
    }
}
