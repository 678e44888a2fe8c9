using Chainring.Host.Driver.Bench;
using Chainring.Kernels;
using Chainring.Kernels.OpenCl;
using Chainring.Nic;
using Chainring.Offload.Spec;
using Chainring.Tests.Kernels.Il;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.OpenCl;

/// <summary>Batches that go to the device in pieces: how many are on their way, in which order they come, and what a batch that is not full waits for.</summary>
public sealed class DevicePieceTests
{
    const int PieceFrames = 512, Pieces = 8, Batches = 10;

    /// <summary>Takes a few microseconds a frame, and says in the frame's first bytes in which order frames came.</summary>
    static readonly ProgramSpec Slow = ProgramText.Program("slow", """
        r6 = r1
        r7 = *(u32 *)(r1 + 0)
        r8 = *(u32 *)(r1 + 4)
        r1 = r7
        r1 += 14
        if r1 > r8 goto out
        r2 = *(u32 *)(r7 + 0)
        r3 = 1000
        again:
        r5 = r2
        r5 <<= 13
        r2 ^= r5
        r5 = r2
        r5 >>= 7
        r2 ^= r5
        r3 -= 1
        if r3 != 0 goto again
        *(u32 *)(r7 + 4) = r2
        r3 = value(numbers)
        r4 = *(u64 *)(r3 + 0)
        r4 += 1
        *(u64 *)(r3 + 0) = r4
        *(u32 *)(r7 + 8) = r4
        out:
        r0 = 2
        exit
        """);

    static readonly MapSpec Numbers = new() { Name = "numbers", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 };

    [Test]
    public void Three_pieces_are_on_their_way_and_they_come_back_in_order()
    {
        OpenClDevice.Need();
        var way = Way.OnDevice(new(DeviceShape.Branches, FrameLayout.Copied, PieceFrames, Times: true));
        var kernel = (OpenClKernel)new KernelRig(way, [Slow], [Numbers]).Kernel;
        var batch = new PacketBatch(PieceFrames * Pieces - 100);
        for (int n = 0; n < batch.Capacity; n++) batch.Add(new byte[64]);
        // Not every time: others may have the processors, and so they may for a whole batch.
        bool wereOnTheirWay = false, wasThere = false;
        for (int run = 0; run < Batches && !(wereOnTheirWay && wasThere); run++)
        {
            kernel.Run(batch);
            for (int n = 0; n < batch.Count; n++) Assert.That(BitConverter.ToUInt32(batch.Bytes(n)[8..]), Is.EqualTo(run * batch.Count + n + 1), "frames have met the map in order");
            Assert.That(batch.Verdicts.ToArray(), Is.All.EqualTo(new Verdict(XdpAction.Pass)));
            var pieces = kernel.Pieces;
            Assert.That(pieces, Has.Count.EqualTo(Pieces));
            for (int n = 1; n < Pieces; n++)
            {
                Assert.That(pieces[n].Kernel.Started, Is.GreaterThanOrEqualTo(pieces[n - 1].Kernel.Ended), "one kernel after the other");
                Assert.That(pieces[n].Back!.Value.Ended, Is.GreaterThanOrEqualTo(pieces[n - 1].Back!.Value.Ended));
            }
            TestContext.Out.WriteLine(string.Join("\n", pieces));
            wereOnTheirWay |= Enumerable.Range(2, Pieces - 2).Any(n => pieces[n].Kernel.Queued < pieces[n - 2].Back!.Value.Ended);
            wasThere |= Enumerable.Range(1, Pieces - 1).Any(n => pieces[n].ToDevice!.Value.Ended < pieces[n - 1].Kernel.Ended);
        }
        Assert.That(wereOnTheirWay, "two others were still on their way when one was started");
        Assert.That(wasThere, "one was there before the kernel of the piece before had ended");
    }

    [TestCase(64, "balancer")]
    [TestCase(5_000, "firewall")]
    [TestCase(40_000, "router")]
    [TestCase(1 << 18, "xdp2")]
    public void Batches_of_every_size_end_alike(int size, string name)
    {
        OpenClDevice.Need();
        var traffic = BackendTraffic.OfSizes(new() { Frames = 1 << 12 })[1];
        var feed = new FrameFeed(traffic.Frames, size, size);
        IReadOnlyList<Outcome>[] outcomes = [.. new[] { Targets.Usual, OpenClTarget.Timed(FrameLayout.Copied), OpenClTarget.Timed(FrameLayout.Columns), OpenClTarget.Timed(FrameLayout.InPlace) }
            .Select(target => new CardEngine(target, size).Over(BackendProgram.All.First(p => p.Name == name), traffic, feed, refills: true).Value.Outcomes(size))];
        foreach (var other in outcomes[1..]) Assert.That(other.SequenceEqual(outcomes[0]));
    }

    [Test]
    public void A_piece_that_fails_in_the_middle_costs_its_own_frames_and_those_behind_it()
    {
        OpenClDevice.Need();
        var way = Way.OnDevice(new(DeviceShape.Branches, FrameLayout.Copied, PieceFrames: 10));
        var kernel = (OpenClKernel)new KernelRig(way, [Slow], [Numbers]).Kernel;
        var batch = new PacketBatch(50);
        for (int n = 0; n < batch.Capacity; n++) batch.Add(new byte[64]);
        kernel.Inject(LaunchResult.Failed, after: 2);
        kernel.Run(batch);
        Verdict pass = new(XdpAction.Pass), failed = new(XdpAction.Aborted, AbortReason.DeviceFailed);
        Assert.That(batch.Verdicts.ToArray(), Is.EqualTo(Enumerable.Repeat(pass, 20).Concat(Enumerable.Repeat(failed, 30))));
        Assert.That((kernel.Counters.Runs(0), kernel.Counters.Returns(0, XdpAction.Aborted), kernel.Tally[BatchRun.LaunchFailed]), Is.EqualTo((50, 30, 1)), "every frame is counted");
        batch.Clear();
        for (int n = 0; n < batch.Capacity; n++) batch.Add(new byte[64]);
        kernel.Run(batch);
        Assert.That(batch.Verdicts.ToArray(), Is.All.EqualTo(pass), "and the next batch runs");
    }

    [Test]
    public void A_batch_that_does_not_fill_leaves_when_its_first_frame_has_waited()
    {
        OpenClDevice.Need();
        using var card = TestCard.Of(Slow, [Numbers], Targets.OnDevice);
        var heard = new Heard();
        ulong[] arrivals = [0, 10, 20, 100, 110, 111, 112, 113, 114, 115];
        new Port(card.Card, 1, new TimedWire(arrivals), new PortConfig { Batch = 4, CoalesceNs = 50 }).Poll(int.MaxValue, heard);
        Assert.That(heard.Batches, Is.EqualTo(new[] { "0 1 2 3", "4 5 6 7", "8 9" }));
    }
}
