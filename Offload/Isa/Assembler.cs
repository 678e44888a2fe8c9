using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Chainring.Offload.Isa;

/// <summary>
/// Reads the notation that <see cref="Notation.Llvm"/> writes, for tests and data files. Numbers may be decimal or hex; a jump or
/// local call names a displacement (<c>+2</c>) or a label (<c>name:</c> on a line of its own), and so may the address of a function
/// (<c>code_addr(name)</c>); <c>#</c> starts a comment.
/// </summary>
public static class Assembler
{
    sealed record Pattern(Form Form, Regex Regex);

    static readonly Regex CodeAddress = new(@"(?<=\bcode_addr\()[A-Za-z_]\w*(?=\))", RegexOptions.CultureInvariant);

    static readonly Pattern[] Patterns = [.. InstructionSet.Forms.Select(f => new Pattern(f, Compile(f.Text)))];

    /// <exception cref="FormatException">A line is no instruction; says which. The text is ours, so this is our bug.</exception>
    public static Instruction[] Assemble(string text) => Assemble(text, out _);

    /// <param name="labels">The slot of each label.</param>
    /// <inheritdoc cref="Assemble(string)"/>
    public static Instruction[] Assemble(string text, out IReadOnlyDictionary<string, int> labels)
    {
        var code = new List<Instruction>();
        var starts = new Dictionary<string, int>();
        labels = starts;
        var uses = new List<(int Slot, string Label)>();
        foreach (string rawLine in text.Split('\n'))
        {
            string line = rawLine.Split('#')[0].Trim();
            if (line.Length == 0) continue;
            if (line.EndsWith(':'))
            {
                starts.Add(line[..^1], code.Count);
                continue;
            }
            var function = CodeAddress.Match(line);
            var (instruction, label) = Parse(function.Success ? CodeAddress.Replace(line, "0") : line);
            if (function.Success) label = function.Value;
            if (label is not null) uses.Add((code.Count, label));
            code.Add(instruction);
            if (instruction.Slots == 2) code.Add(default);
        }
        foreach (var (slot, label) in uses)
        {
            if (!starts.TryGetValue(label, out int target)) throw new FormatException($"no label {label}");
            code[slot] = WithDisplacement(code[slot], target - slot - 1);
        }
        return [.. code];
    }

    static Instruction WithDisplacement(in Instruction i, int slots) =>
        i.Kind is InstructionKind.Branch or InstructionKind.MayGoto || (i.Kind == InstructionKind.Jump && i.Is64)
            ? i with { Offset = checked((short)slots) }
            : i with { Immediate = i.Kind == InstructionKind.LoadConstant ? (uint)slots : slots };

    static (Instruction, string? Label) Parse(string line)
    {
        foreach (var (form, regex) in Patterns)
        {
            var match = regex.Match(line);
            if (!match.Success) continue;

            var instruction = form.Meaning with
            {
                Dst = (byte)(Number(match.Groups["d"]) ?? 0),
                Src = (byte)(Number(match.Groups["s"]) ?? (form.Meaning.Slots == 1 ? form.Src : 0) ?? 0),
                Offset = checked((short)(form.Offset ?? Number(match.Groups["o"]) ?? 0)),
                Immediate = form.Immediate ?? Immediate(form, match),
            };
            var target = match.Groups["t"];
            if (!target.Success) return (instruction, null);
            return char.IsLetter(target.Value[0]) || target.Value[0] == '_'
                ? (instruction, target.Value)
                : (WithDisplacement(instruction, (int)Number(target)!.Value), null);
        }
        throw new FormatException($"no instruction reads '{line}'");
    }

    /// <summary>The number of an instruction as decoding gives it back: 32 bits sign-extended, of a 64-bit constant all 64.</summary>
    static long Immediate(Form form, Match match)
    {
        var unsigned = match.Groups["u"];
        long number = Number(match.Groups["i"]) ?? Number(unsigned) ?? 0;
        var meaning = form.Meaning;
        if (meaning.Kind == InstructionKind.LoadConstant && meaning.Constant == ConstantKind.Value) return number;

        bool fits = unsigned.Success ? number is >= 0 and <= uint.MaxValue : number is >= int.MinValue and <= int.MaxValue;
        if (!fits) throw new FormatException($"the number in '{match.Value}' does not fit in 32 bits");
        return meaning.Slots == 2 ? ((Number(match.Groups["n"]) ?? 0) << 32) | (uint)number : (int)number;
    }

    static long? Number(Group group)
    {
        if (!group.Success) return null;
        string text = group.Value.Replace(" ", "");
        bool negative = text.StartsWith('-');
        text = text.TrimStart('-', '+');
        ulong magnitude = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : ulong.Parse(text, CultureInfo.InvariantCulture);
        return negative ? -(long)magnitude : (long)magnitude;
    }

    static Regex Compile(string text)
    {
        const string number = @"(0x[0-9a-fA-F]+|\d+)";
        var pattern = new StringBuilder("^");
        var seen = new HashSet<string>();
        foreach (Match part in Regex.Matches(text, @"\{(\w+)\}|\s+|[^{\s]+"))
        {
            string field = part.Groups[1].Value;
            string register = field.TrimStart('w');
            if (string.IsNullOrWhiteSpace(part.Value)) pattern.Append(NeedsSpace(text, part) ? @"\s+" : @"\s*");
            else if (field is "d" or "s" or "wd" or "ws")
                pattern.Append(field[0] == 'w' ? 'w' : 'r').Append(seen.Add(register) ? $@"(?<{register}>10|\d)" : $@"\k<{register}>");
            else if (field is "i" or "n") pattern.Append($"(?<{field}>-?{number})");
            else if (field is "u") pattern.Append($"(?<u>{number})");
            else if (field is "o") pattern.Append($@"(?<o>[-+]\s*{number})?");
            else if (field is "t") pattern.Append($@"(?<t>[-+]{number}|[A-Za-z_]\w*)");
            else pattern.Append(Regex.Escape(part.Value));
        }
        return new Regex(pattern.Append('$').ToString(), RegexOptions.CultureInvariant);
    }

    static bool NeedsSpace(string text, Match space)
    {
        char before = text[space.Index - 1], after = text[space.Index + space.Length];
        return char.IsLetterOrDigit(before) && (char.IsLetterOrDigit(after) || after == '{');
    }
}
