using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Kernels.Il;
using Chainring.Kernels.Simd;
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
        var code = Native("native_arithmetic", Arithmetic(Operations));
        Assert.That(code.Where(Calls).Select(i => $"{i}"), Is.Empty);
        Assert.That(code, Has.Count.InRange(Operations / 2, 4 * Operations), "the arithmetic is there, and not much besides");
        Assert.That(code.Count(i => i.FlowControl == FlowControl.ConditionalBranch), Is.EqualTo(1), "only the program's own branch");
    }

    /// <summary>In a long method the just-in-time compiler stops to put bodies of other methods in, so that nothing in it may have one.</summary>
    [Test]
    public void Nor_does_it_for_several_frames_at_once()
    {
        const int methods = 5;
        var chain = Proven("native_lanes", Arithmetic(methods * LanePlan.MaxNodes - LanePlan.MaxNodes / 2));
        var read = NativeCode.Of(LaneText.Methods(chain, "native_lanes"));
        Assert.That(read, Has.Count.EqualTo(methods));
        Assert.That(read.SelectMany(m => m.Code).Where(Calls).Select(i => $"{i}"), Is.Empty);
    }

    static string Arithmetic(int operations)
    {
        var lines = new List<string> { "r2 = *(u32 *)(r1 + 0)", "r3 = *(u32 *)(r1 + 4)", "r4 = r2", "r4 += 16", "if r4 > r3 goto out", "r5 = *(u64 *)(r2 + 0)", "r6 = *(u64 *)(r2 + 8)" };
        for (int n = 0; n < operations; n++)
        {
            string operation = Operators[n % Operators.Length];
            lines.Add(operation.Contains("<<") || operation.Contains(">>") ? $"r5 {operation} {1 + n % 3}" : operation == "&=" ? $"r5 {operation} -{n}" : n % 2 == 0 ? $"r5 {operation} r6" : $"r5 {operation} {1000 + n}");
        }
        lines.AddRange(["*(u64 *)(r2 + 0) = r5", "r0 = 2", "exit", "out:", "r0 = 1", "exit"]);
        return string.Join('\n', lines);
    }

    [Test]
    public void A_helper_that_is_not_compiled_is_called() =>
        Assert.That(Native("native_call", "call 7\nr0 &= 1\nr0 += 1\nexit").Where(Calls), Is.Not.Empty);

    static bool Calls(Instruction i) => i.FlowControl is FlowControl.Call or FlowControl.IndirectCall;

    static IReadOnlyList<Instruction> Native(string name, string text)
    {
        var methods = NativeCode.Of(CompiledText.Methods(Proven(name, text), name));
        Assert.That(methods, Has.Count.EqualTo(1));
        return methods[0].Code;
    }

    static Chain Proven(string name, string text)
    {
        var spec = ProgramText.Program(name, text);
        var program = LoadedProgram.Load(1, spec, _ => throw new InvalidOperationException()).Value;
        program.Proof = Verifier.Verify(spec, _ => throw new InvalidOperationException()).Value;
        return Chain.Of(program);
    }
}
