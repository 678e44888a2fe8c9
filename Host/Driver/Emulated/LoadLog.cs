using System.Diagnostics;
using System.Globalization;
using System.Text;
using Chainring.Kernels;
using Chainring.Offload;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Host.Driver.Emulated;

/// <summary>
/// The log of loading a program. Of Linux' log it has the driver's lines, the instructions of a program without branches, and the line of statistics; why
/// a program is refused is said by our sentence. What our verifier does not count is 0 there.
/// </summary>
/// <param name="level">BPF_LOG_LEVEL1 (what led to a refusal), BPF_LOG_LEVEL2 (everything), BPF_LOG_STATS.</param>
sealed class LoadLog(uint level)
{
    const uint Level1 = 1, Level2 = 2, Statistics = 4, Fixed = 8;

    /// <summary>Where the comment of a line begins.</summary>
    const int CommentColumn = 38;

    const uint MaxSize = uint.MaxValue >> 2;

    readonly StringBuilder _text = new();
    readonly Stopwatch _watch = Stopwatch.StartNew();
    VerifiedProgram? _proof;

    /// <summary>Whether log_level, log_size and log_buf fit together.</summary>
    public static bool IsValid(Fields attr)
    {
        uint level = attr.U32(24), size = attr.U32(28);
        ulong buffer = attr.U64(32);
        return (buffer != 0) == (size != 0) && (buffer == 0 || level != 0) && (level & ~(Level1 | Level2 | Statistics | Fixed)) == 0 && size <= MaxSize;
    }

    bool HasText => (level & (Level1 | Level2)) != 0;

    /// <summary>A line on a refusal.</summary>
    public void Say(string line)
    {
        if (HasText) _text.Append(line).Append('\n');
    }

    /// <summary>A line on what cannot be (EINVAL).</summary>
    public int Refuse(string line)
    {
        Say(line);
        return -Errno.Invalid;
    }

    /// <summary>A program that was accepted.</summary>
    /// <param name="driverLine">Which the driver puts behind the last instruction; null for none.</param>
    public void Walk(VerifiedProgram proof, string? driverLine)
    {
        _proof = proof;
        if ((level & Level2) != 0)
        {
            _text.Append("func#0 @0\n");
            AppendInstructions(proof.Spec, driverLine, lastBefore: proof.Spec.Code.Length);
        }
        else if ((level & Statistics) != 0)
        {
            if (driverLine is not null) _text.Append(driverLine).Append('\n');
        }
        if ((level & Statistics) != 0) _text.Append(CultureInfo.InvariantCulture, $"verification time {(long)_watch.Elapsed.TotalMicroseconds} usec\nstack depth {proof.StackBytes}\n");
    }

    /// <summary>The driver refuses at the last instruction.</summary>
    public void Fail(VerifiedProgram proof, string? driverLine)
    {
        if (HasText)
        {
            _proof = proof;
            if ((level & Level2) != 0) _text.Append("func#0 @0\n");
            AppendInstructions(proof.Spec, driverLine, lastBefore: proof.Spec.Code.Length);
            return;
        }
        Walk(proof, driverLine);
    }

    /// <summary>Why a program was refused.</summary>
    public void Explain(ProgramSpec program, Problem problem, string? driverLine)
    {
        if (problem is Rejection { Id: "V01" } unreachable)
        {
            Say($"unreachable insn {unreachable.Slot}");
            return;
        }
        if (problem is Rejection rejection && HasText)
        {
            if ((level & Level2) != 0) _text.Append("func#0 @0\n");
            bool isAtEnd = rejection.Slot == program.Code.Length - 1;
            AppendInstructions(program, isAtEnd ? driverLine : null, lastBefore: rejection.Slot + 1);
            Say(WordsOfLinux(program, rejection));
            return;
        }
        Say(problem is Refusal { DriverText: { } text } ? text : problem.Sentence);
    }

    /// <summary>Instructions that were looked at before it was refused.</summary>
    public static int VisitedBefore(Problem problem) => problem is Rejection { Id: not ("V01" or "V02" or "V03") } rejection ? rejection.Path.Count : 0;

    /// <summary>What the kernel says where tools are known to look for it, else our sentence.</summary>
    static string WordsOfLinux(ProgramSpec program, Rejection rejection) => rejection.Name switch
    {
        "unset-register" when program.Code[rejection.Slot] is { Kind: InstructionKind.Exit } => "R0 !read_ok",
        "context-access" when program.Code[rejection.Slot] is { Kind: InstructionKind.Store or InstructionKind.Load } i =>
            string.Create(CultureInfo.InvariantCulture, $"invalid bpf_context access off={i.Offset} size={(int)i.Size}"),
        _ => rejection.Sentence,
    };

    public void Close(int visited)
    {
        if (level == 0) return;
        _text.Append(CultureInfo.InvariantCulture, $"processed {visited} insns (limit 1000000) max_states_per_insn 0 total_states {_proof?.States ?? 0} peak_states {_proof?.PeakStates ?? 0} mark_read 0\n");
    }

    /// <summary>The lines of a program up to an instruction; those of one with branches are left out.</summary>
    void AppendInstructions(ProgramSpec program, string? driverLine, int lastBefore)
    {
        _text.Append("0: R1=ctx() R10=fp0\n");
        bool isStraight = !Array.Exists(program.Code, i => i.Kind is InstructionKind.Branch or InstructionKind.Jump or InstructionKind.Call or InstructionKind.LoadConstant);
        for (int slot = 0; slot < lastBefore && isStraight; slot++)
        {
            var i = program.Code[slot];
            string line = string.Create(CultureInfo.InvariantCulture, $"{slot}: ({InstructionSet.FormOf(i).Opcode:x2}) {Notation.Kernel.Write(i)}");
            if (i is { Kind: InstructionKind.Alu, Alu: AluOp.Mov, FromRegister: false })
                line = line.PadRight(CommentColumn) + string.Create(CultureInfo.InvariantCulture, $"; R{i.Dst}_w={i.Immediate}");
            _text.Append(line).Append('\n');
        }
        if (driverLine is not null) _text.Append(driverLine).Append('\n');
    }

    /// <summary>Writes the log to where the caller wants it, and how long it is; -ENOSPC if there is not enough room, and then it has the end of it.</summary>
    public int Give(IProcessMemory memory, ref Fields attr)
    {
        uint size = attr.U32(28);
        ulong buffer = attr.U64(32);
        byte[] text = System.Text.Encoding.UTF8.GetBytes(_text.Append('\0').ToString());
        if (level == 0) return 0;
        attr.Set(140, (uint)text.Length);
        if (buffer == 0) return 0;
        bool fits = text.Length <= size;
        var given = fits ? text : (level & Fixed) != 0 ? [.. text.AsSpan(0, (int)size - 1), 0] : text.AsSpan(text.Length - (int)size).ToArray();
        if (!memory.TryWrite(buffer, given)) return -Errno.Fault;
        return fits ? 0 : -Errno.NoSpace;
    }
}
