using Chainring.Host.Driver;
using Chainring.Host.Driver.Emulated;
using Chainring.Offload.Spec;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver.Emulated;

/// <summary>Each step of putting a program onto a card is made to fail in turn: what was there before is there after, and no more.</summary>
public sealed class FailureTests
{
    const string WithMap = "r1 = map_by_fd({0})\nr0 = 2\nexit";

    /// <summary>Everything that a host has, with how many hold it.</summary>
    static string Picture(DriverRig rig) => string.Join("\n",
    [
        .. rig.Host.Programs.Select(p => $"program {p.Id}: {p.References} hold it, card {p.Home?.Card?.Number}"),
        .. rig.Host.Maps.Select(m => $"map {m.Id}: {m.References} hold it, card {m.Home?.Card?.Number}"),
        .. rig.Host.Links.Select(l => $"link {l.Id}: {l.References} hold it"),
        .. rig.Host.Cards.Select(c => $"card {c.Number}: {c.Programs.Count} programs, {c.Maps.Count} maps"),
        .. from device in rig.Host.Devices from mode in Enum.GetValues<XdpMode>() select $"{device.Name} {mode}: {device.Slot(mode).Program?.Id} {device.Slot(mode).Chain?.Id} {device.Slot(mode).Link?.Id}",
        $"descriptors {string.Join(' ', rig.Process.Descriptors)}",
    ]);

    static readonly (string Name, Action<OffloadDevice> Break)[] Failures =
    [
        ("binding is refused", card => card.Switches.BindAccept = false),
        ("verifying is refused", card => card.Switches.VerifierAccept = false),
        ("maps are refused", card => card.Ports[0].Switches.MapAccept = false),
        ("attaching is refused", card => card.Ports[0].Switches.XdpOffloadAccept = false),
    ];

    [TestCaseSource(nameof(Names))]
    public void A_step_fails(string name)
    {
        using var rig = new DriverRig();
        var card = rig.AddCard(profile: DeviceFile.Unlimited);
        var port = card.Ports[0];
        int before = rig.Load(DriverRig.Ret0, port.Ifindex);
        Assert.That(rig.Attach(port, before, DriverRig.Hw).Errno, Is.Zero);
        string picture = Picture(rig);
        Failures.Single(f => f.Name == name).Break(card);

        // As a loader does it: what was made is given up when a later step fails.
        int map = rig.Map(1, ifindex: port.Ifindex), program = map < 0 ? map : rig.Load(string.Format(System.Globalization.CultureInfo.InvariantCulture, WithMap, map), port.Ifindex);
        int errno = program < 0 ? program : rig.Attach(port, program, DriverRig.Hw).Errno;
        Assert.That(errno, Is.EqualTo(-95));
        foreach (int fd in (int[])[program, map])
        {
            if (fd > 0) rig.Process.Close(fd);
        }
        Assert.That(Picture(rig), Is.EqualTo(picture));
        Assert.That(port.Receive(new byte[64]).Action, Is.EqualTo(XdpAction.Aborted), "the program before goes on");
    }

    static IEnumerable<string> Names => Failures.Select(f => f.Name);

    [Test]
    public void The_device_goes_away([Values] LoadStep step)
    {
        using var rig = new DriverRig();
        rig.AddCard(2);
        string picture = Picture(rig);
        var card = rig.AddCard(profile: DeviceFile.Unlimited);
        card.Switches.VanishesAt = step;
        int map = rig.Map(1, ifindex: card.Ports[0].Ifindex);
        Assert.That(map, Is.GreaterThan(0));
        Assert.That(rig.Load(string.Format(System.Globalization.CultureInfo.InvariantCulture, WithMap, map), card.Ports[0].Ifindex), Is.EqualTo(-19));
        rig.Process.Close(map);
        Assert.That(Picture(rig), Is.EqualTo(picture));
    }

    [Test]
    public void Removing_a_card_gives_back_all_that_it_had()
    {
        using var rig = new DriverRig();
        var card = rig.AddCard(ports: 2, profile: DeviceFile.Unlimited);
        int map = rig.Map(1, ifindex: card.Ports[0].Ifindex), table = rig.Map(ChainUapi.MapType, 4, 20, 2, card.Ports[0].Ifindex);
        int program = rig.Load(string.Format(System.Globalization.CultureInfo.InvariantCulture, WithMap, map), card.Ports[0].Ifindex);
        foreach (var port in card.Ports) Assert.That(rig.Attach(port, program, DriverRig.Hw, chain: table).Errno, Is.Zero);
        int link = rig.Bpf(DriverRig.LinkCreate, (0, rig.Load(DriverRig.Ret0)), (4, card.Ports[0].Ifindex), (8, 37), (12, DriverRig.Drv));
        Assert.That(link, Is.GreaterThan(0));
        rig.Host.RemoveCard(1);
        Assert.That(rig.Host.Maps, Is.Empty);
        Assert.That(rig.InfoOf(link, 20, out byte[] info), Is.Zero);
        Assert.That(BitConverter.ToUInt32(info, 16), Is.Zero, "the link has no interface any more");
        rig.Process.Dispose();
        Assert.That((rig.Host.Programs.Count, rig.Host.Links.Count), Is.EqualTo((0, 0)));
    }
}
