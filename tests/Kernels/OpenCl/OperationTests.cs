using Chainring.Kernels;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Tests.Kernels.Il;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.OpenCl;

/// <summary>Every form of arithmetic and of comparison, on operands that the compiler cannot know.</summary>
public sealed class OperationTests
{
    const int Operands = 16, Result = 8;

    static readonly ulong[] Values =
        [0, 1, 2, 7, 31, 32, 63, 64, 0x7f, 0x80, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000, 0x0123_4567_89ab_cdef, long.MaxValue, 1UL << 63, ulong.MaxValue];

    static IEnumerable<Way> Ways => [OpenClDevice.Predicated, OpenClDevice.InColumns, OpenClDevice.Branches];

    [TestCaseSource(nameof(Ways))]
    public void An_operation_is_on_a_device_what_it_is_interpreted(object way)
    {
        OpenClDevice.Need();
        var forms = InstructionSet.Forms.Where(f => f.Meaning.Kind is InstructionKind.Alu or InstructionKind.Branch).ToList();
        var program = new ProgramSpec { Name = "operations", Section = "xdp", Code = Code(forms), Functions = [new("operations", 0)], MapReferences = [] };
        var sides = new[] { Way.Interpreted, (Way)way }.Select(w => Side.Of(new KernelRig(w, [program]), w, Frame.MaxLength)).ToList();
        int length = Operands + Result * forms.Count;
        foreach (var batch in Values.SelectMany(a => Values.Select(b => (a, b))).Chunk(Side.Capacity))
        {
            var frames = batch.Select(pair =>
            {
                byte[] bytes = new byte[length];
                BitConverter.TryWriteBytes(bytes, pair.a);
                BitConverter.TryWriteBytes(bytes.AsSpan(8), pair.b);
                return new Arrival(bytes);
            }).ToArray();
            foreach (var side in sides) side.Run(frames, 0);
            Assert.That(sides[1].DifferenceFrom(sides[0]), Is.Null, $"of {forms.Count} forms, from {batch[0]} on");
            Assert.That(sides[0].Has(AbortReason.Returned), Is.False, "all frames are long enough");
        }
    }

    /// <summary>Loads both operands, does it, and stores what came of it behind them, for each form; of a comparison whether it holds.</summary>
    static Instruction[] Code(IReadOnlyList<Form> forms)
    {
        var code = new List<Instruction>(Assembler.Assemble($"""
            r2 = *(u32 *)(r1 + 0)
            r3 = *(u32 *)(r1 + 4)
            r4 = r2
            r4 += {Operands + Result * forms.Count}
            if r4 <= r3 goto +2
            r0 = 0
            exit
            """));
        for (int n = 0; n < forms.Count; n++)
        {
            var form = forms[n];
            int immediate = form.Immediate ?? (IsShift(form.Meaning) ? 13 : -7);
            var operation = form.Meaning with { Dst = (byte)(form.Dst ?? 4), Src = (byte)(form.Src ?? 5), Immediate = immediate, Offset = form.Meaning.Kind == InstructionKind.Branch ? (short)1 : form.Meaning.Offset };
            code.AddRange(Assembler.Assemble("r4 = *(u64 *)(r2 + 0)\nr5 = *(u64 *)(r2 + 8)\nr6 = 1"));
            code.Add(operation);
            code.AddRange(Assembler.Assemble(form.Meaning.Kind == InstructionKind.Branch ? "r6 = 0\nr4 = r6" : "r6 = 0"));
            code.AddRange(Assembler.Assemble($"*(u64 *)(r2 + {Operands + Result * n}) = r4"));
        }
        code.AddRange(Assembler.Assemble("r0 = 2\nexit"));
        return [.. code];
    }

    static bool IsShift(Instruction i) => i.Kind == InstructionKind.Alu && i.Alu is AluOp.Lsh or AluOp.Rsh or AluOp.Arsh;
}
