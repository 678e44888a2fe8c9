using Chainring.Host.Driver.Peers;
using Chainring.Offload.Isa;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>Functions of memory in the kernel, and the limits that the harness and the verifier put on them.</summary>
public sealed class ScalarTests
{
    static IReadOnlyList<IsaCase> Cases => IsaCase.All;

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    [TestCase("r0 = 0xffffffffffffffff ll\nr0 += 2", 0x1ul)]
    [TestCase("r0 = 0x8000000000000000 ll\nr0 s>>= 63", ulong.MaxValue)]
    [TestCase("r0 = -1\nw0 += 0", 0xfffffffful)]
    [TestCase("r0 = 7\nr1 = 0\nr0 /= r1", 0ul)]
    [TestCase("r0 = 7\nr1 = 0\nr0 %= r1", 7ul)]
    [TestCase("r0 = r2", 0ul)]
    public void A_body_without_memory(string body, ulong result) => Assert.That(Run(body, []), Is.EqualTo(result));

    [TestCase("r0 = *(u8 *)(r1 + 2)", 2ul)]
    [TestCase("r0 = *(u64 *)(r1 + 0)", 0x0706050403020100ul)]
    [TestCase("r0 = r2", 8ul)]
    public void A_body_with_memory(string body, ulong result) => Assert.That(Run(body, Ask.Frame(8)), Is.EqualTo(result));

    [Test]
    public void The_memory_comes_back([Values(8, 14, 256)] int length)
    {
        var memory = Ask.Frame(length);
        KernelScalar.Run(Assembler.Assemble("*(u16 *)(r1 + 4) = 0xffff\nr0 = 0\nexit"), memory, out var after);
        (memory[4], memory[5]) = (0xff, 0xff);
        Assert.That(after, Is.EqualTo(memory));
    }

    [Test]
    public void A_body_may_call_functions_that_follow_it() =>
        Assert.That(Run("r1 = 5\ncall twice\nr0 += 1\nexit\ntwice:\nr0 = r1\nr0 += r0", []), Is.EqualTo(11));

    [TestCase("r0 = *(u8 *)(r1 + 8)", TestName = "Beyond the memory, although the frame is padded")]
    [TestCase("r0 = r3", TestName = "An uninitialised argument register")]
    [TestCase("r0 = r6", TestName = "An uninitialised register that the caller has in use")]
    [TestCase("r3 = 1\nlock *(u64 *)(r1 + 0) += r3\nr0 = 0", TestName = "An atomic operation on the memory")]
    [TestCase("r0 = 1\nr0 <<= 64", TestName = "An immediate shift beyond the width")]
    [TestCase("r0 = 1\nr0 /= 0", TestName = "Division by an immediate zero")]
    public void The_verifier_refuses(string body) =>
        Assert.That(() => Run(body, Ask.Frame(8)), Throws.TypeOf<BpfException>().With.Property("Errno").AnyOf(Errno.EACCES, Errno.EINVAL));

    [Test]
    public void A_body_has_a_whole_stack() =>
        Assert.That(Run("*(u64 *)(r10 - 512) = 1\nr0 = *(u64 *)(r10 - 512)", []), Is.EqualTo(1));

    [TestCaseSource(nameof(Cases))]
    public void The_kernel_agrees_with_the_data_files(IsaCase file)
    {
        ulong result = KernelScalar.Run(file.Body, file.Memory, out var after);
        Assert.That((result, Convert.ToHexString(after)), Is.EqualTo((file.Result, Convert.ToHexString(file.MemoryAfter))));
    }

    static ulong Run(string body, byte[] memory) => KernelScalar.Run(Assembler.Assemble($"{body}\nexit"), memory);
}
