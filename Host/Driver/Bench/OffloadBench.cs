using Chainring.Host.Driver.Measure;
using Chainring.Kernels;
using Chainring.Kernels.OpenCl;
using Chainring.Offload;
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
    }

    /// <summary>A kernel that does nothing, launched with as many work-items as a batch has frames: the device's floor. With bytes, how fast these are copied.</summary>
    sealed class Launching : BenchCase
    {
        public Launching(int batch, int bytes, int rounds)
        {
            var launch = new EmptyLaunch(batch, bytes);
            Open(null, () => new TimedRun(new Empty(batch, launch), launch, rounds));
            Name = bytes == 0 ? "an empty kernel" : "copies";
        }

        public override string Name { get; }

        public override string Engine => "";

        sealed class Empty(int batch, EmptyLaunch launch) : ReadyRun(batch, leastTimes: 1)
        {
            public override void Run(int times)
            {
                for (int n = 0; n < times; n++) launch.Run();
            }

            public override XdpAction Verdict => default;
        }
    }

    /// <summary>What is copied each way to see how fast that can be.</summary>
    const int CopiedBytes = 32 << 20;

    /// <summary>From this size on a sample has few batches, and there are more samples for that.</summary>
    const int LargeBatch = 16_384;

    /// <summary>Measures, one size of batch after the other. Every program must end the first batch alike everywhere.</summary>
    /// <param name="layout">Where the device has the frames; null: as it suits it.</param>
    /// <param name="only">The traffic to measure with, by name; null for all.</param>
    /// <param name="programs">By name; null for all.</param>
    public static OffloadReport Run(IReadOnlyList<int> batches, BackendSizes sizes, FrameLayout? layout, SamplingOptions options, IReadOnlyList<string>? only = null, IReadOnlyList<string>? programs = null)
    {
        IKernelTarget[] targets = [.. Targets.All.Where(t => t.NeedsProof), OpenClTarget.Timed(layout)];
        var rows = new List<OffloadReport.Row>();
        var launches = new List<OffloadReport.Launch>();
        BenchFacts? facts = null;
        var warnings = new List<string>();
        foreach (var traffic in BackendTraffic.OfSizes(sizes).Where(t => only?.Contains(t.Name) ?? true))
        {
            foreach (int batch in batches)
            {
                var sampling = batch < LargeBatch ? options : options with { Rounds = 2 * options.Rounds };
                var rounds = new CaseRounds(sampling, batch, waits: true);
                var feed = new FrameFeed(traffic.Frames, batch, batch);
                var restoring = new Restoring(feed, traffic.Description);
                // The device itself is measured once.
                Launching[] floor = Devices.Missing is null && traffic.Name == "64" ? [new Launching(batch, 0, sampling.Rounds), new Launching(batch, CopiedBytes, sampling.Rounds)] : [];
                var cases = new List<Case>();
                foreach (var program in traffic.Programs.Where(p => programs?.Contains(p.Name) ?? true))
                {
                    IReadOnlyList<Outcome>? first = null;
                    foreach (var target in targets)
                    {
                        var made = new Case(program, target, batch, traffic.Description) { Restoring = restoring };
                        made.Open(target.Missing, () => Opened(new CardEngine(target, batch).Over(program, traffic, feed, refills: true), sampling.Rounds));
                        cases.Add(made);
                        if (RunOf(made) is not { } ready) continue;
                        var outcomes = ready.Outcomes(batch);
                        first ??= outcomes;
                        int differs = Enumerable.Range(0, outcomes.Count).FirstOrDefault(n => outcomes[n] != first[n], -1);
                        if (differs >= 0) made.Leave(BenchError.FrameDiffers(differs, $"{outcomes[differs]}", $"{first[differs]}", targets[0].Name), rounds.Warnings);
                    }
                }
                BenchCase[] all = [restoring, .. floor, .. cases];
                var measured = rounds.Measure(all, [], [.. traffic.Frames.Head(0)[..]]);
                facts ??= measured;
                warnings.AddRange(rounds.Warnings);
                if (floor is [var launch, var copies])
                {
                    var copied = (TimedRun)copies.Ready!;
                    launches.Add(new(batch, rounds.Median(launch).As(ns => ns * batch / 1000), rounds.Over(which => CopiedBytes / copied.At(t => t.ToDeviceNs, which)), rounds.Over(which => CopiedBytes / copied.At(t => t.BackNs, which))));
                }
                rows.AddRange(cases.Select(c => new OffloadReport.Row(traffic.Name, c.Program.Name, batch, c.Engine, c.Absent, c.Samples is null ? null : rounds.Median(c), c.Ready is TimedRun timed ? OnDevice(timed, batch, rounds) : null, c.Samples?.NsPerPacket)));
                foreach (var one in all) one.Dispose();
            }
        }
        return new(facts! with { Warnings = [.. warnings.Distinct()] }) { Device = Devices.Used, Missing = Devices.Missing, Launches = launches, Rows = rows };
    }

    static Result<ReadyRun> Opened(Result<BackendRun> opened, int rounds) =>
        !opened.Try(out var run, out var problem) ? problem : run.Kernel is ITimedOnDevice device ? new TimedRun(run, device, rounds) : run;

    static BackendRun? RunOf(Case made) => made.Ready is TimedRun timed ? (BackendRun)timed.Inner : (BackendRun?)made.Ready;

    static OffloadReport.DeviceParts OnDevice(TimedRun run, int batch, CaseRounds rounds)
    {
        Estimate Of(Func<DeviceTimes, double> figure) => rounds.Over(which => run.At(figure, which) / batch);
        return new(Of(t => t.ToDeviceNs), Of(t => t.KernelNs), Of(t => t.BackNs), Of(t => t.BytesToDevice).Value, Of(t => t.BytesBack).Value);
    }
}
