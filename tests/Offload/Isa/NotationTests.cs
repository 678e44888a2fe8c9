using System.Text.RegularExpressions;
using Chainring.Offload.Isa;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Isa;

/// <summary>What we write is what the tools write, and we read what we write. <c>tests/data/golden</c> has the tools' own output.</summary>
public sealed partial class NotationTests
{
    static readonly string[] ObjdumpFiles = ["llvm-objdump.txt", "llvm-objdump-v4.txt", "llvm-objdump-may-goto.txt"];

    static readonly string[] KernelFiles = ["kernel", "kernel-beyond-rfc9669"];

    static IReadOnlyList<Form> Forms => InstructionSet.Forms;

    [TestCaseSource(nameof(Forms))]
    public void The_assembler_reads_what_the_notation_writes(Form form) =>
        InstructionGen.Of(form).Sample(
            i => Assembler.Assemble(Notation.Llvm.Write(i)).AsSpan().SequenceEqual(InstructionGen.Code(i)),
            print: i => $"{Notation.Llvm.Write(i)} of {i}");

    [TestCaseSource(nameof(ObjdumpFiles))]
    public void We_write_what_llvm_objdump_writes(string file)
    {
        var lines = Objdump(file).ToArray();
        Assert.That(lines, Is.Not.Empty);
        using (Assert.EnterMultipleScope())
        {
            foreach (var (bytes, text) in lines) Assert.That(Notation.Llvm.Write(Encoding.Decode(bytes, file).Value[0]), Is.EqualTo(text));
        }
    }

    [TestCaseSource(nameof(ObjdumpFiles))]
    public void The_assembler_reads_what_llvm_objdump_writes(string file)
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (var (bytes, text) in Objdump(file)) Assert.That(Encoding.Encode(Assembler.Assemble(text)), Is.EqualTo(bytes), text);
        }
    }

    static bool IsUnknownToLlvm19(Form form) => form.Meaning is { Kind: InstructionKind.Load, Load: LoadKind.Acquiring } or { Kind: InstructionKind.Store, Store: StoreKind.Releasing };

    [TestCaseSource(nameof(KernelFiles))]
    public void We_write_what_the_kernel_writes(string file)
    {
        var lines = Kernel(file).ToArray();
        Assert.That(lines, Is.Not.Empty);
        using (Assert.EnterMultipleScope())
        {
            foreach (var (instruction, text) in lines) Assert.That(Notation.Kernel.Write(instruction), Is.EqualTo(text));
        }
    }

    [Test]
    public void The_golden_files_show_every_form()
    {
        var tools = ObjdumpFiles.SelectMany(Objdump).Select(line => Encoding.Decode(line.Bytes, "golden").Value[0]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Missing(tools).Where(f => f.Meaning.Kind != InstructionKind.Call && !IsUnknownToLlvm19(f)).Select(f => f.Text), Is.Empty);
            Assert.That(Missing(KernelFiles.SelectMany(Kernel).Select(line => line.Instruction)).Select(f => f.Text), Is.Empty);
        }
    }

    [TestCase("r0 += 0x80000000")]
    [TestCase("w0 = -2147483649")]
    [TestCase("r0 = *(u8 *)(r1 + 32768)")]
    [TestCase("r11 = 1")]
    [TestCase("w0 = r1")]
    [TestCase("goto nowhere")]
    [TestCase("w1 = -w2")]
    public void The_assembler_throws_on_what_it_cannot_encode(string line) =>
        Assert.That(() => Assembler.Assemble(line), Throws.InstanceOf<FormatException>().Or.InstanceOf<OverflowException>());

    static IEnumerable<Form> Missing(IEnumerable<Instruction> code)
    {
        var seen = code.Select(i => InstructionSet.FormOf(i)).ToHashSet();
        return Forms.Where(f => !seen.Contains(f) && IsaCaseCoverageTests.CanStandAlone(f));
    }

    /// <summary>Lines of <c>llvm-objdump -d</c> less the names of jump targets; what it does not know and calls are left out.</summary>
    static IEnumerable<(byte[] Bytes, string Text)> Objdump(string file) =>
        from line in File.ReadLines(TestData.Path("golden", file))
        let match = ObjdumpLine().Match(line)
        where match.Success
        let text = match.Groups["text"].Value
        where text != "<unknown>" && !text.StartsWith("call", StringComparison.Ordinal)
        select (Convert.FromHexString(match.Groups["bytes"].Value.Replace(" ", "")), text);

    static IEnumerable<(Instruction Instruction, string Text)> Kernel(string file)
    {
        string hex = File.ReadAllText(TestData.Path("golden", $"{file}.hex")).ReplaceLineEndings("").Replace(" ", "");
        var code = Encoding.Decode(Convert.FromHexString(hex), file).Value;
        return from line in File.ReadLines(TestData.Path("golden", $"{file}.txt"))
               let match = KernelLine().Match(line)
               where match.Success
               select (code[int.Parse(match.Groups["slot"].Value)], match.Groups["text"].Value);
    }

    [GeneratedRegex(@"^ +\d+:\t(?<bytes>([0-9a-f]{2} ?)+)\t(?<text>.*?)( <[^ ]+>)?$")]
    private static partial Regex ObjdumpLine();

    [GeneratedRegex(@"^(?<slot>\d+): \([0-9a-f]{2}\) (?<text>.*)$")]
    private static partial Regex KernelLine();
}
