using Chainring.Host.Driver.Measure;
using Chainring.Kernels.OpenCl;

namespace Chainring.Host.Driver.Bench;

/// <summary>What <c>chainring bench offload</c> measured, with every sample. The batch of each row is its own.</summary>
public sealed record OffloadReport : BenchFacts
{
    public OffloadReport(BenchFacts facts) : base(facts)
    {
    }

    /// <summary>The device; null if there is none.</summary>
    public required DeviceFacts? Device { get; init; }

    /// <summary>Why there is none.</summary>
    public required string? Missing { get; init; }

    public required IReadOnlyList<Launch> Launches { get; init; }

    public required IReadOnlyList<Row> Rows { get; init; }

    /// <summary>By program and the backend that is overtaken: the smallest batch from which on the device was faster at every size, null if there is none.</summary>
    public IEnumerable<(string Traffic, string Program, string Engine, int? Batch)> BreakEven(string device) =>
        from row in Rows
        where row.Engine != device && row.Ns is not null
        group row by (row.Traffic, row.Program, row.Engine) into engine
        select (engine.Key.Traffic, engine.Key.Program, engine.Key.Engine, From(device, [.. engine.OrderByDescending(r => r.Batch)]));

    int? From(string device, IReadOnlyList<Row> falling)
    {
        int? from = null;
        foreach (var row in falling)
        {
            if (Rows.FirstOrDefault(r => r.Engine == device && (r.Traffic, r.Program, r.Batch) == (row.Traffic, row.Program, row.Batch))?.Ns is not { } ns || ns.Value >= row.Ns!.Value.Value) return from;
            from = row.Batch;
        }
        return from;
    }

    /// <summary>An empty kernel with so many work-items: microseconds until it is done.</summary>
    public sealed record Launch(int Batch, Estimate Us);

    /// <summary>A program by a backend: nanoseconds a frame from the call to the verdicts, less what fresh frames take.</summary>
    /// <param name="Absent">Why there is no figure.</param>
    public sealed record Row(string Traffic, string Program, int Batch, string Engine, string? Absent, Estimate? Ns, IReadOnlyList<double>? SamplesNs);
}
