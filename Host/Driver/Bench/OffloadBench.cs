using Chainring.Host.Driver.Measure;
using Chainring.Kernels;
using Chainring.Kernels.OpenCl;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Bench;

/// <summary>
/// What programs cost on the OpenCL device by the size of the batch, beside the processor in the same run, and from which size on the device is the faster one.
/// </summary>
public sealed class OffloadBench
{
    /// <summary>Sizes of batches that are measured, unless told otherwise.</summary>
    public static IReadOnlyList<int> Batches { get; } = [64, 256, 1024, 4096, 16_384, 65_536, 262_144];

    sealed class Case(BackendProgram program, IKernelTarget target, int batch, string traffic) : BenchCase
    {
        public BackendProgram Program => program;

        public override string Name => $"{target.Name}, {program.Name}, batches of {batch}, {traffic}";

        public override string Engine => target.Name;

        public required Restoring Restoring { get; init; }

        public override double At(int[] rounds) => base.At(rounds) - Restoring.At(rounds);
    }

    /// <summary>Fresh frames for batch after batch, and nothing else.</summary>
    sealed class Restoring : BenchCase
    {
        readonly string _traffic;

        public Restoring(FrameFeed feed, string traffic)
        {
            _traffic = traffic;
            Open(null, () => new Refilling(feed));
        }

        public override string Name => $"restoring, {_traffic}";

        public override string Engine => "";

        sealed class Refilling(FrameFeed feed) : ReadyRun(feed.Batch.Count, leastTimes: 1)
        {
            public override void Run(int times)
            {
                for (int n = 0; n < times; n++) feed.Next();
            }

            public override XdpAction Verdict => default;
        }
    }

    /// <summary>A kernel that does nothing, launched with as many work-items as a batch has frames: the device's floor.</summary>
    sealed class Launching : BenchCase
    {
        public Launching(int batch) => Open(null, () => new Empty(batch));

        public override string Name => "an empty kernel";

        public override string Engine => "";

        sealed class Empty(int batch) : ReadyRun(batch, leastTimes: 1)
        {
            readonly EmptyLaunch _launch = new(batch);

            public override void Run(int times)
            {
                for (int n = 0; n < times; n++) _launch.Run();
            }

            public override XdpAction Verdict => default;
        }
    }

    /// <summary>Measures, one size of batch after the other. Every program must end the first batch alike everywhere.</summary>
    public static OffloadReport Run(IReadOnlyList<int> batches, BackendSizes sizes, SamplingOptions sampling)
    {
        IKernelTarget[] targets = [.. Targets.All.Where(t => t.NeedsProof), Targets.OnDevice];
        var rows = new List<OffloadReport.Row>();
        var launches = new List<OffloadReport.Launch>();
        BenchFacts? facts = null;
        var warnings = new List<string>();
        foreach (var traffic in BackendTraffic.OfSizes(sizes))
        {
            foreach (int batch in batches)
            {
                var rounds = new CaseRounds(sampling, batch, waits: true);
                var feed = new FrameFeed(traffic.Frames, batch, batch);
                var restoring = new Restoring(feed, traffic.Description);
                var launching = Devices.Missing is null ? new Launching(batch) : null;
                var cases = new List<Case>();
                foreach (var program in traffic.Programs)
                {
                    IReadOnlyList<Outcome>? first = null;
                    foreach (var target in targets)
                    {
                        var made = new Case(program, target, batch, traffic.Description) { Restoring = restoring };
                        made.Open(target.Missing, () => new CardEngine(target, batch).Over(program, traffic, feed, refills: true).Try(out var run, out var problem) ? run : problem);
                        cases.Add(made);
                        if (made.Ready is not BackendRun ready) continue;
                        var outcomes = ready.Outcomes(batch);
                        first ??= outcomes;
                        int differs = Enumerable.Range(0, outcomes.Count).FirstOrDefault(n => outcomes[n] != first[n], -1);
                        if (differs >= 0) made.Leave(BenchError.FrameDiffers(differs, $"{outcomes[differs]}", $"{first[differs]}", targets[0].Name), rounds.Warnings);
                    }
                }
                BenchCase[] all = [restoring, .. launching is null ? Array.Empty<BenchCase>() : [launching], .. cases];
                var measured = rounds.Measure(all, [], [.. traffic.Frames.Head(0)[..]]);
                facts ??= measured;
                warnings.AddRange(rounds.Warnings);
                if (launching is not null && traffic.Name == "64") launches.Add(new(batch, rounds.Median(launching).As(ns => ns * batch / 1000)));
                rows.AddRange(cases.Select(c => new OffloadReport.Row(traffic.Name, c.Program.Name, batch, c.Engine, c.Absent, c.Samples is null ? null : rounds.Median(c), c.Samples?.NsPerPacket)));
                foreach (var one in all) one.Dispose();
            }
        }
        return new(facts! with { Warnings = [.. warnings.Distinct()] }) { Device = Devices.Used, Missing = Devices.Missing, Launches = launches, Rows = rows };
    }
}
