using Chainring.Offload;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Host.Driver.Bench.Dpdk;

/// <summary>
/// An XDP program as DPDK's validator takes it. That one knows no context with pointers in it ("destination is not a pointer"), so the program is called with a
/// pointer to the frame's bytes, behind which their length stands. Three instructions come before its first one:
/// <code>
/// r2 = *(u32 *)(r1 + 2048)      the length
/// r2 += r1                      the end
/// *(u64 *)(r10 - n) = r2        in a part of the stack that the program does not use
/// </code>
/// Then a load of <c>data</c> is a copy of the context's register, and a load of <c>data_end</c> one of that slot; the lookup of maps is function 0. Nothing else changes; where DPDK
/// names a <c>pc</c>, these three are counted.
/// </summary>
/// <param name="MapSlots">The 64-bit constants that are its map.</param>
/// <param name="Map">The one that it looks up; null if there is none.</param>
sealed record DpdkCode(Instruction[] Code, IReadOnlyList<int> MapSlots, MapSpec? Map)
{
    /// <summary>Where the length is, from the frame's first byte on (<c>FRAME_BYTES</c> of dpdk.c).</summary>
    public const int FrameBytes = 2048;

    const int StackBytes = 512, SlotBytes = 8;
    const string Lookup = "bpf_map_lookup_elem";

    /// <param name="source">What declares its maps.</param>
    public static Result<DpdkCode> Of(ProgramSpec program, ObjectSpec source)
    {
        MapSpec MapOf(string name) => source.Maps.First(m => m.Name == name);
        if (!Verifier.Verify(program, name => new(MapOf(name))).Try(out var verified, out var problem)) return BenchError.DpdkRefuses(problem.Sentence);
        MapSpec[] maps = [.. program.MapReferences.Select(r => r.Map).Distinct().Select(MapOf)];
        if (maps.FirstOrDefault(m => m.Type is not (MapType.Array or MapType.PerCpuArray)) is { } other) return BenchError.DpdkRefuses($"{program.Name} uses the {other.TypeName} {other.Name}: DPDK has no maps, and what Chainring runs beside it has arrays only");
        if (maps.Length > 1) return BenchError.DpdkRefuses($"{program.Name} uses {maps.Length} maps: to DPDK the values of all of them would be of one size");
        if (maps.Any(m => m.IsGlobalData)) return BenchError.DpdkRefuses($"{program.Name} uses global data");
        int end = (verified.StackBytes + SlotBytes - 1) / SlotBytes * SlotBytes + SlotBytes;
        if (end > StackBytes) return BenchError.DpdkRefuses($"{program.Name} leaves no room on its stack");

        var before = Assembler.Assemble($"r2 = *(u32 *)(r1 + {FrameBytes})\nr2 += r1\n*(u64 *)(r10 - {end}) = r2");
        var code = program.Code.ToArray();
        for (int slot = 0; slot < code.Length; slot++)
        {
            ref var i = ref code[slot];
            var facts = verified.Facts[slot];
            if (facts.Regions.HasFlag(AccessRegions.Context))
            {
                if (Instead(i, facts, end) is not { } instead) return BenchError.DpdkRefuses($"{program.Name} uses {facts.ContextField ?? "several fields"} of its context");
                i = instead;
            }
            else if (i.Kind == InstructionKind.Call)
            {
                if (HelperTable.CalledBy(i) is not { Name: Lookup }) return BenchError.DpdkRefuses($"{program.Name} calls {HelperTable.CalledBy(i)?.Name ?? "a function"}, and all there is to call is {Lookup}");
                i = i with { Immediate = 0 };
            }
        }
        foreach (var reference in program.MapReferences) code[reference.Slot] = code[reference.Slot] with { Operation = (byte)ConstantKind.Value, Immediate = 0 };
        return new DpdkCode([.. before, .. code], [.. program.MapReferences.Select(r => r.Slot + before.Length)], maps.FirstOrDefault());
    }

    /// <summary>What stands for a load of an end of the frame; null if it is something else of the context.</summary>
    static Instruction? Instead(in Instruction i, in InstructionFacts facts, int end)
    {
        if (i.Kind != InstructionKind.Load || facts.Regions != AccessRegions.Context || facts.Offsets is not { } at || (at.Least, at.Most) != (i.Offset, i.Offset)) return null;
        return facts.ContextField switch
        {
            "data" => new(InstructionKind.Alu, (byte)AluOp.Mov, Is64: true, FromRegister: true, Dst: i.Dst, Src: i.Src),
            "data_end" => i with { Size = AccessSize.Double, Src = Instruction.FramePointer, Offset = (short)-end },
            _ => null,
        };
    }
}
