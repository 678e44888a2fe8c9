using System.Collections.Concurrent;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using CsCheck;

namespace Chainring.Tests.Kernels.Interpreter;

/// <summary>
/// Programs that are well formed and mean nothing: every jump, call and constant is where it may be and the last instruction is an exit,
/// but no pointer, size or loop makes sense except by chance.
/// </summary>
static class RandomProgramGen
{
    const int MaxLength = 48;
    const uint BackwardOnceIn = 500;

    static readonly string[] MapNames = [.. ViolationCase.Maps.Select(m => m.Name)];

    static readonly Form[] Plain = [.. InstructionSet.Forms.Where(f => f.Meaning.Kind
        is InstructionKind.Alu or InstructionKind.Load or InstructionKind.Store or InstructionKind.Atomic
        || (f.Meaning.Kind == InstructionKind.LoadConstant && f.Meaning.Constant == ConstantKind.Value))];

    static readonly Form[] Jumps = [.. InstructionSet.Forms.Where(f => f.Meaning.Kind is InstructionKind.Branch or InstructionKind.Jump)];

    static readonly Form Exit = InstructionSet.Forms.Single(f => f.Meaning.Kind == InstructionKind.Exit);

    static readonly Form LocalCall = InstructionSet.Forms.Single(f => f.Meaning.IsLocalCall);

    /// <summary>Offsets that often hit something: small ones in both directions.</summary>
    static readonly Gen<short> Near = Gen.Frequency((8, Gen.Short[-16, 80]), (2, Gen.Short[-520, 20]), (1, Gen.Short));

    static readonly Gen<byte> Register = Gen.Byte[0, 9];

    static readonly Gen<Instruction> Free = Gen.OneOf(Plain).SelectMany(InstructionGen.Of).Select(Near, Register, Register, (i, near, dst, src) =>
    {
        bool reads = i.Kind is InstructionKind.Load or InstructionKind.Store or InstructionKind.Atomic;
        var aimed = reads ? i with { Offset = near } : i;
        // The frame pointer is never written.
        return i.Kind is InstructionKind.Store || i.Dst != Instruction.FramePointer ? aimed : aimed with { Dst = dst };
    }).Where(i => i.Kind != InstructionKind.Atomic || i.Src != Instruction.FramePointer);

    /// <summary>Text of lines that make a sensible call more likely than instructions drawn one by one do.</summary>
    static readonly Gen<string> Useful = Gen.OneOf(
        Gen.OneOf(HelperTable.All.Select(h => h.Call == CallKind.Kfunc ? $"call kfunc {h.Id}" : $"call {h.Id}").ToArray()),
        Gen.Select(Gen.OneOf(MapNames), Register, (map, r) => $"r{r} = map({map})"),
        Gen.Select(Gen.OneOf("array", "read_only", "write_only"), Register, Gen.Int[0, 16], (map, r, at) => $"r{r} = value({map}) + {at}"),
        Gen.Select(Register, Near, (r, near) => $"r{r} = r10\nr{r} += {near}"),
        Gen.Select(Register, Gen.Int[0, 9], (r, from) => $"r{r} = r{from}"),
        Gen.Select(Register, Gen.Int[-300, 300], (r, value) => $"r{r} = {value}"),
        Gen.OneOf("r1 = r6", "r1 = r6\nr2 = -8\ncall 44", "r1 = r6\nr2 = -8\ncall 65", "r1 = r6\nr2 = -4\ncall 54",
            "r7 = *(u32 *)(r6 + 0)", "r8 = *(u32 *)(r6 + 4)", "r9 = *(u32 *)(r6 + 8)",
            "r1 = map(hash)\nr2 = r10\nr2 += -4\ncall 1\nif r0 == 0 goto +1\nr0 = *(u32 *)(r0 + 4)",
            "r1 = map(hash)\nr2 = r10\nr2 += -4\nr3 = r10\nr3 += -16\nr4 = 0\ncall 2",
            "r1 = value(array)\nr2 = 8\nr3 = 0\nr4 = r10\nr4 += -16\ncall 197", "r1 = r6\nr2 = 0\nr3 = r10\nr3 += -24\ncall kfunc 1003",
            "r1 = map(ring)\nr2 = 8\nr3 = 0\nr4 = r10\nr4 += -40\ncall 198", "r1 = r10\nr1 += -40\nr2 = 0\ncall 199",
            "r1 = r10\nr1 += -24\nr2 = 2\nr3 = 0\nr4 = 8\ncall kfunc 1005\nif r0 == 0 goto +1\n*(u64 *)(r0 + 0) = 1",
            "r1 = r6\nr2 = map(programs)\nr3 = 0\ncall 12"));

    enum Part { Free, Useful, Jump, Call, Exit }

    static readonly Gen<(Part Part, Instruction Instruction, string Text, uint Target)> Piece = Gen.Select(
        Gen.Frequency((10, Part.Free), (10, Part.Useful), (3, Part.Jump), (1, Part.Call), (1, Part.Exit)),
        Gen.Frequency((10, Free), (3, Gen.OneOf(Jumps).SelectMany(InstructionGen.Of))), Useful, Gen.UInt,
        (part, instruction, text, target) => (part, instruction, text, target));

    /// <summary>A program behind <see cref="KernelRig.Prologue"/>; r6 is the context too.</summary>
    public static Gen<ProgramSpec> Program { get; } = Piece.Array[1, MaxLength].Select(Assemble);

    static readonly ConcurrentDictionary<string, ProgramSpec> Snippets = [];

    static ProgramSpec Snippet(string text) => Snippets.GetOrAdd(text, static t => ProgramText.Program("snippet", t));

    static readonly ProgramSpec Start = Snippet(KernelRig.Prologue + "r6 = r1");

    /// <summary>Jumps and calls go to the beginning of a piece, never into the middle of a constant. Few go back, since most of those never
    /// end, and a test has no time for many runs to the limit.</summary>
    static ProgramSpec Assemble((Part Part, Instruction Instruction, string Text, uint Target)[] pieces)
    {
        var code = new List<Instruction>(Start.Code);
        var references = new List<MapReference>();
        var starts = new int[pieces.Length + 1];
        var jumps = new List<(int Slot, int Piece)>();
        for (int n = 0; n < pieces.Length; n++)
        {
            var (part, i, text, target) = pieces[n];
            starts[n] = code.Count;
            if (part == Part.Useful)
            {
                var snippet = Snippet(text);
                references.AddRange(snippet.MapReferences.Select(r => r with { Slot = r.Slot + code.Count }));
                code.AddRange(snippet.Code);
                continue;
            }
            var one = part switch { Part.Exit => Exit.Meaning, Part.Call => LocalCall.Meaning, _ => i };
            bool back = target % BackwardOnceIn == 0;
            if (one.Kind is InstructionKind.Branch or InstructionKind.Jump or InstructionKind.Call)
                jumps.Add((code.Count, back ? (int)(target % (uint)pieces.Length) : n + 1 + (int)(target % (uint)(pieces.Length - n))));
            code.AddRange(InstructionGen.Code(one));
        }
        starts[^1] = code.Count;
        code.Add(Exit.Meaning);
        foreach (var (slot, piece) in jumps)
        {
            int distance = starts[piece] - slot - 1;
            code[slot] = code[slot].IsLocalCall || code[slot] is { Kind: InstructionKind.Jump, Is64: false }
                ? code[slot] with { Immediate = distance }
                : code[slot] with { Offset = (short)distance };
        }
        return Start with { Name = "random", Code = [.. code], MapReferences = references };
    }
}
