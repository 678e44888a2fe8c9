using Chainring.Nic.Wire;
using Chainring.Offload.Elf;
using Chainring.Offload.Isa;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Isa;

/// <summary>Any bytes are instructions or give a sentence; what they are can be written as text and is the same bytes again.</summary>
[Category(Fuzz.Category)]
public sealed class InstructionFuzzTests
{
    const string Owner = "prog xdp_main";
    const int MaxAllocatedBytes = 4 << 20;

    [Test]
    public void Random_fields_under_opcodes_that_exist()
    {
        foreach (ulong number in Fuzz.Seeds("instructions", 2_000))
        {
            var random = new SplitMix64(number);
            var bytes = new byte[random.Below(64)];
            for (int i = 0; i < bytes.Length; i++) bytes[i] = random.Below(3) == 0 ? (byte)0 : (byte)random.Next();
            for (int i = 0; i < bytes.Length; i += Encoding.SlotBytes) bytes[i] = InstructionSet.Forms[random.Below(InstructionSet.Forms.Count)].Opcode;
            Decode("instructions", number, bytes);
        }
    }

    /// <summary>Programs as compilers made them, with bytes and whole instructions changed, moved, left out or taken from another.</summary>
    [Test]
    public void Damaged_programs()
    {
        byte[][] programs = [.. Directory.EnumerateFiles(TestData.Path("objects"), "*.o").Order(StringComparer.Ordinal)
            .Select(path => ObjectLoader.LoadFile(path).Value).SelectMany(o => o.Programs).Select(p => Encoding.Encode(p.Code)).Where(code => code.Length < 8_000)];
        int good = 0, all = 0;
        foreach (ulong number in Fuzz.Seeds("instructions of programs", 4_000))
        {
            var random = new SplitMix64(number);
            byte[] seed = programs[random.Below(programs.Length)], other = programs[random.Below(programs.Length)];
            byte[] bytes = random.Below(2) == 0 ? Mutation.Of(seed, other, 1 + random.Below(2), ref random) : InSlots(seed, other, ref random);
            all++;
            if (Decode("instructions of programs", number, bytes)) good++;
        }
        if (Fuzz.IsUsual) Assert.That(good, Is.InRange(all / 20, all * 19 / 20), "changes that all break, or none, test little");
    }

    static bool Decode(string name, ulong number, byte[] bytes)
    {
        bool isCode = false;
        Fuzz.Try(name, number, MaxAllocatedBytes, () =>
        {
            isCode = Encoding.Decode(bytes, Owner).Try(out var code, out var problem);
            if (!isCode)
            {
                Assert.That(problem!.Sentence, Does.StartWith(Owner), $"input {number}");
                return;
            }
            Assert.That(Encoding.Encode(code!).AsSpan().SequenceEqual(bytes), $"input {number}: other bytes");
            foreach (var i in code!)
            {
                if (i.Kind != InstructionKind.Continuation && (Notation.Llvm.Write(i).Length == 0 || Notation.Kernel.Write(i).Length == 0)) Assert.Fail($"input {number}: {i}");
            }
        });
        return isCode;
    }

    static byte[] InSlots(byte[] seed, byte[] other, ref SplitMix64 random)
    {
        List<byte[]> slots = [.. seed.Chunk(Encoding.SlotBytes).Select(slot => slot.ToArray())];
        for (int changes = 1 + random.Below(3); changes > 0 && slots.Count > 1; changes--)
        {
            int at = random.Below(slots.Count), with = random.Below(slots.Count);
            switch (random.Below(6))
            {
                case 0: (slots[at], slots[with]) = (slots[with], slots[at]); break;
                case 1: slots.RemoveAt(at); break;
                case 2: slots.Insert(at, [.. slots[with]]); break;
                case 3: slots[at] = other.AsSpan(random.Below(other.Length / Encoding.SlotBytes) * Encoding.SlotBytes, Encoding.SlotBytes).ToArray(); break;
                case 4: slots[at][1] = (byte)random.Next(); break;
                default: BitConverter.TryWriteBytes(slots[at].AsSpan(2), (ushort)random.Next()); break;
            }
        }
        return [.. slots.SelectMany(slot => slot)];
    }
}
