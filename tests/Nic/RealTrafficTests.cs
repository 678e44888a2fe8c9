using System.Net.NetworkInformation;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Nic.Wire.Live;
using Chainring.Offload.Spec;
using Chainring.Tests.Nic.Wire.Live;
using NUnit.Framework;

namespace Chainring.Tests.Nic;

/// <summary>
/// Real packets through the card: a host pings another, and the card stands before the second. Both are network namespaces of their own.
/// </summary>
/// <remarks><code>
/// namespace a           the card                         namespace b
/// 10.9.0.1  tap ──wire──► port 1 ──chain──► host ──tap── 10.9.0.2
///                ◄──────────────────────────────
/// </code></remarks>
public sealed class RealTrafficTests
{
    [Test]
    public void The_series_traffic_test_with_ping()
    {
        NetworkNamespace.Require();
        using NetworkNamespace a = new(), b = new();
        using var wire = Tap(a, "10.9.0.1/24");
        using var host = Tap(b, "10.9.0.2/24");
        var rig = new Rig();
        var port = new Port(rig.Card, 1, wire, new PortConfig { Batch = 16 }) { Host = host };
        var carrier = new VerdictCarrier(rig.Card.Maps, port);
        var (pass, drop) = (rig.Returns(XdpAction.Pass), rig.Returns(XdpAction.Drop));
        var table = rig.Table(maxEntries: 2);
        using var live = new LiveCard(1, carrier, port);
        live.Start();
        bool Answered() => Ping(a);

        Assert.That(Answered(), Is.True, "without a program");
        rig.Attach(pass, table);
        Assert.That((rig.Card.Entry, rig.Card.Table), Is.EqualTo((pass, table)));
        Assert.That(Answered(), Is.True, "PASS and an empty table");
        Rig.Set(table, pass, new(drop.Id));
        Assert.That(Answered(), Is.False, "wildcard = DROP");
        Assert.That(table.Delete(pass.Id), Is.Null);
        Assert.That(Answered(), Is.True, "entry deleted");
        Rig.Set(table, pass, new(0, Pass: drop.Id));
        Assert.That(Answered(), Is.False, "PASS slot = DROP");
        rig.Install(InstallRequest.Detach());
        Assert.That(Answered(), Is.True, "detached");
        rig.Install(InstallRequest.Detach());

        live.Stop();
        long finished = Enum.GetValues<FrameEnd>().Sum(carrier.Count);
        Assert.That(finished, Is.EqualTo(port.RxFrames - MissReasons.All.Sum(port.Missed)), "every frame ended somewhere");
        Assert.That(carrier.Count(FrameEnd.Recycled), Is.EqualTo(port.Queues[0].Verdicts(XdpAction.Drop)).And.Positive);
    }

    /// <summary>Whether b answers a.</summary>
    static bool Ping(NetworkNamespace from) => from.Run(() =>
    {
        using var ping = new Ping();
        return ping.Send("10.9.0.2", 1_500).Status == IPStatus.Success;
    });

    static TapWire Tap(NetworkNamespace home, string address)
    {
        var wire = home.Run(() => TapWire.Open("tap0").Value);
        home.Ip($"addr add {address} dev tap0");
        home.Ip("link set tap0 up");
        return wire;
    }
}
