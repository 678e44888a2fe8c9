using System.Buffers.Binary;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;

namespace Chainring.Tests.Oracle;

/// <summary>Asks the kernel one question: a few instructions that leave an answer in r0, usually a helper's.</summary>
public static class Ask
{
    static readonly MapSpec Answer = new()
    {
        Name = "answer",
        Type = MapType.Array,
        KeySize = 4,
        ValueSize = 8,
        MaxEntries = 1,
        InitialValue = new byte[8],
    };

    /// <param name="text">Starts with r1 = context, ends with the answer in r0; r6 to r9 are free.</param>
    /// <param name="frags">True for a program that admits multi-buffer frames.</param>
    public static (long Answer, KernelRun Run) Kernel(string text, byte[] frame, byte[]? metadata = null, bool frags = false)
    {
        using var map = new KernelMap(Answer);
        string whole = $"{text}\nr1 = value(answer)\n*(u64 *)(r1 + 0) = r0\nr0 = 2\nexit";
        using var program = new KernelProgram(ProgramText.Program("ask", whole, frags ? "xdp.frags" : "xdp"), _ => map);
        var run = program.Run(frame, metadata);
        return (BinaryPrimitives.ReadInt64LittleEndian(map.Lookup(new byte[4])![0]), run);
    }

    /// <summary>Bytes 0, 1, 2, … 255, 0, ….</summary>
    public static byte[] Frame(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)i)];
}
