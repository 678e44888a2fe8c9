using System.Text.Json.Serialization;
using Chainring.Host.Driver.Measure;
using Chainring.Host.Driver.Peers;

namespace Chainring.Host.Driver.Bench;

/// <summary>What <c>chainring bench chain</c> measured, with every sample.</summary>
public sealed record ChainBenchReport : BenchFacts
{
    public ChainBenchReport(BenchFacts facts) : base(facts)
    {
    }

    /// <summary>As JSON has it.</summary>
    [JsonConstructor]
    ChainBenchReport(string chainring, DateTimeOffset started, MachineFacts machine, double? loadAtEnd, MethodFacts method, IReadOnlyList<SelfCheck> selfChecks, IReadOnlyList<string> warnings)
        : base(chainring, started, machine, loadAtEnd, method, selfChecks, warnings)
    {
    }

    public required IReadOnlyList<ChainRow> Rows { get; init; }

    public required IReadOnlyList<StageCost> StageCosts { get; init; }

    public required IReadOnlyList<ParserCost> ParserCosts { get; init; }

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
}
