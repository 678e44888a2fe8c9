using System.Buffers.Binary;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload;
using Chainring.Offload.Elf;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver;

/// <summary>
/// A function of memory as an XDP program: the memory is the frame, the 64-bit result goes to the map <see cref="Result"/>, the verdict is
/// PASS. So any backend, and the kernel, can be asked what a few instructions do.
/// </summary>
/// <remarks>
/// The body gets r1 = address of the memory, r2 = its length, leaves its result in r0 and ends in exit; it may call functions that
/// follow it. It runs as a subprogram with a stack of its own; r0 and r3 to r9 are uninitialised. Of a body for XDP, r1 is the context.
/// </remarks>
public static class ScalarProgram
{
    /// <summary>A frame is at least an Ethernet header; shorter memory is padded with zeroes that a body that gets its length may not reach.</summary>
    public const int MinFrame = Frame.MinLength;

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
    public static byte[] FrameOf(ReadOnlySpan<byte> memory)
    {
        var frame = new byte[Math.Max(MinFrame, memory.Length)];
        memory.CopyTo(frame);
        return frame;
    }

    /// <summary>The whole program: a main that checks the frame's length, calls the body and stores r0.</summary>
    public static ProgramSpec Wrap(ReadOnlySpan<Instruction> body, int memoryLength) => Wrap(body, $"""
        r6 = *(u32 *)(r1 + 4)
        r1 = *(u32 *)(r1 + 0)
        r7 = r1
        r7 += {memoryLength}
        if r7 > r6 goto short
        r2 = {memoryLength}
        """);

    /// <summary>The same for a body that is written for XDP: it gets the context.</summary>
    public static ProgramSpec WrapXdp(ReadOnlySpan<Instruction> body) => Wrap(body, "if r1 == 0 goto short");

    /// <summary>
    /// Runs code as it stands in memory on a backend; its r0, or why it cannot be run or was aborted.
    /// </summary>
    /// <param name="code">Encoded instructions, the first of which is the entry; no map, no kfunc.</param>
    /// <param name="xdp">It is written for XDP.</param>
    public static Result<ulong> Run(IKernelTarget target, ReadOnlySpan<byte> code, ReadOnlySpan<byte> memory, bool xdp)
    {
        if (!RawCode.Read(code, "program").Try(out var body, out var problem)) return problem;
        var spec = xdp ? WrapXdp(body) : Wrap(body, memory.Length);
        var card = new SmartNic(new CardOptions { Target = target, Verifies = false });
        var result = card.CreateMap(Result).Value;
        if (!card.Load(spec, _ => result).Try(out var program, out problem)) return problem;
        if (card.Install(InstallRequest.Attach(program)) is { } refusal) return refusal;

        // Not through a port, which would not take the shortest frames.
        var batch = new PacketBatch(1);
        batch.Add(xdp ? memory : FrameOf(memory));
        card.Kernel()!.Run(batch);
        var verdict = batch.Verdicts[0];
        if (verdict.Reason != AbortReason.None) return Refusal.Aborted("program", verdict.Reason);
        return BinaryPrimitives.ReadUInt64LittleEndian(result.Entries()[0].Values[0]);
    }

    static ProgramSpec Wrap(ReadOnlySpan<Instruction> body, string before)
    {
        var head = Assembler.Assemble($"""
            {before}
            call body
            r1 = map_val(map_by_fd(0)) + 0
            *(u64 *)(r1 + 0) = r0
            r0 = {(int)XdpAction.Pass}
            exit
            short:
            r0 = {(int)XdpAction.Aborted}
            exit
            body:
            exit
            """);
        Instruction[] code = [.. head.AsSpan(..^1), .. body];
        int constant = Array.FindIndex(head, i => i.Kind == InstructionKind.LoadConstant);
        var starts = Enumerable.Range(0, code.Length).Where(slot => code[slot].IsLocalCall).Select(slot => slot + 1 + code[slot].Displacement).Distinct().Order();
        return new()
        {
            Name = "scalar",
            Section = "xdp",
            Code = code,
            Functions = [new("scalar", 0), .. starts.Select(start => new FunctionSpec($"subprogram_{start}", start))],
            MapReferences = [new(constant, Result.Name, true, 0)],
        };
    }
}
