using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Nic.Rss;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Nic;

/// <summary>Batches: what changes between them, what does not within one, and that nothing is lost or allocated.</summary>
public sealed class RxQueueTests
{
    static byte[][] Frames(int count) => [.. Enumerable.Range(0, count).Select(_ => Rig.Frame)];

    [Test]
    public void Without_a_program_every_frame_passes()
    {
        var rig = new Rig();
        Assert.That(rig.Outcomes(Frames(100)).Select(o => o.Verdict), Is.EqualTo(Enumerable.Repeat(new Verdict(XdpAction.Pass), 100)));
        Assert.That(rig.Queue.Verdicts(XdpAction.Pass), Is.EqualTo(100));
    }

    [Test]
    public void A_change_between_two_polls_holds_for_the_next()
    {
        var rig = new Rig();
        var (pass, drop) = (rig.Returns(2), rig.Returns(1));
        var table = rig.Table();
        rig.Attach(pass, table);
        Assert.That(rig.Run().Action, Is.EqualTo(XdpAction.Pass));
        Rig.Set(table, pass, new(drop.Id));
        Assert.That(rig.Run().Action, Is.EqualTo(XdpAction.Drop));
    }

    static IEnumerable<TestCaseData> Changes()
    {
        yield return Case("update", (rig, pass, drop, table) => Rig.Set(table, pass, new(drop.Id)));
        yield return Case("replace the program", (rig, pass, drop, table) => rig.Attach(drop, table));
        yield return Case("replace program and table", (rig, pass, drop, table) => rig.Attach(drop, null));
        static TestCaseData Case(string name, Action<Rig, LoadedProgram, LoadedProgram, ChainTable> change) => new TestCaseData(change).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Changes))]
    public void A_change_within_a_poll_takes_effect_at_the_next_batch_and_loses_no_frame(Action<Rig, LoadedProgram, LoadedProgram, ChainTable> change)
    {
        var rig = new Rig(batch: 8);
        var (pass, drop) = (rig.Returns(2), rig.Returns(1));
        var table = rig.Table();
        rig.Attach(pass, table);
        int batches = 0;
        var outcomes = rig.Outcomes(Frames(30), () =>
        {
            if (++batches == 2) change(rig, pass, drop, table);
        });
        Assert.That(outcomes.Select(o => o.Verdict.Action),
            Is.EqualTo(Enumerable.Repeat(XdpAction.Pass, 16).Concat(Enumerable.Repeat(XdpAction.Drop, 14))));
        Assert.That(rig.Card.Totals().Runs(pass.Id) + rig.Card.Totals().Runs(drop.Id), Is.EqualTo(rig.Card.Totals().Edges.Values.Sum() + 30));
        Assert.That((rig.Queue.Batches, rig.Port.RxFrames), Is.EqualTo((4, 30)));
    }

    [Test]
    public void A_slot_removed_and_a_program_released_mid_batch_still_finish_that_batch()
    {
        var rig = new Rig(batch: 4);
        var (pass, drop) = (rig.Returns(2), rig.Returns(1));
        var table = rig.Table();
        Rig.Set(table, pass, new(drop.Id));
        rig.Attach(pass, table);
        rig.Card.Release(drop);
        var outcomes = rig.Outcomes(Frames(8), () =>
        {
            if (table.Entries.Count > 0) table.Delete(pass.Id);
        });
        Assert.That(outcomes.Select(o => o.Verdict.Action), Is.EqualTo(Enumerable.Repeat(XdpAction.Drop, 4).Concat(Enumerable.Repeat(XdpAction.Pass, 4))));
        Assert.That(rig.Card.Programs.Find(drop.Id), Is.Null);
        Assert.That(rig.Card.Totals().Runs(drop.Id), Is.EqualTo(4));
    }

    [TestCase(1), TestCase(3), TestCase(64)]
    public void Outcomes_do_not_depend_on_the_batch_size(int batch)
    {
        var rig = new Rig(batch: batch);
        rig.Attach(rig.ReturnsByte(0));
        byte[][] frames = [.. Enumerable.Range(0, 100).Select(n => (byte[])[(byte)(n % 7), .. new byte[20]])];
        Assert.That(rig.Outcomes(frames).Select(o => (int)o.Verdict.Action), Is.EqualTo(frames.Select(f => f[0] > 4 ? 0 : f[0])));
    }

    [Test]
    public void A_poll_takes_no_more_than_its_budget_and_finishes_what_it_took()
    {
        var rig = new Rig();
        var wire = new ListWire(Frames(10));
        var port = new Port(rig.Card, 1, wire, new PortConfig { Batch = 4 });
        var heard = new Heard();
        Assert.That(new[] { port.Poll(0, heard), port.Poll(6, heard), port.Poll(6, heard), port.Poll(6, heard) }, Is.EqualTo(new[] { 0, 6, 4, 0 }));
        Assert.That(heard.Lines, Is.EqualTo(new[] { "0 1 2 3", "4 5", "6 7 8 9" }));
    }

    [Test]
    public void Frames_that_are_missed_are_heard_of_at_once_and_counted()
    {
        var rig = new Rig(new Capabilities { FrameBytes = 100 });
        var drop = rig.Returns(1);
        rig.Attach(drop);
        var port = new Port(rig.Card, 1, new ListWire([Rig.Frame, Rig.Frame, new byte[101], Rig.Frame, new byte[13], new byte[14], new byte[100], []]));
        var heard = new Heard();
        port.Poll(100, heard);
        Assert.That(heard.Lines, Is.EqualTo(new[] { "2 frame-too-long", "4 frame-too-short", "7 frame-too-short", "0 1 3 5 6" }));
        Assert.That((port.Missed(MissReason.FrameTooLong), port.Missed(MissReason.FrameTooShort)), Is.EqualTo((1, 2)));
        Assert.That((port.RxFrames, port.RxBytes, port.Queues[0].Verdicts(XdpAction.Drop)), Is.EqualTo((8, 3 * 64 + 101 + 13 + 14 + 100, 5)));
    }

    [Test]
    public void The_clock_of_frames_never_runs_backwards()
    {
        var rig = new Rig();
        var heard = new Heard();
        new Port(rig.Card, 1, new TimedWire([5, 3, 9, 0, 9, 10]), new PortConfig { Batch = 2 }).Poll(100, heard);
        Assert.That(heard.Clocks, Is.EqualTo(new (ulong, ulong)[] { (5, 5), (3, 5), (9, 9), (0, 9), (9, 9), (10, 10) }));
    }

    [Test]
    public void A_frame_knows_its_port_queue_and_what_a_capture_cut_off()
    {
        var rig = new Rig(new Capabilities { Queues = 4 });
        var rss = RssConfig.Even(4) with { Table = [.. Enumerable.Repeat((byte)3, RssConfig.TableEntries)] };
        var port = new Port(rig.Card, 7, new TimedWire([1], originalLength: 60), new PortConfig { Queues = 4, Rss = rss });
        var heard = new Heard();
        port.Poll(1, heard);
        Assert.That(heard.Last, Is.EqualTo((7u, 3u, 40u)));
        Assert.That(port.RxTruncated, Is.EqualTo(1));
    }

    [TestCase(false, TestName = "A poll allocates nothing")]
    [TestCase(true, TestName = "A poll of programs that write map values allocates nothing")]
    public void Polls(bool writesValues)
    {
        const string update = """
            r6 = r1
            r1 = *(u32 *)(r6 + 0)
            r2 = *(u32 *)(r6 + 4)
            r3 = r1
            r3 += 14
            if r3 > r2 goto out
            r7 = *(u32 *)(r1 + 0)
            *(u32 *)(r10 - 4) = r7
            *(u64 *)(r10 - 16) = 1
            """;
        string Map(string name) => $"""
            r1 = map({name})
            r2 = r10
            r2 += -4
            call 1
            if r0 == 0 goto new_{name}
            r1 = 1
            {(writesValues ? "lock *(u64 *)(r0 + 0) += r1" : "")}
            new_{name}:
            r1 = map({name})
            r2 = r10
            r2 += -4
            r3 = r10
            r3 += -16
            r4 = 0
            call 2
            """;
        MapSpec Spec(string name, MapType type) => new() { Name = name, Type = type, KeySize = 4, ValueSize = 8, MaxEntries = 64 };

        var rig = new Rig();
        MapSpec[] maps =
        [
            Spec("array", MapType.Array), Spec("hash", MapType.Hash), Spec("lru", MapType.LruHash),
            Spec("percpu_array", MapType.PerCpuArray), Spec("percpu_hash", MapType.PerCpuHash),
        ];
        foreach (var map in maps) rig.CreateMap(map);
        var first = rig.Load("maps", $"{update}\n{string.Join('\n', maps.Select(m => Map(m.Name)))}\nout:\nr0 = 2\nexit");
        var second = rig.Load("moves", """
            r6 = r1
            r2 = -8
            call 44
            r1 = *(u32 *)(r6 + 0)
            r2 = *(u32 *)(r6 + 4)
            r3 = r1
            r3 += 20
            if r3 > r2 goto out
            r3 = r1
            r4 = 20
            r1 = 0
            r2 = 0
            r5 = 0
            call 28
            r1 = r6
            r2 = 8
            call 44
            r1 = r6
            r2 = 4
            call 65
            out:
            r0 = 3
            exit
            """);
        var table = rig.Table(previousVerdict: true);
        Rig.Set(table, first, new(second.Id));
        rig.Attach(first, table);

        byte[][] frames = [.. Enumerable.Range(0, 4000).Select(n => (byte[])[(byte)n, 0, 0, 0, .. new byte[60]]), .. Enumerable.Repeat(new byte[5], 10)];
        var port = new Port(rig.Card, 1, new LoopWire(frames), new PortConfig { Batch = 64 });
        var sink = new Deaf();
        long allocated = Allocations.Of(() => port.Poll(frames.Length, sink));

        Assert.That(allocated, Is.Zero);
        Assert.That(port.Queues[0].Verdicts(XdpAction.Tx), Is.EqualTo(port.RxFrames - port.Missed(MissReason.FrameTooShort)), "no frame was aborted on the way");
    }

    /// <summary>Repeats its frames for ever.</summary>
    sealed class LoopWire(byte[][] frames) : GivingWire
    {
        int _next;

        public override bool TryReceive(out WireFrame frame)
        {
            byte[] bytes = frames[_next++ % frames.Length];
            frame = new WireFrame(bytes, (ulong)_next, (uint)bytes.Length);
            return true;
        }
    }

    sealed class TimedWire(ulong[] times, uint originalLength = 20) : GivingWire
    {
        readonly byte[] _bytes = new byte[20];
        int _next;

        public override bool TryReceive(out WireFrame frame)
        {
            frame = _next < times.Length ? new WireFrame(_bytes, times[_next], originalLength) : default;
            return _next++ < times.Length;
        }
    }

    sealed class Deaf : IFrameSink
    {
        public void Finished(PacketBatch batch)
        {
        }

        public void Missed(in WireFrame frame, long index, MissReason reason)
        {
        }
    }

    sealed class Heard : IFrameSink
    {
        public List<string> Lines { get; } = [];

        public List<(ulong Stamp, ulong Clock)> Clocks { get; } = [];

        public (uint Ifindex, uint Queue, uint Cut) Last { get; private set; }

        public void Finished(PacketBatch batch)
        {
            Lines.Add(string.Join(' ', Enumerable.Range(0, batch.Count).Select(n => batch.Frame(n).Index)));
            for (int n = 0; n < batch.Count; n++)
            {
                var frame = batch.Frame(n);
                Clocks.Add((frame.TimestampNs, frame.ClockNs));
                Last = (frame.IngressIfindex, frame.RxQueue, frame.CutBytes);
            }
        }

        public void Missed(in WireFrame frame, long index, MissReason reason) => Lines.Add($"{index} {MissReasons.NameOf(reason)}");
    }
}
