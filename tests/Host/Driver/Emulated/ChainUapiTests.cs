using Chainring.Host.Driver;
using Chainring.Host.Driver.Emulated;
using Chainring.Host.Driver.Netlink;
using Chainring.Offload.Spec;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver.Emulated;

/// <summary>Chains by netlink and bpf(2), as the series of 2019 proposed them, in every mode.</summary>
public sealed class ChainUapiTests
{
    const string Pass = "r0 = 2\nexit", Drop = "r0 = 1\nexit";

    const int MapType = ChainUapi.MapType;

    static readonly byte[] Frame = new byte[64];

    DriverRig _rig = null!;
    NetDevice _port = null!;

    [SetUp]
    public void Plug()
    {
        _rig = new DriverRig();
        _port = _rig.AddCard(profile: DeviceFile.Unlimited).Ports[0];
    }

    [TearDown]
    public void Unplug() => _rig.Dispose();

    int Load(string code, uint mode) => _rig.Load(code, mode == DriverRig.Hw ? _port.Ifindex : 0);

    int Table(uint mode, int value = 20, int entries = 2) => _rig.Map(MapType, 4, value, entries, mode == DriverRig.Hw ? _port.Ifindex : 0);

    static byte[] Slots(params int[] fds) => [.. fds.SelectMany(BitConverter.GetBytes)];

    int Set(int table, uint program, byte[] slots, ulong flags = 0) => _rig.Set(table, BitConverter.GetBytes(program), slots, flags);

    XdpAction Receive() => _port.Receive(Frame).Action;

    /// <summary>The series' own test (patch 9 of 9), with the program's id for a key.</summary>
    [TestCase(DriverRig.Skb), TestCase(DriverRig.Drv), TestCase(DriverRig.Hw)]
    public void The_selftest_of_the_series(uint mode)
    {
        int pass = Load(Pass, mode), drop = Load(Drop, mode), table = Table(mode);
        uint id = _rig.IdOf(pass);
        Assert.That(table, Is.GreaterThan(0));
        Assert.That(Set(table, 0, Slots(0, 0, 0, 0, 0)), Is.EqualTo(-22), "key 0, nothing in it");
        Assert.That(Set(table, id, Slots(0, 0, 0, 0, 0)), Is.EqualTo(-22), "nothing in it");
        Assert.That(Set(table, id, Slots(drop, 0, 0, 0, 0)), Is.Zero, "wildcard");
        Assert.That(Set(table, id, Slots(drop, drop, drop, drop, drop)), Is.Zero, "every slot");
        Assert.That(_rig.Remove(table, id), Is.Zero);

        Assert.That(Receive(), Is.EqualTo(XdpAction.Pass));
        Assert.That(_rig.Attach(_port, pass, mode | DriverRig.NoExist, chain: table), Is.EqualTo((0, (string?)null)));
        byte[] reported = _rig.Dumped(_port);
        Assert.That(BitConverter.ToUInt32(reported, 8), Is.EqualTo(id));
        Assert.That((BitConverter.ToUInt16(reported, reported.Length - 6), BitConverter.ToUInt32(reported, reported.Length - 4)), Is.EqualTo(((ushort)ChainUapi.MapIdAttribute, _rig.IdOf(table))));
        Assert.That(Receive(), Is.EqualTo(XdpAction.Pass));
        Assert.That(Set(table, id, Slots(drop, 0, 0, 0, 0)), Is.Zero);
        Assert.That(Receive(), Is.EqualTo(XdpAction.Drop));
        Assert.That(_rig.Remove(table, id), Is.Zero);
        Assert.That(Receive(), Is.EqualTo(XdpAction.Pass));
        Assert.That(Set(table, id, Slots(0, 0, drop, 0, 0)), Is.Zero);
        Assert.That(Receive(), Is.EqualTo(XdpAction.Drop));
        Assert.That(_rig.Attach(_port, -1, mode, chain: -1), Is.EqualTo((0, (string?)null)));
        Assert.That(Receive(), Is.EqualTo(XdpAction.Pass));
        Assert.That(_rig.Attach(_port, -1, mode, chain: -1), Is.EqualTo((0, (string?)null)), "again");
    }

    [Test]
    public void Updates_name_descriptors_and_lookups_ids()
    {
        int pass = Load(Pass, DriverRig.Hw), drop = Load(Drop, DriverRig.Hw), table = Table(DriverRig.Hw, 24);
        uint id = _rig.IdOf(pass);
        Assert.That(Set(table, id, Slots(0, 0, drop, 0, 0, drop)), Is.Zero);
        ulong value = _rig.Place(new byte[24]);
        Assert.That(_rig.Bpf(DriverRig.Lookup, (0, table), (8, (long)_rig.Place(BitConverter.GetBytes(id))), (16, (long)value)), Is.Zero);
        int dropId = (int)_rig.IdOf(drop);
        Assert.That(_rig.Process.Memory.Read(value, 24), Is.EqualTo(Slots(0, 0, dropId, 0, 0, dropId)));
        Assert.That((_rig.Next(table, null, out uint key), key), Is.EqualTo((0, id)));
        Assert.That(_rig.Next(table, id, out _), Is.EqualTo(-2));
    }

    [Test]
    public void A_table_is_never_lost_by_accident()
    {
        int pass = Load(Pass, DriverRig.Hw), drop = Load(Drop, DriverRig.Hw), table = Table(DriverRig.Hw);
        Assert.That(_rig.Attach(_port, pass, DriverRig.Hw, chain: table).Errno, Is.Zero);
        foreach (int fd in (int[])[drop, pass, -1])
        {
            var (errno, text) = _rig.Attach(_port, fd, DriverRig.Hw);
            Assert.That((errno, text is not null), Is.EqualTo((-22, true)));
        }
        Assert.That(_rig.Attach(_port, -1, DriverRig.Hw, chain: table).Errno, Is.EqualTo(-22), "a table without a program");
        Assert.That(_rig.Attach(_port, drop, DriverRig.Hw, chain: -1).Errno, Is.Zero, "the program stays, the table goes");
        Assert.That(_port.Slot(XdpMode.Hw).Chain, Is.Null);
    }

    [Test]
    public void What_a_request_expects_must_be_so()
    {
        int pass = Load(Pass, DriverRig.Hw), drop = Load(Drop, DriverRig.Hw), table = Table(DriverRig.Hw);
        Assert.That(_rig.Attach(_port, pass, DriverRig.Hw, chain: table, revision: 99).Errno, Is.EqualTo(-116), "no table is there yet");
        Assert.That(_rig.Attach(_port, pass, DriverRig.Hw, chain: table, revision: 0).Errno, Is.Zero);
        ulong revision = _port.Slot(XdpMode.Hw).Chain!.Table.Revision;
        Assert.That(Set(table, _rig.IdOf(pass), Slots(0, 0, drop, 0, 0)), Is.Zero);
        Assert.That(_rig.Attach(_port, pass, DriverRig.Hw, chain: table, revision: revision).Errno, Is.EqualTo(-116), "an unchanged program does not skip the check");
        Assert.That(_rig.Attach(_port, drop, DriverRig.Hw | DriverRig.Replace, expected: drop, chain: table).Errno, Is.EqualTo(-17));
        Assert.That(_rig.Attach(_port, drop, DriverRig.Hw | DriverRig.Replace, expected: pass, chain: table).Errno, Is.Zero);
    }

    [Test]
    public void Libxdps_end_goes_with_a_table_and_is_reported([Values(DriverRig.Skb, DriverRig.Drv, DriverRig.Hw)] uint mode)
    {
        int pass = Load(Pass, mode), drop = Load(Drop, mode), table = Table(mode);
        var flags = (XdpFlags)mode;
        (int Errno, string? Text) Attach(int fd, int? chain, (int, uint)? end) => _rig.Send(LinkRequestBytes.SetXdp(_port.Ifindex, fd, flags, null, chain, null, end));
        Assert.That(Set(table, _rig.IdOf(pass), Slots(0, 0, drop, 0, 0)), Is.Zero);
        Assert.That(Attach(pass, table, null).Errno, Is.Zero);
        Assert.That(Receive(), Is.EqualTo(XdpAction.Drop));
        byte[] without = _rig.Dumped(_port);
        Assert.That(Attach(pass, table, (drop, 0b10)).Errno, Is.Zero, "the same program and table are not all there is");
        Assert.That(Receive(), Is.EqualTo(XdpAction.Pass));
        Assert.That(_rig.Dumped(_port)[^12..], Is.EqualTo((byte[])[12, 0, .. BitConverter.GetBytes((ushort)ChainUapi.EndAttribute), .. BitConverter.GetBytes(_rig.IdOf(drop)), 2, 0, 0, 0]));
        Assert.That(Attach(pass, table, (drop, 0b100)).Errno, Is.Zero);
        Assert.That(Receive(), Is.EqualTo(XdpAction.Drop), "another code");
        Assert.That(Attach(pass, table, null).Errno, Is.Zero);
        Assert.That(_rig.Dumped(_port), Is.EqualTo(without));

        Assert.That(Attach(pass, -1, (drop, 0b10)), Is.EqualTo((-22, "what becomes of the last program's codes can only be said together with a chain table")));
        Assert.That(Attach(-1, -1, (drop, 0b10)).Errno, Is.EqualTo(-22));
        Assert.That(Attach(pass, null, (drop, 0b10)).Errno, Is.EqualTo(-22), "a table that is installed would be lost");
        Assert.That(Attach(pass, table, (-1, 0b10)).Errno, Is.EqualTo(-9));
        Assert.That(Attach(pass, table, (table, 0b10)).Errno, Is.EqualTo(-22), "a map is no program");
        foreach (var (bytes, errno) in new[] { (4, -34), (12, -22) })
        {
            byte[] message = LinkRequestBytes.SetXdp(_port.Ifindex, pass, flags, null, table, null, (drop, 0b10));
            message[^12] = (byte)(4 + bytes);
            byte[] sized = bytes < 8 ? message[..^4] : [.. message, 0, 0, 0, 0];
            int change = sized.Length - message.Length, nest = sized.AsSpan().IndexOf((byte[])[43, 0x80]) - 2;
            BitConverter.TryWriteBytes(sized, sized.Length);
            BitConverter.TryWriteBytes(sized.AsSpan(nest), (ushort)(BitConverter.ToUInt16(sized, nest) + change));
            Assert.That(_rig.Send(sized).Errno, Is.EqualTo(errno));
        }
        Assert.That(_rig.Dumped(_port), Is.EqualTo(without), "nothing of that has changed anything");
    }

    [Test]
    public void Tables_and_programs_of_different_homes_do_not_meet()
    {
        int onHost = Load(Pass, DriverRig.Drv), onCard = Load(Pass, DriverRig.Hw), hostTable = Table(DriverRig.Drv), cardTable = Table(DriverRig.Hw);
        Assert.That(Set(cardTable, _rig.IdOf(onCard), Slots(onHost, 0, 0, 0, 0)), Is.EqualTo(-22));
        Assert.That(Set(hostTable, _rig.IdOf(onHost), Slots(onCard, 0, 0, 0, 0)), Is.EqualTo(-22));
        Assert.That(_rig.Attach(_port, onCard, DriverRig.Hw, chain: hostTable).Errno, Is.EqualTo(-22));
        Assert.That(_rig.Attach(_port, onHost, DriverRig.Drv, chain: cardTable).Errno, Is.EqualTo(-22));
        int hash = _rig.Map(1);
        Assert.That(_rig.Attach(_port, onHost, DriverRig.Drv, chain: hash).Errno, Is.EqualTo(-22));
        Assert.That(_rig.Attach(_port, onHost, DriverRig.Drv, chain: 99).Errno, Is.EqualTo(-9));
    }

    [Test]
    public void A_cycle_is_refused_and_a_full_table_too()
    {
        int a = Load(Pass, DriverRig.Hw), b = Load(Drop, DriverRig.Hw), table = Table(DriverRig.Hw, entries: 1);
        uint id = _rig.IdOf(a);
        Assert.That(Set(table, id, Slots(a, 0, 0, 0, 0)), Is.EqualTo(-40));
        Assert.That(Set(table, id, Slots(b, 0, 0, 0, 0)), Is.Zero);
        Assert.That(Set(table, id, Slots(b, 0, 0, 0, 0), 1), Is.EqualTo(-17));
        Assert.That(Set(table, _rig.IdOf(b), Slots(Load("r0 = 3\nexit", DriverRig.Hw), 0, 0, 0, 0)), Is.EqualTo(-7));
        Assert.That(Set(table, id, Slots(b, 0, 0, 0, 0), 3), Is.EqualTo(-22));
    }

    [TestCase("netdevsim"), TestCase("nfp")]
    public void Where_the_card_links_nothing_there_is_no_table(string profile)
    {
        var port = _rig.AddCard(2, profile: profile).Ports[0];
        Assert.That(_rig.Map(MapType, 4, 20, 2, port.Ifindex), Is.EqualTo(-22));
        Assert.That(_rig.Map(MapType, 4, 20, 2), Is.GreaterThan(0), "the host does");
    }

    [TestCase(4, 20, 0), TestCase(8, 20, 2), TestCase(4, 21, 2)]
    public void The_shape_of_a_table(int key, int value, int entries) => Assert.That(_rig.Map(MapType, key, value, entries), Is.EqualTo(-22));

    [Test]
    public void A_table_keeps_its_programs_and_gives_them_back()
    {
        int pass = Load(Pass, DriverRig.Hw), drop = Load(Drop, DriverRig.Hw), table = Table(DriverRig.Hw);
        Assert.That(Set(table, _rig.IdOf(pass), Slots(drop, 0, 0, 0, 0)), Is.Zero);
        Assert.That(_rig.Attach(_port, pass, DriverRig.Hw, chain: table).Errno, Is.Zero);
        foreach (int fd in (int[])[pass, drop, table]) _rig.Process.Close(fd);
        Assert.That((_rig.Host.Programs.Count, _rig.Host.Maps.Count, Receive()), Is.EqualTo((2, 1, XdpAction.Drop)));
        Assert.That(_rig.Attach(_port, -1, DriverRig.Hw, chain: -1).Errno, Is.Zero);
        Assert.That((_rig.Host.Programs.Count, _rig.Host.Maps.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void What_passes_on_the_card_meets_the_host_next()
    {
        Assert.That(_rig.Attach(_port, Load(Pass, DriverRig.Hw), DriverRig.Hw).Errno, Is.Zero);
        Assert.That(_port.Receive(Frame), Has.Property(nameof(FrameOutcome.By)).EqualTo(XdpMode.Hw));
        Assert.That(_rig.Attach(_port, Load(Drop, DriverRig.Drv), DriverRig.Drv).Errno, Is.Zero);
        var outcome = _port.Receive(Frame);
        Assert.That((outcome.Action, outcome.By), Is.EqualTo((XdpAction.Drop, XdpMode.Drv)));
    }
}
