using System.Buffers.Binary;
using Chainring.Host.Driver;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;

namespace Chainring.Tests.Oracle;

/// <summary>What the kernel computes for a function of memory; see <see cref="ScalarProgram"/> for its form.</summary>
public static class KernelScalar
{
    /// <summary>The 64-bit r0 with which the body exits.</summary>
    public static ulong Run(Instruction[] body, byte[] memory) => Run(body, memory, out _);

    /// <summary>The 64-bit r0 with which the body exits, and the memory as it left it.</summary>
    public static ulong Run(Instruction[] body, byte[] memory, out byte[] memoryAfter)
    {
        using var map = new KernelMap(ScalarProgram.Result);
        using var program = new KernelProgram(ScalarProgram.Wrap(body, memory.Length), _ => map);
        var run = program.Run(ScalarProgram.FrameOf(memory));
        if (run.Code != (uint)XdpAction.Pass) throw new InvalidOperationException($"the harness returned {run.Code} instead of a result");
        memoryAfter = run.Frame[..memory.Length];
        return BinaryPrimitives.ReadUInt64LittleEndian(map.Lookup(new byte[4])![0]);
    }
}
