using Chainring.Kernels;
using Chainring.Nic.Wire;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;
using Chainring.Tests.Support;
using Chainring.Tests.Support.Programs;
using NUnit.Framework;

namespace Chainring.Tests.Kernels;

/// <summary>
/// What the verifier has accepted does nothing that a card has to stop: generated programs over random frames and maps, on a backend that checks every
/// access. Nor does it execute more instructions than the proof says.
/// </summary>
public sealed class AcceptedProgramTests
{
    const int Programs = 2_000, FramesEach = 6;

    static IEnumerable<IKernelTarget> Backends => Targets.All;

    [TestCaseSource(nameof(Backends)), Category(Fuzz.Category)]
    public void No_accepted_program_has_to_be_stopped(IKernelTarget target)
    {
        var tally = new Tally("rejected");
        var batch = new PacketBatch(1, GeneratedRun.LongestFrame);
        foreach (ulong input in Fuzz.Seeds($"accepted on {target.Name}", Programs, tally.EndBlock))
        {
            var proof = GeneratedProgram.Accepted(input, out ulong seed, () => tally.Add("rejected"));
            if (Violation(target, proof, batch, seed) is { } violation) Assert.Fail($"input {input}: {violation}\n{Shortest(target, proof.Spec, batch, seed)}");
        }
        TestContext.Out.WriteLine($"on the way: {tally}");
        if (Fuzz.IsUsual) Assert.That(tally["rejected"], Is.InRange(Programs / 3, Programs * 3));
    }

    static string Shortest(IKernelTarget target, ProgramSpec program, PacketBatch batch, ulong seed) =>
        GeneratedProgram.Text(ProgramShrinker.Shrink(program, shorter =>
            Verifier.Verify(shorter, GeneratedMaps.FactsOf).Try(out var proof, out _) && Violation(target, proof, batch, seed) is not null));

    /// <summary>What a run of the program did that it should not have done; null if it did nothing.</summary>
    static string? Violation(IKernelTarget target, VerifiedProgram proof, PacketBatch batch, ulong seed)
    {
        var random = new SplitMix64(seed);
        var rig = new KernelRig(target, [proof.Spec], GeneratedMaps.All, cpus: 2, cpu: random.Below(2));
        GeneratedRun.Fill(rig, ref random);
        for (int n = 0; n < FramesEach; n++)
        {
            Place(batch, proof.Spec.Frags, ref random);
            long before = rig.Kernel.Counters.Instructions;
            rig.Kernel.Run(batch);
            var reason = batch.Verdicts[0].Reason;
            if (!IsLegitimate(reason, proof)) return $"frame {n}: {Aborts.NameOf(reason)}";
            long executed = rig.Kernel.Counters.Instructions - before;
            if (executed > proof.WorstCase && !CallsPrograms(proof.Spec)) return $"frame {n}: {executed} instructions, {proof.WorstCase} proven";
        }
        return null;
    }

    /// <summary>
    /// What a program may return; running out of instructions where nobody counts rounds, those of helpers that call back and of <c>may_goto</c>; and
    /// functions nested too deep by programs that functions call by tail calls, of which a proof knows nothing.
    /// </summary>
    static bool IsLegitimate(AbortReason reason, VerifiedProgram proof) => reason switch
    {
        AbortReason.None or AbortReason.Returned or AbortReason.UnknownCode => true,
        AbortReason.InstructionLimit => proof.WorstCase is null,
        AbortReason.CallDepth => proof.Spec.Functions.Count > 1 && CallsPrograms(proof.Spec),
        _ => false,
    };

    static bool CallsPrograms(ProgramSpec program) => Array.Exists(program.Code, i => i.IsHelperCall && i.Immediate == HelperTable.TailCallId);

    static void Place(PacketBatch batch, bool frags, ref SplitMix64 random)
    {
        byte[] bytes = GeneratedRun.Frame(frags, ref random);
        batch.Clear();
        ref var frame = ref batch.Add(bytes);
        frame.IngressIfindex = (uint)random.Below(3);
        frame.RxQueue = (uint)random.Below(4);
        if (random.Below(3) == 0) frame.Meta -= KernelRig.Metadata;
    }
}
