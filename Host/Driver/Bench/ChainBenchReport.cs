using Chainring.Host.Driver.Measure;
using Chainring.Host.Driver.Peers;

namespace Chainring.Host.Driver.Bench;

/// <summary>What <c>chainring bench chain</c> measured, with every sample. Times are nanoseconds a packet; intervals are 95 % (see <see cref="Bootstrap"/>).</summary>
public sealed record ChainBenchReport
{
    public required string Chainring { get; init; }

    public required DateTimeOffset Started { get; init; }

    public required MachineFacts Machine { get; init; }

    /// <summary>Its load when the last sample was taken.</summary>
    public required double? LoadAtEnd { get; init; }

    public required MethodFacts Method { get; init; }

    public required IReadOnlyList<ChainRow> Rows { get; init; }

    public required IReadOnlyList<StageCost> StageCosts { get; init; }

    public required IReadOnlyList<ParserCost> ParserCosts { get; init; }

    /// <summary>The same thing measured twice, once for each engine.</summary>
    public required IReadOnlyList<SelfCheck> SelfChecks { get; init; }

    /// <summary>What the figures suffer from, a sentence each.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <param name="Clock"><c>wall</c>, or <c>cpu</c>: the time that the thread was on a CPU.</param>
    /// <param name="CpuShare">How much of the samples' time that was.</param>
    /// <param name="Frame">Hex.</param>
    /// <param name="Batch">Frames of a batch on the card; Linux runs one frame again and again.</param>
    /// <param name="KernelRuns">Runs of one sample of Linux at least.</param>
    /// <param name="Collections">Of garbage, while samples were taken.</param>
    public sealed record MethodFacts(string Clock, double CpuShare, int Rounds, double SampleMs, int Batch, int KernelRuns, int FrameBytes, string Frame, int Draws, int Collections);

    /// <summary>Some programs by some way, or why not.</summary>
    /// <param name="Test">Which row of the table: <c>one</c>, <c>unused</c>, <c>chain</c>, <c>parsers</c>.</param>
    /// <param name="Stages">What the programs do: <c>ports, flows</c>.</param>
    /// <param name="Programs">How many there are.</param>
    /// <param name="Absent">Why there are no figures.</param>
    public sealed record ChainRow(string Test, string Engine, string Way, string Stages, int Programs, string? Absent)
    {
        public Estimate? Ns { get; init; }

        public Estimate? Mpps { get; init; }

        /// <summary>Beyond the empty program alone (<c>return XDP_DROP</c>) on the same engine: the total overhead.</summary>
        public Estimate? NetNs { get; init; }

        /// <summary>Beyond the first program alone, for each program after it; of chain support that is unused, for its being there.</summary>
        public Estimate? AddedNs { get; init; }

        /// <summary>The total overhead, in percent of the empty program alone.</summary>
        public Estimate? OverheadPercent { get; init; }

        public int? TimesPerSample { get; init; }

        public int? WarmUpSamples { get; init; }

        public IReadOnlyList<double>? SamplesNs { get; init; }
    }

    /// <summary>What one more PASS stage costs: the slope over these numbers of them.</summary>
    public sealed record StageCost(string Engine, string Way, IReadOnlyList<int> PassStages, Estimate NsPerStage);

    /// <summary>Two programs that both parse, as a chain, against the sum of both alone, an empty program's time counted once.</summary>
    public sealed record ParserCost(string Engine, string Way, Estimate ChainNs, Estimate SumNs, Estimate ChainOverSum);

    /// <param name="Difference">Of the second from the first.</param>
    public sealed record SelfCheck(string Engine, Estimate FirstNs, Estimate SecondNs, Estimate Difference)
    {
        /// <summary>The interval of the difference has 0 in it.</summary>
        public bool Agrees => Difference.Covers(0);
    }
}
