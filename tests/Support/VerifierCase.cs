using Chainring.Offload;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Tests.Support;

/// <summary>
/// One case of <c>tests/data/verifier/*.data</c>: a program, and whether Linux's verifier accepts it. The README beside them says how it
/// is written.
/// </summary>
public sealed record VerifierCase
{
    /// <summary>The file's name.</summary>
    public required string Group { get; init; }

    public required string Name { get; init; }

    /// <summary>What is asked, in a sentence.</summary>
    public required string Rule { get; init; }

    /// <summary>The decision on a program of root's (CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN).</summary>
    public required bool Accepted { get; init; }

    /// <summary>The decision without CAP_PERFMON, where it is recorded: uninitialised stack is not read, and no pointer leaks.</summary>
    public bool? AcceptedStrictly { get; init; }

    /// <summary>The first kernel that decides like this; null if none is known to decide otherwise.</summary>
    public Version? Since { get; init; }

    /// <summary>The first kernel that may decide otherwise; null if none is known to.</summary>
    public Version? Before { get; init; }

    public string Section { get; init; } = "xdp";

    public string License { get; init; } = "GPL";

    /// <summary>Those that the program names, and some that it does not.</summary>
    public IReadOnlyList<MapSpec> Maps { get; init; } = [];

    /// <summary>What is before the size of memory that an argument must point to, and not be null.</summary>
    public const string NeverNull = "nonnull:";

    /// <summary>The types of the arguments of each global function; functions that are not listed are static.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Globals { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>The code, <c>raw</c> lines and repeated ones included.</summary>
    public required IReadOnlyList<string> Source { get; init; }

    public static IReadOnlyList<VerifierCase> All { get; } =
        [.. Directory.EnumerateFiles(TestData.Path("verifier"), "*.data").Order(StringComparer.Ordinal).SelectMany(VerifierCaseReader.Read)];

    public override string ToString() => $"{Group}: {Name}";

    /// <summary>The program as an object file would hold it: numbers of maps and kfuncs are 0.</summary>
    public VerifierProgram Assemble()
    {
        var raw = new List<byte[]>();
        var program = ProgramText.Program("case", string.Join('\n', Source.Select(line => Placeholder(line, raw))), Section);
        byte[] code = Encoding.Encode(program.Code);
        for (int slot = 0; slot < program.Code.Length; slot++)
        {
            var i = program.Code[slot];
            if (i.IsHelperCall && Marked(i) < raw.Count) raw[(int)Marked(i)].CopyTo(code, slot * Encoding.SlotBytes);
        }
        foreach (var call in program.ExternReferences) code.AsSpan((call.Slot * Encoding.SlotBytes) + 4, 4).Clear();
        return new(code, program);
    }

    /// <summary>In place of a raw slot, which may be no instruction: a call of a helper that there will never be.</summary>
    static string Placeholder(string line, List<byte[]> raw)
    {
        if (!line.StartsWith("raw ", StringComparison.Ordinal)) return line;
        raw.Add(Convert.FromHexString(line[4..].Replace(" ", "")));
        if (raw[^1].Length != Encoding.SlotBytes) throw new FormatException($"'{line}' has not {Encoding.SlotBytes} bytes");
        return $"call {uint.MaxValue - (uint)raw.Count + 1}";
    }

    static uint Marked(in Instruction i) => uint.MaxValue - (uint)i.Immediate;
}

/// <summary>A case's program.</summary>
/// <param name="Code">In bytes, which need not decode.</param>
/// <param name="Outline">Its functions and references; where bytes are given raw, its code is not that of the program.</param>
public sealed record VerifierProgram(byte[] Code, ProgramSpec Outline)
{
    /// <summary>The program, or why its bytes are none. Kfuncs that cards do not have are marked as missing.</summary>
    public Result<ProgramSpec> Spec
    {
        get
        {
            var decoded = Encoding.Decode(Code, Outline.Name);
            return decoded.Problem is { } problem ? problem : Outline with { Code = Linked(decoded.Value) };
        }
    }

    Instruction[] Linked(Instruction[] code)
    {
        foreach (var call in Outline.ExternReferences) code[call.Slot] = Outline.Code[call.Slot];
        return code;
    }
}
