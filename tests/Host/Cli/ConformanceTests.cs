using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Offload.Isa;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Cli;

/// <summary><c>conformance</c>: the protocol of the public runner's plugins, and through it the data files of the instruction set.</summary>
public sealed class ConformanceTests
{
    /// <summary>A process for each is slow: one of so many goes through the command, all through what is behind it.</summary>
    const int OneOf = 60;

    static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    static Outcome Ask(string code, params string[] arguments)
    {
        using var work = new Workspace();
        return work.Run(["conformance", .. arguments], System.Text.Encoding.UTF8.GetBytes(code));
    }

    static string Code(string text) => Hex(Encoding.Encode(Assembler.Assemble(text)));

    [Test]
    public void Every_case_of_the_data_files_gives_its_result([Values] bool asXdp)
    {
        Assert.Multiple(() =>
        {
            foreach (var target in Targets.All)
            {
                // As XDP, r2 has no value: who needs a proof does not take what reads it.
                foreach (var one in IsaCase.All.Where(c => !asXdp || c.Memory.Length == 0 && !(target.NeedsProof && c.Source.Contains("r2"))))
                {
                    // For XDP: what the runner's own prologue does.
                    byte[] code = Encoding.Encode(one.Body);
                    var result = ScalarProgram.Run(target, code, one.Memory, asXdp);
                    Assert.That(result.Problem, Is.Null, one.Name);
                    if (!asXdp || !one.Source.Contains("r2") && !one.Source.Contains("r1")) Assert.That(result.Value, Is.EqualTo(one.Result), one.Name);
                }
            }
        });
    }

    static IEnumerable<IsaCase> Some => IsaCase.All.Where((_, n) => n % OneOf == 0);

    [TestCaseSource(nameof(Some))]
    public void The_command_prints_r0_in_hex(IsaCase one)
    {
        string code = Hex(Encoding.Encode(one.Body));
        var outcome = one.Memory.Length == 0 ? Ask(code + "\n") : Ask(code + "\n", Hex(one.Memory));
        Assert.That((outcome.Code, outcome.Out, outcome.Error), Is.EqualTo((0, $"{one.Result:x}\n", "")));
    }

    [Test]
    public void Spaces_between_bytes_are_as_good_and_r0_has_64_bits() =>
        Assert.That(Ask("b7 00 00 00 ff ff ff ff\n95 00 00 00 00 00 00 00\n", "00 11 22").Out, Is.EqualTo("ffffffffffffffff\n"));

    [Test]
    public void A_program_for_xdp_gets_its_context() =>
        Assert.That(Ask(Code("r2 = *(u32 *)(r1 + 4)\nr0 = *(u32 *)(r1 + 0)\nr2 -= r0\nr0 = *(u8 *)(r0 + 1)\nr0 <<= 8\nr0 |= r2\nexit"), "aabb", "--xdp").Out, Is.EqualTo("bb02\n"));

    static IEnumerable<TestCaseData> Refusals()
    {
        yield return Case("reserved field", 1, "L", "b7000100ff000000" + "9500000000000000");
        yield return Case("no exit", 1, "neither exits nor jumps", "b700000000000000");
        yield return Case("jump outside", 1, "outside its function", "0500ff7f00000000" + "9500000000000000");
        yield return Case("call outside", 1, "outside its function", "8510000064000000" + "9500000000000000");
        yield return Case("map by fd", 1, "", "1811000001000000" + "0000000000000000" + "9500000000000000");
        yield return Case("unknown helper", 1, "which the card does not have", "850000000f270000" + "9500000000000000");
        yield return Case("half an instruction", 1, "", "b70000");
        yield return Case("nothing", 1, "has no instructions", "");
        yield return Case("no hex", 2, "the program is not pairs of hex digits", "zz");
        yield return Case("out of bounds", 1, "program was aborted: packet-out-of-bounds", "7110ff0000000000" + "9500000000000000");
        yield return Case("no end", 1, "program was aborted: instruction-limit", "0500ffff00000000");
        static TestCaseData Case(string name, int code, string says, string program) => new TestCaseData(program, code, says).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Refusals))]
    public void What_cannot_be_run_is_a_sentence_on_standard_error(string program, int code, string says)
    {
        var outcome = Ask(program, "00");
        Assert.That((outcome.Code, outcome.Out), Is.EqualTo((code, "")));
        Assert.That(outcome.Error, Does.StartWith("chainring: ").And.Contain(says));
    }
}
