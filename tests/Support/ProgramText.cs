using System.Text.RegularExpressions;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Tests.Support;

/// <summary>
/// A program from text, as an object file would give it: the notation of <see cref="Assembler"/> and two forms of map reference,
/// <c>r1 = map(NAME)</c> and <c>r1 = value(NAME) + 8</c>.
/// </summary>
public static partial class ProgramText
{
    public static ProgramSpec Program(string name, string text, string section = "xdp") => Program(name, text, [], section);

    /// <summary>The same with a subprogram at its end, which the text may call by the label <c>body</c>.</summary>
    public static ProgramSpec Program(string name, string text, ReadOnlySpan<Instruction> body, string section = "xdp")
    {
        var maps = References().Matches(text);
        var head = Assembler.Assemble(References().Replace(text, ToNumbers) + (body.Length > 0 ? "\nbody:\nexit" : ""));
        Instruction[] code = body.Length > 0 ? [.. head.AsSpan(..^1), .. body] : head;
        var slots = Enumerable.Range(0, head.Length).Where(slot => IsReference(head[slot]));
        return new()
        {
            Name = name,
            Section = section,
            Code = code,
            Functions = [new(name, 0), .. SubprogramStarts(code).Select(start => new FunctionSpec($"subprogram_{start}", start))],
            MapReferences = [.. slots.Zip(maps, (slot, map) => new MapReference(
                slot, map.Groups["name"].Value, map.Groups["kind"].Value == "value", (int)(head[slot].Immediate >> 32)))],
        };
    }

    static string ToNumbers(Match map)
    {
        var offset = map.Groups["offset"];
        return map.Groups["kind"].Value == "map" ? "map_by_fd(0)" : $"map_val(map_by_fd(0)) + {(offset.Success ? offset.Value : "0")}";
    }

    static bool IsReference(in Instruction i) =>
        i.Kind == InstructionKind.LoadConstant && i.Constant is ConstantKind.MapByFd or ConstantKind.MapValueByFd;

    static IEnumerable<int> SubprogramStarts(Instruction[] code) => Enumerable.Range(0, code.Length)
        .Where(slot => code[slot].IsLocalCall || code[slot] is { Kind: InstructionKind.LoadConstant, Constant: ConstantKind.Code })
        .Select(slot => slot + 1 + (int)code[slot].Immediate).Distinct().Order();

    [GeneratedRegex(@"\b(?<kind>map|value)\((?<name>[\w.]+)\)(\s*\+\s*(?<offset>\d+))?")]
    private static partial Regex References();
}
