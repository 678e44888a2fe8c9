using Chainring.Kernels.Helpers;
using Chainring.Kernels.Maps;
using Chainring.Offload;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Kernels;

/// <summary>
/// A program on a card: its code, an id that is never used again, and the live map behind each 64-bit constant that names one.
/// Immutable; every backend compiles from this.
/// </summary>
public sealed class LoadedProgram
{
    readonly Map?[] _mapAt;

    LoadedProgram(uint id, ProgramSpec spec, Map?[] mapAt)
    {
        Id = id;
        Spec = spec;
        _mapAt = mapAt;
        Maps = [.. mapAt.OfType<Map>().Distinct()];
        PutsOut = Array.Exists(spec.Code, i => HelperTable.CalledBy(i)?.Effect is HelperEffect.OutputsEvent or HelperEffect.OutputsRecord or HelperEffect.OutputsText);
        ReadsRxHash = Array.Exists(spec.Code, i => i.IsKfuncCall && i.Immediate == HelperTable.RxHashId);
    }

    public uint Id { get; }

    public ProgramSpec Spec { get; }

    public string Name => Spec.Name;

    /// <summary>That it is safe, and what was found out on the way; null on a card that does not ask for a proof.</summary>
    public VerifiedProgram? Proof { get; set; }

    public Instruction[] Code => Spec.Code;

    /// <summary>The maps its code names, each once, in order of first use.</summary>
    public IReadOnlyList<Map> Maps { get; }

    /// <summary>Its code has a call that puts out an event.</summary>
    public bool PutsOut { get; }

    /// <summary>Its code has a call that asks for <see cref="RxHints.Hash"/>. A program that it tail-calls speaks for itself.</summary>
    public bool ReadsRxHash { get; }

    /// <summary>The map that the constant at a slot names; null if the constant is just a number.</summary>
    public Map? MapAt(int slot) => _mapAt[slot];

    /// <summary>Whether a function begins at a slot.</summary>
    public bool HasFunctionAt(int slot)
    {
        var functions = Spec.Functions;
        for (int n = 0; n < functions.Count; n++)
        {
            if (functions[n].Start == slot) return true;
        }
        return false;
    }

    /// <param name="maps">The live map for a name used in the program.</param>
    public static Result<LoadedProgram> Load(uint id, ProgramSpec spec, Func<string, Map> maps)
    {
        if (spec.OtherType is { } prefix) return Refusal.NotXdp(spec.Name, spec.Section, prefix);
        for (int slot = 0; slot < spec.Code.Length; slot++)
        {
            var i = spec.Code[slot];
            if (i.Kind != InstructionKind.Call || i.IsLocalCall || HelperTable.CalledBy(i) is { } row && HelperBodies.Has(row.Id)) continue;
            if (i.IsHelperCall && i.Immediate == HelperTable.UnresolvedType) continue;
            if (i.IsHelperCall) return Refusal.NoHelper(spec.Name, slot, HelperNames.Of(i.Immediate), i.Immediate);
            if (i.Immediate != HelperTable.MissingKfunc) return Refusal.KernelFunction(spec.Name, slot, i.Immediate);
        }
        var mapAt = new Map?[spec.Code.Length];
        foreach (var reference in spec.MapReferences)
        {
            var map = mapAt[reference.Slot] = maps(reference.Map);
            if (map is ProgramArrayMap array && !array.IsForKindOf(spec)) return Refusal.OtherKind(spec.Name, map.Spec.Name, spec.Frags);
        }
        return new LoadedProgram(id, spec, mapAt);
    }
}
