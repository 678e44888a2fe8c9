using Chainring.Kernels.Maps;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Tests.Support.Programs;

/// <summary>
/// A proven program that computes for itself what <see cref="InstructionFacts"/> says of each access and of each branch that proves bytes of the
/// packet, and uses 0 as a pointer where that is wrong. Of addresses it knows that they are numbers, and differ by bytes within one region; so accesses
/// to what it has no other pointer to (a caller's stack, a key, a record, a socket) are left out.
/// </summary>
/// <remarks>Each checked instruction becomes a jump to its check, behind the program's code, which has a copy of it and jumps back. Registers are put by at the
/// far end of the stack, and the context in a map.</remarks>
static class FactChecks
{
    /// <summary>Bytes of stack that are left to the program.</summary>
    public const int StackBytes = 512 - 16;

    /// <summary>Where the context is kept.</summary>
    public static readonly MapSpec Kept = new() { Name = "kept", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1, InitialValue = new byte[8] };

    const string KeepsContext = "r0 = value(kept)\n*(u64 *)(r0 + 0) = r1", Original = "exit", Behind = "gotol +0", Target = "gotol +1";

    /// <param name="maps">Those that the program may reach.</param>
    /// <param name="shift">Is added to what the proof says.</param>
    public static ProgramSpec Of(VerifiedProgram proof, IReadOnlyList<Map> maps, int shift = 0)
    {
        var spec = proof.Spec;
        var head = ProgramText.Program("head", KeepsContext);
        int moved = head.Code.Length;
        List<Instruction> code = [.. head.Code, .. spec.Code];
        List<MapReference> references = [.. head.MapReferences, .. spec.MapReferences.Select(r => r with { Slot = r.Slot + moved })];
        for (int slot = 0; slot < spec.Code.Length; slot++)
        {
            if (CheckOf(spec.Code[slot], proof.Facts[slot], maps, shift) is not { } text) continue;
            var check = ProgramText.Program("check", text);
            references.AddRange(check.MapReferences.Select(r => r with { Slot = r.Slot + code.Count }));
            code[moved + slot] = Goto(moved + slot, code.Count);
            foreach (var step in check.Code) code.Add(Placed(step, code.Count, spec.Code[slot], moved + slot));
        }
        return spec with
        {
            Code = [.. code],
            Functions = [.. spec.Functions.Select(f => f.Start == 0 ? f : f with { Start = f.Start + moved })],
            MapReferences = references,
            ExternReferences = [.. spec.ExternReferences.Select(r => r with { Slot = r.Slot + moved })],
        };
    }

    /// <summary>The instruction itself in place of the exit, and jumps out of the check.</summary>
    static Instruction Placed(in Instruction step, int at, in Instruction original, int slot) => step switch
    {
        { Kind: InstructionKind.Exit } => original.Kind == InstructionKind.Branch ? original with { Offset = 1 } : original,
        { Kind: InstructionKind.Jump, Is64: false } => Goto(at, slot + 1 + (step.Immediate == 0 ? 0 : original.Displacement)),
        _ => step,
    };

    static Instruction Goto(int from, int to) => new(InstructionKind.Jump, Immediate: to - from - 1);

    static string? CheckOf(in Instruction i, in InstructionFacts facts, IReadOnlyList<Map> maps, int shift) =>
        facts.Offsets is { } offsets ? OfAccess(i.Kind == InstructionKind.Load ? i.Src : i.Dst, i.Offset, facts, offsets.Least + shift, offsets.Most - offsets.Least, maps)
        : facts.ProvesBytes is { } bytes ? OfBranch(facts.ProvesIfTaken, bytes + shift)
        : null;

    /// <summary>Null where it cannot tell where the region starts.</summary>
    static string? OfAccess(int pointer, int offset, in InstructionFacts facts, int least, int further, IReadOnlyList<Map> maps)
    {
        string s = pointer == 0 ? "r1" : "r0", negated = $"{s} -= r{pointer}\n{s} += {-offset}\n{s} = -{s}\n";
        string? place = facts.Regions switch
        {
            AccessRegions.Stack => $"{s} = r10\n{negated}{s} += {-least}\n",
            AccessRegions.Context => $"{Context(s)}{negated}{s} += {-least}\n",
            AccessRegions.Packet => $"{Context(s)}{s} = *(u32 *)({s} + 0)\n{negated}{s} += {-least}\n",
            AccessRegions.Metadata => $"{Context(s)}{s} = *(u32 *)({s} + 8)\n{negated}{s} += {-least}\n",
            AccessRegions.MapValue => string.Concat(maps.Where(m => m.Storage.Length > 0).Select(m => $"""
                {s} = value({m.Spec.Name})
                {negated}if {s} >= {m.Storage.Length} goto not_{m.Id}
                {s} %= {m.Stride}
                {s} += {-least}
                goto range
                not_{m.Id}:

                """)) + "goto bad\n",
            _ => null,
        };
        return place is null ? null : $"""
            *(u64 *)(r10 - 512) = {s}
            {place}range:
            if {s} > {further} goto bad
            if {s} & {facts.Alignment - 1} goto bad
            {s} = *(u64 *)(r10 - 512)
            {Original}
            {Behind}
            {Bad}
            """;
    }

    static string OfBranch(bool ifTaken, int bytes)
    {
        string check = $"""
            *(u64 *)(r10 - 512) = r0
            *(u64 *)(r10 - 504) = r1
            {Context("r0")}r1 = *(u32 *)(r0 + 0)
            r0 = *(u32 *)(r0 + 4)
            r0 -= r1
            if r0 s< {bytes} goto bad
            r0 = *(u64 *)(r10 - 512)
            r1 = *(u64 *)(r10 - 504)

            """;
        return $"{Original}\ngoto passed\n{(ifTaken ? check : "")}{Target}\npassed:\n{(ifTaken ? "" : check)}{Behind}\n{Bad}";
    }

    const string Bad = "bad:\nr0 = 0\nr0 = *(u8 *)(r0 + 0)";

    static string Context(string register) => $"{register} = value(kept)\n{register} = *(u64 *)({register} + 0)\n";
}
