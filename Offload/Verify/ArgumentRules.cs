using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Offload.Verify;

/// <summary>A call of a helper, and what its arguments turned out to be.</summary>
sealed class HelperUse(HelperRow row, string name)
{
    public HelperRow Row => row;

    /// <summary>As C calls it: <c>bpf_map_lookup_elem</c>.</summary>
    public string Name => name;

    public MapFacts? Map { get; set; }

    /// <summary>The pointer that a lock lies at.</summary>
    public Register Pointer { get; set; }

    /// <summary>The key is a constant below the array's size, so that the value is there.</summary>
    public bool KeyIsThere { get; set; }

    /// <summary>The first dynamic pointer among the arguments.</summary>
    public Register Dynptr { get; set; }

    /// <summary>Bytes of the memory that r0 will point to.</summary>
    public int Size { get; set; }

    /// <summary>The function to call, and the registers that named it and what it is given.</summary>
    public int Function { get; set; }

    public int FunctionArgument { get; set; }

    public int ContextArgument => FunctionArgument + 1;

    /// <summary>The reference that the call gives back; 0 if none.</summary>
    public uint Released { get; set; }

    /// <summary>Memory on the stack that the helper fills without reading it.</summary>
    public (int Register, int Bytes)? Overwritten { get; set; }
}

// What helpers demand of their arguments.
sealed partial class Walk
{
    /// <summary>The largest size that a helper may be given (BPF_MAX_VAR_SIZ).</summary>
    const ulong MaxSize = 1 << 29;

    Rejection? CheckArgument(HelperUse call, int index)
    {
        int register = index + FirstArgument;
        var argument = call.Row.Arguments[index];
        if (argument.MayBeUnset && !R[register].IsSet) return null;
        if (Needs(register) is { } unset) return unset;
        var value = R[register];
        if (value.IsPacketPointer && argument.Kind != ArgumentKind.Number && !call.Row.TakesPacket) return Rejection.PacketArgument(call.Name, register);

        Rejection Wrong(string needed) => Rejection.Argument(call.Name, register, needed, value.What);
        switch (argument.Kind)
        {
            case ArgumentKind.Number:
                return _options.Strict && value.IsPointer ? Rejection.PointerLeak(register, value.What, $"{call.Name}()") : null;

            case ArgumentKind.Context:
                return value.Kind == RegisterKind.Context ? CheckContext(register, value) : Wrong("the context");

            case ArgumentKind.Map:
                if (value.Kind != RegisterKind.Map || value.MaybeNull) return Wrong("a map");
                call.Map = value.Map!;
                if (!MapEffects.Admits(call.Map.Spec.Type, call.Row.Effect)) return Rejection.MapKind(call.Name, call.Map.Spec);
                return MapEffects.Changes(call.Row.Effect) && !call.Map.ProgramsMayWrite ? Rejection.ReadOnly($"map {call.Map.Spec.Name}") : null;

            case ArgumentKind.ProgramArray:
                if (value.Kind != RegisterKind.Map || value.MaybeNull) return Wrong("a prog array");
                return value.Map!.Spec.Type == MapType.ProgramArray ? null : Rejection.MapKind(call.Name, value.Map.Spec);

            case ArgumentKind.MapKey:
                if (CheckMemory(call, register, call.Map!.Spec.KeySize, argument.Access, mayBeEmpty: false) is { } noKey) return noKey;
                call.KeyIsThere = IsKeyThere(call.Map.Spec, register, value);
                return null;

            case ArgumentKind.MapValue:
                return CheckMemory(call, register, call.Map!.Spec.ValueSize, argument.Access, mayBeEmpty: false);

            case ArgumentKind.PeekedValue:
                var access = call.Map!.Spec.Type == MapType.BloomFilter ? MemoryAccess.Read : MemoryAccess.Write;
                return CheckMemory(call, register, call.Map.Spec.ValueSize, access, mayBeEmpty: false);

            case ArgumentKind.FixedMemory:
                if (argument.IsAligned && value.Kind == RegisterKind.Stack && CheckAligned(value, 0, argument.Bytes) is { } misaligned) return misaligned;
                return CheckMemory(call, register, argument.Bytes, argument.Access, mayBeEmpty: false, argument.IsFilled);

            case ArgumentKind.Memory:
                return value.IsNumber && !(argument.MayBeNull && value.IsZero) ? Wrong("a pointer to memory") : null;

            case ArgumentKind.MemorySize:
                return CheckSized(call, index, value);

            case ArgumentKind.ValueMemory:
                return value.Kind == RegisterKind.MapValue && !value.MaybeNull ? null : Wrong("memory in a map's value");

            case ArgumentKind.StackOrNull:
                return value.Kind == RegisterKind.Stack || value.IsZero ? null : Wrong("a pointer into the stack, or 0");

            case ArgumentKind.Dynptr:
                if (FindDynptr(call, register, argument, out var dynptr) is { } noDynptr) return noDynptr;
                if (!call.Dynptr.IsSet) call.Dynptr = dynptr;
                if (argument.Releases) call.Released = dynptr.Reference;
                return null;

            case ArgumentKind.NewDynptr:
                if (value.Kind != RegisterKind.Stack) return Wrong("a place on the stack for a dynamic pointer");
                // A clone is of the kind of what it is a clone of, and holds what that holds.
                return argument.Dynptrs == DynptrKinds.Any
                    ? MakeDynptr(register, call.Dynptr.Dynptrs, call.Dynptr.Reference)
                    : MakeDynptr(register, argument.Dynptrs, 0);

            case ArgumentKind.Socket:
                return value.IsSocket && !value.MaybeNull ? null : Wrong("a socket that was looked up");

            case ArgumentKind.ReleasedSocket:
                if (!value.IsSocket || value.MaybeNull || value.Reference == 0) return Wrong("a socket that was looked up");
                call.Released = value.Reference;
                return null;

            case ArgumentKind.ResultSize:
                if (!value.IsConstant) return Rejection.NotConstant(call.Name, register, value.What);
                MarkPrecise(register);
                if (value.Bounds.Value > int.MaxValue) return Rejection.ArgumentSize(call.Name, register, $"is {value.Bounds}, more than a record can have");
                call.Size = (int)value.Bounds.Value;
                return null;

            case ArgumentKind.Function:
                if (value.Kind != RegisterKind.Function || value.Offset != 0 || value.Bounds is not { IsConst: true, Value: 0 }) return Wrong("a function");
                (call.Function, call.FunctionArgument) = (value.Size, register);
                return null;

            case ArgumentKind.LockInValue:
                return CheckLockArgument(call, register, value);

            case ArgumentKind.Text:
                return CheckText(call, register, value);

            case ArgumentKind.Record:
                if (value.Kind != RegisterKind.Memory || value.Reference == 0 || value.MaybeNull) return Wrong("a record that was reserved");
                if (value.Offset != 0 || !value.Bounds.IsConst || value.Bounds.Value != 0) return Rejection.NotReleasable(call.Name, register, $"{value.What} + {value.OffsetText()}");
                call.Released = value.Reference;
                return null;

            default:
                throw new InvalidOperationException($"{call.Name}: an argument of kind {argument.Kind}");
        }
    }

    /// <summary>A size, and the memory in the argument before it.</summary>
    Rejection? CheckSized(HelperUse call, int index, in Register size)
    {
        int register = index + FirstArgument;
        var memory = call.Row.Arguments[index - 1];
        var argument = call.Row.Arguments[index];
        bool mayBeEmpty = argument.MayBeZero;
        if (!size.IsNumber) return Rejection.ArgumentSize(call.Name, register, $"is {size.What}, not a number");
        if (size.Bounds.SMin < 0) return Rejection.ArgumentSize(call.Name, register, $"may be negative ({size.Bounds}); compare it, or mask it with &=");
        if (size.Bounds.UMin == 0 && !mayBeEmpty) return Rejection.ArgumentSize(call.Name, register, $"may be 0 ({size.Bounds})");
        if (size.Bounds.UMax >= MaxSize) return Rejection.ArgumentSize(call.Name, register, $"is not bounded ({size.Bounds}); compare it, or mask it with &=");
        MarkPrecise(register);
        if (argument.IsResultSize)
        {
            if (!size.IsConstant) return Rejection.NotConstant(call.Name, register, size.What);
            call.Size = (int)size.Bounds.Value;
            if (memory.MayBeNull && R[register - 1].IsZero) return null;
        }
        // Of memory that is only written everything is known to be written if the size is constant; else it has to be readable.
        var access = size.IsConstant ? memory.Access : memory.Access | MemoryAccess.Read;
        return CheckMemory(call, register - 1, (int)size.Bounds.UMax, access, mayBeEmpty, memory.IsFilled);
    }

    /// <summary>Whether a helper may touch memory that a register points to.</summary>
    /// <param name="isFilled">What is there before counts, though it is only written.</param>
    Rejection? CheckMemory(HelperUse call, int register, int bytes, MemoryAccess access, bool mayBeEmpty, bool isFilled = false)
    {
        var pointer = R[register];
        if (pointer.IsNumber || pointer.Kind is RegisterKind.Context or RegisterKind.Map or RegisterKind.Function or RegisterKind.PacketEnd)
            return mayBeEmpty && bytes == 0 && pointer.IsZero ? null : Rejection.Argument(call.Name, register, "a pointer to memory", pointer.What);
        if (pointer.Kind != RegisterKind.Stack) return Reach(register, pointer, 0, bytes, access, mayBeEmpty);

        if (LocateOnStack(register, pointer, 0, bytes, out var frame, out int from, out int to) is { } outside) return outside;
        if (bytes == 0) return mayBeEmpty ? null : Rejection.ArgumentSize(call.Name, register + 1, "is 0");
        if (!pointer.Bounds.IsConst && _options.Strict) return Rejection.StackBounds(register, bytes, $"the variable offset {pointer.OffsetText()}");
        if (access == MemoryAccess.Write && !isFilled && pointer.Bounds.IsConst)
        {
            // A dynamic pointer would not end here, as by a store, since the helper may use it yet.
            for (int at = from; at < to; at++)
            {
                if (frame.ByteAt(SlotOf(at), ByteOf(at)) == StackByte.Dynptr) return Rejection.DynptrAccess();
            }
            call.Overwritten = (register, bytes);
            return null;
        }
        return CheckStackArgument(register, pointer.Frame, frame, from, to, (access & MemoryAccess.Write) != 0);
    }

    /// <summary>A helper reads these bytes of the stack, and changes them if it may.</summary>
    Rejection? CheckStackArgument(int register, int depth, CallFrame frame, int from, int to, bool changes)
    {
        for (int at = from; at < to; at++)
        {
            int slot = SlotOf(at), n = ByteOf(at);
            var what = frame.ByteAt(slot, n);
            if (what == StackByte.Dynptr) return Rejection.DynptrAccess();
            if (what == StackByte.Unset && _options.Strict) return Rejection.StackUnset(register, at);
            // What led to the packet before it moved is no pointer any more, and no number either.
            if (_options.Strict && what == StackByte.Spilled && !frame.Spilled(slot).IsNumber) return Rejection.SpilledPointer("a helper would read a pointer on the stack (strict mode)");
            if (changes)
            {
                if (frame.IsSpilled(slot)) frame.Scrub(slot);
                frame.SetByte(slot, n, StackByte.Number);
            }
            MarkRead(depth, slot);
        }
        return null;
    }

    /// <summary>An array's value for a constant key below its size is always there, so that nothing has to be compared with null.</summary>
    bool IsKeyThere(MapSpec map, int register, in Register key)
    {
        if (map.Type is not (MapType.Array or MapType.PerCpuArray) || key.Kind != RegisterKind.Stack || !key.Bounds.IsConst) return false;
        var frame = _state.Frames[key.Frame];
        int offset = key.Offset + (int)key.Bounds.Value, slot = SlotOf(offset);
        // Zeroes, or a number that ends where the key does (get_constant_map_key in kernel/bpf/verifier.c).
        int first = ByteOf(offset), zeroes = 0, stored = 0;
        while (first + zeroes < SlotBytes && frame.ByteAt(slot, first + zeroes) == StackByte.Zero) zeroes++;
        while (first + stored < SlotBytes && frame.ByteAt(slot, first + stored) == StackByte.Spilled) stored++;
        ulong? constant = zeroes >= map.KeySize ? 0
            : stored == map.KeySize && frame.IsSpilledNumber(slot) && frame.Spilled(slot).IsConstant ? frame.Spilled(slot).Bounds.Value
            : null;
        if (constant is not { } number) return false;
        // Whether it is there or not, it was asked for.
        if (frame.IsSpilledNumber(slot)) MarkPrecise(key.Frame, slot);
        return number < (ulong)map.MaxEntries;
    }

    static Rejection? CheckLockArgument(HelperUse call, int register, in Register value)
    {
        if (value.Kind != RegisterKind.MapValue || value.MaybeNull) return Rejection.Argument(call.Name, register, "the lock in a map's value", value.What);
        if (value.Map!.Spec.LockOffset is not { } at) return Rejection.LockRule($"values of map {value.Map.Spec.Name} have no lock (struct bpf_spin_lock)");
        if (!value.Bounds.IsConst) return Rejection.LockRule($"the place of the lock in r{register} is not constant ({value.OffsetText()})");
        if (value.Offset + (long)value.Bounds.Value != at) return Rejection.LockRule($"r{register} is at {value.OffsetText()} of the value, and the lock is at {at}");
        call.Pointer = value;
        return null;
    }

    static Rejection? CheckText(HelperUse call, int register, in Register value)
    {
        if (value.Kind != RegisterKind.MapValue || value.MaybeNull || value.Map!.ProgramsMayWrite || value.Map.Constants.IsEmpty)
            return Rejection.Argument(call.Name, register, "a constant text (a string literal, or one in .rodata)", value.What);
        if (!value.Bounds.IsConst) return Rejection.NotConstant(call.Name, register, $"at {value.OffsetText()} of it");
        if (ReachRegion(register, value, 0, 1, value.Map.Spec.ValueSize, mayBeEmpty: false) is { } outside) return outside;
        int from = value.Offset + (int)value.Bounds.Value;
        return value.Map.Constants.Span[from..].Contains((byte)0) ? null : Rejection.Argument(call.Name, register, "a text that ends with a zero", "one that does not");
    }
}
