using Chainring.Nic.Wire;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Tests.Support.Programs;

/// <summary>The program of a seed: as <see cref="ProgramWriter"/> wrote it, or with some fields of it changed afterwards.</summary>
static class GeneratedProgram
{
    const int ChangedOnceIn = 4;

    /// <summary>Programs that are tried one after the other, until one is accepted, lie this far apart.</summary>
    const ulong NextTry = 1UL << 56;

    /// <summary>Rules by which no pointer shows as a number, so that what a program does hangs on nothing but what it is given.</summary>
    public static readonly VerifierOptions NoPointerShows = new() { Strict = true };

    public static ProgramSpec Of(ulong seed)
    {
        var program = ProgramWriter.Write(seed);
        var random = new SplitMix64(~seed);
        if (random.Below(ChangedOnceIn) != 0) return program;
        var code = program.Code.ToArray();
        for (int n = 1 + random.Below(2); n > 0; n--) Change(ref code[random.Below(code.Length)], ref random);
        return program with { Code = code };
    }

    /// <summary>The first program from a seed on that the verifier accepts, in that section if one is given.</summary>
    /// <param name="found">Its seed.</param>
    /// <param name="options">Whose rules; <see cref="VerifierOptions.Default"/> if not given.</param>
    public static VerifiedProgram Accepted(ulong seed, out ulong found, Action? rejected = null, string? section = null, VerifierOptions? options = null)
    {
        for (found = seed; ; found += NextTry)
        {
            var program = Of(found);
            if (section is not null) program = program with { Section = section };
            var result = Verifier.Verify(program, GeneratedMaps.FactsOf, options);
            if (Fuzz.IsShown) NUnit.Framework.TestContext.Out.WriteLine($"{Text(program)}\n{result.Problem?.Sentence ?? "accepted"}");
            if (result.Problem is null) return result.Value;
            rejected?.Invoke();
        }
    }

    /// <summary>One field that may be anything, by a little or to a neighbour.</summary>
    static void Change(ref Instruction i, ref SplitMix64 random)
    {
        int by = new[] { -8, -4, -1, 1, 1, 2, 4, 8 }[random.Below(8)];
        switch (i.Kind)
        {
            case InstructionKind.Load or InstructionKind.Store or InstructionKind.Atomic when random.Below(3) > 0:
                i = i with { Offset = (short)(i.Offset + by) };
                break;
            case InstructionKind.Alu or InstructionKind.Branch when !i.FromRegister && i.Alu is not (AluOp.Neg or >= AluOp.Le16):
                i = i with { Immediate = i.Immediate + by };
                break;
            case InstructionKind.Branch:
                i = i with { Operation = (byte)random.Below(11) };
                break;
            case InstructionKind.Load or InstructionKind.Store when i.Operation == 0:
                i = i with { Size = (AccessSize)(1 << random.Below(4)) };
                break;
            case InstructionKind.Alu when i.FromRegister:
                i = i with { Src = (byte)random.Below(Instruction.Registers) };
                break;
        }
    }

    /// <summary>A line for each instruction, with the slots that functions start at and the maps that are named.</summary>
    public static string Text(ProgramSpec program)
    {
        var text = new System.Text.StringBuilder();
        for (int slot = 0; slot < program.Code.Length; slot += program.Code[slot].Slots)
        {
            if (slot > 0 && program.Functions.Any(f => f.Start == slot)) text.AppendLine();
            string map = program.MapReferences.Where(r => r.Slot == slot).Select(r => $"   # {(r.IsValue ? "value" : "map")}({r.Map})").FirstOrDefault("");
            text.AppendLine($"{slot,4}: {Notation.Llvm.Write(program.Code[slot])}{map}");
        }
        return text.ToString();
    }
}
