using Chainring.Offload.Isa;

namespace Chainring.Offload.Verify;

/// <summary>How alike two states have to be.</summary>
enum Exactness
{
    /// <summary>The old one knew no more, of what its paths turned out to need.</summary>
    Needed,

    /// <summary>The old one knew no more of anything: what its paths need is not all known yet.</summary>
    Ranges,

    /// <summary>Nothing has changed.</summary>
    Same,
}

/// <summary>Whether everything that can happen from one state can happen from an older one, whose paths were followed.</summary>
readonly struct Comparison
{
    readonly Exactness _exactness;
    readonly IdPairs _ids;

    Comparison(Exactness exactness) => (_exactness, _ids) = (exactness, new IdPairs());

    public static bool Covers(PathState old, PathState now, Exactness exactness, FlowGraph graph)
    {
        if (old.Frames.Count != now.Frames.Count || old.References.Count != now.References.Count || old.Lock.HasValue != now.Lock.HasValue) return false;
        for (int f = 0; f < old.Frames.Count; f++)
        {
            if (old.Frames[f].CallSite != now.Frames[f].CallSite || old.Frames[f].InCallback != now.Frames[f].InCallback) return false;
            // From here the old one had fewer calls left.
            if (old.Frames[f].CallbackDepth > now.Frames[f].CallbackDepth) return false;
        }
        var comparison = new Comparison(exactness);
        if (old.Lock is { } oldLock && now.Lock is { } nowLock && (oldLock.Map != nowLock.Map || !comparison._ids.Match(oldLock.Id, nowLock.Id))) return false;
        for (int n = 0; n < old.References.Count; n++)
        {
            if (!comparison._ids.Match(old.References[n].Id, now.References[n].Id)) return false;
        }
        for (int f = 0; f < old.Frames.Count; f++)
        {
            if (!comparison.CoversFrame(old.Frames[f], now.Frames[f], LiveIn(old, f, graph))) return false;
        }
        return true;
    }

    /// <summary>Not one register has changed, not even as to which copies it has: a pointer that moved on by an unknown number is another.</summary>
    public static bool IsUnchanged(CallFrame old, CallFrame now)
    {
        for (int n = 0; n < Instruction.FramePointer; n++)
        {
            ref var was = ref old.Registers[n];
            ref var @is = ref now.Registers[n];
            if (was.Id != @is.Id || was.Reference != @is.Reference || was.Kind != @is.Kind || was.Offset != @is.Offset || was.Range != @is.Range || was.Bounds != @is.Bounds)
                return false;
        }
        return true;
    }

    /// <summary>Registers that matter in a frame: in one that waits for a call, those that it uses after; of one that calls back, also those of the call.</summary>
    static ushort LiveIn(PathState state, int depth, FlowGraph graph)
    {
        if (depth + 1 == state.Frames.Count) return graph.LiveAt(state.Slot);
        var called = state.Frames[depth + 1];
        return graph.LiveAt(called.InCallback ? called.CallSite : called.CallSite + 1);
    }

    bool CoversFrame(CallFrame old, CallFrame now, ushort live)
    {
        for (int n = 0; n < Instruction.FramePointer; n++)
        {
            if ((live >> n & 1) != 0 && !Covers(old.Registers[n], now.Registers[n])) return false;
        }
        for (int slot = 0; slot < Math.Max(old.Slots, now.Slots); slot++)
        {
            if (!CoversSlot(old, now, slot)) return false;
        }
        return true;
    }

    bool CoversSlot(CallFrame old, CallFrame now, int slot)
    {
        // Stricter than Linux: what the old one's paths do there, they may not do to a dynamic pointer.
        if (now.IsDynptr(slot) != old.IsDynptr(slot)) return false;
        ulong was = old.BytesOf(slot), @is = now.BytesOf(slot);
        if (was == 0 && _exactness != Exactness.Same) return true;
        if (_exactness == Exactness.Same && was != @is) return false;
        for (int n = 0; n < CallFrame.SlotBytes; n++)
        {
            var before = old.ByteAt(slot, n);
            var after = now.ByteAt(slot, n);
            if (before == StackByte.Unset || before == after) continue;
            // A number stands for any; and for what was never written, which reads as 0.
            if (before == StackByte.Number && (after != StackByte.Spilled || now.Spilled(slot).IsNumber)) continue;
            return false;
        }
        if (old.IsDynptr(slot)) return Covers(old.Spilled(slot), now.Spilled(slot));
        if (!old.IsSpilled(slot)) return true;
        return now.IsSpilled(slot) && Covers(old.Spilled(slot), now.Spilled(slot));
    }

    bool Covers(in Register old, in Register now)
    {
        if (_exactness == Exactness.Same) return IsSame(old, now);
        if (old.Kind == RegisterKind.Unset) return true;
        if (old.Kind != now.Kind || old.MaybeNull != now.MaybeNull) return false;
        switch (old.Kind)
        {
            case RegisterKind.Number:
                if (_exactness == Exactness.Needed && !old.Precise) return true;
                if (old.HasDelta != now.HasDelta || (old.HasDelta && old.Delta != now.Delta)) return false;
                return old.Bounds.Contains(now.Bounds) && _ids.MatchNumbers(old.Id, now.Id);

            case RegisterKind.Packet or RegisterKind.Metadata:
                // What was proven of the old one must be proven of this one; that it lies at the end was of use for a comparison.
                if (old.Range > now.Range || (old.Range < 0 && old.Range != now.Range)) return false;
                return old.Offset == now.Offset && _ids.Match(old.Id, now.Id) && old.Bounds.Contains(now.Bounds);

            case RegisterKind.MapValue or RegisterKind.MapKey or RegisterKind.Memory:
                return old.Map == now.Map && old.Offset == now.Offset && old.Size == now.Size && old.ReadOnly == now.ReadOnly && old.OfPacket == now.OfPacket && _ids.Match(old.Owner, now.Owner)
                    && old.Bounds.Contains(now.Bounds) && _ids.Match(old.Id, now.Id) && _ids.Match(old.Reference, now.Reference);

            default:
                return IsSame(old, now);
        }
    }

    bool IsSame(in Register old, in Register now) =>
        old.Kind == now.Kind && old.MaybeNull == now.MaybeNull && old.Offset == now.Offset && old.Range == now.Range && old.Size == now.Size
        && old.Frame == now.Frame && old.Map == now.Map && old.HasDelta == now.HasDelta && old.Delta == now.Delta && old.ReadOnly == now.ReadOnly
        && old.OfPacket == now.OfPacket && old.Dynptrs == now.Dynptrs && old.IsSecondHalf == now.IsSecondHalf && _ids.Match(old.Owner, now.Owner) && old.Bounds == now.Bounds && _ids.Match(old.Id, now.Id) && _ids.Match(old.Reference, now.Reference);
}

/// <summary>Which id of one state is which of another: names differ, but what is equal in one has to be equal in the other.</summary>
sealed class IdPairs
{
    const uint Single = 1u << 31;

    readonly List<(uint Old, uint Now)> _pairs = [];
    uint _singles;

    public bool Match(uint old, uint now)
    {
        if (old == 0 || now == 0) return old == now;
        foreach (var (a, b) in _pairs)
        {
            if (a == old) return b == now;
            if (b == now) return false;
        }
        _pairs.Add((old, now));
        return true;
    }

    /// <summary>The same for numbers, which may be alone of their id: without one they have one of their own.</summary>
    public bool MatchNumbers(uint old, uint now) => Match(old != 0 ? old : Single + ++_singles, now != 0 ? now : Single + ++_singles);
}
