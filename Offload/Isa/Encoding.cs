using System.Buffers.Binary;

namespace Chainring.Offload.Isa;

/// <summary>
/// Instructions to bytes and back. Little-endian, as clang writes for <c>-target bpf</c> on the hosts we run on.
/// </summary>
/// <remarks><code>
/// byte 0   1            2..3    4..7
/// opcode   src:4 dst:4  offset  immediate      a 64-bit constant: a second slot with only its immediate set
/// </code></remarks>
public static class Encoding
{
    public const int SlotBytes = 8;

    /// <summary>Decodes the code of one program or section.</summary>
    /// <param name="owner">What the code belongs to, for the sentence of an error.</param>
    public static Result<Instruction[]> Decode(ReadOnlySpan<byte> bytes, string owner)
    {
        if (bytes.Length % SlotBytes != 0) return LoadError.CodeLength(owner, bytes.Length);

        var code = new Instruction[bytes.Length / SlotBytes];
        for (int slot = 0; slot < code.Length; slot++)
        {
            var raw = bytes.Slice(slot * SlotBytes, SlotBytes);
            int dst = raw[1] & 15, src = raw[1] >> 4;
            short offset = BinaryPrimitives.ReadInt16LittleEndian(raw[2..]);
            int immediate = BinaryPrimitives.ReadInt32LittleEndian(raw[4..]);

            if (FormOf(raw[0], dst, src, offset, immediate) is not { } form)
            {
                if (InstructionSet.UnsupportedFormOf(raw[0], offset) is { } known) return LoadError.UnsupportedInstruction(owner, slot, raw, known);
                return InstructionSet.IsLegacyPacketAccess(raw[0]) ? LoadError.LegacyPacketAccess(owner, slot, raw)
                    : InstructionSet.With(raw[0]).Length == 0 ? LoadError.UndefinedOpcode(owner, slot, raw)
                    : dst >= Instruction.Registers || src >= Instruction.Registers ? LoadError.NoSuchRegister(owner, slot, raw)
                    : LoadError.ReservedField(owner, slot, raw);
            }

            code[slot] = form.Meaning with { Dst = (byte)dst, Src = (byte)src, Offset = offset, Immediate = immediate };
            if (!InstructionSet.TakesTwoSlots(raw[0])) continue;

            if (slot + 1 == code.Length) return LoadError.HalfConstant(owner, slot, raw);
            var second = bytes.Slice((slot + 1) * SlotBytes, SlotBytes);
            if (second[..4].ContainsAnyExcept((byte)0)) return LoadError.ReservedField(owner, slot + 1, second);
            long high = BinaryPrimitives.ReadInt32LittleEndian(second[4..]);
            if (high != 0 && form.Meaning.Constant is not (ConstantKind.Value or ConstantKind.MapValueByFd or ConstantKind.MapValueByIndex))
                return LoadError.ReservedField(owner, slot + 1, second);
            code[slot] = code[slot] with { Src = 0, Immediate = (high << 32) | (uint)immediate };
            code[++slot] = default;
        }
        return code;
    }

    /// <summary>Encodes code; the inverse of <see cref="Decode"/>.</summary>
    public static byte[] Encode(ReadOnlySpan<Instruction> code)
    {
        var bytes = new byte[code.Length * SlotBytes];
        for (int slot = 0; slot < code.Length; slot += code[slot].Slots)
        {
            var i = code[slot];
            var form = InstructionSet.FormOf(i);
            var raw = bytes.AsSpan(slot * SlotBytes);
            raw[0] = form.Opcode;
            raw[1] = (byte)((form.Dst ?? i.Dst) | ((form.Src ?? i.Src) << 4));
            BinaryPrimitives.WriteInt16LittleEndian(raw[2..], (short)(form.Offset ?? i.Offset));
            BinaryPrimitives.WriteInt32LittleEndian(raw[4..], form.Immediate ?? (int)i.Immediate);
            if (i.Slots == 2) BinaryPrimitives.WriteInt32LittleEndian(raw[(SlotBytes + 4)..], (int)(i.Immediate >> 32));
        }
        return bytes;
    }

    static Form? FormOf(byte opcode, int dst, int src, short offset, int immediate)
    {
        foreach (var form in InstructionSet.With(opcode))
        {
            if (form.Admits(dst, src, offset, immediate)) return form;
        }
        return null;
    }
}
