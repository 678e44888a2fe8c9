using Chainring.Kernels;
using Chainring.Kernels.Maps;
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
    const int Programs = 2_000, ProgramsWithFacts = 1_000, FramesEach = 6, Cpus = 2;

    static IEnumerable<IKernelTarget> Backends => Targets.Checking;

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

    /// <summary>Programs that compute what their proofs say of accesses and branches before they make them. What is off by one they notice.</summary>
    [Test, Category(Fuzz.Category)]
    public void Accesses_are_where_the_proof_says()
    {
        int asked = 0, shifted = 0;
        var wrong = new List<string>();
        var batch = new PacketBatch(1, GeneratedRun.LongestFrame);
        IReadOnlyList<Map> maps = [.. GeneratedMaps.All.Select((spec, n) => MapKinds.Create((uint)n + 1, spec, Cpus).Value)];
        foreach (ulong seed in Fuzz.Seeds("facts", ProgramsWithFacts))
        {
            if (!Verifier.Verify(GeneratedProgram.Of(seed), GeneratedMaps.FactsOf).Try(out var proof, out _) || proof.StackBytes > FactChecks.StackBytes) continue;
            bool IsNoticed(int shift) => Runs(Targets.Reference, FactChecks.Of(proof, maps, shift), batch, seed).Any(run => run.Reason == AbortReason.NotAPointer);
            asked++;
            if (IsNoticed(shift: 1)) shifted++;
            if (!IsNoticed(shift: 0)) continue;
            wrong.Add($"input {seed}");
            if (Fuzz.IsShown) TestContext.Out.WriteLine(GeneratedProgram.Text(FactChecks.Of(proof, maps)));
        }
        TestContext.Out.WriteLine($"{asked} programs, {shifted} of them notice facts that are off by one");
        Assert.That(wrong, Is.Empty);
        if (Fuzz.IsUsual) Assert.That(shifted, Is.GreaterThan(ProgramsWithFacts / 5));
    }

    static string Shortest(IKernelTarget target, ProgramSpec program, PacketBatch batch, ulong seed) =>
        GeneratedProgram.Text(ProgramShrinker.Shrink(program, shorter =>
            Verifier.Verify(shorter, GeneratedMaps.FactsOf).Try(out var proof, out _) && Violation(target, proof, batch, seed) is not null));

    /// <summary>What a run of the program did that it should not have done; null if it did nothing.</summary>
    static string? Violation(IKernelTarget target, VerifiedProgram proof, PacketBatch batch, ulong seed)
    {
        int n = 0;
        foreach (var (reason, executed) in Runs(target, proof.Spec, batch, seed))
        {
            if (!IsLegitimate(reason, proof)) return $"frame {n}: {Aborts.NameOf(reason)}";
            if (executed > proof.WorstCase && !CallsPrograms(proof.Spec)) return $"frame {n}: {executed} instructions, {proof.WorstCase} proven";
            n++;
        }
        return null;
    }

    /// <summary>How the program ends on each of some frames, and how many instructions that takes.</summary>
    static IEnumerable<(AbortReason Reason, long Executed)> Runs(IKernelTarget target, ProgramSpec program, PacketBatch batch, ulong seed)
    {
        var random = new SplitMix64(seed);
        var rig = new KernelRig(target, [program], [.. GeneratedMaps.All, FactChecks.Kept], Cpus, cpu: random.Below(Cpus));
        GeneratedRun.Fill(rig, ref random);
        for (int n = 0; n < FramesEach; n++)
        {
            Place(batch, program.Frags, ref random);
            long before = rig.Kernel.Counters.Instructions;
            rig.Kernel.Run(batch);
            yield return (batch.Verdicts[0].Reason, rig.Kernel.Counters.Instructions - before);
        }
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
