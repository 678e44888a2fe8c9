using Chainring.Offload.Isa;
using CsCheck;

namespace Chainring.Tests.Support;

/// <summary>Random operands and instructions, with the edges of every width more often than chance would have them.</summary>
public static class InstructionGen
{
    static readonly ulong[] Edges =
    [
        0, 1, 2, 7, 31, 32, 63, 64, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000,
        0xdead_beef_0000_0000, 0xdead_beef_8000_0000, 0xdead_beef_ffff_ffff, 0x7fff_ffff_ffff_ffff, 0x8000_0000_0000_0000,
        0xffff_ffff_0000_0000, 0xffff_ffff_8000_0000, 0xffff_ffff_ffff_fffe, 0xffff_ffff_ffff_ffff,
    ];

    public static Gen<ulong> Value { get; } = Gen.OneOf(Gen.OneOf(Edges), Gen.ULong);

    static Gen<byte> Register { get; } = Gen.Byte[0, Instruction.Registers - 1];

    static Gen<short> Offset { get; } = Gen.OneOf(Gen.OneOf<short>(0, 1, -1, short.MinValue, short.MaxValue), Gen.Short);

    /// <summary>Instructions of one form as <see cref="Encoding.Decode"/> gives them, all free fields drawn at random.</summary>
    public static Gen<Instruction> Of(Form form) =>
        Gen.Select(Register, Register, Offset, Value, (dst, src, offset, value) => form.Meaning with
        {
            Dst = (byte)(form.Dst ?? dst),
            Src = form.Meaning.Kind == InstructionKind.LoadConstant ? (byte)0 : (byte)(form.Src ?? src),
            Offset = (short)(form.Offset ?? offset),
            Immediate = form.Immediate ?? (HasSecondNumber(form) ? (long)value : (form.Meaning.Slots == 1 ? (int)value : (uint)value)),
        });

    /// <summary>An instruction as code: a 64-bit constant is followed by its second slot.</summary>
    public static Instruction[] Code(Instruction instruction) => instruction.Slots == 2 ? [instruction, default] : [instruction];

    static bool HasSecondNumber(Form form) =>
        form.Meaning.Kind == InstructionKind.LoadConstant
        && form.Meaning.Constant is ConstantKind.Value or ConstantKind.MapValueByFd or ConstantKind.MapValueByIndex;
}
