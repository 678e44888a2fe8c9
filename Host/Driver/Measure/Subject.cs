namespace Chainring.Host.Driver.Measure;

/// <summary>Something whose time per packet is measured by doing it over and over. It allocates nothing.</summary>
/// <param name="Run">Does it that many times.</param>
public sealed record Subject(string Name, Action<int> Run)
{
    /// <summary>Packets of one time.</summary>
    public int Packets { get; init; } = 1;

    /// <summary>What the last run took by clocks of its own, where another process does the work; null where the clocks of the thread say it.</summary>
    public Func<(double WallNs, double CpuNs)?>? Took { get; init; }

    /// <summary>A sample does it at least that often, however long that takes.</summary>
    public int LeastTimes { get; init; } = 1;
}

/// <summary>What was measured of a subject.</summary>
/// <param name="NsPerPacket">A sample per round.</param>
/// <param name="Times">How often each sample did it.</param>
/// <param name="WarmUps">Samples that were thrown away before.</param>
/// <param name="IsStable">It had stopped to become faster before the first sample counted.</param>
public sealed record Samples(Subject Subject, double[] NsPerPacket, int Times, int WarmUps, bool IsStable);

/// <summary>Warm-up by what the last samples say, not by a number that was guessed.</summary>
/// <param name="window">Samples at least whose median is compared with that of those before.</param>
/// <param name="windowNs">What they last together, at least: longer than the runtime waits before it compiles again.</param>
public sealed class WarmUp(int window, double windowNs)
{
    /// <summary>What counts as faster.</summary>
    public const double Gain = 0.03;

    const int QuietWindows = 2;

    readonly List<double> _now = [];
    double _spent, _last = double.PositiveInfinity;
    int _quiet;

    /// <summary>Two windows in a row were not faster than the one before. Slower is no matter: that is somebody else's work.</summary>
    public bool IsStable => _quiet >= QuietWindows;

    /// <summary>Samples, and whole windows of them.</summary>
    public int Count { get; private set; }

    public int Windows { get; private set; }

    /// <param name="nsPerPacket">What the sample says.</param>
    /// <param name="ns">What it lasted.</param>
    public void Add(double nsPerPacket, double ns)
    {
        Count++;
        _now.Add(nsPerPacket);
        _spent += ns;
        if (_now.Count < window || _spent < windowNs) return;
        double median = Statistics.Median([.. _now]);
        _quiet = median >= _last * (1 - Gain) ? _quiet + 1 : 0;
        _last = Math.Min(_last, median);
        Windows++;
        _now.Clear();
        _spent = 0;
    }
}
