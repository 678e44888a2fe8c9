using System.Diagnostics;
using Chainring.Host.Driver.Auto;
using Chainring.Host.Driver.Peers;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Bench.Sweep;

/// <summary>A series to be measured.</summary>
/// <param name="key">What it is of.</param>
sealed class SweepCase(SweepSeries key) : BenchCase
{
    int[]? _batchNs;

    public override string Name =>
        string.Join(", ", new[] { key.Backend, key.Chain, key.PacketType, key.Traffic, key.Batch > 0 ? $"batches of {key.Batch}" : null, key.Queues > 1 ? $"{key.Queues} queues" : null, key.Entries is { } n ? $"{n:N0} entries" : null }
            .Where(part => !string.IsNullOrEmpty(part)));

    public override string Engine => key.Backend;

    /// <summary>How many of the frames ended so, from 0 to 1, the most frequent first; null if there are none.</summary>
    public static IReadOnlyDictionary<string, double>? VerdictsOf(IReadOnlyList<Outcome> outcomes) =>
        outcomes.Count == 0 ? null : outcomes.GroupBy(o => o.Action).OrderByDescending(g => g.Count()).ToDictionary(g => g.Key.ToString().ToLowerInvariant(), g => (double)g.Count() / outcomes.Count);

    /// <summary>Takes the time of so many batches, one by one.</summary>
    public void TimeBatches(int count)
    {
        if (Ready is ChainBatches run) _batchNs = run.TimeBatches(count);
    }

    public SweepSeries Series() => key with
    {
        Absent = Absent,
        TimesPerSample = Samples?.Times,
        WarmUpSamples = Samples?.WarmUps,
        Stable = Samples?.IsStable,
        SamplesNs = Samples?.NsPerPacket,
        BatchNs = _batchNs,
    };
}

/// <summary>A chain on a card, batch after batch of fresh frames; without a card, the frames alone.</summary>
sealed class ChainBatches(Candidate? card, SampleFeed feed) : ReadyRun(feed.Batch.Capacity, leastTimes: 1)
{
    public override void Run(int times)
    {
        for (int n = 0; n < times; n++)
        {
            feed.Next();
            card?.Run(feed.Batch);
        }
    }

    /// <summary>Nanoseconds of each of so many batches.</summary>
    public int[] TimeBatches(int count)
    {
        using var pin = CpuPin.Here();
        int[] took = new int[count];
        for (int n = 0; n < count; n++)
        {
            feed.Next();
            long begin = Stopwatch.GetTimestamp();
            card?.Run(feed.Batch);
            took[n] = (int)Math.Min(int.MaxValue, (Stopwatch.GetTimestamp() - begin) * (1e9 / Stopwatch.Frequency));
        }
        return took;
    }

    public override XdpAction Verdict => feed.Batch.Count > 0 ? feed.Batch.Verdicts[^1].Action : default;
}

/// <summary>The programs that a frame runs through in Linux, each over the frame as it comes to it, again and again: nothing follows from one to the next.</summary>
/// <param name="steps">One packet's.</param>
sealed class LinuxSteps(IReadOnlyList<LinuxStep> steps, int leastRuns) : ReadyRun(packets: 1, leastRuns)
{
    public override void Run(int times)
    {
        foreach (var step in steps)
        {
            if (Bpf.TestRun(step.Program, step.Frame, times, out uint code) is var errno and not Errno.None) throw new BpfException("BPF_PROG_TEST_RUN fails", errno);
            Last = code;
        }
    }

    /// <summary>What the last program returned when it had run so often.</summary>
    public uint Last { get; private set; }

    /// <summary>A program that is run again on what it left ends otherwise sooner or later, if it uses frames up.</summary>
    public bool EndsAlike(int times)
    {
        foreach (var step in steps)
        {
            if (Bpf.TestRun(step.Program, step.Frame, times, out uint code) is not Errno.None || code != step.Code) return false;
        }
        return true;
    }

    public override XdpAction Verdict => (XdpAction)Last;
}
