using Chainring.Offload.Isa;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Chainring.Offload.Elf.Core;

/// <summary>Puts what a type relocation came to into its instruction: an immediate, an offset and size, a 64-bit constant.</summary>
static class CorePatch
{
    const int Load = 0, LoadFromRegister = 1, StoreImmediate = 2, StoreRegister = 3, Alu32 = 4, Alu64 = 7;
    const byte FromRegister = 8, LoadConstant = 0x18, Call = 0x85, SizeMask = 0x18;

    /// <summary>The size bits of a load or store by bytes.</summary>
    static readonly Dictionary<uint, byte> SizeBits = new() { [4] = 0x00, [2] = 0x08, [1] = 0x10, [8] = 0x18 };

    /// <summary>Changes the instruction, or says why it cannot.</summary>
    /// <param name="code">From the instruction on to the end of its function.</param>
    /// <param name="isMissing">The target has nothing for it, and it is now a call that nobody may reach.</param>
    public static string? Apply(Span<byte> code, in CoreResolution resolution, out bool isMissing)
    {
        isMissing = resolution.Target is null;
        if (resolution.Target is not { } target)
        {
            Poison(code);
            return null;
        }
        switch (code[0] & 7)
        {
            case Alu32 or Alu64:
                if ((code[0] & FromRegister) != 0) return "the instruction takes no constant";
                if (IsUnexpected(resolution, (ulong)ReadInt32LittleEndian(code[4..]))) return Unexpected;
                WriteUInt32LittleEndian(code[4..], (uint)target.Number);
                return null;
            case LoadFromRegister or StoreImmediate or StoreRegister:
                if (IsUnexpected(resolution, (ulong)ReadInt16LittleEndian(code[2..]))) return Unexpected;
                if (target.Number > (ulong)short.MaxValue) return "its offset is larger than an instruction can say";
                if (target.Size != resolution.Own.Size && !resolution.MayResize)
                {
                    isMissing = true;
                    Poison(code);
                    return null;
                }
                WriteInt16LittleEndian(code[2..], (short)target.Number);
                return target.Size == resolution.Own.Size ? null : Resize(code, resolution.Own.Size, target.Size);
            case Load when code[0] == LoadConstant && code.Length >= 2 * Encoding.SlotBytes:
                if ((code[1] & 0xf0) != 0) return "the constant is a map, variable or function";
                if (IsUnexpected(resolution, ReadUInt32LittleEndian(code[4..]) | ((ulong)ReadUInt32LittleEndian(code[12..]) << 32))) return Unexpected;
                WriteUInt32LittleEndian(code[4..], (uint)target.Number);
                WriteUInt32LittleEndian(code[12..], (uint)(target.Number >> 32));
                return null;
            default:
                return "the instruction has no field for it";
        }
    }

    const string Unexpected = "the instruction does not hold what the object's own types say";

    static bool IsUnexpected(in CoreResolution resolution, ulong held) => resolution.Own.IsCertain && held != resolution.Own.Number;

    static string? Resize(Span<byte> code, uint from, uint to)
    {
        if (!SizeBits.TryGetValue(from, out byte old) || (code[0] & SizeMask) != old) return "the instruction is not of the field's size";
        if (!SizeBits.TryGetValue(to, out byte bits)) return $"no instruction is of {to} bytes";
        code[0] = (byte)((code[0] & ~SizeMask) | bits);
        return null;
    }

    /// <summary>What libbpf writes there: a call of a helper that there will never be.</summary>
    static void Poison(Span<byte> code)
    {
        bool isPair = code[0] == LoadConstant && code.Length >= 2 * Encoding.SlotBytes;
        for (int slot = 0; slot < (isPair ? 2 : 1); slot++)
        {
            var raw = code.Slice(slot * Encoding.SlotBytes, Encoding.SlotBytes);
            raw.Clear();
            raw[0] = Call;
            WriteInt32LittleEndian(raw[4..], HelperTable.UnresolvedType);
        }
    }
}
