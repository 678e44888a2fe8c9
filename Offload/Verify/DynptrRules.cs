using Chainring.Offload.Isa;

namespace Chainring.Offload.Verify;

// Dynamic pointers: two stack slots that only helpers may touch, and slices of what they point into.
sealed partial class Walk
{
    const int DynptrBytes = 16;

    /// <summary>The upper slot of a place on the stack where a dynamic pointer can be.</summary>
    Rejection? LocateDynptr(int register, out CallFrame frame, out int slot)
    {
        var pointer = R[register];
        (frame, slot) = (_state.Top, 0);
        int offset = pointer.Offset + (int)pointer.Bounds.Value;
        if (pointer.Kind != RegisterKind.Stack || !pointer.Bounds.IsConst || offset % SlotBytes != 0) return Rejection.DynptrPlace(register, pointer.ToString());
        if (LocateOnStack(register, pointer, 0, DynptrBytes, out frame, out int from, out _) is { } outside) return outside;
        slot = SlotOf(from);
        return null;
    }

    /// <summary>The dynamic pointer that was made at a place; its kind has to be one of these.</summary>
    Rejection? FindDynptr(HelperUse call, int register, in HelperArgument argument, out Register dynptr)
    {
        dynptr = default;
        var pointer = R[register];
        string needed = argument.Dynptrs == DynptrKinds.Any ? "a dynamic pointer" : $"a dynamic pointer into a {argument.Dynptrs.ToString().ToLowerInvariant()}";
        if (pointer.Kind == RegisterKind.Dynptr && pointer.Offset == 0 && pointer.Bounds is { IsConst: true, Value: 0 })
        {
            dynptr = pointer;
            return (dynptr.Dynptrs & argument.Dynptrs) == 0 ? Rejection.Argument(call.Name, register, needed, "one that a global function was given") : null;
        }
        if (pointer.Kind != RegisterKind.Stack) return Rejection.Argument(call.Name, register, needed, pointer.What);
        if (LocateDynptr(register, out var frame, out int slot) is { } misplaced) return misplaced;
        if (!frame.IsDynptr(slot) || frame.Spilled(slot).IsSecondHalf) return Rejection.Argument(call.Name, register, needed, $"{pointer}, where none is");
        dynptr = frame.Spilled(slot);
        if ((dynptr.Dynptrs & argument.Dynptrs) == 0) return Rejection.Argument(call.Name, register, needed, $"one into a {dynptr.Dynptrs.ToString().ToLowerInvariant()}");
        MarkRead(pointer.Frame, slot);
        MarkRead(pointer.Frame, slot - 1);
        return null;
    }

    /// <summary>A call makes a dynamic pointer.</summary>
    Rejection? MakeDynptr(int register, DynptrKinds kind, uint reference)
    {
        if (LocateDynptr(register, out var frame, out int slot) is { } misplaced) return misplaced;
        for (int n = 0; n < DynptrBytes; n += SlotBytes)
        {
            if (Write(register, n, SlotBytes, Register.Unknown, NoRegister) is { } rejection) return rejection;
        }
        if (kind == DynptrKinds.Record && reference == 0)
        {
            reference = NewId();
            _state.Acquire(new(reference, _slot, "the record of a dynamic pointer"));
        }
        var half = new Register { Kind = RegisterKind.Dynptr, Dynptrs = kind, Id = NewId(), Reference = reference };
        for (int n = 0; n < 2; n++)
        {
            frame.SetBytes(slot - n, DynptrWord);
            frame.Spilled(slot - n) = half with { IsSecondHalf = n == 1 };
        }
        return null;
    }

    const ulong DynptrWord = 0x0101_0101_0101_0101 * (ulong)StackByte.Dynptr;

    /// <summary>A slot is written: a dynamic pointer there ends, and what points into it is void, unless it holds a record.</summary>
    Rejection? EndDynptr(CallFrame frame, int slot)
    {
        if (!frame.IsDynptr(slot)) return null;
        var half = frame.Spilled(slot);
        if (half.Reference != 0) return Rejection.DynptrKept();
        int first = half.IsSecondHalf ? slot + 1 : slot;
        for (int n = first; n >= first - 1; n--)
        {
            frame.SetBytes(n, 0);
            frame.Spilled(n) = default;
        }
        VoidWhere((in Register register) => register.Owner == half.Id);
        return null;
    }

    /// <summary>A record is submitted or discarded: every dynamic pointer to it ends.</summary>
    void EndDynptrs(uint reference)
    {
        foreach (var frame in _state.Frames)
        {
            for (int slot = 0; slot < frame.Slots; slot++)
            {
                if (!frame.IsDynptr(slot) || frame.Spilled(slot).Reference != reference) continue;
                uint id = frame.Spilled(slot).Id;
                VoidWhere((in Register register) => register.Owner == id);
                frame.SetBytes(slot, 0);
                frame.Spilled(slot) = default;
            }
        }
    }
}
