using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Kernels.Il;
using Chainring.Offload.Verify;
using Chainring.Tests.Support;
using Iced.Intel;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver;

/// <summary>What the machine runs, read back: nothing but the program's own work.</summary>
public sealed class NativeCodeTests
{
    const int Operations = 300;

    static readonly string[] Operators = ["+=", "-=", "*=", "^=", "|=", "&=", "<<=", ">>=", "s>>="];

    [OneTimeSetUp]
    public void NeedsX64()
    {
        if (!NativeCode.IsSupported) Assert.Ignore("only code for x64 can be read");
    }

    [Test]
    public void A_program_of_arithmetic_calls_nothing()
    {
        var lines = new List<string> { "r2 = *(u32 *)(r1 + 0)", "r3 = *(u32 *)(r1 + 4)", "r4 = r2", "r4 += 16", "if r4 > r3 goto out", "r5 = *(u64 *)(r2 + 0)", "r6 = *(u64 *)(r2 + 8)" };
        for (int n = 0; n < Operations; n++)
        {
            string operation = Operators[n % Operators.Length];
            lines.Add(operation.Contains("<<") || operation.Contains(">>") ? $"r5 {operation} {1 + n % 3}" : operation == "&=" ? $"r5 {operation} -{n}" : n % 2 == 0 ? $"r5 {operation} r6" : $"r5 {operation} {1000 + n}");
        }
        lines.AddRange(["*(u64 *)(r2 + 0) = r5", "r0 = 2", "exit", "out:", "r0 = 1", "exit"]);

        var code = Native("native_arithmetic", string.Join('\n', lines));
        Assert.That(code.Where(Calls).Select(i => $"{i}"), Is.Empty);
        Assert.That(code, Has.Count.InRange(Operations / 2, 4 * Operations), "the arithmetic is there, and not much besides");
        Assert.That(code.Count(i => i.FlowControl == FlowControl.ConditionalBranch), Is.EqualTo(1), "only the program's own branch");
    }

    [Test]
    public void A_helper_that_is_not_compiled_is_called() =>
        Assert.That(Native("native_call", "call 7\nr0 &= 1\nr0 += 1\nexit").Where(Calls), Is.Not.Empty);

    static bool Calls(Instruction i) => i.FlowControl is FlowControl.Call or FlowControl.IndirectCall;

    static IReadOnlyList<Instruction> Native(string name, string text)
    {
        var spec = ProgramText.Program(name, text);
        var program = LoadedProgram.Load(1, spec, _ => throw new InvalidOperationException()).Value;
        program.Proof = Verifier.Verify(spec, _ => throw new InvalidOperationException()).Value;
        var methods = NativeCode.Of(CompiledText.Methods(Chain.Of(program), name));
        Assert.That(methods, Has.Count.EqualTo(1));
        return methods[0].Code;
    }
}
