using Chainring.Offload.Isa;

namespace Chainring.Offload.Verify;

// The stack: registers that are stored whole come back whole; everything else is bytes.
sealed partial class Walk
{
    const int SlotBytes = CallFrame.SlotBytes, StackBytes = CallFrame.StackBytes;

    /// <summary>The bytes that an access may touch, as offsets from the frame's top, and the frame; grown to hold them.</summary>
    Rejection? LocateOnStack(int register, in Register pointer, int offset, int bytes, out CallFrame frame, out int from, out int to)
    {
        frame = _state.Frames[pointer.Frame];
        ref readonly var bounds = ref pointer.Bounds;
        long @fixed = (long)pointer.Offset + offset;
        (from, to) = (0, 0);
        if (bounds.SMax >= MaxOffset || bounds.SMin <= -MaxOffset) return Rejection.StackBounds(register, bytes, pointer.OffsetText(offset));
        long lowest = @fixed + bounds.SMin, highest = @fixed + bounds.SMax + bytes;
        if (lowest < -StackBytes || highest > 0 || (bytes == 0 && lowest >= 0)) return Rejection.StackBounds(register, bytes, pointer.OffsetText(offset));
        (from, to) = ((int)lowest, (int)highest);
        frame.Grow(SlotOf(from) + 1);
        ref int depth = ref StackDepths[frame.Function];
        depth = Math.Max(depth, -from);
        return null;
    }

    /// <summary>The slot that holds the byte at a (negative) offset from the frame's top, and which of its bytes that is.</summary>
    static int SlotOf(int offset) => (-offset - 1) / SlotBytes;

    static int ByteOf(int offset) => offset & (SlotBytes - 1);

    Rejection? ReadStack(int register, in Register pointer, int offset, int bytes, bool isWanted, out Register value)
    {
        value = Register.Number(Bounds.OfBits(8 * bytes));
        if (LocateOnStack(register, pointer, offset, bytes, out var frame, out int from, out int to) is { } outside) return outside;
        if (!pointer.Bounds.IsConst)
        {
            if (_options.Strict) return Rejection.StackBounds(register, bytes, $"the variable offset {pointer.OffsetText(offset)}");
            return ReadBytes(register, pointer.Frame, from, to, isWanted, bytes, out value);
        }
        return frame.IsSpilled(SlotOf(from))
            ? ReadSpilled(pointer.Frame, SlotOf(from), from, bytes, isWanted, out value)
            : ReadBytes(register, pointer.Frame, from, to, isWanted, bytes, out value);
    }

    /// <summary>Loads from a slot that holds a register.</summary>
    Rejection? ReadSpilled(int depth, int slot, int from, int bytes, bool isWanted, out Register value)
    {
        var frame = _state.Frames[depth];
        ref var spilled = ref frame.Spilled(slot);
        int kept = 1;
        while (kept < SlotBytes && frame.ByteAt(slot, kept) == StackByte.Spilled) kept++;
        value = Register.Number(Bounds.OfBits(8 * bytes));
        if (frame.IsDynptr(slot)) return Rejection.DynptrAccess();
        MarkRead(depth, slot);
        _state.LastStep!.StackFrame = depth;
        if (bytes == SlotBytes && kept == SlotBytes)
        {
            if (!isWanted) return _options.Strict && spilled.IsPointer ? Rejection.SpilledPointer("a pointer on the stack would be changed as a number (strict mode)") : null;
            Link(ref spilled);
            value = spilled;
            _state.LastStep!.StackSlot = slot;
            return null;
        }
        if (!spilled.IsNumber) return Rejection.SpilledPointer($"{spilled.What} was stored here; load it back whole, 8 bytes");
        if (!isWanted) return null;
        // Its lowest bytes are the number cut off.
        if (bytes <= kept && ByteOf(from) == 0)
        {
            if (spilled.Bounds.UMax <= LargestOf(bytes)) Link(ref spilled);
            value = spilled;
            if (spilled.Bounds.UMax > LargestOf(bytes)) Unlink(ref value);
            value.Bounds = Truncated(value.Bounds, bytes);
            _state.LastStep.StackSlot = slot;
            return null;
        }
        bool zero = true, stored = true;
        for (int n = 0; n < bytes; n++)
        {
            var what = frame.ByteAt(slot, ByteOf(from) + n);
            zero &= what == StackByte.Zero;
            stored &= what == StackByte.Spilled;
            if (what == StackByte.Unset && _options.Strict) return Rejection.StackUnset(Instruction.FramePointer, from + n);
        }
        if (stored && spilled.IsZero) _state.LastStep.StackSlot = slot;
        if (zero || (stored && spilled.IsZero)) value = Register.Constant(0);
        return null;
    }

    /// <summary>Loads bytes that may lie in several slots, or at a place that varies.</summary>
    Rejection? ReadBytes(int register, int depth, int from, int to, bool isWanted, int bytes, out Register value)
    {
        value = Register.Number(Bounds.OfBits(8 * bytes));
        var frame = _state.Frames[depth];
        bool zero = true;
        for (int at = from; at < to; at++)
        {
            int slot = SlotOf(at);
            var what = frame.ByteAt(slot, ByteOf(at));
            if (what == StackByte.Dynptr) return Rejection.DynptrAccess();
            if (what == StackByte.Unset && _options.Strict) return Rejection.StackUnset(register, at);
            if (what == StackByte.Spilled && frame.IsSpilled(slot) && frame.Spilled(slot).IsPointer && _options.Strict)
                return Rejection.SpilledPointer("a pointer on the stack would be read as a number (strict mode)");
            zero &= what == StackByte.Zero;
            MarkRead(depth, slot);
        }
        if (isWanted && zero) value = Register.Constant(0);
        return null;
    }

    Rejection? WriteStack(int register, in Register pointer, int offset, int bytes, in Register value, int from)
    {
        if (LocateOnStack(register, pointer, offset, bytes, out var frame, out int low, out int high) is { } outside) return outside;
        for (int at = SlotOf(low); at >= SlotOf(high - 1); at--)
        {
            // Which of them the store ends is only known when it runs.
            if (!pointer.Bounds.IsConst && frame.IsDynptr(at)) return Rejection.DynptrAccess();
            if (EndDynptr(frame, at) is { } kept) return kept;
        }
        if (!pointer.Bounds.IsConst)
        {
            if (_options.Strict) return Rejection.StackBounds(register, bytes, $"the variable offset {pointer.OffsetText(offset)}");
            return Smear(frame, low, high, value.IsZero, from);
        }
        int slot = SlotOf(low);
        (_state.LastStep!.StackFrame, _state.LastStep.StackSlot) = (pointer.Frame, slot);
        bool wasPointer = frame.IsSpilled(slot) && frame.Spilled(slot).IsPointer;
        if (wasPointer && bytes != SlotBytes && _options.Strict) return Rejection.SpilledPointer("a part of a pointer on the stack would be overwritten (strict mode)");

        if (value.IsPointer)
        {
            if (bytes != SlotBytes) return Rejection.SpilledPointer($"r{from} is {value.What}; store it whole, 8 bytes");
            if (value.Kind == RegisterKind.Stack && frame != _state.Top) return Rejection.SpilledPointer("a pointer into the stack cannot be stored in a caller's stack");
            Spill(frame, slot, bytes, value);
        }
        else if (ByteOf(low) == 0 && (from != NoRegister || value.IsConstant))
        {
            var number = value;
            if (from != NoRegister && value.Bounds.UMax <= LargestOf(bytes))
            {
                Link(ref R[from]);
                number = R[from];
            }
            else if (value.Bounds.UMax > LargestOf(bytes))
            {
                Unlink(ref number);
            }
            Spill(frame, slot, bytes, number);
        }
        else
        {
            if (frame.IsSpilled(slot)) frame.Scrub(slot);
            bool zero = value.IsZero;
            if (zero && from != NoRegister) MarkPrecise(from);
            for (int n = 0; n < bytes; n++) frame.SetByte(slot, ByteOf(low) + n, zero ? StackByte.Zero : StackByte.Number);
        }
        if (bytes == SlotBytes) frame.Written |= 1ul << slot;
        return null;
    }

    /// <summary>A register, or its lower bytes, from a slot's first byte on. The bytes above keep what they are, but for what was spilled before.</summary>
    static void Spill(CallFrame frame, int slot, int bytes, in Register value)
    {
        if (frame.IsSpilled(slot)) frame.Scrub(slot);
        for (int n = 0; n < bytes; n++) frame.SetByte(slot, n, StackByte.Spilled);
        frame.Spilled(slot) = value;
    }

    /// <summary>A write at a place that varies: every byte there may be the old one or the new one.</summary>
    Rejection? Smear(CallFrame frame, int low, int high, bool zero, int from)
    {
        for (int at = low; at < high; at++)
        {
            int slot = SlotOf(at), n = ByteOf(at);
            var what = frame.ByteAt(slot, n);
            bool isZero = what == StackByte.Zero || (what == StackByte.Spilled && frame.IsSpilled(slot) && frame.Spilled(slot).IsZero);
            if (zero && isZero)
            {
                if (from != NoRegister) MarkPrecise(from);
                continue;
            }
            if (frame.IsSpilled(slot)) frame.Scrub(slot);
            frame.SetByte(slot, n, StackByte.Number);
        }
        return null;
    }
}
