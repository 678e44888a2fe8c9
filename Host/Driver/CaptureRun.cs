using System.Diagnostics;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Offload;

namespace Chainring.Host.Driver;

/// <summary>How a capture is to be run, and what the report says about it.</summary>
public sealed record RunSettings
{
    /// <summary>What the report calls the input.</summary>
    public string Capture { get; init; } = "";

    /// <summary>Frames that go through the chain at once.</summary>
    public int Batch { get; init; } = 256;

    public int Repeat { get; init; } = 1;

    /// <summary>RX queues that frames are spread over by RSS; they are served in order, on one thread.</summary>
    public int Queues { get; init; } = 1;

    /// <summary>Frames that a queue's ring holds; a batch has no more.</summary>
    public int Ring { get; init; } = 256;

    public ulong Seed { get; init; }

    public CardClock Clock { get; init; }
}

/// <summary>The main job: the frames of a capture through an installed chain, on one thread, in order.</summary>
public static class CaptureRun
{
    /// <summary>The port that frames arrive on, as in BPF_PROG_TEST_RUN.</summary>
    public const uint Ifindex = 1;

    /// <summary>What captures call that port.</summary>
    public const string PortName = "port1";

    /// <summary>About how many frames go by between two reports of progress.</summary>
    const int FramesBetweenProgress = 4096;

    /// <summary>Runs to the end of the wire; a capture that turns out to be damaged is an error, whatever was done before it.</summary>
    /// <param name="progress">Told now and then how many frames are done.</param>
    public static Result<RunReport> Run(
        SmartNic card, InstalledChain chain, PcapWire wire, RunSettings settings, IFrameSink sink, IProgress<long>? progress = null)
    {
        var port = new Port(card, Ifindex, wire, new PortConfig { Queues = settings.Queues, Ring = settings.Ring, Batch = settings.Batch });
        var watch = Stopwatch.StartNew();
        // A poll serves what waits at its end, so it takes a whole number of batches.
        int round = settings.Batch * settings.Queues;
        int budget = round * Math.Max(1, FramesBetweenProgress / round);
        while (port.Poll(budget, sink) > 0) progress?.Report(port.RxFrames);
        watch.Stop();
        return wire.Problem is { } problem ? problem : RunReport.Of(card, chain, port, settings, watch.Elapsed);
    }
}
