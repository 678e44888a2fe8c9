using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Nic;

/// <summary>Verdicts carried out between ports, and that every frame ends somewhere.</summary>
public sealed class VerdictCarrierTests
{
    static IEnumerable<TestCaseData> Ends()
    {
        yield return Case("r0 = 0", FrameEnd.Recycled, "");
        yield return Case("r0 = 1", FrameEnd.Recycled, "");
        yield return Case("r0 = 2", FrameEnd.ToHost, "host");
        yield return Case("r0 = 3", FrameEnd.SentBack, "1");
        yield return Case("r0 = 4", FrameEnd.NoTarget, "");
        yield return Case("r1 = 2\nr2 = 0\ncall 23", FrameEnd.Redirected, "2");
        yield return Case("r1 = 9\nr2 = 0\ncall 23", FrameEnd.NoTarget, "");
        yield return Case("r1 = map(devices)\nr2 = 1\nr3 = 0\ncall 51", FrameEnd.Redirected, "3");
        yield return Case("r1 = map(devices)\nr2 = 0\nr3 = 8\ncall 51", FrameEnd.Redirected, "1 2 3");
        yield return Case("r1 = map(devices)\nr2 = 0\nr3 = 24\ncall 51", FrameEnd.Redirected, "2 3");
        yield return Case("r1 = map(sockets)\nr2 = 0\nr3 = 0\ncall 51", FrameEnd.ToSocket, "socket 7");
        yield return Case("r1 = map(sockets)\nr2 = 1\nr3 = 0\ncall 51", FrameEnd.NoTarget, "");
        yield return Case("r1 = map(cpus)\nr2 = 1\nr3 = 0\ncall 51", FrameEnd.Redirected, "host");
        static TestCaseData Case(string text, FrameEnd end, string reached) => new TestCaseData(text, end, reached).SetArgDisplayNames(text.ReplaceLineEndings("; "));
    }

    [TestCaseSource(nameof(Ends))]
    public void A_frame_ends_where_its_verdict_says(string text, FrameEnd end, string reached)
    {
        var rig = new Rig();
        var devices = rig.CreateMap(new MapSpec { Name = "devices", Type = MapType.DevMap, KeySize = 4, ValueSize = 4, MaxEntries = 4 });
        foreach (var (slot, ifindex) in new[] { (0, 2), (1, 3), (2, 1), (3, 77) })
            devices.UpdateAll(BitConverter.GetBytes(slot), BitConverter.GetBytes(ifindex), UpdateFlags.Any);
        var sockets = rig.CreateMap(new MapSpec { Name = "sockets", Type = MapType.XskMap, KeySize = 4, ValueSize = 4, MaxEntries = 4 });
        foreach (var (slot, socket) in new[] { (0, 7), (1, 8) }) sockets.UpdateAll(BitConverter.GetBytes(slot), BitConverter.GetBytes(socket), UpdateFlags.Any);
        rig.CreateMap(new MapSpec { Name = "cpus", Type = MapType.CpuMap, KeySize = 4, ValueSize = 4, MaxEntries = 4 })
            .UpdateAll(BitConverter.GetBytes(1), BitConverter.GetBytes(64), UpdateFlags.Any);
        rig.Attach(rig.Load("p", text + "\nexit"));

        var reach = new List<string>();
        var source = new NotingWire("1", reach, frames: 1);
        var ports = Enumerable.Range(1, 3).Select(n => new Port(rig.Card, (uint)n, n == 1 ? source : new NotingWire($"{n}", reach))).ToArray();
        ports[0].Host = new NotingWire("host", reach);
        var carrier = new VerdictCarrier(rig.Card.Maps, new Dictionary<uint, IWire> { [7] = new NotingWire("socket 7", reach) }, ports);
        ports[0].Poll(8, carrier);

        Assert.That(string.Join(' ', reach.Order()), Is.EqualTo(reached));
        Assert.That(Enum.GetValues<FrameEnd>().Where(e => carrier.Count(e) == 1), Is.EqualTo(new[] { end }));
    }

    [Test]
    public void What_a_wire_does_not_take_is_counted()
    {
        var rig = new Rig();
        rig.Attach(rig.Returns(XdpAction.Tx));
        var port = new Port(rig.Card, 1, new ListWire([Rig.Frame, Rig.Frame]));
        var carrier = new VerdictCarrier(rig.Card.Maps, port);
        port.Poll(8, carrier);
        Assert.That(carrier.Count(FrameEnd.Refused), Is.EqualTo(2));
    }

    /// <summary>Gives a few frames, and notes each that it is sent.</summary>
    sealed class NotingWire(string name, List<string> sent, int frames = 0) : IWire
    {
        int _left = frames;

        public bool Ended => _left == 0;

        public bool TryReceive(out WireFrame frame)
        {
            frame = new WireFrame(Rig.Frame, 0, (uint)Rig.Frame.Length);
            return _left-- > 0;
        }

        public void Wait(TimeSpan atMost)
        {
        }

        public bool TrySend(ReadOnlySpan<byte> frame, ulong timestampNs, int queue)
        {
            sent.Add(name);
            return true;
        }

        public void Dispose()
        {
        }
    }
}
