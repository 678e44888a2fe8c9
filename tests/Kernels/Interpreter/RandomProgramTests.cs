using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Interpreter;

/// <summary>Thousands of random programs: each ends in a verdict, writes nothing outside its frame's room, and does so again the same way.</summary>
public sealed class RandomProgramTests
{
    const int Programs = 2_000;

    static IEnumerable<IKernelTarget> Backends => Targets.Checking;

    [TestCaseSource(nameof(Backends))]
    public void Any_well_formed_program_ends_in_a_verdict_and_stays_in_its_frame(IKernelTarget target)
    {
        var verdicts = new Dictionary<AbortReason, int>();
        RandomProgramGen.Program.Sample(program =>
        {
            var first = Run(target, program);
            var second = first.Verdict.Reason == AbortReason.InstructionLimit ? first : Run(target, program);
            lock (verdicts) verdicts[first.Verdict.Reason] = verdicts.GetValueOrDefault(first.Verdict.Reason) + 1;
            return first.Confined && first.Verdict == second.Verdict && first.Bytes.AsSpan().SequenceEqual(second.Bytes);
        }, iter: Programs, print: program => string.Join('\n', program.Code.Select(i => Chainring.Offload.Isa.Notation.Llvm.Write(i))));
        TestContext.Out.WriteLine(string.Join(", ", verdicts.OrderByDescending(v => v.Value).Select(v => $"{Aborts.NameOf(v.Key)} {v.Value}")));
    }

    static (Verdict Verdict, byte[] Bytes, bool Confined) Run(IKernelTarget target, ProgramSpec program)
    {
        var rig = new KernelRig(target, [program], ViolationCase.Maps, cpus: 2);
        ((ProgramArrayMap)rig.Map("programs")).Set(new byte[4], rig.Programs[0]);
        rig.Map("hash").UpdateAll(new byte[4], new byte[12], UpdateFlags.Any);
        byte[] readOnly = rig.Map("read_only").Storage.ToArray();
        var batch = KernelRig.Batch();
        var before = KernelRig.Snapshot(batch);

        rig.Kernel.Run(batch);

        var after = KernelRig.Snapshot(batch);
        var frame = batch.Frame(1);
        bool sound = frame.Meta >= Frame.RecordBytes && frame.Meta <= frame.Data && frame.Length >= Frame.MinLength
            && frame.End <= Frame.BufferBytes - Frame.TailReserve;
        bool confined = after[0].AsSpan().SequenceEqual(before[0]) && after[2].AsSpan().SequenceEqual(before[2])
            && after[1].AsSpan(0, Frame.RecordBytes).SequenceEqual(before[1].AsSpan(0, Frame.RecordBytes))
            && after[1].AsSpan(Frame.BufferBytes - Frame.TailReserve).SequenceEqual(before[1].AsSpan(Frame.BufferBytes - Frame.TailReserve))
            && rig.Map("read_only").Storage.AsSpan().SequenceEqual(readOnly)
            && batch.Verdicts[0] == batch.Verdicts[2] && batch.Verdicts[0].Action == XdpAction.Pass;
        return (batch.Verdicts[1], after[1], sound && confined);
    }
}
