using Chainring.Nic.Wire;
using Chainring.Offload;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;
using Chainring.Tests.Support;
using Chainring.Tests.Support.Programs;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Verify;

/// <summary>Code that somebody has damaged, or made to wear the verifier out: it is decided, in bounded time and memory, and without an exception.</summary>
public sealed class HostileCodeTests
{
    const int Programs = 3_000;

    /// <summary>Far beyond what a million instructions take.</summary>
    const int LongestMs = 30_000;

    /// <summary>Of which most is garbage at once: a program that is given up after a million instructions takes 2.2 KB for each.</summary>
    const long MaxAllocatedBytes = 4L << 30;

    const ulong CountsInCallbacks = 2 * (1UL << 40) + 253_318;

    static readonly Instruction[] Forms = [.. InstructionSet.Forms.Select(f => f.Meaning)];

    [Test, Category(Fuzz.Category)]
    public void Damaged_code_is_decided()
    {
        const string name = "damaged code";
        var tally = new Tally("decoded", "accepted");
        foreach (ulong seed in Fuzz.Seeds(name, Programs, tally.EndBlock))
        {
            Fuzz.Try(name, seed, MaxAllocatedBytes, () =>
            {
                if (Damaged(seed) is not { } damaged) return;
                tally.Add("decoded");
                var problem = Verifier.Verify(damaged, GeneratedMaps.FactsOf).Problem;
                if (problem is null) tally.Add("accepted");
                else Assert.That(problem.Sentence, Is.Not.Empty, $"input {seed}");
            }, LongestMs);
        }
        TestContext.Out.WriteLine(tally);
        if (Fuzz.IsUsual) Assert.That(tally["decoded"], Is.GreaterThan(Programs / 5));
    }

    /// <summary>A generated program that was damaged; null if it decodes no more.</summary>
    static ProgramSpec? Damaged(ulong seed)
    {
        var random = new SplitMix64(~seed * 3);
        var program = GeneratedProgram.Of(seed);
        byte[] code = Encoding.Encode(program.Code);
        for (int n = 1 + random.Below(6); n > 0; n--) Damage(ref code, ref random);
        return Encoding.Decode(code, "damaged").Try(out var instructions, out _) ? Refitted(program, instructions) : null;
    }

    /// <summary>Bits, bytes, whole slots: flipped, drawn anew, copied over others, or cut off.</summary>
    static void Damage(ref byte[] code, ref SplitMix64 random)
    {
        int at = random.Below(code.Length), slot = at / Encoding.SlotBytes * Encoding.SlotBytes;
        var here = code.AsSpan(slot, Encoding.SlotBytes);
        switch (random.Below(8))
        {
            case 0:
                code[at] ^= (byte)(1 << random.Below(8));
                break;
            case 1:
                code[at] = (byte)random.Next();
                break;
            case 2:
                here[1] = (byte)random.Next();
                break;
            case 3:
                BitConverter.TryWriteBytes(here[2..], (short)(random.Below(40) - 20));
                break;
            case 4:
                BitConverter.TryWriteBytes(here[4..], random.Below(2) == 0 ? random.Below(64) - 32 : (int)random.Next());
                break;
            case 5:
                Encoding.Encode(InstructionGen.Code(Forms[random.Below(Forms.Length)])).AsSpan(0, Encoding.SlotBytes).CopyTo(here);
                break;
            case 6:
                code.AsSpan(random.Below(code.Length) / Encoding.SlotBytes * Encoding.SlotBytes, Encoding.SlotBytes).ToArray().CopyTo(here);
                break;
            case 7 when code.Length > 2 * Encoding.SlotBytes && random.Below(4) == 0:
                code = code[..slot];
                if (code.Length == 0) code = new byte[Encoding.SlotBytes];
                break;
        }
    }

    /// <summary>References stay where they still lie on a 64-bit constant, and functions where they still lie in the code.</summary>
    static ProgramSpec Refitted(ProgramSpec program, Instruction[] code) => program with
    {
        Code = code,
        Functions = [.. program.Functions.Where(f => f.Start < code.Length)],
        MapReferences = [.. program.MapReferences.Where(r => r.Slot < code.Length && code[r.Slot].Kind == InstructionKind.LoadConstant)],
        ExternReferences = [.. program.ExternReferences.Where(r => r.Slot < code.Length && code[r.Slot].IsKfuncCall)],
    };

    /// <summary>Programs with more paths, or longer ones, than anybody can follow.</summary>
    static IEnumerable<TestCaseData> Explosions()
    {
        yield return Explosion("branches that leave different numbers", Enumerable.Range(0, 40).SelectMany(n => new[] { $"r{6 + n % 3} <<= 1", $"if r7 & {1 << n % 30} goto +1", $"r{6 + n % 3} += {n}" }));
        yield return Explosion("branches that leave different stacks", Enumerable.Range(1, 50)
            .SelectMany(n => new[] { $"*(u64 *)(r10 - {8 * n}) = {n}", $"if r7 & {1 << n % 30} goto +1", $"*(u64 *)(r10 - {8 * n}) = {n + 1}" })
            .Concat(Enumerable.Range(1, 50).SelectMany(n => new[] { $"r3 = *(u64 *)(r10 - {8 * n})", "r4 = r10", "r4 += -512", "r4 += r3", "*(u8 *)(r4 + 0) = 1" })));
        yield return Explosion("a loop of a million rounds", ["r2 = 0", "r2 += 1", "if r2 < 1000000 goto -2"]);
        yield return Explosion("loops in loops", ["r2 = 0", "r3 = 0", "r4 = 0", "r4 += 1", "if r4 < 300 goto -2", "r3 += 1", "if r3 < 300 goto -5", "r2 += 1", "if r2 < 300 goto -8"]);
        yield return Explosion("a loop that parts in each round", ["r2 = 0", "r3 = *(u32 *)(r1 + 12)", "r4 = 1", "r4 <<= 1", "if r3 & 1 goto +1", "r4 += 1", "r3 >>= 1", "r2 += 1", "if r2 < 60000 goto -6", "if r4 > 5 goto +1", "r5 = r4"]);
        // A callback in a callback counts to no end, and by the number goes on or not: each round of the inner loop ends the outer one anew.
        yield return new TestCaseData(GeneratedProgram.Of(CountsInCallbacks)).SetArgDisplayNames("a callback in a callback that counts");
    }

    static TestCaseData Explosion(string name, IEnumerable<string> lines) =>
        new TestCaseData(ProgramText.Program("explosion", $"r6 = 0\nr7 = *(u32 *)(r1 + 12)\nr8 = 0\n{string.Join('\n', lines)}\nr0 = 2\nexit")).SetArgDisplayNames(name);

    [TestCaseSource(nameof(Explosions))]
    public void What_cannot_be_followed_to_its_end_is_decided_all_the_same(ProgramSpec program)
    {
        Problem? problem = null;
        Fuzz.Try(program.Name, 0, MaxAllocatedBytes, () => problem = Verifier.Verify(program, GeneratedMaps.FactsOf).Problem, LongestMs);
        Assert.That(problem?.Id, Is.EqualTo("V05"));
    }
}
