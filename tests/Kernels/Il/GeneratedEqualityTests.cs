using Chainring.Kernels;
using Chainring.Kernels.Simd;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;
using Chainring.Tests.Support;
using Chainring.Tests.Support.Programs;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Il;

/// <summary>
/// Generated programs, and chains of them, do the same to everything compiled as interpreted: fused, program by program, and in pieces so small that loops and
/// values go from one to another.
/// </summary>
[Category(Fuzz.Category)]
public sealed class GeneratedEqualityTests
{
    const int Programs = 80, Chains = 20, Batches = 3, SmallestPiece = 4, LargestPiece = 60;

    [Test]
    public void A_program_does_the_same_however_it_is_run()
    {
        var tally = new Tally("rejected", "ran too long", "in lanes", "partly");
        foreach (ulong input in Fuzz.Seeds("compiled programs", Programs, tally.EndBlock))
        {
            var program = GeneratedProgram.Accepted(input, out _, () => tally.Add("rejected"), options: GeneratedProgram.NoPointerShows).Spec;
            if (Difference(input, [program], null, tally) is { } difference) Assert.Fail($"input {input}: {difference}\n{Shortest(input, program)}");
        }
        TestContext.Out.WriteLine($"on the way: {tally}");
    }

    [Test]
    public void A_chain_does_the_same_however_it_is_run()
    {
        var tally = new Tally([.. GeneratedChain.Kinds, "ran too long", "33 runs", "in lanes", "partly"]);
        foreach (ulong input in Fuzz.Seeds("compiled chains", Chains, tally.EndBlock))
        {
            var chain = GeneratedChain.Of(input);
            foreach (string kind in chain.Are) tally.Add(kind);
            if (Fuzz.IsShown) TestContext.Out.WriteLine(chain.Text);
            if (Difference(input, chain.Programs, chain.Link, tally) is { } difference) Assert.Fail($"input {input}: {difference}\n{chain.Text}");
        }
        TestContext.Out.WriteLine($"on the way: {tally}");
        if (Fuzz.IsUsual) Assert.That(GeneratedChain.Kinds.Concat(["33 runs", "in lanes", "partly"]).Where(kind => tally[kind] == 0), Is.Empty, "kinds of chains that were not tried");
    }

    /// <summary>Which a campaign found.</summary>
    [TestCase(1099511830565ul, Description = "a function that tail-calls its own program: of what was entered before, what was tail-called knew nothing, and so could go one deeper")]
    public void A_program_that_was_run_otherwise_once(ulong input)
    {
        var program = GeneratedProgram.Accepted(input, out _, () => { }, options: GeneratedProgram.NoPointerShows).Spec;
        Assert.That(Difference(input, [program], null, null), Is.Null);
    }

    /// <summary>The same of chains.</summary>
    [TestCase(1099511630062ul, Description = "programs that call each other in a loop, which is come to at two of them: what was known of memory at one was taken for known on the way through the other")]
    public void A_chain_that_was_run_otherwise_once(ulong input)
    {
        var chain = GeneratedChain.Of(input);
        Assert.That(Difference(input, chain.Programs, chain.Link, null), Is.Null);
    }

    /// <summary>What one way of running does otherwise than the interpreter; null if nothing.</summary>
    static string? Difference(ulong seed, IReadOnlyList<ProgramSpec> programs, Func<IReadOnlyList<LoadedProgram>, Chain>? link, Tally? tally)
    {
        var random = new SplitMix64(seed);
        int cpu = random.Below(2);
        int piece = SmallestPiece + random.Below(LargestPiece - SmallestPiece);
        var inPieces = Way.InPieces(piece);
        Way[] ways = Way.Beside(Way.InLanes(LaneShape.Known[random.Below(LaneShape.Known.Count)], random.Below(2) == 0 ? null : piece), Way.Fused, Way.StageByStage, inPieces);
        // Nearly all of the time goes into compiling: a campaign has each way in turn, and so four times as many programs.
        if (Fuzz.IsCampaign && ways.Length > 2) ways = [ways[0], ways[1 + (int)(seed % (ulong)(ways.Length - 1))]];
        bool frags = programs.All(p => p.Frags);
        ulong contents = random.Next();
        var sides = ways.Select(way =>
        {
            var rig = new KernelRig(way, programs, GeneratedMaps.All, cpus: 2, cpu, link, seed);
            var same = new SplitMix64(contents);
            GeneratedRun.Fill(rig, ref same);
            return Side.Of(rig, way, GeneratedRun.LongestFrame);
        }).ToList();
        if (sides.Select(s => s.Kernel).OfType<SimdKernel>().FirstOrDefault() is { } lanes) tally?.Add(lanes.Code.HasRest ? "partly" : "in lanes");
        long first = 0;
        for (int n = 0; n < Batches; n++)
        {
            var frames = new Arrival[random.Below(Side.Capacity)];
            for (int f = 0; f < frames.Length; f++)
            {
                frames[f] = random.Below(3) > 0
                    ? Arrival.OfCapture(ref random)
                    : new(GeneratedRun.Frame(frags, ref random), (uint)random.Below(3), (uint)random.Below(4), random.Below(3) == 0 ? KernelRig.Metadata : 0);
            }
            foreach (var side in sides) side.Run(frames, first);
            if (sides[0].Has(AbortReason.InstructionLimit)) tally?.Add("ran too long");
            if (sides[0].Has(AbortReason.ChainTooLong)) tally?.Add("33 runs");
            foreach (var side in sides.Skip(1))
            {
                if (side.DifferenceFrom(sides[0]) is { } difference) return $"batch {n}, {difference}";
            }
            first += frames.Length;
        }
        return null;
    }

    static string Shortest(ulong seed, ProgramSpec program) => GeneratedProgram.Text(ProgramShrinker.Shrink(program, shorter =>
        Verifier.Verify(shorter, GeneratedMaps.FactsOf, GeneratedProgram.NoPointerShows).Problem is null && Difference(seed, [shorter], null, null) is not null));
}
