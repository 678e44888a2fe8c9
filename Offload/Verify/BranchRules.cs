using Chainring.Offload.Isa;

namespace Chainring.Offload.Verify;

// Conditional jumps: which edges are possible, and what each of them teaches.
sealed partial class Walk
{
    /// <summary>The furthest that a packet pointer may be from where its packet starts (MAX_PACKET_OFF).</summary>
    const int MaxPacketOffset = 0xffff;

    Rejection? Branch(in Instruction i, ref int next)
    {
        if (Needs(i.Dst) is { } noDst) return noDst;
        if (i.FromRegister && Needs(i.Src) is { } noSrc) return noSrc;
        int target = next + i.Displacement;
        var (a, b) = (R[i.Dst], Operand(i));
        if (_options.Strict && i.FromRegister && b.IsPointer && !(a.IsOfPacket && b.IsOfPacket)) return Rejection.PointerComparison(i.Src, b.What);

        NoteProof(i, a, b);
        var outcome = Outcome(i, a, b);
        if (outcome != Truth.Maybe)
        {
            MarkDecided(i);
            if (outcome == Truth.Always) next = target;
            Note(outcome == Truth.Always);
            return null;
        }

        var linked = LinkedAt(i);
        _state.LastStep!.Linked = linked;
        var taken = Fork(target);
        Note(true);
        Note(false);
        bool isPossible = Learn(_state, i, taken: false);
        bool isPossibleTaken = Learn(taken, i, taken: true);
        if (_options.Strict && (a.IsPointer || b.IsPointer) && !IsNullCheck(i, a) && !IsPacketComparison(i, a, b))
            return Rejection.PointerComparison(a.IsPointer ? i.Dst : i.Src, a.IsPointer ? a.What : b.What);
        // What is known of the numbers together can decide what Outcome could not.
        if (!isPossible || !isPossibleTaken) MarkDecided(i);
        if (!isPossibleTaken) Discard();
        if (!isPossible) next = End;
        return null;
    }

    /// <summary>The numbers that a branch compares have decided it.</summary>
    void MarkDecided(in Instruction i)
    {
        MarkPrecise(i.Dst);
        if (i.FromRegister) MarkPrecise(i.Src);
    }

    /// <summary>
    /// The loop that it is in may end here at any time, and will in the end: one path leaves it, the other goes on, and as in callbacks what changes
    /// from one round to the next may be anything.
    /// </summary>
    void MayGoto(in Instruction i, ref int next)
    {
        // The last checkpoint is that of this round.
        var before = EarlierAt(_slot, _state.Parent?.Parent);
        var further = Fork(next);
        further.MayGotos++;
        if (before is not null) Widen(before, further);
        Note(true);
        Note(false);
        next += i.Displacement;
    }

    void Note(bool isTaken) => _facts[_slot] = isTaken ? _facts[_slot] with { IsTaken = true } : _facts[_slot] with { IsPassed = true };

    static bool IsNullCheck(in Instruction i, in Register a) =>
        i.Is64 && !i.FromRegister && i.Immediate == 0 && i.Compare is CompareOp.Eq or CompareOp.Ne && a.MaybeNull;

    static bool IsPacketComparison(in Instruction i, in Register a, in Register b) =>
        i.Is64 && i.FromRegister && i.Compare is CompareOp.Gt or CompareOp.Ge or CompareOp.Lt or CompareOp.Le
        && ((a.IsPacketPointer && IsEndOf(a, b)) || (b.IsPacketPointer && IsEndOf(b, a)));

    /// <summary>What a packet pointer can be compared with to learn how much is there: <c>data_end</c>, and <c>data</c> for the metadata.</summary>
    static bool IsEndOf(in Register pointer, in Register end) =>
        pointer.Kind == RegisterKind.Packet ? end.Kind == RegisterKind.PacketEnd : end.IsPacketStart;

    static Truth Outcome(in Instruction i, in Register a, in Register b)
    {
        if (a.IsOfPacket && b.IsOfPacket && i.Is64) return PacketOutcome(i.Compare, a, b);
        if (a.IsNumber && b.IsNumber) return Semantics.Compare<Bounds, Truth>(i.Compare, i.Is64, a.Bounds, b.Bounds);
        var (pointer, number) = a.IsPointer ? (a, b) : (b, a);
        if (!number.IsNumber || !pointer.IsNeverNull || (i.Is64 ? !number.IsZero : !IsZero32(number))) return Truth.Maybe;
        return i.Compare switch { CompareOp.Eq => Truth.Never, CompareOp.Ne => Truth.Always, _ => Truth.Maybe };
    }

    static bool IsZero32(in Register number) => number.Bounds is { UMin32: 0, UMax32: 0 };

    /// <summary>A packet pointer that was found at the end before, or beyond it.</summary>
    static Truth PacketOutcome(CompareOp op, in Register a, in Register b)
    {
        var (range, compare) = b.Kind == RegisterKind.PacketEnd ? (a.Range, op)
            : a.Kind == RegisterKind.PacketEnd ? (b.Range, Mirrored(op))
            : (0, op);
        return (range, compare) switch
        {
            (Register.BeyondEnd, CompareOp.Gt or CompareOp.Ge) or (Register.AtEnd, CompareOp.Ge) => Truth.Always,
            (Register.BeyondEnd, CompareOp.Le or CompareOp.Lt) or (Register.AtEnd, CompareOp.Lt) => Truth.Never,
            _ => Truth.Maybe,
        };
    }

    static CompareOp Mirrored(CompareOp op) => op switch
    {
        CompareOp.Gt => CompareOp.Lt,
        CompareOp.Ge => CompareOp.Le,
        CompareOp.Lt => CompareOp.Gt,
        CompareOp.Le => CompareOp.Ge,
        CompareOp.SGt => CompareOp.SLt,
        CompareOp.SGe => CompareOp.SLe,
        CompareOp.SLt => CompareOp.SGt,
        CompareOp.SLe => CompareOp.SGe,
        _ => op,
    };

    /// <summary>What is true on one edge of a branch; false if the edge turns out to be impossible.</summary>
    static bool Learn(PathState state, in Instruction i, bool taken)
    {
        var registers = state.Top.Registers;
        ref var a = ref registers[i.Dst];
        if (!i.FromRegister)
        {
            if (a.IsNumber)
            {
                var constant = Bounds.Const((ulong)i.Immediate);
                bool isPossible = Bounds.TryRefine(i.Compare, i.Is64, taken, ref a.Bounds, ref constant);
                Share(state, a);
                return isPossible;
            }
            if (IsNullCheck(i, a)) DecideNull(state, a, isNull: taken == (i.Compare == CompareOp.Eq));
            return true;
        }
        ref var b = ref registers[i.Src];
        if (a.IsNumber && b.IsNumber)
        {
            if (i.Dst == i.Src) return LearnOfItself(state, i, taken, ref a);
            bool isPossible = Bounds.TryRefine(i.Compare, i.Is64, taken, ref a.Bounds, ref b.Bounds);
            Share(state, b);
            Share(state, registers[i.Dst]);
            return isPossible;
        }
        if (IsPacketComparison(i, a, b)) LearnOfPacket(state, i.Compare, a, b, taken);
        else if (i.Is64 && i.Compare is CompareOp.Eq or CompareOp.Ne && a.IsPointer && b.IsPointer && taken == (i.Compare == CompareOp.Eq))
        {
            // Equal to a pointer that is not null.
            if (a.MaybeNull && b.IsNeverNull) DecideNull(state, a, isNull: false);
            else if (b.MaybeNull && a.IsNeverNull) DecideNull(state, b, isNull: false);
        }
        return true;
    }

    /// <summary>A number compared with itself: Linux does not see that, and what it learns of the one and of the other, both are.</summary>
    static bool LearnOfItself(PathState state, in Instruction i, bool taken, ref Register number)
    {
        if (i.Compare == CompareOp.Set) return true;
        var (one, other) = (number.Bounds, number.Bounds);
        if (!Bounds.TryRefine(i.Compare, i.Is64, taken, ref one, ref other)) return false;
        if (!Bounds.TryRefine(CompareOp.Eq, is64: true, taken: true, ref one, ref other)) return false;
        number.Bounds = one;
        Share(state, number);
        return true;
    }

    /// <summary>All copies of a pointer that may be null are null, or none is.</summary>
    static void DecideNull(PathState state, in Register pointer, bool isNull)
    {
        uint id = pointer.Id, reference = pointer.Reference;
        // What is null need not be given back.
        if (isNull && reference != 0 && reference == id) state.Release(reference);
        state.ForEach((ref Register register) =>
        {
            if (!register.MaybeNull || register.Id != id) return;
            if (isNull)
            {
                register = Register.Constant(0);
                return;
            }
            register.MaybeNull = false;
            if (register.Map?.IsMapOfMaps == true && register.Kind == RegisterKind.MapValue)
            {
                register.Kind = RegisterKind.Map;
                register.Map = register.Map.Inner;
            }
            // Locks are told apart by the value that they lie in.
            if (register.Map?.Spec.LockOffset is null) register.Id = 0;
        });
    }

    /// <summary>What is known of a number is known of its copies, and of those that differ from it by a constant.</summary>
    static void Share(PathState state, in Register source)
    {
        if (source.Id == 0) return;
        var known = source;
        foreach (var frame in state.Frames)
        {
            for (int n = 0; n < frame.Registers.Length; n++) Teach(ref frame.Registers[n], known);
            for (int slot = 0; slot < frame.Slots; slot++)
            {
                if (frame.IsSpilled(slot)) Teach(ref frame.Spilled(slot), known);
            }
        }
    }

    static void Teach(ref Register register, in Register known)
    {
        if (!register.IsNumber || register.Id != known.Id) return;
        var bounds = known.Bounds;
        if (register.Delta != known.Delta) bounds += Bounds.Const((ulong)((long)register.Delta - known.Delta));
        register.Bounds = bounds;
    }

    /// <summary>Where the numbers are that this branch teaches something together; null if it is one or none.</summary>
    LinkedNumbers? LinkedAt(in Instruction i)
    {
        uint a = R[i.Dst].IsNumber ? R[i.Dst].Id : 0, b = i.FromRegister && R[i.Src].IsNumber ? R[i.Src].Id : 0;
        if (a == 0 && b == 0) return null;
        var places = new List<(int, ushort, ulong)>();
        int count = 0;
        bool IsLinked(in Register r) => r.IsNumber && r.Id != 0 && (r.Id == a || r.Id == b);
        for (int f = 0; f < _state.Frames.Count; f++)
        {
            var frame = _state.Frames[f];
            ushort registers = 0;
            ulong slots = 0;
            for (int n = 0; n < frame.Registers.Length; n++)
            {
                if (!IsLinked(frame.Registers[n])) continue;
                registers |= (ushort)(1 << n);
                count++;
            }
            for (int slot = 0; slot < frame.Slots; slot++)
            {
                if (!frame.IsSpilled(slot) || !IsLinked(frame.Spilled(slot))) continue;
                slots |= 1ul << slot;
                count++;
            }
            if (registers != 0 || slots != 0) places.Add((f, registers, slots));
        }
        return count > 1 ? new([.. places]) : null;
    }

    /// <summary>
    /// How much of the packet is there. On the edge where the pointer is not above the end, all up to it is; where it is below, one byte more. On the
    /// other edge the pointer is at the end or beyond.
    /// </summary>
    static void LearnOfPacket(PathState state, CompareOp op, in Register a, in Register b, bool taken)
    {
        var (pointer, compare) = PointerFirst(op, a, b);
        bool isInside = taken == IsInsideIfTaken(compare);
        if (isInside && RangeProvenBy(pointer, compare) is { } range) Prove(state, pointer, range);
        else if (!isInside && pointer.Kind == RegisterKind.Packet)
            MarkBeyond(state.Top.Registers, pointer, compare is CompareOp.Gt or CompareOp.Le ? Register.BeyondEnd : Register.AtEnd);
    }

    /// <summary>A comparison of a pointer with an end, the pointer on the left.</summary>
    static (Register Pointer, CompareOp Compare) PointerFirst(CompareOp op, in Register a, in Register b) =>
        a.IsPacketPointer && IsEndOf(a, b) ? (a, op) : (b, Mirrored(op));

    /// <summary>Whether it is the taken edge on which a pointer is at the end or before it.</summary>
    static bool IsInsideIfTaken(CompareOp compare) => compare is CompareOp.Lt or CompareOp.Le;

    /// <summary>Bytes that are there, on that edge, from the place where the pointer's <see cref="Register.Offset"/> is 0; null if it proves nothing.</summary>
    static int? RangeProvenBy(in Register pointer, CompareOp compare)
    {
        int further = compare is CompareOp.Lt or CompareOp.Ge ? 1 : 0;
        bool isBefore = pointer.Offset < 0 || (pointer.Offset == 0 && further != 0);
        bool isFar = pointer.Bounds.UMax > MaxPacketOffset || pointer.Bounds.UMax + (ulong)pointer.Offset > MaxPacketOffset;
        return isBefore || isFar ? null : pointer.Offset + further;
    }

    static void MarkBeyond(Register[] registers, Register pointer, int range)
    {
        for (int n = 0; n < registers.Length; n++)
        {
            ref var register = ref registers[n];
            if (register.Kind == pointer.Kind && register.Id == pointer.Id && register.Offset == pointer.Offset && register.Bounds == pointer.Bounds)
                register.Range = range;
        }
    }

    static void Prove(PathState state, Register pointer, int range) => state.ForEach((ref Register register) =>
    {
        if (register.Kind == pointer.Kind && register.Id == pointer.Id) register.Range = Math.Max(register.Range, range);
    });
}
