using System.Text.RegularExpressions;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Tests.Support;

/// <summary>
/// A program from text, as an object file would give it: the notation of <see cref="Assembler"/>, two forms of map reference,
/// <c>r1 = map(NAME)</c> and <c>r1 = value(NAME) + 8</c>, and calls by name, <c>call bpf_redirect</c> and <c>call kfunc NAME</c>.
/// </summary>
public static partial class ProgramText
{
    public static ProgramSpec Program(string name, string text, string section = "xdp") => Program(name, text, [], section);

    /// <summary>The same with a subprogram at its end, which the text may call by the label <c>body</c>.</summary>
    public static ProgramSpec Program(string name, string text, ReadOnlySpan<Instruction> body, string section = "xdp")
    {
        var maps = References().Matches(text);
        var kfuncs = Kfuncs().Matches(text);
        string numbered = Helpers().Replace(Kfuncs().Replace(References().Replace(text, ToNumbers), ToNumber), ToHelperNumber);
        var head = Assembler.Assemble(numbered + (body.Length > 0 ? "\nbody:\nexit" : ""), out var labels);
        Instruction[] code = body.Length > 0 ? [.. head.AsSpan(..^1), .. body] : head;
        var slots = Enumerable.Range(0, head.Length).Where(slot => IsReference(head[slot]));
        var calls = Enumerable.Range(0, head.Length).Where(slot => head[slot].IsKfuncCall);
        var names = labels.GroupBy(l => l.Value).ToDictionary(l => l.Key, l => l.First().Key);
        return new()
        {
            Name = name,
            Section = section,
            Code = code,
            Functions = [new(name, 0), .. SubprogramStarts(code).Select(start => new FunctionSpec(names.GetValueOrDefault(start, $"subprogram_{start}"), start))],
            MapReferences = [.. slots.Zip(maps, (slot, map) => new MapReference(
                slot, map.Groups["name"].Value, map.Groups["kind"].Value == "value", (int)(head[slot].Immediate >> 32)))],
            ExternReferences = [.. calls.Zip(kfuncs, (slot, kfunc) => (Slot: slot, Name: kfunc.Groups["name"]))
                .Where(call => call.Name.Success)
                .Select(call => new ExternReference(call.Slot, call.Name.Value, HelperTable.FindKfunc(call.Name.Value) is null))],
        };
    }

    static string ToNumbers(Match map)
    {
        var offset = map.Groups["offset"];
        return map.Groups["kind"].Value == "map" ? "map_by_fd(0)" : $"map_val(map_by_fd(0)) + {(offset.Success ? offset.Value : "0")}";
    }

    static string ToNumber(Match kfunc) =>
        kfunc.Groups["name"] is { Success: true, Value: var name } ? $"call kfunc {HelperTable.FindKfunc(name)?.Id ?? HelperTable.MissingKfunc}" : kfunc.Value;

    static string ToHelperNumber(Match helper) => $"call {HelperNumbers[helper.Groups["name"].Value]}";

    static readonly Dictionary<string, int> HelperNumbers = Enumerable.Range(1, HelperTable.FirstKfunc - 1)
        .TakeWhile(id => HelperNames.Of(id).StartsWith("bpf_", StringComparison.Ordinal)).ToDictionary(id => HelperNames.Of(id));

    static bool IsReference(in Instruction i) =>
        i.Kind == InstructionKind.LoadConstant && i.Constant is ConstantKind.MapByFd or ConstantKind.MapValueByFd;

    static IEnumerable<int> SubprogramStarts(Instruction[] code) => Enumerable.Range(0, code.Length)
        .Where(slot => code[slot].IsLocalCall || code[slot] is { Kind: InstructionKind.LoadConstant, Constant: ConstantKind.Code })
        .Select(slot => slot + 1 + (int)code[slot].Immediate).Where(start => start > 0).Distinct().Order();

    [GeneratedRegex(@"\b(?<kind>map|value)\((?<name>[\w.]+)\)(\s*\+\s*(?<offset>\d+))?")]
    private static partial Regex References();

    [GeneratedRegex(@"\bcall (?<name>bpf_\w+)")]
    private static partial Regex Helpers();

    [GeneratedRegex(@"\bcall kfunc (?<name>[A-Za-z_]\w*)?")]
    private static partial Regex Kfuncs();
}
