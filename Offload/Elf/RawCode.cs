using Chainring.Offload.Isa;

namespace Chainring.Offload.Elf;

/// <summary>Code without an object around it: checked as that of a function in an object is, with its calls.</summary>
public static class RawCode
{
    public static Result<Instruction[]> Read(ReadOnlySpan<byte> bytes, string owner)
    {
        if (!Encoding.Decode(bytes, owner).Try(out var code, out var problem)) return problem;
        if (code.Length == 0) return LoadError.EmptyFunction(owner);
        if (CodeChecks.Check(code, bytes, owner) is { } error) return error;
        for (int slot = 0; slot < code.Length; slot += code[slot].Slots)
        {
            var raw = bytes.Slice(slot * Encoding.SlotBytes, Encoding.SlotBytes);
            var i = code[slot];
            if (i.Kind == InstructionKind.LoadConstant && i.Constant != ConstantKind.Value) return LoadError.RawReference(owner, slot, raw);
            if (i.Kind == InstructionKind.Call && i.Call == CallKind.Kfunc) return LoadError.UnnamedKernelFunction(owner, slot, raw);
            if (!i.IsLocalCall) continue;
            long target = slot + 1L + i.Displacement;
            if (target < 0 || target >= code.Length) return LoadError.JumpOutside(owner, slot, raw, target);
            if (code[(int)target].Kind == InstructionKind.Continuation) return LoadError.JumpIntoConstant(owner, slot, raw, target);
        }
        return code;
    }
}
