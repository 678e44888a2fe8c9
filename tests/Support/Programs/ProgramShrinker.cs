using System.Diagnostics;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Tests.Support.Programs;

/// <summary>Makes a program shorter, as long as something remains true of it.</summary>
static class ProgramShrinker
{
    const int LongestMs = 20_000;

    public static ProgramSpec Shrink(ProgramSpec program, Func<ProgramSpec, bool> isStillTrue)
    {
        var watch = Stopwatch.StartNew();
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int slot = program.Code.Length - 1; slot >= 0 && watch.ElapsedMilliseconds < LongestMs; slot--)
            {
                if (slot >= program.Code.Length || program.Code[slot].Kind == InstructionKind.Continuation) continue;
                if (Without(program, slot) is not { } shorter || !isStillTrue(shorter)) continue;
                (program, changed) = (shorter, true);
            }
        }
        return program;
    }

    /// <summary>The program less one instruction; functions that nothing calls any more go away. Null if a function would be empty.</summary>
    static ProgramSpec? Without(ProgramSpec program, int slot)
    {
        var shorter = Without(program, slot, program.Code[slot].Slots);
        for (int n = 1; shorter is not null && n < shorter.Functions.Count; n++)
        {
            int start = shorter.Functions[n].Start, end = n + 1 < shorter.Functions.Count ? shorter.Functions[n + 1].Start : shorter.Code.Length;
            if (Array.Exists(Targets(shorter.Code), t => t == start)) continue;
            shorter = Without(shorter, start, end - start);
            n = 0;
        }
        return shorter;
    }

    static int[] Targets(Instruction[] code) => [.. code.Select((i, slot) => IsFunction(i) ? slot + 1 + (int)i.Immediate : -1)];

    static bool IsFunction(in Instruction i) => i.IsLocalCall || i is { Kind: InstructionKind.LoadConstant, Constant: ConstantKind.Code };

    static ProgramSpec? Without(ProgramSpec program, int from, int count)
    {
        int Moved(int slot) => slot <= from ? slot : slot < from + count ? from : slot - count;
        var code = new List<Instruction>();
        for (int slot = 0; slot < program.Code.Length; slot++)
        {
            if (slot >= from && slot < from + count) continue;
            var i = program.Code[slot];
            int Distance(int old) => Moved(slot + 1 + old) - Moved(slot) - 1;
            if (IsFunction(i)) i = i with { Immediate = i.Kind == InstructionKind.Call ? Distance((int)i.Immediate) : (uint)Distance((int)i.Immediate) };
            else if (i.Kind is InstructionKind.Branch or InstructionKind.Jump or InstructionKind.MayGoto) i = i with { Offset = (short)Distance(i.Offset) };
            code.Add(i);
        }
        bool IsKept(int slot) => slot < from || slot >= from + count;
        var functions = program.Functions.Where(f => count == program.Code[from].Slots || IsKept(f.Start)).Select(f => f with { Start = Moved(f.Start) }).ToList();
        if (code.Count == 0 || functions.Select(f => f.Start).Distinct().Count() < functions.Count || functions[^1].Start >= code.Count) return null;
        return program with
        {
            Code = [.. code],
            Functions = functions,
            MapReferences = [.. program.MapReferences.Where(r => IsKept(r.Slot)).Select(r => r with { Slot = Moved(r.Slot) })],
            ExternReferences = [.. program.ExternReferences.Where(r => IsKept(r.Slot)).Select(r => r with { Slot = Moved(r.Slot) })],
        };
    }
}
