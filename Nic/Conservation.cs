using Chainring.Kernels;
using Chainring.Offload.Spec;

namespace Chainring.Nic;

/// <summary>
/// What must hold of a card's counters whenever no batch is running: every frame that was received is missed, waiting, or finished with one
/// verdict, and what was carried out ended in one way.
/// </summary>
/// <remarks><code>
/// port:     received = Σ missed + Σ received of its queues
/// queue:    received = waiting + Σ verdicts,   Σ verdicts = Σ ends (where verdicts are carried out)
/// program:  taken edges to it ≤ runs (each returns once) ≥ taken edges from it
/// card:     Σ runs − Σ taken edges = frames that entered the chain ≤ Σ verdicts
/// </code></remarks>
public static class Conservation
{
    /// <summary>The first law that is broken, in a sentence; null if all hold.</summary>
    /// <param name="carried">Verdicts were carried out by a <see cref="VerdictCarrier"/>.</param>
    public static string? Broken(SmartNic card, IEnumerable<Port> ports, bool carried)
    {
        foreach (var port in ports)
        {
            long missed = MissReasons.All.Sum(port.Missed), received = port.Queues.Sum(q => q.Received);
            if (port.RxFrames != missed + received) return $"{port.Name} received {port.RxFrames} frames, of which {missed} were missed and {received} reached a queue";
            if (port.Queues.Sum(q => q.RingFull) != port.Missed(MissReason.RingFull)) return $"{port.Name} and its queues disagree on what found a ring full";
            foreach (var queue in port.Queues)
            {
                if (BrokenIn(queue, carried) is { } law) return $"{port.Name}, queue {queue.Number}: {law}";
            }
        }
        return BrokenIn(card.Totals(), ports.Sum(p => p.Queues.Sum(VerdictsOf)));
    }

    /// <summary>The same, as the mistake of ours that it would be.</summary>
    public static void Check(SmartNic card, IEnumerable<Port> ports, bool carried)
    {
        if (Broken(card, ports, carried) is { } law) throw new InvalidOperationException($"frames are not conserved: {law}");
    }

    static string? BrokenIn(RxQueue queue, bool carried)
    {
        long verdicts = VerdictsOf(queue), ends = Enum.GetValues<FrameEnd>().Sum(queue.Ended);
        if (queue.Received != queue.Waiting + verdicts) return $"received {queue.Received}, {queue.Waiting} wait, {verdicts} have a verdict";
        long aborts = Enum.GetValues<AbortReason>().Where(r => r != AbortReason.None).Sum(queue.AbortsBy);
        if (aborts != queue.Verdicts(XdpAction.Aborted)) return $"{queue.Verdicts(XdpAction.Aborted)} aborted, {aborts} with a reason";
        return carried && verdicts != ends ? $"{verdicts} have a verdict, {ends} ended" : null;
    }

    static long VerdictsOf(RxQueue queue) => Enum.GetValues<XdpAction>().Sum(queue.Verdicts);

    static string? BrokenIn(RunTotals totals, long verdicts)
    {
        foreach (uint program in totals.Programs)
        {
            long runs = totals.Runs(program), from = totals.Edges.Where(e => e.Key.From == program).Sum(e => e.Value), to = totals.Edges.Where(e => e.Key.To == program).Sum(e => e.Value);
            if (from > runs) return $"program {program} ran {runs} times and {from} edges were taken after it";
            if (to > runs) return $"program {program} ran {runs} times and {to} edges were taken to it";
        }
        long entered = totals.Programs.Sum(totals.Runs) - totals.Edges.Values.Sum();
        return entered > verdicts ? $"{entered} frames entered the chain, {verdicts} have a verdict" : null;
    }
}
