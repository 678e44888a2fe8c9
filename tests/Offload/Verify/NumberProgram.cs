using System.Globalization;
using System.Text;
using Chainring.Offload.Isa;
using Chainring.Offload.Verify;

namespace Chainring.Tests.Offload.Verify;

/// <summary>
/// A program that computes with two numbers nobody knows, in r6 and r7, along one path; branches may leave it for an end.
/// </summary>
static class NumberProgram
{
    const string Out = "goto out";
    const string Start = "call 7\nr6 = r0\ncall 7\nr7 = r0\nr0 = 0\n";

    /// <summary>The slot of the body's first instruction.</summary>
    public const int First = 5;

    public static readonly int[] Registers = [6, 7];

    /// <param name="body">Instructions between semicolons; each <c>goto out</c> has an end of its own.</param>
    public static Instruction[] Of(string body)
    {
        var text = new StringBuilder(Start);
        var lines = body.Split("; ");
        for (int n = 0; n < lines.Length; n++) text.AppendLine(CultureInfo.InvariantCulture, $"{lines[n].Replace(Out, Out + n)}");
        text.AppendLine("exit");
        for (int n = 0; n < lines.Length; n++)
        {
            if (lines[n].EndsWith(Out, StringComparison.Ordinal)) text.AppendLine(CultureInfo.InvariantCulture, $"out{n}:\nexit");
        }
        return Assembler.Assemble(text.ToString());
    }

    /// <summary>What the semantics make of both numbers where no branch is taken.</summary>
    public static Bounds[] Run(ReadOnlySpan<Instruction> code)
    {
        var registers = new Bounds[Instruction.Registers];
        foreach (int register in Registers) registers[register] = Bounds.Unknown;
        for (int slot = First; code[slot].Kind != InstructionKind.Exit; slot++)
        {
            var i = code[slot];
            var operand = Operand(i, registers);
            if (i.Kind == InstructionKind.Alu) registers[i.Dst] = Semantics.Alu<Bounds, Truth>(i.Alu, i.Is64, registers[i.Dst], operand);
            else if (!Bounds.TryRefine(i.Compare, i.Is64, taken: false, ref registers[i.Dst], ref operand))
                throw new InvalidOperationException($"slot {slot} always jumps");
            else if (i.FromRegister && i.Kind == InstructionKind.Branch) registers[i.Src] = operand;
        }
        return registers;
    }

    public static Bounds Operand(in Instruction i, Bounds[] registers) =>
        i.FromRegister ? registers[i.Src] : Bounds.Const((ulong)i.Immediate);
}
