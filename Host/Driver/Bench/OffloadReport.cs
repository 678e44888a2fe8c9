using System.Text.Json.Serialization;
using Chainring.Host.Driver.Measure;
using Chainring.Host.Driver.Peers;
using Chainring.Kernels.OpenCl;

namespace Chainring.Host.Driver.Bench;

/// <summary>What <c>chainring bench offload</c> measured, with every sample. The batch of each row is its own.</summary>
public sealed record OffloadReport : BenchFacts
{
    public OffloadReport(BenchFacts facts) : base(facts)
    {
    }

    /// <summary>As JSON has it.</summary>
    [JsonConstructor]
    OffloadReport(string chainring, DateTimeOffset started, MachineFacts machine, double? loadAtEnd, MethodFacts method, IReadOnlyList<SelfCheck> selfChecks, IReadOnlyList<string> warnings)
        : base(chainring, started, machine, loadAtEnd, method, selfChecks, warnings)
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

    /// <summary>The part of the bandwidth of copies to the device, and back, that a program reached; null where nothing was copied.</summary>
    public (double? ToDevice, double? Back) OfCopies(Row row)
    {
        if (row.OnDevice is not { } device || Launches.FirstOrDefault(l => l.Batch == row.Batch) is not { } ceiling) return default;
        return (Part(device.BytesToDevice, device.ToDeviceNs.Value, ceiling.ToDeviceGBs.Value), Part(device.BytesBack, device.BackNs.Value, ceiling.BackGBs.Value));

        static double? Part(double bytes, double ns, double most) => bytes > 0 && ns > 0 ? bytes / ns / most : null;
    }

    /// <summary>How often an empty kernel's time the empty program takes, with a batch of that size; null if it was not measured.</summary>
    public double? OfEmptyKernel(Launch launch, string device) =>
        Rows.FirstOrDefault(r => (r.Engine, r.Program, r.Batch) == (device, BackendProgram.Empty.Name, launch.Batch))?.Ns is { } ns ? ns.Value * launch.Batch / 1000 / launch.Us.Value : null;

    /// <summary>What the device does at best.</summary>
    /// <param name="Us">An empty kernel with so many work-items: microseconds until it is done.</param>
    /// <param name="ToDeviceGBs">Copies of 32 MiB: bytes a nanosecond.</param>
    public sealed record Launch(int Batch, Estimate Us, Estimate ToDeviceGBs, Estimate BackGBs);

    /// <summary>What the device took by its own clock: nanoseconds and bytes a frame. Copies and kernels of a batch may have overlapped.</summary>
    /// <param name="KernelNs">That alone, with the frames there already.</param>
    public sealed record DeviceParts(Estimate ToDeviceNs, Estimate KernelNs, Estimate BackNs, double BytesToDevice, double BytesBack);

    /// <summary>A program by a backend: nanoseconds a frame from the call to the verdicts, less what fresh frames take.</summary>
    /// <param name="Absent">Why there is no figure.</param>
    /// <param name="OnDevice">Null on a processor.</param>
    public sealed record Row(string Traffic, string Program, int Batch, string Engine, string? Absent, Estimate? Ns, DeviceParts? OnDevice, IReadOnlyList<double>? SamplesNs);
}
