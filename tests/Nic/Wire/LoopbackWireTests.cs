using System.Diagnostics;
using Chainring.Nic.Wire;
using NUnit.Framework;

namespace Chainring.Tests.Nic.Wire;

public sealed class LoopbackWireTests
{
    [Test]
    public void What_is_sent_is_received_in_that_order_and_no_more_than_it_holds()
    {
        using var wire = new LoopbackWire(frames: 3);
        for (int round = 0; round < 5; round++)
        {
            for (int n = 0; n < 3; n++) Assert.That(wire.TrySend(Wires.Frame(60 + 3000 * n, (byte)n), (ulong)n, queue: 0), Is.True);
            Assert.That(wire.TrySend(Wires.Frame(60), 0, queue: 0), Is.False);
            Assert.That(wire.ReceiveAll(), Is.EqualTo(Enumerable.Range(0, 3)
                .Select(n => new KeptFrame(Wires.Frame(60 + 3000 * n, (byte)n), (ulong)n, (uint)(60 + 3000 * n)))));
        }
    }

    [Test]
    public void A_received_frame_stays_as_it_is_while_others_are_sent()
    {
        using var wire = new LoopbackWire(frames: 2);
        wire.TrySend(Wires.Frame(60, 1), 0, queue: 0);
        Assert.That(wire.TryReceive(out var frame), Is.True);
        while (wire.TrySend(Wires.Frame(60, 2), 0, queue: 0)) continue;
        Assert.That(frame.Bytes.SequenceEqual(Wires.Frame(60, 1)), Is.True);
    }

    [Test]
    public void It_ends_when_it_is_disposed_and_what_was_under_way_is_received()
    {
        var wire = new LoopbackWire();
        wire.TrySend(Wires.Frame(60), 0, queue: 0);
        wire.Dispose();
        Assert.That((wire.Ended, wire.TrySend(Wires.Frame(60), 0, queue: 0)), Is.EqualTo((false, false)));
        Assert.That(wire.ReceiveAll(), Has.Count.EqualTo(1));
        Assert.That(wire.Ended, Is.True);
    }

    [Test]
    public void Frames_of_several_senders_all_arrive_each_senders_in_order()
    {
        const int Senders = 3, Each = 2000;
        using var wire = new LoopbackWire(frames: 7);
        var senders = Enumerable.Range(0, Senders).Select(queue => Task.Factory.StartNew(() =>
        {
            for (int n = 0; n < Each; n++)
                while (!wire.TrySend([(byte)queue, (byte)n, (byte)(n >> 8)], 0, queue)) Thread.Yield();
        }, TaskCreationOptions.LongRunning)).ToArray();

        int[] next = new int[Senders];
        var watch = Stopwatch.StartNew();
        while (next.Sum() < Senders * Each && watch.Elapsed < TimeSpan.FromSeconds(30))
        {
            if (!wire.TryReceive(out var frame)) wire.Wait(TimeSpan.FromMilliseconds(100));
            else Assert.That(frame.Bytes[1] | frame.Bytes[2] << 8, Is.EqualTo(next[frame.Bytes[0]]++));
        }
        Task.WaitAll(senders);
        Assert.That(next, Is.All.EqualTo(Each));
    }

    [Test]
    public void Nothing_comes_from_a_null_wire_and_everything_goes()
    {
        using var wire = new NullWire();
        Assert.That((wire.TrySend(Wires.Frame(60), 0, queue: 0), wire.TryReceive(out _), wire.Ended), Is.EqualTo((true, false, true)));
    }
}
