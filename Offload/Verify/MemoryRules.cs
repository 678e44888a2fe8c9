using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Offload.Verify;

// What loads and stores may touch, and what they leave.
sealed partial class Walk
{
    /// <summary>No register: the value that an access brings or takes is of no interest.</summary>
    const int NoRegister = -1;

    Rejection? Load(in Instruction i)
    {
        if (i.Dst == Instruction.FramePointer) return Rejection.FramePointer();
        if (Needs(i.Src) is { } unset) return unset;
        int bytes = (int)i.Size;
        if (CheckKind(R[i.Src]) is { } different) return different;
        if (i.Load == LoadKind.Acquiring && CheckAtomic(i.Src, i.Offset, bytes) is { } unordered) return unordered;
        if (Read(i.Src, i.Offset, bytes, isWanted: true, out var value) is { } rejection) return rejection;
        NoteAccess(R[i.Src], i.Offset);
        if (value.IsNumber)
        {
            var was = value.Bounds;
            value.Bounds = Truncated(value.Bounds, bytes);
            value.Bounds = Semantics.Loaded<Bounds, Truth>(i.Size, i.Load == LoadKind.SignExtending, value.Bounds);
            if (value.Bounds != was) Unlink(ref value);
        }
        else if (i.Load == LoadKind.SignExtending)
        {
            return Rejection.SpilledPointer("a pointer cannot be loaded with its sign extended");
        }
        R[i.Dst] = value;
        return null;
    }

    Rejection? Store(in Instruction i)
    {
        if (Needs(i.Dst) is { } unset) return unset;
        if (i.FromRegister && Needs(i.Src) is { } none) return none;
        if (CheckKind(R[i.Dst]) is { } different) return different;
        NoteStore(R[i.Dst]);
        if (i.Store == StoreKind.Releasing && CheckAtomic(i.Dst, i.Offset, (int)i.Size) is { } unordered) return unordered;
        var value = Operand(i);
        // Where a dynamic pointer is, Linux does not remember on the stack.
        bool isFollowed = i.FromRegister && value.Kind != RegisterKind.Dynptr;
        if (Write(i.Dst, i.Offset, (int)i.Size, value.Kind == RegisterKind.Dynptr ? Register.Unknown : value, isFollowed ? i.Src : NoRegister) is { } unwritable) return unwritable;
        NoteAccess(R[i.Dst], i.Offset);
        return null;
    }

    Rejection? Atomic(in Instruction i)
    {
        if (Needs(i.Src) is { } noSrc) return noSrc;
        if (Needs(i.Dst) is { } noDst) return noDst;
        bool fetches = i.Atomic >= AtomicOp.FetchAdd;
        int result = i.Atomic == AtomicOp.CmpXchg ? 0 : i.Src;
        if (i.Atomic == AtomicOp.CmpXchg && Needs(0) is { } unset) return unset;
        if (i.Atomic == AtomicOp.CmpXchg && _options.Strict && R[0].IsPointer) return Rejection.PointerLeak(0, R[0].What, "storing it");
        if (_options.Strict && R[i.Src].IsPointer) return Rejection.PointerLeak(i.Src, R[i.Src].What, "storing it");
        if (fetches && result == Instruction.FramePointer) return Rejection.FramePointer();
        int bytes = (int)i.Size;
        NoteStore(R[i.Dst]);
        if (CheckAtomic(i.Dst, i.Offset, bytes) is { } unordered) return unordered;
        if (Read(i.Dst, i.Offset, bytes, isWanted: fetches, out var old) is { } unreadable) return unreadable;
        if (Write(i.Dst, i.Offset, bytes, Register.Unknown, NoRegister) is { } unwritable) return unwritable;
        NoteAccess(R[i.Dst], i.Offset);
        if (!fetches) return null;
        if (old.IsNumber)
        {
            Unlink(ref old);
            old.Bounds = Truncated(old.Bounds, bytes);
        }
        R[result] = old;
        return null;
    }

    /// <summary>Contexts and sockets are not memory, so code that reaches them is another than code that reaches memory.</summary>
    Rejection? CheckKind(in Register pointer)
    {
        var before = _reached[_slot] ?? pointer.Kind;
        _reached[_slot] = pointer.Kind;
        return before == pointer.Kind || (IsMemory(before) && IsMemory(pointer.Kind))
            ? null
            : Rejection.DifferentPointers(pointer.What, Register.Pointer(before).What);
    }

    static bool IsMemory(RegisterKind kind) => kind is not (RegisterKind.Context or RegisterKind.Socket or RegisterKind.CommonSocket);

    /// <summary>The lowest bytes of a number.</summary>
    static Bounds Truncated(in Bounds number, int bytes) => bytes == sizeof(ulong) ? number : number & Bounds.Const(LargestOf(bytes));

    static ulong LargestOf(int bytes) => ulong.MaxValue >> (64 - 8 * bytes);

    /// <summary>Where accesses can be atomic, or ordered: not in packets, and at multiples of their size.</summary>
    Rejection? CheckAtomic(int register, int offset, int bytes) =>
        R[register].Kind is RegisterKind.Context or RegisterKind.Packet or RegisterKind.Metadata or RegisterKind.Socket or RegisterKind.CommonSocket
            ? Rejection.AtomicTarget(register, R[register].What)
            : CheckAligned(R[register], offset, bytes);

    static Rejection? CheckAligned(in Register pointer, int offset, int bytes)
    {
        var place = pointer.Bounds + Bounds.Const((ulong)((long)pointer.Offset + offset));
        return place.Bits.IsAligned(bytes) ? null : Rejection.Misaligned(pointer.What, pointer.OffsetText(offset), bytes);
    }

    /// <summary>What a load finds; of memory other than the stack a number at most.</summary>
    /// <param name="isWanted">False if only whether it may be read matters.</param>
    Rejection? Read(int register, int offset, int bytes, bool isWanted, out Register value)
    {
        value = Register.Number(Bounds.OfBits(8 * bytes));
        var pointer = R[register];
        switch (pointer.Kind)
        {
            case RegisterKind.Stack when !pointer.MaybeNull:
                if (CheckAligned(pointer, offset, bytes) is { } misaligned) return misaligned;
                return ReadStack(register, pointer, offset, bytes, isWanted, out value);
            case RegisterKind.Context:
                return ReadContext(register, pointer, offset, bytes, out value);
            case RegisterKind.Socket or RegisterKind.CommonSocket when !pointer.MaybeNull:
                bool mayLoad = offset >= 0 && SocketFields.MayLoad((uint)offset, bytes, pointer.Kind == RegisterKind.CommonSocket);
                return mayLoad ? null : Rejection.SocketAccess(register, offset, bytes);
            case RegisterKind.MapValue when !pointer.MaybeNull:
                if (Reach(register, pointer, offset, bytes, MemoryAccess.Read) is { } rejection) return rejection;
                if (ConstantAt(pointer, offset, bytes) is { } constant) value = Register.Constant(constant);
                return null;
            default:
                return Reach(register, pointer, offset, bytes, MemoryAccess.Read);
        }
    }

    /// <param name="from">The register that is stored; <see cref="NoRegister"/> for a constant or for what nobody can follow.</param>
    Rejection? Write(int register, int offset, int bytes, in Register value, int from)
    {
        var pointer = R[register];
        if (pointer.Kind == RegisterKind.Stack && !pointer.MaybeNull)
        {
            if (CheckAligned(pointer, offset, bytes) is { } misaligned) return misaligned;
            return WriteStack(register, pointer, offset, bytes, value, from);
        }
        if (_options.Strict && value.IsPointer) return Rejection.PointerLeak(from, value.What, $"storing it in {Describe(pointer)}");
        return pointer.Kind == RegisterKind.Context ? WriteContext(register, pointer, offset, bytes) : Reach(register, pointer, offset, bytes, MemoryAccess.Write);
    }

    static string Describe(in Register pointer) => pointer.Kind == RegisterKind.Context ? "the context" : pointer.IsPacketPointer ? "the packet" : "memory that others see";

    /// <summary>Whether bytes that are not on the stack may be touched.</summary>
    static Rejection? Reach(int register, in Register pointer, int offset, int bytes, MemoryAccess access, bool mayBeEmpty = false)
    {
        if (pointer.MaybeNull) return Rejection.NullCheck(register, pointer.What);
        switch (pointer.Kind)
        {
            case RegisterKind.Packet or RegisterKind.Metadata:
                return ReachPacket(register, pointer, offset, bytes, mayBeEmpty);

            case RegisterKind.MapValue:
                var map = pointer.Map!;
                if ((access & MemoryAccess.Write) != 0 && !map.ProgramsMayWrite) return Rejection.ReadOnly($"map {map.Spec.Name}");
                if ((access & MemoryAccess.Read) != 0 && !map.ProgramsMayRead) return Rejection.WriteOnly($"map {map.Spec.Name}");
                return ReachRegion(register, pointer, offset, bytes, map.Spec.ValueSize, mayBeEmpty) ?? CheckLock(pointer, offset, bytes);

            case RegisterKind.MapKey:
                if ((access & MemoryAccess.Write) != 0) return Rejection.ReadOnly($"a key of map {pointer.Map!.Spec.Name}");
                return ReachRegion(register, pointer, offset, bytes, pointer.Map!.Spec.KeySize, mayBeEmpty);

            case RegisterKind.Socket or RegisterKind.CommonSocket:
                return Rejection.ReadOnly("sockets");

            case RegisterKind.Memory:
                if ((access & MemoryAccess.Write) != 0 && pointer.ReadOnly) return Rejection.ReadOnly("this memory");
                return ReachRegion(register, pointer, offset, bytes, pointer.Size, mayBeEmpty);

            default:
                return Rejection.NotAPointer(register, pointer.What);
        }
    }

    static Rejection? ReachPacket(int register, in Register pointer, int offset, int bytes, bool mayBeEmpty)
    {
        if (pointer.Bounds.SMin < 0) return Rejection.PacketOffset(register, pointer.Bounds.ToString()!);
        long from = (long)pointer.Offset + offset;
        bool isThere = from >= 0 && (bytes > 0 || mayBeEmpty) && from + bytes <= pointer.Range;
        return isThere ? null : Rejection.PacketBounds(register, bytes, pointer.OffsetText(offset), pointer.Range);
    }

    static Rejection? ReachRegion(int register, in Register pointer, int offset, int bytes, long size, bool mayBeEmpty)
    {
        ref readonly var bounds = ref pointer.Bounds;
        long @fixed = (long)pointer.Offset + offset;
        if (bounds.SMin < 0 && (bounds.SMin == long.MinValue || bounds.SMin + @fixed < 0)) return Rejection.ValueOffset(register, pointer.What, $"negative ({bounds})");
        if (!IsInside(bounds.SMin + @fixed)) return Rejection.ValueBounds(register, pointer.What, bytes, pointer.OffsetText(offset), size);
        if (bounds.UMax >= (ulong)MaxOffset) return Rejection.ValueOffset(register, pointer.What, $"anything ({bounds})");
        return IsInside((long)bounds.UMax + @fixed) ? null : Rejection.ValueBounds(register, pointer.What, bytes, pointer.OffsetText(offset), size);

        bool IsInside(long from) => from >= 0 && (bytes > 0 || mayBeEmpty) && from + bytes <= size;
    }

    /// <summary>The lock in a value is not for loads and stores.</summary>
    static Rejection? CheckLock(in Register pointer, int offset, int bytes)
    {
        if (pointer.Map!.Spec.LockOffset is not { } at) return null;
        long @fixed = (long)pointer.Offset + offset;
        bool touches = pointer.Bounds.SMin + @fixed < at + MapSpec.LockBytes && at < (long)pointer.Bounds.UMax + @fixed + bytes;
        return touches ? Rejection.LockAccess(pointer.Map.Spec.Name) : null;
    }

    /// <summary>The number that lies in a map nobody can change any more; null if it is not known.</summary>
    static ulong? ConstantAt(in Register pointer, int offset, int bytes)
    {
        var constants = pointer.Map!.Constants.Span;
        if (!pointer.Bounds.IsConst || constants.IsEmpty) return null;
        long from = pointer.Offset + offset + (long)pointer.Bounds.Value;
        if (from < 0 || from + bytes > constants.Length) return null;
        ulong value = 0;
        for (int n = bytes - 1; n >= 0; n--) value = (value << 8) | constants[(int)from + n];
        return value;
    }

    Rejection? ReadContext(int register, in Register pointer, int offset, int bytes, out Register value)
    {
        value = Register.Number(Bounds.OfBits(8 * bytes));
        if (CheckContext(register, pointer) is { } moved) return moved;
        var field = ContextField.At(offset, bytes);
        if (field is null || (field.OnlyBehindMaps && !IsBehindMap)) return Rejection.ContextAccess(offset, bytes, write: false, ContextField.Readable);
        if (field.Pointer is { } kind) value = Register.Pointer(kind);
        NoteField(field);
        return null;
    }

    Rejection? WriteContext(int register, in Register pointer, int offset, int bytes)
    {
        if (CheckContext(register, pointer) is { } moved) return moved;
        var field = ContextField.At(offset, bytes);
        if (!_options.Offloaded || field is not { OffloadedMayWrite: true }) return Rejection.ContextAccess(offset, bytes, write: true, ContextField.Writable(_options.Offloaded));
        NoteField(field);
        return null;
    }

    static Rejection? CheckContext(int register, in Register pointer) =>
        pointer.Offset == 0 && pointer.Bounds.IsConst && pointer.Bounds.Value == 0 ? null : Rejection.ContextMoved(register, pointer.OffsetText());

    /// <summary>The program runs behind an entry of a device map, where it is known which interface the frame will leave by.</summary>
    bool IsBehindMap => _program.Section is "xdp/devmap" or "xdp.frags/devmap" || _program.Section.StartsWith("xdp_devmap/", StringComparison.Ordinal);
}
