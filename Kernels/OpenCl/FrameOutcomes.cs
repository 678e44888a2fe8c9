using System.Runtime.CompilerServices;
using Chainring.Kernels.Il;
using Chainring.Offload.Ir;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.OpenCl;

/// <summary>What became of frames, out of the numbers that a kernel has left (<see cref="DeviceSource.PathShift"/>): verdicts, counts, which programs ran.</summary>
sealed unsafe class FrameOutcomes(Chain chain, DeviceSource source, PathCounters paths, ChainCounters counters, DeviceTally tally)
{
    /// <summary>A frame did not begin in time; it stays so until told otherwise.</summary>
    public bool IsOverTime { get; set; }

    /// <summary>Of frames [first, first + count) of a batch.</summary>
    /// <param name="outcomes">The first frame's, the others' behind it.</param>
    /// <param name="ways">The counts that they came to, <see cref="DeviceSource.Ways"/> of each, if it is told.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Take(PacketBatch batch, int first, int count, uint* outcomes, ushort* ways)
    {
        long* counts = (long*)paths.Address;
        var verdicts = batch.Verdicts.Slice(first, count);
        if (source.Run.Kind == RunKind.AtOnce) tally.LookAt(new(outcomes, count), new(ways, count * source.Ways), source.Ways);
        for (int n = 0; n < count; n++)
        {
            uint outcome = outcomes[n], above = outcome >> DeviceSource.PathShift;
            var verdict = verdicts[n] = Verdict.OfWord(outcome);
            var taken = source.Ways == 0 ? default : new ReadOnlySpan<ushort>(ways + (long)n * source.Ways, (int)above);
            foreach (ushort way in taken) counts[way]++;
            if (source.Ways == 0 && above != 0) counts[above - 1]++;
            if (verdict.Action == XdpAction.Redirect && !source.Redirects) batch.Frame(first + n).ForgetRedirect();
            if (verdict.Reason == AbortReason.DeviceTimeout)
            {
                IsOverTime = true;
                batch.Frame(first + n).ForgetRedirect();
                counters.Return(0, verdict, instructions: 0);
            }
            if (batch.Paths is not { } noted) continue;
            noted.Begin(first + n);
            if (verdict.Reason != AbortReason.NoFragsSupport) Note(noted, first + n, taken, (int)above);
        }
    }

    /// <summary>Which programs ran, from the edges that the frame took; a chain on a card has no cycle.</summary>
    void Note(FramePaths noted, int frame, ReadOnlySpan<ushort> ways, int above)
    {
        var known = source.Paths;
        int stage = 0;
        while (true)
        {
            noted.Add(frame, chain.Stages[stage].Program.Id);
            int slot = 0;
            while (slot < ChainStage.Slots && !Took(ways, ChainEvents.Edge(stage, slot))) slot++;
            if (slot == ChainStage.Slots) return;
            stage = chain.Stages[stage].Next[slot];
        }

        bool Took(ReadOnlySpan<ushort> ways, int edge)
        {
            if (source.Ways == 0) return above != 0 && known[above - 1].Contains(edge);
            foreach (ushort way in ways)
            {
                if (known[way].Contains(edge)) return true;
            }
            return false;
        }
    }
}
