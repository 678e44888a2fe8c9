using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Host.Cli;

/// <summary>A program's instructions as lines for people.</summary>
sealed class CodeText(ProgramSpec program)
{
    readonly Dictionary<int, MapReference> _maps = program.MapReferences.ToDictionary(r => r.Slot);
    readonly Dictionary<int, ExternReference> _externs = program.ExternReferences.ToDictionary(r => r.Slot);

    /// <summary>It names a map, a variable or a kfunc.</summary>
    public bool HasName(int slot) => _maps.ContainsKey(slot) || _externs.ContainsKey(slot);

    /// <summary>As the verifier log and bpftool write it.</summary>
    public string Line(int slot)
    {
        var i = program.Code[slot];
        byte opcode = Encoding.Encode([i, .. program.Code.AsSpan(slot + 1, i.Slots - 1)])[0];
        return $"{slot,4}: ({opcode:x2}) {Notation.Kernel.Write(i)}{Note(slot)}";
    }

    /// <summary>What the operands mean: a map's name, a helper's, a kfunc's, where a jump goes.</summary>
    public string Note(int slot)
    {
        ref readonly var i = ref program.Code[slot];
        int target = slot + 1 + i.Displacement;
        if (_externs.TryGetValue(slot, out var symbol)) return $"\t; {symbol.Name}{(symbol.IsMissing ? ", which cards do not have" : "")}";
        switch (i.Kind)
        {
            case InstructionKind.LoadConstant when _maps.TryGetValue(slot, out var map):
                return map.IsValue ? $"\t; {map.Map} + 0x{map.Offset:x}" : $"\t; map {map.Map}";
            case InstructionKind.Jump or InstructionKind.Branch or InstructionKind.MayGoto:
                var function = program.Functions.Last(f => f.Start <= slot);
                return $" <{function.Name}+0x{(target - function.Start) * Encoding.SlotBytes:x}>";
            case InstructionKind.Call when i.IsHelperCall:
                string? missing = program.MissingTypes.FirstOrDefault(m => m.Slot == slot).What;
                return missing is null ? $"\t; {HelperNames.Of(i.Immediate)}" : $"\t; {missing}, which the target types lack";
            case InstructionKind.Call when i.IsLocalCall:
                return $" <{program.Functions.First(f => f.Start == target).Name}>";
            default:
                return "";
        }
    }
}
