using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Nic.Wire.Wrappers;
using Chainring.Offload.Spec;
using NUnit.Framework;

namespace Chainring.Tests.Nic;

/// <summary>The card with a thread per port and per CPU: nothing is lost, nothing is counted twice, whatever changes meanwhile.</summary>
public sealed class LiveCardTests
{
    const int Queues = 4;

    static readonly TrafficSpec Traffic = new() { Flows = 1000, Sizes = SizeMix.Imix, Shapes = [new FlowShape(Network.Ipv4), new FlowShape(Network.Ipv6, Transport.Tcp, Tags: 1)] };

    static GeneratorWire Generator(long frames, ulong seed = 1) => new(Traffic with { Seed = seed }, Pacing.Timestamps(10_000_000_000), frames);

    [Test]
    public void Every_frame_of_several_ports_is_finished_once()
    {
        const int frames = 100_000;
        var rig = new Rig(new Capabilities { Queues = Queues });
        rig.Attach(rig.Returns(XdpAction.Tx));
        var ports = Enumerable.Range(1, 3).Select(n => new Port(rig.Card, (uint)n, Generator(frames, (ulong)n), new PortConfig { Queues = Queues, Pause = true, Batch = 32 })).ToArray();
        var carrier = new VerdictCarrier(rig.Card.Maps, ports);
        Run(ports, carrier);

        foreach (var port in ports)
        {
            Assert.That((port.RxFrames, port.Queues.Sum(q => q.Received), port.Ended(FrameEnd.SentBack)), Is.EqualTo((frames, frames, frames)));
            Assert.That(port.TxQueues.Sum(q => q.Frames), Is.EqualTo(frames));
            Assert.That(port.Queues.Select(q => q.Received), Has.All.Positive);
        }
        Assert.That(rig.Card.Totals().Returns(rig.Card.Entry!.Id, XdpAction.Tx), Is.EqualTo(3 * frames));
    }

    [Test]
    public void Without_flow_control_what_the_rings_cannot_hold_is_missed_and_the_rest_is_finished()
    {
        var rig = new Rig(new Capabilities { Queues = Queues });
        var port = new Port(rig.Card, 1, Generator(200_000), new PortConfig { Queues = Queues, Ring = 8, Batch = 8 });
        var carrier = new VerdictCarrier(rig.Card.Maps, port);
        Run([port], carrier);
        Assert.That(port.RxFrames, Is.EqualTo(200_000));
        Assert.That(carrier.Count(FrameEnd.ToHost) + port.Missed(MissReason.RingFull), Is.EqualTo(200_000));
        Assert.That(port.Queues.Sum(q => q.RingFull), Is.EqualTo(port.Missed(MissReason.RingFull)));
    }

    [Test]
    public void Ten_thousand_table_changes_by_another_thread_lose_no_frame_and_mix_no_tables()
    {
        const int changes = 10_000;
        var rig = new Rig(new Capabilities { Queues = Queues });
        var (entry, odd, even) = (rig.Returns(XdpAction.Pass, "entry"), rig.Returns(XdpAction.Drop, "odd"), rig.Returns(XdpAction.Tx, "even"));
        var table = rig.Table();
        Rig.Set(table, entry, new(even.Id));
        rig.Attach(entry, table);
        using var wire = Generator(long.MaxValue);
        var port = new Port(rig.Card, 1, wire, new PortConfig { Queues = Queues, Batch = 8, Pause = true });
        var sink = new Uniform(new VerdictCarrier(rig.Card.Maps, port));
        using (var live = new LiveCard(Queues, sink, port))
        {
            live.Start();
            for (int made = 1; made <= changes; made++) Rig.Set(table, entry, new(made % 2 == 0 ? even.Id : odd.Id));
            live.Stop();
        }
        var totals = rig.Card.Totals();
        long finished = port.Queues.Sum(q => Enum.GetValues<XdpAction>().Sum(q.Verdicts));
        Assert.That(sink.MixedBatches, Is.Zero);
        Assert.That((finished, port.Missed(MissReason.RingFull)), Is.EqualTo((port.RxFrames, 0)));
        Assert.That((totals.Runs(entry.Id), totals.Runs(odd.Id) + totals.Runs(even.Id), totals.Edges.Values.Sum()), Is.EqualTo((finished, finished, finished)));
        Assert.That(table.Revision, Is.GreaterThan((ulong)changes));
        Assert.That((port.Ended(FrameEnd.Recycled), port.Ended(FrameEnd.SentBack)), Is.EqualTo((totals.Runs(odd.Id), totals.Runs(even.Id))));
    }

    [Test]
    public void Programs_are_attached_replaced_and_removed_while_frames_flow()
    {
        var rig = new Rig(new Capabilities { Queues = Queues });
        var programs = new[] { rig.Returns(XdpAction.Drop), rig.Returns(XdpAction.Tx), rig.Returns(XdpAction.Pass) };
        using var wire = Generator(long.MaxValue);
        var port = new Port(rig.Card, 1, wire, new PortConfig { Queues = Queues, Batch = 8, Pause = true });
        var sink = new Uniform(new VerdictCarrier(rig.Card.Maps, port));
        using (var live = new LiveCard(Queues, sink, port))
        {
            live.Start();
            for (int n = 0; n < 3000; n++) rig.Install(n % 4 == 3 ? InstallRequest.Detach() : InstallRequest.Attach(programs[n % 4], null));
            live.Stop();
        }
        var totals = rig.Card.Totals();
        Assert.That((sink.MixedBatches, port.Missed(MissReason.RingFull)), Is.EqualTo((0, 0)));
        Assert.That(port.Ended(FrameEnd.Recycled), Is.EqualTo(totals.Runs(programs[0].Id)));
        Assert.That(port.Ended(FrameEnd.SentBack), Is.EqualTo(totals.Runs(programs[1].Id)));
        Assert.That(port.Ended(FrameEnd.ToHost), Is.GreaterThanOrEqualTo(totals.Runs(programs[2].Id)), "and what passed while there was none");
        Assert.That(Conservation.Broken(rig.Card, [port], carried: true), Is.Null);
    }

    [Test]
    public void Ten_thousand_flows_on_several_threads_keep_their_order_and_nothing_is_allocated_per_batch()
    {
        const int frames = 300_000, flows = 10_000;
        var rig = new Rig(new Capabilities { Queues = Queues });
        rig.Attach(rig.Returns(XdpAction.Drop));
        using var wire = new GeneratorWire(new TrafficSpec { Flows = flows }, Pacing.Timestamps(10_000_000_000), frames);
        var port = new Port(rig.Card, 1, wire, new PortConfig { Queues = Queues, Batch = 32, Pause = true });
        var sink = new Watching(new VerdictCarrier(rig.Card.Maps, port), frames, flows);
        Run([port], sink);
        Assert.That((sink.OutOfOrder, sink.OnAnotherQueue), Is.EqualTo((0, 0)));
        Assert.That(port.Queues.Select(q => q.Received), Is.All.InRange(frames / Queues * 9 / 10, frames / Queues * 11 / 10));
        Assert.That(sink.Allocated, Has.Length.EqualTo(Queues).And.All.Zero);
    }

    [Test]
    public void A_batch_that_does_not_fill_leaves_when_its_time_is_over()
    {
        var rig = new Rig();
        var wire = new LoopbackWire();
        var port = new Port(rig.Card, 1, wire, new PortConfig { Batch = 64, CoalesceNs = 20_000_000 });
        using var live = new LiveCard(1, new VerdictCarrier(rig.Card.Maps, port), port);
        live.Start();
        // The frames' own timestamps, of another age, make no difference.
        var watch = System.Diagnostics.Stopwatch.StartNew();
        for (int n = 0; n < 3; n++) wire.TrySend(Rig.Frame, (ulong)n, queue: 0);
        Assert.That(() => port.Ended(FrameEnd.ToHost), Is.EqualTo(3).After(5000, 1));
        Assert.That(watch.ElapsedMilliseconds, Is.GreaterThanOrEqualTo(20), "not before");
        Assert.That(port.Queues[0].Batches, Is.EqualTo(1).Or.GreaterThan(1).And.LessThan(3));
        live.Stop();
    }

    [Test]
    public void Coalescing_by_frames_alone_waits_for_them_and_the_last_ones_leave_when_the_wire_ends()
    {
        var rig = new Rig();
        var port = new Port(rig.Card, 1, Generator(1000), new PortConfig { Batch = 64, CoalesceFrames = 64, Pause = true });
        Run([port], new VerdictCarrier(rig.Card.Maps, port));
        Assert.That((port.Ended(FrameEnd.ToHost), port.Queues[0].Batches), Is.EqualTo((1000, 16)), "15 of 64 and one of 40");
    }

    [Test]
    public void Every_frame_has_its_hash_while_tables_change()
    {
        var rig = new Rig();
        var none = rig.CreateMap(new MapSpec { Name = "without", Type = MapType.Array, KeySize = 4, ValueSize = 16, MaxEntries = 1 });
        var asks = rig.Load("asks", $"""
            r2 = value(without)
            r3 = value(without) + 4
            call kfunc {Chainring.Offload.Isa.HelperTable.FindKfunc("bpf_xdp_metadata_rx_hash")!.Id}
            if r0 == 0 goto out
            r1 = value(without)
            r2 = 1
            lock *(u64 *)(r1 + 8) += r2
            out:
            r0 = 2
            exit
            """);
        var other = rig.Returns(XdpAction.Drop);
        var table = rig.Table();
        rig.Attach(asks, table);
        using var wire = new GeneratorWire(new TrafficSpec { Flows = 10 }, Pacing.Timestamps(10_000_000_000));
        var port = new Port(rig.Card, 1, wire, new PortConfig { Pause = true });
        using (var live = new LiveCard(1, new VerdictCarrier(rig.Card.Maps, port), port))
        {
            live.Start();
            for (int n = 0; n < 3000; n++) Rig.Set(table, asks, n % 2 == 0 ? new(0, Tx: other.Id) : new(0, Drop: other.Id));
            live.Stop();
        }
        Assert.That(BitConverter.ToInt64(none.Entries()[0].Values[0], 8), Is.Zero);
        Assert.That(port.Ended(FrameEnd.ToHost), Is.Positive);
    }

    [Test]
    public void A_bug_in_a_thread_ends_the_others_and_is_thrown_by_stop()
    {
        var rig = new Rig();
        using var wire = Generator(long.MaxValue);
        var port = new Port(rig.Card, 1, wire, new PortConfig { Pause = true });
        using var live = new LiveCard(1, new Broken(), port);
        live.Start();
        Assert.That(() => live.IsDone, Is.True.After(5000, 5));
        Assert.That(live.Stop, Throws.InvalidOperationException.With.InnerException.TypeOf<FormatException>());
    }

    [Test]
    public void Faults_on_several_queues_are_all_accounted_for()
    {
        const int frames = 200_000;
        var rig = new Rig(new Capabilities { Queues = Queues });
        rig.Attach(rig.Returns(XdpAction.Drop));
        var faults = new FaultSpec
        {
            DropPerMillion = 10_000,
            CorruptPerMillion = 10_000,
            DuplicatePerMillion = 10_000,
            DelayPerMillion = 10_000,
            TruncatePerMillion = 10_000,
            LinkDownPerMillion = 100,
            LinkDownFrames = 50,
            BadDescriptorPerMillion = 10_000,
            StalledRingPerMillion = 50,
            StallFrames = 3000,
        };
        using var wire = new FaultInjectorWire(Generator(frames), faults, new FaultSpec());
        var port = new Port(rig.Card, 1, wire, new PortConfig { Queues = Queues, Ring = 64, Batch = 32, Pause = true });
        var carrier = new VerdictCarrier(rig.Card.Maps, port);
        Run([port], carrier);

        Assert.That(wire.Receiving.Taken, Is.EqualTo(frames));
        Assert.That(port.RxFrames, Is.EqualTo(wire.Receiving.Given));
        Assert.That(port.Missed(MissReason.BadDescriptor), Is.EqualTo(wire.Receiving.Count(Fault.BadDescriptor)));
        Assert.That(port.Missed(MissReason.RingFull), Is.Positive, "what a stalled ring cannot hold");
        Assert.That(carrier.Count(FrameEnd.Recycled) + MissReasons.All.Sum(port.Missed), Is.EqualTo(port.RxFrames));
        Assert.That(port.Queues.Select(q => (q.Waiting, q.Stalled)), Is.All.EqualTo((0, false)));
    }

    static void Run(Port[] ports, IFrameSink sink)
    {
        using var live = new LiveCard(Queues, sink, ports);
        live.Start();
        Assert.That(() => live.IsDone, Is.True.After(60_000, 5));
        live.Stop();
    }

    /// <summary>Notes batches whose frames did not all meet the same table.</summary>
    sealed class Uniform(IFrameSink next) : IFrameSink
    {
        int _mixed;

        public int MixedBatches => _mixed;

        public void Finished(PacketBatch batch)
        {
            foreach (var verdict in batch.Verdicts)
            {
                if (verdict != batch.Verdicts[0]) Interlocked.Increment(ref _mixed);
            }
            next.Finished(batch);
        }

        public void Missed(in WireFrame frame, long index, MissReason reason) => next.Missed(frame, index, reason);
    }

    /// <summary>Knows of each flow where and when its last frame was, and what each queue's thread has allocated, see <see cref="Allocated"/>.</summary>
    sealed class Watching(IFrameSink next, int frames, int flows) : IFrameSink
    {
        const int Parts = 5;

        readonly long[] _lastIndex = new long[flows];
        readonly int[] _queue = new int[flows];
        readonly int[] _part = new int[Queues];
        readonly long[] _before = new long[Queues];
        int _outOfOrder, _onAnotherQueue;

        public int OutOfOrder => _outOfOrder;

        public int OnAnotherQueue => _onAnotherQueue;

        /// <summary>
        /// The fewest bytes in one of a few parts of the run after the first: the runtime may give a thread somewhat more memory of its own once, what a batch allocates it allocates in
        /// every part.
        /// </summary>
        public long[] Allocated { get; } = [.. Enumerable.Repeat(long.MaxValue, Queues)];

        public void Finished(PacketBatch batch)
        {
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            int part = (int)(batch.Frame(0).Index * Parts / frames);
            if (part != _part[batch.Queue])
            {
                if (_part[batch.Queue] > 0) Allocated[batch.Queue] = Math.Min(Allocated[batch.Queue], allocated - _before[batch.Queue]);
                (_part[batch.Queue], _before[batch.Queue]) = (part, allocated);
            }
            for (int n = 0; n < batch.Count; n++)
            {
                // The generator takes the flows in turn.
                long index = batch.Frame(n).Index;
                int flow = (int)(index % flows);
                if (index < _lastIndex[flow]) Interlocked.Increment(ref _outOfOrder);
                if (_queue[flow] != 0 && _queue[flow] != batch.Queue + 1) Interlocked.Increment(ref _onAnotherQueue);
                (_lastIndex[flow], _queue[flow]) = (index, batch.Queue + 1);
            }
            next.Finished(batch);
        }

        public void Missed(in WireFrame frame, long index, MissReason reason) => next.Missed(frame, index, reason);
    }

    sealed class Broken : IFrameSink
    {
        public void Finished(PacketBatch batch) => throw new FormatException("not a sink");

        public void Missed(in WireFrame frame, long index, MissReason reason)
        {
        }
    }
}
