using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Offload.Verify;

// Arithmetic on numbers and pointers.
sealed partial class Walk
{
    /// <summary>How far a pointer may be moved (BPF_MAX_VAR_OFF), either way.</summary>
    const long MaxOffset = 1 << 29;

    Rejection? LoadConstant(in Instruction i)
    {
        if (i.Dst == Instruction.FramePointer) return Rejection.FramePointer();
        ref var dst = ref R[i.Dst];
        if (_references.TryGetValue(_slot, out var reference))
        {
            dst = Register.Pointer(reference.IsValue ? RegisterKind.MapValue : RegisterKind.Map) with { Map = _mapAt[_slot], Offset = reference.Offset };
            return null;
        }
        if (i.Constant is not (ConstantKind.Value or ConstantKind.Code)) return Rejection.Unavailable("it names a map or variable by a number of which nothing is known");
        if (i.Constant == ConstantKind.Code) return LoadFunction(_slot + 1 + (int)i.Immediate, ref dst);
        dst = Register.Constant((ulong)i.Immediate);
        return null;
    }

    Rejection? LoadFunction(int start, ref Register dst)
    {
        int function = _graph.FunctionStartingAt(start);
        if (function >= 0 && _graph.Functions[function] is { Parameters: not null } called) return Rejection.GlobalFunction(called.Name, "its address cannot be taken; declare it static");
        dst = Register.Pointer(RegisterKind.Function) with { Size = start };
        return null;
    }

    /// <summary>Addresses of values are right wherever they stand, even where no path leads.</summary>
    Rejection? CheckDirectValues()
    {
        foreach (var (slot, reference) in _references)
        {
            var map = _mapAt[slot]!.Spec;
            if (reference.IsValue && (map.Type != MapType.Array || map.MaxEntries != 1 || (uint)reference.Offset >= (uint)map.ValueSize))
                return Rejection.DirectValue(map, reference.Offset) with { Slot = slot };
        }
        return null;
    }

    Rejection? Alu(in Instruction i)
    {
        if (i.Dst == Instruction.FramePointer) return Rejection.FramePointer();
        if (i.FromRegister && Needs(i.Src) is { } unset) return unset;
        if (i.Alu is AluOp.Mov or AluOp.MovSx8 or AluOp.MovSx16 or AluOp.MovSx32) return Move(i);
        if (Needs(i.Dst) is { } none) return none;
        bool isUnary = i.Alu is AluOp.Neg or >= AluOp.Le16;
        if (!isUnary && !i.FromRegister && CheckConstant(i) is { } constant) return constant;

        ref var dst = ref R[i.Dst];
        var operand = isUnary ? Register.Constant(0) : Operand(i);
        if (!dst.IsPointer && !operand.IsPointer)
        {
            if (i.Alu is AluOp.And or AluOp.Or && operand.Bounds.IsConst) Divide(i.Dst);
            Calculate(i, ref dst, operand);
            return null;
        }
        if (isUnary) return Disguise(i.Dst, i.Dst, "its bits");
        return OnPointers(i, ref dst, operand);
    }

    /// <summary>
    /// A mask of all ones or none (<c>x s>>= 63; x &amp;= K</c>) is two constants: one path each, so that what comes of it is known (maybe_fork_scalars
    /// in kernel/bpf/verifier.c). The other path executes the instruction again.
    /// </summary>
    void Divide(int register)
    {
        ref readonly var bounds = ref R[register].Bounds;
        bool is64 = bounds is { SMin: -1, SMax: 0 };
        if (!is64 && bounds is not { SMin32: -1, SMax32: 0 }) return;
        SetTo(ref Fork(_slot).Top.Registers[register], 0);
        SetTo(ref R[register], ulong.MaxValue);

        void SetTo(ref Register half, ulong value)
        {
            var constant = Bounds.Const(is64 ? value : (uint)value);
            Bounds.TryRefine(CompareOp.Eq, is64, taken: true, ref half.Bounds, ref constant);
        }
    }

    /// <summary>What Linux refuses of constants, although it is defined: dividing by 0, shifting by the operand's width or more.</summary>
    static Rejection? CheckConstant(in Instruction i)
    {
        int bits = i.Is64 ? 64 : 32;
        return i.Alu switch
        {
            AluOp.Div or AluOp.SDiv or AluOp.Mod or AluOp.SMod when i.Immediate == 0 => Rejection.DivisionByZero(),
            AluOp.Lsh or AluOp.Rsh or AluOp.Arsh when i.Immediate < 0 || i.Immediate >= bits => Rejection.ShiftAmount(i.Immediate, bits),
            _ => null,
        };
    }

    /// <summary>A pointer becomes a number of which nothing is known; strict mode would not have it seen.</summary>
    Rejection? Disguise(int from, int to, string how)
    {
        if (_options.Strict) return Rejection.PointerLeak(from, R[from].What, how);
        R[to] = Register.Unknown;
        return null;
    }

    Rejection? Move(in Instruction i)
    {
        ref var dst = ref R[i.Dst];
        if (!i.FromRegister)
        {
            dst = Register.Number(Result(i, default, Bounds.Const((ulong)i.Immediate)));
            return null;
        }
        ref var src = ref R[i.Src];
        if (i.Alu == AluOp.Mov && i.Is64)
        {
            Link(ref src);
            dst = src;
            return null;
        }
        if (src.IsPointer)
        {
            if (Disguise(i.Src, i.Dst, "a part of it") is { } leak) return leak;
            if (!i.Is64) dst.Bounds = Bounds.OfBits(32);
            return null;
        }
        var moved = Result(i, default, IsExtensionFollowed(i, src.Bounds) ? src.Bounds : Bounds.Unknown);
        // The copy is the same number if nothing of it is cut off or extended.
        ulong limit = i.Alu switch { AluOp.MovSx8 => 0x7f, AluOp.MovSx16 => 0x7fff, AluOp.MovSx32 => int.MaxValue, _ => uint.MaxValue };
        bool isSame = src.Bounds.UMax <= limit;
        if (isSame) Link(ref src);
        dst = src;
        if (!isSame) Unlink(ref dst);
        dst.Bounds = moved;
        return null;
    }

    /// <summary>A number that is copied gets an id, so that what is learned of one is learned of the other. Constants are known anyway.</summary>
    void Link(ref Register number)
    {
        if (!number.IsNumber) return;
        if (number.HasDelta) Unlink(ref number);
        if (number.Id == 0 && !number.Bounds.IsConst) number.Id = NewId();
    }

    /// <summary>
    /// Linux knows nothing of the results of division, and of shifts by amounts that it does not know: not even that those of 32-bit operations have
    /// upper halves of 0 (is_safe_to_compute_dst_reg_range in kernel/bpf/verifier.c).
    /// </summary>
    static bool IsFollowed(in Instruction i, in Bounds operand) => i.Alu switch
    {
        AluOp.Div or AluOp.SDiv or AluOp.Mod or AluOp.SMod => false,
        AluOp.Lsh or AluOp.Rsh or AluOp.Arsh => i.Is64 ? operand.IsConst && operand.UMax < 64 : operand.UMin32 == operand.UMax32 && operand.UMax < 32,
        _ => true,
    };

    /// <summary>Cutting a number off where nothing is changes nothing, and its least value stays known (coerce_reg_to_size in kernel/bpf/verifier.c).</summary>
    static bool IsWholeAlready(in Instruction i, in Bounds number) => i.Alu switch
    {
        AluOp.Le16 => number.UMax <= ushort.MaxValue,
        AluOp.Le32 => number.UMax <= uint.MaxValue,
        _ => false,
    };

    /// <summary>
    /// What is known of a number is known of its extension if its least and its greatest value differ in the lower part only, and are of one sign there
    /// (coerce_reg_to_size_sx in kernel/bpf/verifier.c).
    /// </summary>
    static bool IsExtensionFollowed(in Instruction i, in Bounds number)
    {
        int bits = i.Alu switch { AluOp.MovSx8 => 8, AluOp.MovSx16 => 16, AluOp.MovSx32 => 32, _ => 64 };
        var (least, greatest) = i.Is64 ? (number.SMin, number.SMax) : (number.SMin32, number.SMax32);
        return bits == 64 || number.IsConst || least >> (bits - 1) == greatest >> (bits - 1);
    }

    static Bounds Result(in Instruction i, in Bounds a, in Bounds b) => Semantics.Alu<Bounds, Truth>(i.Alu, i.Is64, a, b);

    /// <summary>Numbers only. Adding a constant keeps the tie to those that the number was a copy of.</summary>
    static void Calculate(in Instruction i, ref Register dst, in Register operand)
    {
        var result = IsWholeAlready(i, dst.Bounds) ? dst.Bounds : IsFollowed(i, operand.Bounds) ? Result(i, dst.Bounds, operand.Bounds) : Bounds.Unknown;
        bool keepsTie = i.Alu == AluOp.Add && i.Is64 && dst.Id != 0 && !dst.HasDelta && operand.Bounds.IsConst && operand.Bounds.Value <= int.MaxValue;
        if (keepsTie) (dst.HasDelta, dst.Delta) = (true, (int)operand.Bounds.Value);
        else Unlink(ref dst);
        dst.Bounds = result;
    }

    Rejection? OnPointers(in Instruction i, ref Register dst, in Register operand)
    {
        string name = $"r{i.Dst}";
        if (dst.IsPointer && operand.IsPointer)
        {
            if (i.Alu == AluOp.Sub) return i.Is64 || !_options.Strict ? Disguise(i.Dst, i.Dst, "the difference") : Rejection.PointerArithmetic(i.Dst, dst.What, "32-bit arithmetic on it is not possible");
            return Rejection.PointerArithmetic(i.Dst, dst.What, "no arithmetic combines two pointers but a subtraction");
        }
        int pointerAt = dst.IsPointer ? i.Dst : i.Src;
        var pointer = dst.IsPointer ? dst : operand;
        var number = dst.IsPointer ? operand : dst;
        if (dst.IsPointer) { if (i.FromRegister) MarkPrecise(i.Src); }
        else MarkPrecise(i.Dst);

        if (!i.Is64)
            return i.Alu == AluOp.Sub && !_options.Strict ? Disguise(i.Dst, i.Dst, "") : Rejection.PointerArithmetic(pointerAt, pointer.What, "32-bit arithmetic on it is not possible");
        if (pointer.MaybeNull) return Rejection.PointerArithmetic(pointerAt, pointer.What, "compare it with 0 before adding to it");
        bool addsNothing = i.Alu == AluOp.Add && number.IsZero;
        if (pointer.Kind is RegisterKind.PacketEnd || pointer.IsSocket || (pointer.Kind == RegisterKind.Map && !addsNothing))
            return Rejection.PointerArithmetic(pointerAt, pointer.What, "no arithmetic on it is possible");
        if (i.Alu is not (AluOp.Add or AluOp.Sub)) return Rejection.PointerArithmetic(pointerAt, pointer.What, "only adding and subtracting is possible");
        if (CheckOffset(number.Bounds, pointer) is { } far) return far;
        if (i.Alu == AluOp.Sub && !dst.IsPointer) return Rejection.PointerArithmetic(pointerAt, pointer.What, "it cannot be subtracted from a number");
        if (i.Alu == AluOp.Sub && pointer.Kind == RegisterKind.Stack)
            return Rejection.PointerArithmetic(pointerAt, pointer.What, "nothing can be subtracted from it; add the negated number");

        dst = Moved(pointer, number.Bounds, i.Alu == AluOp.Sub);
        return CheckOffset(dst.Bounds, dst);
    }

    /// <summary>A pointer further on, or back.</summary>
    Register Moved(Register pointer, in Bounds by, bool back)
    {
        long distance = back ? -(long)by.Value : (long)by.Value;
        if (by.IsConst && (int)(pointer.Offset + distance) == pointer.Offset + distance)
        {
            pointer.Offset += (int)distance;
            return pointer;
        }
        pointer.Bounds = back ? pointer.Bounds - by : pointer.Bounds + by;
        if (pointer.IsPacketPointer)
        {
            // From here on it is another place; going back keeps what was proven from the old one.
            pointer.Id = NewId();
            if (!back || by.SMin < 0) pointer.Range = 0;
        }
        return pointer;
    }

    static Rejection? CheckOffset(in Bounds by, in Register pointer)
    {
        bool isFar = by.SMin <= -MaxOffset || by.SMin >= MaxOffset || by.IsConst && (long)by.Value is >= MaxOffset or <= -MaxOffset
            || pointer.Offset is >= (int)MaxOffset or <= -(int)MaxOffset;
        return isFar ? Rejection.PointerOffset(pointer.What, by.ToString()!) : null;
    }
}
