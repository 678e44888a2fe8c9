using System.Globalization;
using Chainring.Host.Driver.Measure;
using Chainring.Kernels;

namespace Chainring.Host.Driver.Auto;

/// <summary>What a candidate took per frame, in nanoseconds, by rounds: round n of all was measured at about the same time.</summary>
public sealed record BackendSamples(IKernelTarget Target, double[] NsPerFrame);

/// <summary>What a backend takes per frame.</summary>
/// <param name="Ns">Nanoseconds: the median.</param>
/// <param name="Low">Where its 95 % interval begins.</param>
/// <param name="High">Where it ends.</param>
public sealed record MeasuredBackend(string Backend, double Ns, double Low, double High);

/// <summary>The backend that a chain runs on where nobody named one, and why.</summary>
/// <param name="Why">Half a sentence.</param>
public sealed record BackendChoice(IKernelTarget Target, string Why)
{
    /// <summary>What the candidates take, that which was taken first; none if they were not measured.</summary>
    public IReadOnlyList<MeasuredBackend> Measured { get; private init; } = [];

    /// <summary>The fastest; <paramref name="usual"/>, one of them, if none is faster than that by more than the noise (the 95 % interval of the difference).</summary>
    /// <param name="frames">What they were measured over.</param>
    public static BackendChoice Of(IKernelTarget usual, IReadOnlyList<BackendSamples> samples, string frames)
    {
        var standing = samples.Single(s => s.Target == usual);
        var fastest = samples.MinBy(s => Statistics.Median(s.NsPerFrame))!;
        var taken = fastest == standing || IsFaster(fastest, standing) ? fastest : standing;
        MeasuredBackend[] measured = [.. samples.OrderBy(s => s == taken ? double.NegativeInfinity : Statistics.Median(s.NsPerFrame)).Select(Of)];
        string others = string.Join(", ", measured[1..].Select(m => $"{Text(m.Ns)} on {m.Backend}{(m.Ns < measured[0].Ns ? " (no more than noise)" : "")}"));
        return new(taken.Target, $"{Text(measured[0].Ns)} ns a frame over {frames}{(others.Length > 0 ? $", against {others}" : "")}") { Measured = measured };
    }

    static bool IsFaster(BackendSamples one, BackendSamples other)
    {
        double[] saved = [.. other.NsPerFrame.Zip(one.NsPerFrame, (theirs, ours) => theirs - ours)];
        return Bootstrap.Of(saved.Length, which => Statistics.Median(saved, which)).Low > 0;
    }

    static MeasuredBackend Of(BackendSamples samples)
    {
        var estimate = Bootstrap.Of(samples.NsPerFrame.Length, which => Statistics.Median(samples.NsPerFrame, which));
        return new(samples.Target.Name, estimate.Value, estimate.Low, estimate.High);
    }

    /// <summary>Three digits.</summary>
    static string Text(double ns) => ns.ToString(ns < 99.95 ? "0.0" : "N0", CultureInfo.InvariantCulture);
}
