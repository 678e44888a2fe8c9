using Chainring.Offload.Isa;

namespace Chainring.Offload.Verify;

// Ending paths early: where paths meet, states are kept, and a path that comes there knowing no less than a kept one did has nothing new to show.
sealed partial class Walk
{
    /// <summary>A checkpoint is worth its memory after so many jumps and instructions; within a loop after more.</summary>
    const int MinJumps = 2, MinInstructions = 8, MinLoopJumps = 20, MinLoopInstructions = 100, MaxHistory = 40;

    /// <summary>A checkpoint that misses more often than it ends paths, by this factor, is given up; where callbacks converge, later.</summary>
    const int Patience = 3, CallbackPatience = 64;

    readonly List<PathState>?[] _checkpoints;
    int _jumps, _jumpsThen, _processedThen, _states, _kept, _peakStates;
    long _worstCase;

    /// <summary>Compares the current state with those that came here before; one that is new may be kept.</summary>
    /// <param name="seen">The path ended here.</param>
    Rejection? Compare(out bool seen)
    {
        seen = false;
        bool callsBack = FlowGraph.CallsBack(_code[_slot]);
        bool isRound = callsBack || _code[_slot].Kind == InstructionKind.MayGoto;
        bool force = isRound || (_state.Executed - (_state.Parent?.Executed ?? 0)) > MaxHistory;
        bool keep = force || (_jumps - _jumpsThen >= MinJumps && _processed - _processedThen >= MinInstructions);
        var list = _checkpoints[_slot] ??= [];
        for (int n = list.Count - 1; n >= 0; n--)
        {
            var other = list[n];
            bool hit = false;
            if (other.Branches > 0)
            {
                if (callsBack || (isRound && other.MayGotos != _state.MayGotos))
                {
                    hit = Comparison.Covers(other, _state, Exactness.Ranges, _graph);
                    if (hit) MarkConverged(other);
                }
                else if (other.Callbacks == _state.Callbacks && other.MayGotos == _state.MayGotos && Comparison.IsUnchanged(other.Top, _state.Top) && Comparison.Covers(other, _state, Exactness.Same, _graph))
                {
                    return Rejection.InfiniteLoop();
                }
                if (!hit && !force && _jumps - _jumpsThen < MinLoopJumps && _processed - _processedThen < MinLoopInstructions) keep = false;
            }
            else
            {
                Clean(other);
                hit = Comparison.Covers(other, _state, other.InConvergedLoop ? Exactness.Ranges : Exactness.Needed, _graph);
            }
            if (hit)
            {
                other.Hits++;
                Inherit(other);
                Leave(other.WorstCase);
                seen = true;
                return null;
            }
            if (keep) other.Misses++;
            int patience = isRound && other.Branches > 0 ? CallbackPatience : Patience;
            if (other.Misses > other.Hits * patience + patience)
            {
                list.RemoveAt(n);
                _kept--;
            }
        }
        if (keep) Keep(list);
        return null;
    }

    void Keep(List<PathState> list)
    {
        var kept = _state.Copy();
        kept.Slot = _slot;
        kept.Number = (kept.Parent?.Number ?? -1) + 1;
        kept.Outside = kept.Parent;
        while (kept.Outside?.Frames.Count >= kept.Frames.Count) kept.Outside = kept.Outside.Outside;
        list.Add(kept);
        _state.Parent = kept;
        _state.Slot = _slot;
        foreach (var frame in _state.Frames) frame.Written = 0;
        (_jumpsThen, _processedThen) = (_jumps, _processed);
        _states++;
        _peakStates = Math.Max(_peakStates, ++_kept);
    }

    /// <summary>The path ends here; what may follow takes so many instructions at most.</summary>
    void Leave(long further)
    {
        long total = _state.Executed + further;
        for (var at = _state.Parent; at is not null; at = at.Parent)
        {
            at.WorstCase = Math.Max(at.WorstCase, total - at.Executed);
            if (--at.Branches > 0) return;
            total = at.Executed + at.WorstCase;
        }
        _worstCase = Math.Max(_worstCase, total);
    }

    /// <summary>A loop of callbacks showed nothing new. What lies on it was not followed to its end, so what is read there is not all known.</summary>
    void MarkConverged(PathState entry)
    {
        for (var at = _state.Parent; at?.Number >= entry.Number;)
        {
            // What lies between has been marked with it.
            var marked = at.ConvergedTo ?? at;
            if (marked.Number >= entry.Number) at.ConvergedTo = entry;
            at = marked.Parent;
        }
    }

    /// <summary>Once all paths from a checkpoint have ended, what none of them read is forgotten, but for dynamic pointers.</summary>
    static void Clean(PathState checkpoint)
    {
        if (checkpoint.IsCleaned || checkpoint.InConvergedLoop) return;
        checkpoint.IsCleaned = true;
        foreach (var frame in checkpoint.Frames)
        {
            for (int slot = 0; slot < frame.Slots; slot++)
            {
                if ((frame.Read >> slot & 1) == 0 && !frame.IsDynptr(slot)) frame.SetBytes(slot, 0);
            }
        }
    }

    /// <summary>What the paths from a checkpoint read and depended on, this one does too.</summary>
    void Inherit(PathState checkpoint)
    {
        BeginBacktrack();
        for (int f = 0; f < checkpoint.Frames.Count; f++)
        {
            var frame = checkpoint.Frames[f];
            for (int n = 0; n < Instruction.FramePointer; n++)
            {
                if (frame.Registers[n].IsNumber && frame.Registers[n].Precise) _wantedRegisters[f] |= (ushort)(1 << n);
            }
            for (int slot = 0; slot < frame.Slots; slot++)
            {
                if ((frame.Read >> slot & 1) == 0 && !checkpoint.InConvergedLoop) continue;
                MarkRead(f, slot);
                if (frame.IsSpilledNumber(slot) && frame.Spilled(slot).Precise) _wantedSlots[f] |= 1ul << slot;
            }
        }
        Backtrack(_state.LastStep, _slot, _state.Depth);
    }

    /// <summary>The slot is read here: every checkpoint back to where it was written has to compare it.</summary>
    void MarkRead(int depth, int slot)
    {
        ulong bit = 1ul << slot;
        if ((_state.Frames[depth].Written & bit) != 0) return;
        for (var at = _state.Parent; at is not null && depth < at.Frames.Count; at = at.Parent)
        {
            var frame = at.Frames[depth];
            if ((frame.Read & bit) != 0) return;
            frame.Read |= bit;
            if ((frame.Written & bit) != 0) return;
        }
    }
}
