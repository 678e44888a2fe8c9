namespace Chainring.Host.Driver.Bench.Bus;

/// <summary>What keeps a card behind a bus from being faster.</summary>
public enum BusLimit
{
    ToHost,
    Compute,
    ToCard,

    /// <summary>None of them alone: too few batches are under way for the way that they have.</summary>
    Latency,
}

/// <param name="Mpps">Frames that a card behind the bus gets through, all the time.</param>
/// <param name="BatchUs">Microseconds of a batch that finds the way free: from its first bit on the bus until its last verdict is carried out.</param>
public readonly record struct BusPrediction(double Mpps, double BatchUs, BusLimit Limit);

/// <summary>
/// Frames come from a card into memory, programs run over them there, and those that are sent go back: a virtual clock of picoseconds, and no chance. What programs take was measured; all else is
/// the bus's.
/// <code>
/// card  ── frames, completions, requests for descriptors and for frames to send ──→  memory
/// card  ←── descriptors, doorbells, frames to send ────────────────────────────────  memory
/// </code>
/// </summary>
public static class BusModel
{
    const int Batches = 1000;
    const int DoorbellBytes = 4;
    const double PsPerNs = 1000, PsPerUs = 1e6;

    /// <param name="batch">Frames of a batch.</param>
    /// <param name="frameBytes">Of a frame, on average.</param>
    /// <param name="sent">Frames that go back, from 0 to 1.</param>
    /// <param name="computeNs">What programs take for a frame.</param>
    public static BusPrediction Predict(BusSpec bus, int batch, double frameBytes, double sent, double computeNs)
    {
        long toHost = Ps(bus, BytesToHost(bus, batch, frameBytes, sent)), toCard = Ps(bus, BytesToCard(bus, batch, frameBytes, sent));
        long compute = (long)Math.Round(Math.Max(0, computeNs) * batch * PsPerNs), latency = (long)(bus.LatencyNs * PsPerNs);
        // What is sent is asked for by the card, after it was told.
        long back = sent > 0 ? 3 * latency : 0;
        long[] done = new long[Batches];
        long hostFree = 0, computeFree = 0, cardFree = 0;
        for (int n = 0; n < Batches; n++)
        {
            long begin = Math.Max(hostFree, n < bus.BatchesInFlight ? 0 : done[n - bus.BatchesInFlight]);
            hostFree = begin + toHost;
            computeFree = Math.Max(computeFree, hostFree + latency) + compute;
            cardFree = Math.Max(cardFree, computeFree) + toCard;
            done[n] = sent > 0 ? cardFree + back : computeFree;
        }
        long last = done[^1] - done[Batches / 2 - 1];
        double perBatch = (double)last / (Batches / 2);
        long most = Math.Max(Math.Max(toHost, toCard), compute);
        var limit = perBatch > most * 1.001 ? BusLimit.Latency : most == compute ? BusLimit.Compute : most == toHost ? BusLimit.ToHost : BusLimit.ToCard;
        return new(batch * PsPerUs / perBatch, done[0] / PsPerUs, limit);
    }

    /// <summary>Frames, what says that they are there, requests for descriptors, and for frames that are sent.</summary>
    public static double BytesToHost(BusSpec bus, int batch, double frameBytes, double sent) =>
        batch * Packets(bus, frameBytes)
        + Whole(batch, bus.CompletionBatch) * Packets(bus, bus.CompletionBatch * bus.DescriptorBytes)
        + Whole(batch, bus.DescriptorBatch) * bus.Overhead
        + batch * sent * Math.Ceiling(frameBytes / bus.ReadRequest) * bus.Overhead
        + Whole(batch * sent, bus.DescriptorBatch) * bus.Overhead
        + Whole(batch * sent, bus.CompletionBatch) * Packets(bus, bus.CompletionBatch * bus.DescriptorBytes);

    /// <summary>Descriptors of free buffers and of frames that are sent, doorbells for both, and these frames.</summary>
    public static double BytesToCard(BusSpec bus, int batch, double frameBytes, double sent) =>
        Whole(batch, bus.DescriptorBatch) * Packets(bus, bus.DescriptorBatch * bus.DescriptorBytes)
        + Whole(batch, bus.DoorbellBatch) * Packets(bus, DoorbellBytes)
        + Whole(batch * sent, bus.DescriptorBatch) * Packets(bus, bus.DescriptorBatch * bus.DescriptorBytes)
        + Whole(batch * sent, bus.DoorbellBatch) * Packets(bus, DoorbellBytes)
        + batch * sent * Packets(bus, frameBytes);

    /// <summary>Bytes on the bus of so much data.</summary>
    static double Packets(BusSpec bus, double bytes) => bytes + Math.Ceiling(bytes / bus.Payload) * bus.Overhead;

    static double Whole(double frames, int together) => Math.Ceiling(frames / together);

    static long Ps(BusSpec bus, double bytes) => (long)Math.Round(bytes * 8e6 / bus.Mbps);
}
