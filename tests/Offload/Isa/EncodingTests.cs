using Chainring.Nic.Wire;
using Chainring.Offload;
using Chainring.Offload.Isa;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Isa;

public sealed class EncodingTests
{
    const string Owner = "prog xdp_main";

    static IReadOnlyList<Form> Forms => InstructionSet.Forms;

    static IEnumerable<byte> UndefinedOpcodes() =>
        Enumerable.Range(0, 256).Select(b => (byte)b).Where(b => Forms.All(f => f.Opcode != b));

    [TestCaseSource(nameof(Forms))]
    public void What_is_encoded_decodes_to_the_same(Form form) =>
        InstructionGen.Of(form).Sample(i =>
        {
            var code = InstructionGen.Code(i);
            return Encoding.Decode(Encoding.Encode(code), Owner).Value.AsSpan().SequenceEqual(code);
        });

    [Test]
    public void What_decodes_encodes_to_the_same_bytes() =>
        Gen.Select(Gen.OneOf(Forms.ToArray()), Gen.Byte.Array[16]).Sample((form, random) =>
        {
            byte[] bytes = form.Meaning.Slots == 2 ? random : random[..8];
            bytes[0] = form.Opcode;
            return !Encoding.Decode(bytes, Owner).Try(out var code, out _) || Encoding.Encode(code).AsSpan().SequenceEqual(bytes);
        });

    [TestCaseSource(nameof(UndefinedOpcodes))]
    public void An_opcode_outside_the_table_is_refused(byte opcode)
    {
        bool legacy = (opcode & 0xe7) is 0x20 or 0x40;
        string id = legacy ? "L06" : InstructionSet.UnsupportedFormOf(opcode, 0) is not null ? "L07" : "L02";
        AssertRefused([opcode, 0, 0, 0, 0, 0, 0, 0], id);
        AssertRefused([opcode, 0x21, 1, 0, 2, 0, 0, 0], id);
    }

    [TestCaseSource(nameof(Forms))]
    public void A_field_that_a_form_reserves_is_refused_when_it_is_not_zero(Form form)
    {
        byte[] plain = Plain(form);
        foreach (byte value in (byte[])[1, 2, 0x80, 0xff])
        {
            foreach (int at in (int[])[2, 3, 4, 5, 6, 7])
            {
                bool isFree = at < 4 ? form.Offset is null : form.Immediate is null;
                if (!isFree) AssertReserved(With(plain, at, (byte)(plain[at] ^ value)));
            }
        }
        for (int register = 1; register < Instruction.Registers; register++)
        {
            if (form.Dst is { } dst) AssertReserved(With(plain, 1, (byte)((plain[1] & 0xf0) | (register ^ dst))));
            if (form.Src is { } src) AssertReserved(With(plain, 1, (byte)((plain[1] & 0x0f) | ((register ^ src) << 4))));
        }
    }

    /// <summary>Unless the changed field makes it another form, or a register that there is not.</summary>
    static void AssertReserved(byte[] bytes)
    {
        int dst = bytes[1] & 15, src = bytes[1] >> 4;
        if (dst >= Instruction.Registers || src >= Instruction.Registers) return;
        short offset = BitConverter.ToInt16(bytes, 2);
        int immediate = BitConverter.ToInt32(bytes, 4);
        if (!Forms.Any(f => f.Opcode == bytes[0] && f.Admits(dst, src, offset, immediate)))
            AssertRefused(bytes, InstructionSet.UnsupportedFormOf(bytes[0], offset) is null ? "L03" : "L07");
    }

    [Test]
    public void The_second_half_of_a_constant_has_only_a_number()
    {
        for (int at = 0; at < 4; at++)
        {
            byte[] second = With(new byte[8], at, 1);
            var problem = Encoding.Decode([0x18, 3, 0, 0, 1, 2, 3, 4, .. second], Owner).Problem!;
            AssertSentence(problem, "L03", slot: 1, second);
        }
    }

    [TestCaseSource(nameof(Forms))]
    public void Registers_beyond_r10_are_refused(Form form)
    {
        byte[] plain = Plain(form);
        for (int register = Instruction.Registers; register < 16; register++)
        {
            AssertRefused(With(plain, 1, (byte)((plain[1] & 0xf0) | register)), "L04");
            AssertRefused(With(plain, 1, (byte)((plain[1] & 0x0f) | (register << 4))), "L04");
        }
    }

    [Test]
    public void A_constant_without_its_second_half_is_refused()
    {
        byte[] half = [0x18, 2, 0, 0, 1, 0, 0, 0];
        AssertSentence(Encoding.Decode([.. Exit, .. half], Owner).Problem!, "L05", slot: 1, half);
    }

    [Test]
    public void Code_of_an_odd_length_is_refused([Values(1, 4, 7, 9, 15, 8001)] int length)
    {
        var problem = Encoding.Decode(new byte[length], Owner).Problem!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(problem.Id, Is.EqualTo("L01"));
            Assert.That(problem.Sentence, Does.Contain(Owner).And.Contain($"{length} bytes"));
        }
    }

    [Test]
    public void No_bytes_are_no_code() => Assert.That(Encoding.Decode([], Owner).Value, Is.Empty);

    static readonly byte[] Exit = [0x95, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>The first slot of a form with its free fields zero.</summary>
    static byte[] Plain(Form form) => Encoding.Encode(InstructionGen.Code(form.Meaning))[..8];

    static byte[] With(byte[] bytes, int at, byte value)
    {
        byte[] copy = [.. bytes];
        copy[at] = value;
        return copy;
    }

    /// <summary>Refused as the third instruction of otherwise good code, in a sentence that names all there is to find it.</summary>
    static void AssertRefused(byte[] slot, string id)
    {
        var problem = Encoding.Decode([.. Exit, .. Exit, .. slot, .. new byte[8]], Owner).Problem;
        Assert.That(problem, Is.Not.Null, $"{Convert.ToHexStringLower(slot)} is read as an instruction");
        AssertSentence(problem!, id, slot: 2, slot);
    }

    static void AssertSentence(Problem problem, string id, int slot, byte[] bytes)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(problem.Id, Is.EqualTo(id), problem.Sentence);
            Assert.That(problem.Sentence, Does.Contain($"{Owner}: instruction {slot} ({Convert.ToHexStringLower(bytes)})"));
        }
    }
}
