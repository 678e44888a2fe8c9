using System.Globalization;
using Chainring.Offload.Isa;

namespace Chainring.Tests.Support;

/// <summary>
/// One case of <c>tests/data/isa/*.data</c>: a function that gets r1 = memory and r2 = its length and leaves its result in r0.
/// Every backend, and the kernel, must leave the same result and the same memory.
/// </summary>
public sealed record IsaCase(string File, string Name, string Source, byte[] Memory, ulong Result, byte[] MemoryAfter)
{
    public Instruction[] Body { get; } = Assembler.Assemble(Source);

    public override string ToString() => $"{File}: {Name}";

    /// <summary>All cases of all data files; a file that does not read throws and names the line.</summary>
    public static IReadOnlyList<IsaCase> All { get; } =
        [.. Directory.EnumerateFiles(TestData.Path("isa"), "*.data").Order(StringComparer.Ordinal).SelectMany(Read)];

    static IEnumerable<IsaCase> Read(string path)
    {
        string file = System.IO.Path.GetFileNameWithoutExtension(path);
        string? name = null;
        var source = new List<string>();
        byte[] memory = [];
        byte[]? after = null;
        int number = 0;
        foreach (string rawLine in System.IO.File.ReadLines(path))
        {
            number++;
            string line = rawLine.Split('#')[0].Trim();
            var (word, rest) = line.Split(' ', 2, StringSplitOptions.TrimEntries) is [var w, var r] ? (w, r) : (line, "");
            switch (word)
            {
                case "":
                    break;
                case "case":
                    (name, memory, after) = (rest, [], null);
                    source.Clear();
                    break;
                case "memory":
                    memory = Convert.FromHexString(rest.Replace(" ", ""));
                    break;
                case "leaves":
                    after = Convert.FromHexString(rest.Replace(" ", ""));
                    break;
                case "result":
                    var result = ulong.Parse(rest.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                    yield return new(file, name ?? throw new FormatException($"{path}:{number}: result without a case"),
                        string.Join('\n', source), memory, result, after ?? memory);
                    name = null;
                    break;
                default:
                    source.Add(line);
                    break;
            }
        }
        if (name is not null) throw new FormatException($"{path}: case {name} has no result");
    }
}
