using System.Globalization;
using System.Text.RegularExpressions;
using Chainring.Offload.Isa;
using Chainring.Offload.Verify;

namespace Chainring.Tests.Offload.Verify;

/// <summary>
/// The states of registers in the kernel verifier's log, such as <c>R6=scalar(smin=smin32=0,smax=umax=255,var_off=(0x0; 0xff))</c>, of a
/// program that goes over no instruction twice. What is not named has no limit of its own.
/// </summary>
sealed partial class StateLog
{
    readonly Dictionary<int, string> _behind = [];
    readonly Dictionary<(int From, int To), string> _jumps = [];
    readonly HashSet<int> _visited = [];

    public StateLog(string log)
    {
        // The table of live registers at the top looks like instructions too.
        int start = log.IndexOf("\n0: R1=", StringComparison.Ordinal);
        foreach (string line in log[start..].Split('\n'))
        {
            if (InstructionLine().Match(line) is { Success: true } instruction)
            {
                int slot = Int(instruction.Groups["slot"]);
                if (!_visited.Add(slot)) GoesTwoWays = true;
                _behind[slot] = instruction.Groups["state"].Value;
            }
            else if (JumpLine().Match(line) is { Success: true } jump)
            {
                _jumps[(Int(jump.Groups["from"]), Int(jump.Groups["to"]))] = jump.Groups["state"].Value;
            }
        }
        IsAtOddsWithItself = log.Contains("REG INVARIANTS VIOLATION", StringComparison.Ordinal);
    }

    /// <summary>Linux found that what it knows is contradictory, and forgot it.</summary>
    public bool IsAtOddsWithItself { get; }

    /// <summary>An operation on -1 or 0 went on as two paths, one for each.</summary>
    public bool GoesTwoWays { get; }

    public bool Visits(int slot) => _visited.Contains(slot);

    /// <summary>Whether the jump at <paramref name="from"/> was followed.</summary>
    public bool Jumps(int from, int to) => _jumps.ContainsKey((from, to)) || Visits(from) && !Visits(from + 1) && Visits(to);

    /// <summary>What is known of a register behind an instruction and, at a branch, where it was not taken; null if the log is silent.</summary>
    public Bounds? Behind(int slot, int register) => Read(_behind[slot], register);

    /// <summary>What is known of a register after a jump; null if the log is silent.</summary>
    public Bounds? After(int from, int to, int register) =>
        _jumps.TryGetValue((from, to), out string? state) ? Read(state, register) : null;

    /// <summary>What the log said last of a register on the straight way to an instruction.</summary>
    public string? TextBefore(int slot, int register) =>
        Enumerable.Range(0, slot).Reverse().Select(before => Text(_behind[before], register)).FirstOrDefault(text => text is not null);

    static Bounds? Read(string state, int register) => Text(state, register) is { } text ? Parse(text) : null;

    static string? Text(string state, int register) =>
        Regex.Match(state, $@"\bR{register}(?:_w)?=(?<value>scalar\((?:[^()]|\([^()]*\))*\)|-?\w+)") is { Success: true } match
            ? Tie().Replace(match.Groups["value"].Value, "") : null;

    /// <summary><c>scalar(…)</c> or a number.</summary>
    public static Bounds Parse(string text)
    {
        if (!text.StartsWith("scalar", StringComparison.Ordinal)) return Bounds.Const(Number(text));
        var bits = BitsField().Match(text);
        var bounds = bits.Success
            ? Bounds.OfBits(new Tnum(Number(bits.Groups["value"].Value), Number(bits.Groups["mask"].Value))) : Bounds.Unknown;
        foreach (Match field in LimitField().Matches(text))
        {
            ulong value = Number(field.Groups["number"].Value);
            foreach (string name in field.Groups["names"].Value.TrimEnd('=').Split('='))
            {
                bool is64 = !name.EndsWith("32", StringComparison.Ordinal);
                var limit = Bounds.Const(is64 ? value : (uint)value);
                if (!Bounds.TryRefine(Limit(name[..4]), is64, taken: true, ref bounds, ref limit))
                    throw new FormatException($"{text} is no number");
            }
        }
        return bounds;
    }

    static CompareOp Limit(string name) => name switch
    {
        "umin" => CompareOp.Ge,
        "umax" => CompareOp.Le,
        "smin" => CompareOp.SGe,
        "smax" => CompareOp.SLe,
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    static ulong Number(string text) =>
        text.StartsWith('-') ? 0 - Number(text[1..])
        : text.StartsWith("0x", StringComparison.Ordinal) ? ulong.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : ulong.Parse(text, CultureInfo.InvariantCulture);

    static int Int(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<slot>\d+): \(\w\w\)[^;]*(?:;(?<state>.*))?$")]
    private static partial Regex InstructionLine();

    [GeneratedRegex(@"^from (?<from>\d+) to (?<to>\d+):(?<state>.*)$")]
    private static partial Regex JumpLine();

    [GeneratedRegex(@"id=\d+(?:[+-]\d+)?,?")]
    private static partial Regex Tie();

    [GeneratedRegex(@"var_off=\((?<value>\w+); (?<mask>\w+)\)")]
    private static partial Regex BitsField();

    [GeneratedRegex(@"(?<names>(?:[su](?:min|max)(?:32)?=)+)(?<number>-?\w+)")]
    private static partial Regex LimitField();
}
