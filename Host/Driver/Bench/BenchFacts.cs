using System.Text.Json.Serialization;
using Chainring.Host.Driver.Measure;
using Chainring.Host.Driver.Peers;

namespace Chainring.Host.Driver.Bench;

/// <summary>What every bench says of how it measured. Times are nanoseconds a packet; intervals are 95 % (see <see cref="Bootstrap"/>).</summary>
/// <param name="LoadAtEnd">The machine's load when the last sample was taken.</param>
/// <param name="SelfChecks">The same thing measured twice, once for each engine.</param>
/// <param name="Warnings">What the figures suffer from, a sentence each.</param>
public record BenchFacts(
    [property: JsonPropertyOrder(-1)] string Chainring,
    [property: JsonPropertyOrder(-1)] DateTimeOffset Started,
    [property: JsonPropertyOrder(-1)] MachineFacts Machine,
    [property: JsonPropertyOrder(-1)] double? LoadAtEnd,
    [property: JsonPropertyOrder(-1)] MethodFacts Method,
    IReadOnlyList<SelfCheck> SelfChecks,
    IReadOnlyList<string> Warnings);

/// <param name="Clock"><c>wall</c>, or <c>cpu</c>: the time that the thread was on a CPU.</param>
/// <param name="CpuShare">How much of the samples' time that was.</param>
/// <param name="Frame">The one that is run again and again, in hex.</param>
/// <param name="Batch">Frames of a batch on the card; Linux runs one frame again and again.</param>
/// <param name="KernelRuns">Runs of one sample of Linux at least.</param>
/// <param name="Collections">Of garbage, while samples were taken.</param>
public sealed record MethodFacts(string Clock, double CpuShare, int Rounds, double SampleMs, int Batch, int KernelRuns, int FrameBytes, string Frame, int Draws, int Collections);

/// <param name="Difference">Of the second from the first.</param>
public sealed record SelfCheck(string Engine, Estimate FirstNs, Estimate SecondNs, Estimate Difference)
{
    /// <summary>The interval of the difference has 0 in it.</summary>
    public bool Agrees => Difference.Covers(0);
}
