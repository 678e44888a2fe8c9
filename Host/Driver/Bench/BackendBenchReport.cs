using System.Text.Json.Serialization;
using Chainring.Host.Driver.Measure;
using Chainring.Host.Driver.Peers;

namespace Chainring.Host.Driver.Bench;

/// <summary>What <c>chainring bench backends</c> measured, with every sample.</summary>
public sealed record BackendBenchReport : BenchFacts
{
    public BackendBenchReport(BenchFacts facts) : base(facts)
    {
    }

    /// <summary>As JSON has it.</summary>
    [JsonConstructor]
    BackendBenchReport(string chainring, DateTimeOffset started, MachineFacts machine, double? loadAtEnd, MethodFacts method, IReadOnlyList<SelfCheck> selfChecks, IReadOnlyList<string> warnings)
        : base(chainring, started, machine, loadAtEnd, method, selfChecks, warnings)
    {
    }

    public required IReadOnlyList<TrafficFacts> Traffic { get; init; }

    public required IReadOnlyList<BackendRow> Rows { get; init; }

    /// <param name="Frames">Before the first one comes again.</param>
    /// <param name="Flows">That they were drawn from.</param>
    /// <param name="MapEntries">Of the maps of the programs, by map.</param>
    /// <param name="MapBytes">What they take on the card.</param>
    /// <param name="RestoringNs">What it takes to put fresh frames into a batch, for a frame.</param>
    public sealed record TrafficFacts(
        string Name, string Description, int Frames, double MeanBytes, int Flows, IReadOnlyDictionary<string, int> MapEntries, IReadOnlyDictionary<string, long> MapBytes,
        Estimate RestoringNs, IReadOnlyList<double> RestoringSamplesNs);

    /// <summary>A program over some traffic by an engine, or why not.</summary>
    /// <param name="Absent">Why there are no figures.</param>
    public sealed record BackendRow(string Traffic, string Program, string Engine, string? Absent)
    {
        /// <summary>How many of the frames that were looked at before measuring ended so, from 0 to 1.</summary>
        public IReadOnlyDictionary<string, double>? Verdicts { get; init; }

        /// <summary>Each batch got fresh frames: what that takes is in the samples, and no more in the figures.</summary>
        public bool Restored { get; init; }

        public Estimate? Ns { get; init; }

        /// <summary>Null if the interval of the time has 0 in it.</summary>
        public Estimate? Mpps { get; init; }

        /// <summary>Beyond the empty program on the same engine with the same traffic.</summary>
        public Estimate? NetNs { get; init; }

        /// <summary>That, in parts of what it is on another engine; those where it cannot be told from 0 are left out.</summary>
        public IReadOnlyDictionary<string, Estimate>? NetOver { get; init; }

        public int? TimesPerSample { get; init; }

        public int? WarmUpSamples { get; init; }

        public IReadOnlyList<double>? SamplesNs { get; init; }
    }
}
