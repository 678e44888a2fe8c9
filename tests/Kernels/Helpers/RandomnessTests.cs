using Chainring.Kernels;
using Chainring.Kernels.Helpers;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Helpers;

/// <summary>Random numbers are a function of seed, queue, frame and call, and look random all the same.</summary>
public sealed class RandomnessTests
{
    const int Samples = 1 << 16;

    static IEnumerable<IKernelTarget> Backends => Targets.All;

    /// <summary>Every program draws twice into its packet.</summary>
    static readonly ProgramSpec Draws = ProgramText.Program("draws", """
        r6 = *(u32 *)(r1 + 4)
        r7 = *(u32 *)(r1 + 0)
        r8 = r7
        r8 += 8
        if r8 > r6 goto out
        call 7
        *(u32 *)(r7 + 0) = r0
        call 7
        *(u32 *)(r7 + 4) = r0
        out:
        r0 = 2
        exit
        """);

    [TestCaseSource(nameof(Backends))]
    public void The_size_of_a_batch_makes_no_difference(IKernelTarget target)
    {
        var frames = Enumerable.Range(0, 50).Select(_ => new byte[64]).ToArray();
        string? first = null;
        foreach (int batch in new[] { 1, 7, 50, 64 })
        {
            using var card = TestCard.Of(Draws, target: target);
            string drawn = string.Join(' ', card.Run(frames, batch).Select(o => Convert.ToHexString(o.Bytes, 0, 8)));
            Assert.That(drawn, Is.EqualTo(first ??= drawn), $"batches of {batch}");
        }
        Assert.That(first!.Split(' '), Is.Unique);
    }

    [TestCaseSource(nameof(Backends))]
    public void Programs_draw_what_the_formula_says_and_a_chain_goes_on_counting(IKernelTarget target)
    {
        var rig = new KernelRig(target, [Draws, Draws], cpu: (int)KernelRig.Queue, seed: 42, link: loaded => new()
        {
            Stages =
            [
                new() { Program = loaded[0], Next = [Chain.End, Chain.End, 1, Chain.End, Chain.End, Chain.End] },
                new() { Program = loaded[1] },
            ],
        });
        var batch = KernelRig.Batch();
        rig.Kernel.Run(batch);
        for (int n = 0; n < batch.Count; n++)
        {
            Assert.That(BitConverter.ToUInt32(batch.Bytes(n)), Is.EqualTo(Randomness.Draw(42, KernelRig.Queue, n, call: 2)));
            Assert.That(BitConverter.ToUInt32(batch.Bytes(n)[4..]), Is.EqualTo(Randomness.Draw(42, KernelRig.Queue, n, call: 3)));
        }
    }

    [TestCaseSource(nameof(Backends))]
    public void The_queue_is_the_one_that_the_frame_came_in_by_whatever_the_context_says(IKernelTarget target)
    {
        var rig = new KernelRig(target, [ProgramText.Program("moves", """
            r7 = *(u32 *)(r1 + 0)
            r8 = r7
            r8 += 8
            r6 = *(u32 *)(r1 + 4)
            if r8 > r6 goto out
            *(u32 *)(r1 + 16) = 9
            call 7
            *(u32 *)(r7 + 0) = r0
            out:
            r0 = 2
            exit
            """)], cpu: (int)KernelRig.Queue);
        var batch = KernelRig.Batch();
        rig.Kernel.Run(batch);
        Assert.That(BitConverter.ToUInt32(batch.Bytes(1)), Is.EqualTo(Randomness.Draw(0, KernelRig.Queue, 1, call: 0)));
    }

    [Test]
    public void Every_part_of_the_counter_matters()
    {
        var draws = new List<uint>();
        for (uint n = 0; n < 100; n++)
        {
            draws.AddRange([Randomness.Draw(n + 1, 0, 0, 0), Randomness.Draw(0, n + 1, 0, 0), Randomness.Draw(0, 0, n + 1, 0), Randomness.Draw(0, 0, 0, n + 1)]);
        }
        Assert.That(draws.Distinct().Count(), Is.EqualTo(400));
    }

    /// <summary>Deterministic, so the bounds (5 standard deviations) hold always or never.</summary>
    [TestCase("frame"), TestCase("call"), TestCase("queue"), TestCase("seed")]
    public void Each_bit_is_set_half_of_the_time_and_neighbours_do_not_agree(string counted)
    {
        double tolerance = 5 * Math.Sqrt(Samples) / 2;
        var set = new int[32];
        var kept = new int[32];
        uint before = Draw(counted, Samples);
        for (int n = 0; n < Samples; n++)
        {
            uint drawn = Draw(counted, n);
            for (int bit = 0; bit < 32; bit++)
            {
                set[bit] += (int)(drawn >> bit & 1);
                kept[bit] += (int)(~(drawn ^ before) >> bit & 1);
            }
            before = drawn;
        }
        Assert.That(set, Is.All.EqualTo(Samples / 2).Within(tolerance));
        Assert.That(kept, Is.All.EqualTo(Samples / 2).Within(tolerance));
    }

    [Test]
    public void Bytes_are_spread_evenly()
    {
        var counts = new int[256];
        for (int n = 0; n < Samples; n++) counts[Randomness.Draw(0, 0, n, 0) & 0xff]++;
        double expected = Samples / 256.0;
        double chiSquare = counts.Sum(c => (c - expected) * (c - expected) / expected);
        Assert.That(chiSquare, Is.EqualTo(255).Within(5 * Math.Sqrt(2 * 255)));
    }

    static uint Draw(string counted, int n) => counted switch
    {
        "frame" => Randomness.Draw(7, 1, n, 0),
        "call" => Randomness.Draw(7, 1, 1, (uint)n),
        "queue" => Randomness.Draw(7, (uint)n, 1, 0),
        _ => Randomness.Draw((ulong)n, 1, 1, 0),
    };
}
