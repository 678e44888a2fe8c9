using Chainring.Kernels;
using Chainring.Nic.Wire;
using Chainring.Offload.Elf;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels;

/// <summary>Programs that no verifier has seen: whatever instructions they are made of, they end in a verdict and leave other frames alone.</summary>
[Category(Fuzz.Category)]
public sealed class ProgramFuzzTests
{
    const int MaxAllocatedBytes = 8 << 20, Loop = 181;

    [Test]
    public void A_damaged_program_ends_in_a_verdict([ValueSource(typeof(Targets), nameof(Targets.Checking))] object target)
    {
        var seeds = Seeds();
        int passed = 0, all = 0;
        string name = $"programs on {((IKernelTarget)target).Name}";
        foreach (ulong number in Fuzz.Seeds(name, 1_000))
        {
            var random = new SplitMix64(number);
            var (program, maps) = seeds[random.Below(seeds.Count)];
            byte[] bytes = InPlace(Encoding.Encode(program.Code), ref random);
            if (!Encoding.Decode(bytes, "fuzz").Try(out var code, out _) || MayLast(code) || !KeepsMaps(program, code) || !IsWhole(program, bytes)) continue;
            if (LoadedProgram.Load(1, program with { Code = code }, _ => null!).Problem is not null) continue;
            all++;
            Fuzz.Try(name, number, MaxAllocatedBytes, () =>
            {
                var rig = new KernelRig((IKernelTarget)target, [program with { Code = code }], maps);
                var batch = KernelRig.Batch(40 + random.Below(100));
                rig.Kernel.Run(batch);
                for (int n = 0; n < 3; n++)
                {
                    Assert.That(batch.Verdicts[n].Reason, Is.InRange(AbortReason.None, Enum.GetValues<AbortReason>().Max()), $"input {number}");
                    if (batch.Verdicts[n].Reason == AbortReason.None) passed++;
                }
            });
        }
        if (Fuzz.IsUsual) Assert.That(passed, Is.InRange(all / 2, all * 3 - 1), "programs that all abort, or none, test little");
    }

    /// <summary>Every program that is not too long and keeps to maps that are soon made.</summary>
    static List<(ProgramSpec Program, IReadOnlyList<MapSpec> Maps)> Seeds()
    {
        var seeds = new List<(ProgramSpec, IReadOnlyList<MapSpec>)>();
        foreach (string path in Directory.EnumerateFiles(TestData.Path("objects"), "*.o").Order(StringComparer.Ordinal))
        {
            var loaded = ObjectLoader.LoadFile(path).Value;
            foreach (var program in loaded.Programs)
            {
                if (program.Problem is not null || program.Code.Length > 800 || MayLast(program.Code) || program.ExternReferences.Count > 0 || program.MissingTypes.Count > 0) continue;
                var names = program.MapReferences.Select(r => r.Map).ToHashSet();
                MapSpec[] maps = [.. loaded.Maps.Where(m => names.Contains(m.Name))];
                if (maps.Any(m => m.Inner is not null || m.MaxEntries == 0)) continue;
                seeds.Add((program, [.. maps.Select(m => m.Type == MapType.RingBuffer ? m : m with { MaxEntries = Math.Min(m.MaxEntries, 64) })]));
            }
        }
        return seeds;
    }

    /// <summary>A backward jump may never end, and takes the instruction limit to say so.</summary>
    static bool MayLast(Instruction[] code) => code.Select((i, slot) => (i, slot)).Any(at =>
        (at.i.Kind is InstructionKind.Branch or InstructionKind.Jump && at.i.Displacement < 0) || (at.i.IsLocalCall && at.i.Immediate < 0)
        || (at.i.Kind == InstructionKind.Call && at.i.Immediate == Loop));

    static bool KeepsMaps(ProgramSpec program, Instruction[] code) =>
        program.MapReferences.All(r => code[r.Slot].Kind == InstructionKind.LoadConstant && code[r.Slot].Constant == program.Code[r.Slot].Constant);

    /// <summary>Passes the checks that loading an object makes, which know no maps: their constants are taken for numbers.</summary>
    static bool IsWhole(ProgramSpec program, byte[] bytes)
    {
        byte[] code = [.. bytes];
        foreach (var reference in program.MapReferences)
        {
            int at = Encoding.SlotBytes * reference.Slot;
            code[at + 1] &= 0x0f;
        }
        return RawCode.Read(code, "fuzz").Problem is null;
    }

    /// <summary>Registers, offsets, numbers and whole instructions, one to three of them; jumps keep pointing forward.</summary>
    static byte[] InPlace(byte[] bytes, ref SplitMix64 random)
    {
        for (int changes = 1 + random.Below(3); changes > 0; changes--)
        {
            int at = Encoding.SlotBytes * random.Below(bytes.Length / Encoding.SlotBytes), from = Encoding.SlotBytes * random.Below(bytes.Length / Encoding.SlotBytes);
            switch (random.Below(5))
            {
                case 0: bytes[at + 1] = (byte)(random.Below(11) << 4 | random.Below(11)); break;
                case 1: bytes[at + 2] ^= (byte)(1 << random.Below(8)); break;
                case 2: BitConverter.TryWriteBytes(bytes.AsSpan(at + 4), random.Below(2) == 0 ? random.Below(64) - 8 : (int)random.Next()); break;
                case 3: bytes.AsSpan(from, Encoding.SlotBytes).CopyTo(bytes.AsSpan(at)); break;
                default: bytes[at] = InstructionSet.Forms[random.Below(InstructionSet.Forms.Count)].Opcode; break;
            }
        }
        return bytes;
    }
}
