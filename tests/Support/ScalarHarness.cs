using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Tests.Support;

/// <summary>
/// A function of memory as an XDP program: the memory is the frame, the 64-bit result goes to the map <see cref="Result"/>, the
/// verdict is PASS. So what the kernel answers for a few instructions, any backend can be asked.
/// </summary>
/// <remarks>
/// The body gets r1 = address of the memory, r2 = its length, leaves its result in r0 and ends in exit; it may call functions that
/// follow it. It runs as a subprogram with a stack of its own; r0 and r3 to r9 are uninitialised.
/// </remarks>
public static class ScalarHarness
{
    /// <summary>A frame is at least an Ethernet header; shorter memory is padded with zeroes that the body may not reach.</summary>
    public const int MinFrame = 14;

    /// <summary>One entry of 8 bytes: r0.</summary>
    public static MapSpec Result { get; } = new()
    {
        Name = "scalar_result",
        Type = MapType.Array,
        KeySize = 4,
        ValueSize = 8,
        MaxEntries = 1,
        InitialValue = new byte[8],
    };

    /// <summary>The frame to run on.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> memory)
    {
        var frame = new byte[Math.Max(MinFrame, memory.Length)];
        memory.CopyTo(frame);
        return frame;
    }

    /// <summary>The whole program: a main that checks the frame's length, calls the body and stores r0.</summary>
    public static ProgramSpec Wrap(ReadOnlySpan<Instruction> body, int memoryLength) => ProgramText.Program("scalar", $"""
        r6 = *(u32 *)(r1 + 4)
        r1 = *(u32 *)(r1 + 0)
        r7 = r1
        r7 += {memoryLength}
        if r7 > r6 goto short
        r2 = {memoryLength}
        call body
        r1 = value({Result.Name})
        *(u64 *)(r1 + 0) = r0
        r0 = {(int)XdpAction.Pass}
        exit
        short:
        r0 = {(int)XdpAction.Aborted}
        exit
        """, body);
}
