using Chainring.Offload.Isa;

namespace Chainring.Offload.Elf;

/// <summary>
/// What must hold of every function before anything can be said about its meaning: jumps stay inside and hit instructions, the end
/// is not run over, r10 is not written. The kernel refuses the same before it verifies.
/// </summary>
static class CodeChecks
{
    public static LoadError? Check(ReadOnlySpan<Instruction> code, ReadOnlySpan<byte> bytes, string owner)
    {
        int last = 0;
        for (int slot = 0; slot < code.Length; slot += code[slot].Slots)
        {
            var raw = bytes.Slice(slot * Encoding.SlotBytes, Encoding.SlotBytes);
            if (WritesFramePointer(code[slot])) return LoadError.FramePointerWrite(owner, slot, raw);
            if (code[slot].Kind is InstructionKind.Branch or InstructionKind.Jump or InstructionKind.MayGoto)
            {
                long target = slot + 1L + code[slot].Displacement;
                if (target < 0 || target >= code.Length) return LoadError.JumpOutside(owner, slot, raw, target);
                if (code[(int)target].Kind == InstructionKind.Continuation) return LoadError.JumpIntoConstant(owner, slot, raw, target);
            }
            last = slot;
        }
        if (code[last].Kind is InstructionKind.Exit or InstructionKind.Jump) return null;
        return LoadError.FallsOffEnd(owner, last, bytes.Slice(last * Encoding.SlotBytes, Encoding.SlotBytes));
    }

    static bool WritesFramePointer(in Instruction instruction) => instruction.Kind switch
    {
        InstructionKind.Alu or InstructionKind.Load or InstructionKind.LoadConstant => instruction.Dst == Instruction.FramePointer,
        InstructionKind.Atomic => instruction.Src == Instruction.FramePointer
            && instruction.Atomic is >= AtomicOp.FetchAdd and <= AtomicOp.Xchg,
        _ => false,
    };
}
