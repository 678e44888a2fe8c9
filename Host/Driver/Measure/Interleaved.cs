using Chainring.Host.Driver.Peers;

namespace Chainring.Host.Driver.Measure;

/// <summary>How samples are taken.</summary>
public sealed record SamplingOptions
{
    /// <summary>Samples of each subject.</summary>
    public int Rounds { get; init; } = 21;

    /// <summary>What a sample lasts, about.</summary>
    public double SampleMs { get; init; } = 20;

    /// <summary>What a window of <see cref="WarmUp"/> lasts at least.</summary>
    public double WindowMs { get; init; } = 150;

    /// <summary>Windows after which a subject is taken as it is.</summary>
    public int MostWindows { get; init; } = 12;

    /// <summary>What is taken of a sample: its time by the clock on the wall, or the time that the thread was on a CPU, for machines that others use too.</summary>
    public bool ByCpuTime { get; init; }

    /// <summary>
    /// The process is there for nothing else: the thread stays on one CPU, and garbage is collected before the first sample, so that none is while they are
    /// taken. Otherwise threads that begin meanwhile, the runtime's compiler among them, would stay on that CPU too, and those where frames flow would wait.
    /// </summary>
    public bool Alone { get; init; } = true;

    /// <summary>Told before each piece of work: what it is, and how much of it is done, from 0 to 1.</summary>
    public Action<string, double>? Progress { get; init; }
}

/// <summary>
/// Samples of several subjects in turn (ABAB…), one of each in a round and each round in an order of its own, so that what drifts or disturbs meets all
/// of them alike. Where the process is alone, the thread stays on one CPU if the system lets it, and no garbage is collected meanwhile.
/// </summary>
public sealed class Interleaved(SamplingOptions options)
{
    const int WindowSamples = 3;
    const int Seed = 1;

    /// <summary>How often the runtime collected garbage while samples were taken.</summary>
    public int Collections { get; private set; }

    /// <summary>The part of the time of all samples in which the thread was on a CPU.</summary>
    public double CpuShare { get; private set; }

    double _wallNs, _cpuNs;

    /// <summary>Warms up every subject, then takes the samples.</summary>
    public IReadOnlyList<Samples> Measure(IReadOnlyList<Subject> subjects)
    {
        using var pin = options.Alone ? CpuPin.Here() : default;
        int[] times = new int[subjects.Count];
        var warmUps = new WarmUp[subjects.Count];
        double[][] samples = new double[subjects.Count][];
        int[] order = [.. Enumerable.Range(0, subjects.Count)];
        for (int n = 0; n < subjects.Count; n++)
        {
            options.Progress?.Invoke("warming up", (double)n / subjects.Count);
            samples[n] = new double[options.Rounds];
            times[n] = Calibrate(subjects[n]);
            warmUps[n] = Warm(subjects[n], times[n]);
            // What was compiled meanwhile is faster.
            times[n] = Calibrate(subjects[n]);
        }

        var random = new Random(Seed);
        if (options.Alone)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        int collections = GC.CollectionCount(0);
        (_wallNs, _cpuNs) = (0, 0);
        for (int round = 0; round < options.Rounds; round++)
        {
            options.Progress?.Invoke("measuring", (double)round / options.Rounds);
            random.Shuffle(order);
            foreach (int n in order) samples[n][round] = PerPacket(subjects[n], times[n], Sample(subjects[n], times[n]));
        }
        Collections = GC.CollectionCount(0) - collections;
        CpuShare = Math.Min(1, _cpuNs / _wallNs);
        return [.. subjects.Select((s, n) => new Samples(s, samples[n], times[n], warmUps[n].Count, warmUps[n].IsStable))];
    }

    WarmUp Warm(Subject subject, int times)
    {
        var warmUp = new WarmUp(WindowSamples, options.WindowMs * 1e6);
        while (!warmUp.IsStable && warmUp.Windows < options.MostWindows)
        {
            double ns = Sample(subject, times);
            warmUp.Add(PerPacket(subject, times, ns), ns);
        }
        return warmUp;
    }

    /// <summary>How often a sample has to do it to last long enough.</summary>
    int Calibrate(Subject subject)
    {
        int times = subject.LeastTimes;
        while (true)
        {
            double ns = Sample(subject, times), wanted = options.SampleMs * 1e6;
            if (ns >= wanted || times > int.MaxValue / 4) return times;
            times = (int)Math.Min(times * 4.0, Math.Max(times + 1, times * wanted * 1.1 / Math.Max(ns, 1)));
        }
    }

    static double PerPacket(Subject subject, int times, double ns) => ns / times / subject.Packets;

    /// <summary>Nanoseconds that doing it so often took.</summary>
    double Sample(Subject subject, int times)
    {
        long wall = ThreadClock.WallNs(), cpu = ThreadClock.Ns();
        subject.Run(times);
        double cpuNs = ThreadClock.Ns() - cpu, wallNs = ThreadClock.WallNs() - wall;
        if (subject.Took?.Invoke() is { } took) (wallNs, cpuNs) = took;
        (_wallNs, _cpuNs) = (_wallNs + wallNs, _cpuNs + cpuNs);
        return options.ByCpuTime ? cpuNs : wallNs;
    }
}
