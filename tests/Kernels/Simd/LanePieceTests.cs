using Chainring.Kernels;
using Chainring.Kernels.Il;
using Chainring.Kernels.Simd;
using Chainring.Offload.Ir;
using Chainring.Offload.Spec;
using Chainring.Tests.Kernels.Il;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Simd;

/// <summary>Code for several frames at once in several methods. That it does the same is in <c>tests/Kernels/Il</c>.</summary>
public sealed class LanePieceTests
{
    /// <summary>A value and a comparison from the beginning are wanted at the end, and a loop is in between that runs as often as the frame says.</summary>
    const string Program = """
        r6 = *(u32 *)(r1 + 0)
        r7 = *(u32 *)(r1 + 4)
        r2 = r6
        r2 += 8
        if r2 > r7 goto out
        r3 = *(u8 *)(r6 + 0)
        r4 = *(u8 *)(r6 + 1)
        r4 &= 7
        r5 = 0
        r8 = 0
        again:
        if r5 >= r4 goto done
        r8 += r3
        r8 ^= r5
        r5 += 1
        goto again
        done:
        r0 = 1
        if r3 > 40 goto write
        r0 = 2
        r8 += 5
        r8 *= 3
        write:
        *(u8 *)(r6 + 2) = r8
        r3 += r4
        *(u8 *)(r6 + 3) = r3
        exit
        out:
        r0 = 0
        exit
        """;

    [Test]
    public void What_one_method_has_for_another_arrives([Values(1, 2, 5, 9, 1_000)] int nodes, [Range(0, 2)] int shape)
    {
        ProgramSpec[] programs = [ProgramText.Program("pieces", Program)];
        var way = Way.InLanes(LaneShape.Known[shape], nodes);
        var sides = new[] { Way.Interpreted, way }.Select(w => Side.Of(new KernelRig(w, programs), w, Frame.MaxLength)).ToList();
        // Now and then a frame that is too short; and groups in which no lane comes to some method.
        var frames = Enumerable.Range(0, 100).Select(n => new Arrival(n % 13 == 12 ? new byte[7] : [(byte)(n < 16 ? 50 : 7 * n), (byte)n, .. new byte[60]]));
        long first = 0;
        foreach (var batch in frames.Chunk(Side.Capacity))
        {
            foreach (var side in sides) side.Run(batch, first);
            Assert.That(sides[1].DifferenceFrom(sides[0]), Is.Null);
            first += batch.Length;
        }
    }

    [Test]
    public void A_loop_stays_in_one_method_and_the_others_are_no_larger_than_they_may_be([Values(5, 9)] int nodes)
    {
        var plan = PlanOf(Program, nodes);
        Assert.That(plan.Rest, Is.Null);
        Assert.That(plan.Pieces.All, Has.Count.GreaterThan(2));
        int whole = plan.Blocks.Where(plan.IsRepeated).Select(plan.Pieces.PieceOf).Distinct().Single();
        Assert.That(plan.Pieces.All.Where((_, piece) => piece != whole).Select(LanePieces.SizeOf), Is.All.LessThanOrEqualTo(nodes));
        Assert.That(plan.Pieces.Masks, Is.GreaterThan(0));
    }

    /// <summary>A loop that is too large runs frame by frame from its beginning on.</summary>
    [Test]
    public void A_loop_that_is_too_large_is_run_frame_by_frame()
    {
        string body = string.Concat(Enumerable.Range(0, 1_000).Select(n => $"r8 {(n % 2 == 0 ? "+= r3" : $"^= {n}")}\n"));
        string program = Program.Replace("r8 ^= r5\n", body, StringComparison.Ordinal);
        var plan = PlanOf(program, LanePlan.MaxNodes);
        Assert.That(plan.IsWorthIt, Is.True);
        Assert.That(plan.Blocks.Where(plan.IsCut).Select(plan.WhyCut), Is.EqualTo(["is in a loop of more than 800 operations"]));
    }

    /// <summary>A word is given to another value only when no method wants the first any more.</summary>
    [Test]
    public void Values_share_memory_only_when_they_are_not_wanted_at_the_same_time()
    {
        // Ten values, each wanted in the method after it alone, but for the first, which is wanted in the last.
        const int count = 10;
        var values = Enumerable.Range(0, count).Select(_ => new Node(Op.Param)).ToList();
        var blocks = values.Select(_ => new Block()).ToList();
        for (int n = 0; n < count; n++) blocks[n].Nodes.Add(values[n]);
        var homes = values.Zip(blocks).ToDictionary();
        var pieces = new LanePieces(blocks, new bool[count], _ => [], block => blocks.IndexOf(block) switch
        {
            0 => [],
            count - 1 => [values[0], values[count - 2]],
            var n => [values[n - 1]],
        }, homes, maxNodes: 2);
        Assert.That(pieces.All, Has.Count.EqualTo(count));
        Assert.That(pieces.Words, Is.EqualTo(3));
        for (int n = 1; n < count - 1; n++)
        {
            Assert.That(pieces.WordOf(values[n]), Is.Not.EqualTo(pieces.WordOf(values[0])));
            if (n > 1) Assert.That(pieces.WordOf(values[n]), Is.Not.EqualTo(pieces.WordOf(values[n - 1])));
        }
        Assert.That(pieces.IsWantedLater(values[^1]), Is.False);
    }

    static LanePlan PlanOf(string text, int nodes)
    {
        var rig = new KernelRig(Way.InLanes() with { Name = "simd" }, [ProgramText.Program("pieces", text)]);
        return new LanePlan(new ChainDescription(rig.Kernel.Chain, slotsStay: true).Code, LaneShape.Here.Bytes, nodes);
    }
}
