using System.Reflection;
using Chainring.Host.Driver.Measure;
using Chainring.Host.Driver.Peers;

namespace Chainring.Host.Driver.Bench;

/// <summary>What every bench does with its cases: samples of all of them in turn, figures over their rounds, and what these suffer from.</summary>
/// <param name="batch">Frames of a batch on the card, for the report.</param>
/// <param name="waits">Some of what is measured waits for a device meanwhile, so that the share of a CPU that the thread had says nothing of others.</param>
sealed class CaseRounds(SamplingOptions sampling, int batch, bool waits = false)
{
    /// <summary>A thread that has less of a CPU is not alone on it.</summary>
    const double EnoughCpu = 0.98;

    public List<string> Warnings { get; } = [];

    /// <summary>Takes the samples of every case that is ready.</summary>
    /// <param name="twins">The same thing as two cases, which should agree.</param>
    /// <param name="frame">The one that is run again and again.</param>
    public BenchFacts Measure(IReadOnlyList<BenchCase> cases, IReadOnlyList<(BenchCase First, BenchCase Second)> twins, byte[] frame)
    {
        var started = DateTimeOffset.UtcNow;
        var machine = MachineFacts.Read();
        var measured = cases.Where(c => c.Ready is not null).ToList();
        var interleaved = new Interleaved(sampling);
        var samples = interleaved.Measure([.. measured.Select(c => new Subject(c.Name, c.Ready!.Run) { Packets = c.Ready.Packets, LeastTimes = c.Ready.LeastTimes, Took = () => c.Ready?.Took })]);
        for (int n = 0; n < measured.Count; n++) measured[n].Samples = samples[n];
        double? load = MachineFacts.LoadNow();

        SelfCheck[] checks = [.. twins.Where(t => t is { First.Samples: not null, Second.Samples: not null })
            .Select(t => new SelfCheck(t.First.Engine, Median(t.First), Median(t.Second), Difference(t.Second, t.First)))];
        foreach (var check in checks.Where(c => !c.Agrees)) Warnings.Add(BenchError.SameDiffers(check.Engine, $"{check.FirstNs.Value:F2}", $"{check.SecondNs.Value:F2}"));
        foreach (var one in measured.Where(c => !c.Samples!.IsStable)) Warnings.Add(BenchError.NotStable(one.Name));
        if (interleaved.Collections > 0) Warnings.Add(BenchError.Collected(interleaved.Collections));
        if (!waits && interleaved.CpuShare < EnoughCpu) Warnings.Add(BenchError.Disturbed(interleaved.CpuShare, sampling.ByCpuTime));
        sampling.Progress?.Invoke("working out", 1);
        return new(
            typeof(CaseRounds).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion, started, machine, load,
            new(sampling.ByCpuTime ? "cpu" : "wall", interleaved.CpuShare, sampling.Rounds, sampling.SampleMs, batch, LinuxRun.LeastRuns, frame.Length, Convert.ToHexStringLower(frame), Bootstrap.Draws, interleaved.Collections),
            checks, Warnings);
    }

    public Estimate Median(BenchCase one) => Over(one.At);

    public Estimate Difference(BenchCase one, BenchCase other) => Over(which => one.At(which) - other.At(which));

    public Estimate Over(Func<int[], double> statistic) => Bootstrap.Of(sampling.Rounds, statistic);
}
