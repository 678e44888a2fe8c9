using System.Diagnostics;
using Chainring.Host.Driver.Auto;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Offload;
using Chainring.Offload.Spec;

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

    /// <summary>How the card came to its backend, where nobody named one.</summary>
    public BackendChoice? Chosen { get; init; }

    /// <summary>A port that a capture is played into without a card file: its MTU is as large as these programs can make use of.</summary>
    public PortConfig PortFor(IEnumerable<ProgramSpec> programs) => new()
    {
        Queues = Queues,
        Ring = Ring,
        Batch = Batch,
        Mtu = programs.All(p => p.Frags) ? PortConfig.MaxMtu : PortConfig.DefaultMtu,
    };
}

/// <summary>The main job: the frames of captures through an installed chain, on one thread, in order.</summary>
public static class CaptureRun
{
    /// <summary>The port that frames arrive on, as in BPF_PROG_TEST_RUN.</summary>
    public const uint Ifindex = 1;

    /// <summary>What captures call that port.</summary>
    public const string PortName = "port1";

    /// <summary>About how many frames go by between two reports of progress.</summary>
    const int FramesBetweenProgress = 4096;

    /// <summary>Runs to the end of a capture; one that turns out to be damaged is an error, whatever was done before it.</summary>
    /// <param name="progress">Told now and then how many frames are done.</param>
    public static Result<RunReport> Run(
        SmartNic card, InstalledChain chain, PcapWire wire, RunSettings settings, IFrameSink sink, IProgress<long>? progress = null)
    {
        var port = new Port(card, Ifindex, wire, settings.PortFor(chain.Members.Select(m => m.Spec)));
        var watch = Stopwatch.StartNew();
        // A poll serves what waits at its end, so it takes a whole number of batches.
        int round = settings.Batch * settings.Queues;
        int budget = round * Math.Max(1, FramesBetweenProgress / round);
        while (port.Poll(budget, sink) > 0) progress?.Report(port.RxFrames);
        watch.Stop();
        if (wire.Problem is { } problem) return problem;
        Conservation.Check(card, [port], carried: false);
        return RunReport.Of(card, chain, [port], settings, watch.Elapsed);
    }

    /// <summary>
    /// Runs until no wire of a plugged card gives a frame any more. Frames of different ports are taken in the order of their timestamps, and a
    /// queue is served when it is due; verdicts are carried out, so that what leaves by one port may come in by another.
    /// </summary>
    /// <param name="sink">Told before a verdict is carried out.</param>
    public static Result<RunReport> Run(PluggedCard plugged, InstalledChain chain, RunSettings settings, IFrameSink sink, IProgress<long>? progress = null)
    {
        var both = new FrameSinks(sink, plugged.Carrier);
        var watch = Stopwatch.StartNew();
        for (int sinceServed = 0; ; sinceServed++)
        {
            var next = plugged.Earliest();
            if (next is not null && sinceServed < FramesBetweenProgress)
            {
                next.TryPollOne(both);
                continue;
            }
            // What is served, and what hosts send, may come back in by another port.
            bool hostsSent = false;
            foreach (var port in plugged.Ports)
            {
                port.ServeWaiting(both);
                hostsSent |= port.SendFromHost(FramesBetweenProgress) > 0;
            }
            progress?.Report(plugged.Ports.Sum(p => p.RxFrames));
            if (next is null && !hostsSent && plugged.Earliest() is null && !EndStalls(plugged.Ports) && !plugged.MayGoOn()) break;
            sinceServed = 0;
        }
        watch.Stop();
        if (plugged.Problem is { } problem) return problem;
        Conservation.Check(plugged.Card, plugged.Ports, carried: true);
        return RunReport.Of(plugged.Card, chain, plugged.Ports, settings, watch.Elapsed, plugged.Faults);
    }

    /// <summary>Whether any ring stalled that had frames.</summary>
    static bool EndStalls(IReadOnlyList<Port> ports)
    {
        bool any = ports.Any(p => p.Queues.Any(q => q is { Stalled: true, Waiting: > 0 }));
        foreach (var port in ports) port.EndStalls();
        return any;
    }
}
