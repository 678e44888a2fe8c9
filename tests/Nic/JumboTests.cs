using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Nic;

/// <summary>Frames longer than the linear part on their way over the card: who is given them, and that they leave whole.</summary>
public sealed class JumboTests
{
    static readonly Verdict Pass = new(XdpAction.Pass);
    static readonly PortConfig Jumbo = new() { Mtu = PortConfig.MaxMtu };

    [TestCase(3520, true, true), TestCase(3521, true, false), TestCase(9022, true, false), TestCase(9023, false, false)]
    public void Long_frames_reach_programs_that_support_frags_and_are_missed_before_others(int length, bool withFrags, bool without)
    {
        foreach (var (section, taken) in new[] { ("xdp.frags", withFrags), ("xdp", without) })
        {
            var rig = new Rig();
            rig.Attach(Load(rig, "p", "r0 = 2\nexit", section));
            Assert.That(rig.Outcomes(Bytes(length)).Select(o => o.Verdict), Is.EqualTo(taken ? [Pass] : Array.Empty<Verdict>()), section);
            Assert.That(rig.Port.Missed(MissReason.FrameTooLong), Is.EqualTo(taken ? 0 : 1), section);
        }
    }

    [Test]
    public void Without_a_program_every_frame_that_the_mtu_allows_passes()
    {
        var rig = new Rig();
        Assert.That(rig.Outcomes(Bytes(9022)).Single().Bytes, Is.EqualTo(Bytes(9022)));
    }

    [TestCase(4000, 4022), TestCase(3507, 3529), TestCase(3506, 3520), TestCase(3498, 3520), TestCase(1500, 1522), TestCase(9000, 9022)]
    public void The_mtu_limits_what_programs_with_frags_are_given(int mtu, int longest)
    {
        var rig = new Rig();
        rig.Attach(Load(rig, "p", "r0 = 2\nexit", "xdp.frags"));
        var port = new Port(rig.Card, 2, new ListWire([Bytes(longest), Bytes(longest + 1)]), new PortConfig { Mtu = mtu });
        port.Poll(9, new VerdictCarrier(rig.Card.Maps, port));
        Assert.That((port.Missed(MissReason.FrameTooLong), port.Ended(FrameEnd.ToHost)), Is.EqualTo((1, 1)));
    }

    [Test]
    public void One_program_of_a_chain_without_frags_keeps_long_frames_from_it_until_its_edge_is_gone()
    {
        var rig = new Rig();
        var (first, second) = (Load(rig, "first", "r0 = 2\nexit", "xdp.frags"), Load(rig, "second", "r0 = 2\nexit", "xdp"));
        var table = rig.Table();
        Rig.Set(table, first, new(0, Pass: second.Id));
        rig.Attach(first, table);
        Assert.That(rig.Outcomes(Bytes(5000), Bytes(60)), Has.Count.EqualTo(1));
        Assert.That(table.Delete(first.Id), Is.Null);
        Assert.That(rig.Outcomes(Bytes(5000), Bytes(60)), Has.Count.EqualTo(2));
        Rig.Set(table, first, new(0, Pass: second.Id));
        Assert.That(rig.Outcomes(Bytes(5000), Bytes(60)), Has.Count.EqualTo(1));
        rig.Install(InstallRequest.Detach());
        Assert.That(rig.Outcomes(Bytes(5000), Bytes(60)), Has.Count.EqualTo(2));
        Assert.That(rig.Port.Missed(MissReason.FrameTooLong), Is.EqualTo(2));
    }

    [Test]
    public void A_long_frame_that_waits_in_a_ring_while_the_chain_changes_is_aborted_and_named()
    {
        var rig = new Rig();
        var (frags, plain) = (Load(rig, "frags", "r0 = 2\nexit", "xdp.frags"), Load(rig, "plain", "r0 = 2\nexit", "xdp"));
        rig.Attach(frags);
        var port = new Port(rig.Card, 2, new Stalled(Bytes(5000), Bytes(60), Bytes(5000)), Jumbo);
        var carrier = new VerdictCarrier(rig.Card.Maps, port);
        port.Poll(9, carrier);
        Assert.That(port.Queues[0].Waiting, Is.EqualTo(3));
        rig.Attach(plain);
        port.Poll(9, carrier);
        Assert.That((port.Queues[0].Verdicts(XdpAction.Pass), port.Queues[0].AbortsBy(AbortReason.NoFragsSupport)), Is.EqualTo((1, 2)));
        Assert.That(port.Missed(MissReason.FrameTooLong), Is.Zero);
        Assert.That(Conservation.Broken(rig.Card, [port], carried: true), Is.Null);
    }

    [TestCase("r0 = 2", 1), TestCase("r0 = 3", 0), TestCase("r1 = 2\nr2 = 0\ncall 23", 2), TestCase("r1 = map(devices)\nr2 = 0\nr3 = 24\ncall 51", 2), TestCase("r1 = map(sockets)\nr2 = 0\nr3 = 0\ncall 51", 3)]
    public void A_frame_leaves_whole_whichever_way(string text, int way)
    {
        var rig = new Rig();
        rig.CreateMap(new MapSpec { Name = "devices", Type = MapType.DevMap, KeySize = 4, ValueSize = 4, MaxEntries = 1 }).UpdateAll(new byte[4], BitConverter.GetBytes(2), UpdateFlags.Any);
        rig.CreateMap(new MapSpec { Name = "sockets", Type = MapType.XskMap, KeySize = 4, ValueSize = 4, MaxEntries = 1 }).UpdateAll(new byte[4], BitConverter.GetBytes(7), UpdateFlags.Any);
        // 4 bytes at the front and 10 at the end, in the last fragment.
        rig.Attach(Load(rig, "p", $"r6 = r1\nr2 = -4\ncall 44\nr1 = r6\nr2 = 10\ncall 65\nr1 = r6\n{text}\nexit", "xdp.frags"));
        LoopbackWire own = new(), host = new(), other = new(), socket = new();
        own.TrySend(Bytes(9000), 0, 0);
        Port first = new(rig.Card, 1, own, Jumbo) { Host = host }, second = new(rig.Card, 2, other, Jumbo);
        var carrier = new VerdictCarrier(rig.Card.Maps, new Dictionary<uint, IWire> { [7] = socket }, first, second);
        first.Poll(1, carrier);

        var wire = new[] { own, host, other, socket }[way];
        Assert.That(wire.TryReceive(out var left));
        Assert.That((left.Bytes.Length, (int)left.OriginalLength), Is.EqualTo((9014, 9014)));
        Assert.That(left.Bytes[4..].ToArray(), Is.EqualTo((byte[])[.. Bytes(9000), .. new byte[10]]));
        Assert.That(new[] { own, host, other, socket }.Any(w => w.TryReceive(out _)), Is.False);
    }

    [TestCase(9018, FrameEnd.Redirected), TestCase(9019, FrameEnd.TooLong)]
    public void A_redirect_looks_at_the_whole_length(int length, FrameEnd end)
    {
        var rig = new Rig();
        rig.Attach(Load(rig, "p", "r1 = 2\nr2 = 0\ncall 23\nexit", "xdp.frags"));
        var (source, target) = (new Port(rig.Card, 1, new ListWire([Bytes(length)]), Jumbo), new Port(rig.Card, 2, new NullWire(), Jumbo));
        var carrier = new VerdictCarrier(rig.Card.Maps, source, target);
        source.Poll(1, carrier);
        Assert.That(carrier.Count(end), Is.EqualTo(1));
    }

    [Test]
    public void A_tag_is_taken_out_of_a_long_frame_and_put_back_for_the_host([Values(3523, 3524, 3525, 9018)] int length)
    {
        byte[] tagged = [.. Bytes(12), 0x81, 0, 0, 42, .. Bytes(length - 16)];
        var rig = new Rig();
        rig.Attach(Load(rig, "p", "r0 = 2\nexit", "xdp.frags"));
        var host = new LoopbackWire();
        var port = new Port(rig.Card, 1, new ListWire([tagged]), Jumbo with { VlanStrip = true }) { Host = host };
        var carrier = new VerdictCarrier(rig.Card.Maps, port);
        byte[] seen = [];
        port.Poll(1, new Looking(carrier, batch => seen = batch.Bytes(0).ToArray()));
        Assert.That(seen, Is.EqualTo((byte[])[.. tagged[..12], .. tagged[16..]]));
        Assert.That(host.TryReceive(out var handed) ? handed.Bytes.ToArray() : null, Is.EqualTo(tagged));
    }

    [Test]
    public void Buffers_are_used_again_without_a_trace()
    {
        var rig = new Rig();
        rig.Attach(Load(rig, "p", "r6 = r1\nr2 = 4\ncall 65\nr0 = 2\nexit", "xdp.frags"));
        int[] lengths = [9022, 60, 3520, 3521, 7616, 7617, 60, 9022, 5000];
        var port = new Port(rig.Card, 2, new ListWire([.. lengths.Select(Bytes)]), Jumbo with { Ring = 2, Batch = 1 });
        var seen = new List<byte[]>();
        var carrier = new VerdictCarrier(rig.Card.Maps, port);
        port.Poll(99, new Looking(carrier, batch => seen.Add(batch.Bytes(0).ToArray())));
        Assert.That(seen, Is.EqualTo(lengths.Select(length => (byte[])[.. Bytes(length), .. new byte[length is 3520 or 7616 ? 0 : 4]])));
    }

    [Test]
    public void A_program_of_the_other_kind_cannot_use_a_prog_array([Values] bool frags)
    {
        var card = new SmartNic(new CardOptions { Target = Targets.Reference });
        var array = card.CreateMap(new MapSpec { Name = "jumps", Type = MapType.ProgramArray, KeySize = 4, ValueSize = 4, MaxEntries = 1 }).Value;
        const string jump = "r2 = map(jumps)\nr3 = 0\ncall 12\nr0 = 1\nexit";
        Assert.That(card.Load(ProgramText.Program("first", jump, frags ? "xdp" : "xdp.frags"), _ => array).Problem, Is.Null);
        Assert.That(card.Load(ProgramText.Program("second", jump, frags ? "xdp.frags" : "xdp"), _ => array).Problem?.ToString(), Is.EqualTo(frags
            ? "R18 other-kind: second: it supports multi-buffer frames, and other programs of map jumps do not"
            : "R18 other-kind: second: it does not support multi-buffer frames, and other programs of map jumps do"));
        Assert.That(card.Programs.Count, Is.EqualTo(1));
        var target = card.Load(ProgramText.Program("target", "r0 = 2\nexit", frags ? "xdp.frags" : "xdp"), _ => array).Value;
        Assert.That(card.SetTailCall((ProgramArrayMap)array, new byte[4], target), Is.EqualTo(-Errno.Invalid));
    }

    static LoadedProgram Load(Rig rig, string name, string text, string section) =>
        rig.Card.Load(ProgramText.Program(name, text, section), map => rig.Card.Maps.All.Single(m => m.Spec.Name == map)).Value;

    static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(n => (byte)(1 + n % 251))];

    /// <summary>Gives frames into a ring that stalls.</summary>
    sealed class Stalled(params byte[][] frames) : GivingWire
    {
        int _next;

        public override bool TryReceive(out WireFrame frame)
        {
            frame = _next < frames.Length ? new WireFrame(frames[_next], 0, (uint)frames[_next].Length, RxFault.StalledRing) : default;
            return _next++ < frames.Length;
        }
    }

    /// <summary>Looks at a finished batch before it is carried out.</summary>
    sealed class Looking(IFrameSink next, Action<PacketBatch> look) : IFrameSink
    {
        public void Finished(PacketBatch batch)
        {
            look(batch);
            next.Finished(batch);
        }

        public void Missed(in WireFrame frame, long index, MissReason reason) => next.Missed(frame, index, reason);
    }
}
