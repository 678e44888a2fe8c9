using Chainring.Host.Driver.Emulated;
using Chainring.Nic;
using Chainring.Offload.Spec;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver.Emulated;

/// <summary>
/// The scenarios of the kernel's own test of XDP offload (tools/testing/selftests/net/bpf_offload.py of Linux 6.12), by their numbers there. Those of traffic
/// control (2 to 19, 48, 49, 51, 52) are not for a card that has XDP alone.
/// </summary>
public sealed class OffloadScenarioTests
{
    const string Pin = "/sys/fs/bpf/prog";

    static string MapRet0(int hash, int array) => $"""
        r6 = r1
        *(u32 *)(r10 - 4) = 0
        r2 = r10
        r2 += -4
        r1 = map_by_fd({hash})
        call 1
        *(u32 *)(r10 - 4) = 0
        r2 = r10
        r2 += -4
        r1 = map_by_fd({array})
        call 1
        r0 = 0
        exit
        """;

    DriverRig _rig = null!;
    OffloadDevice _card = null!;
    NetDevice _port = null!;

    [SetUp]
    public void Plug()
    {
        _rig = new DriverRig();
        _card = _rig.AddCard();
        _port = _card.Ports[0];
    }

    [TearDown]
    public void EverythingIsAccountedFor()
    {
        foreach (var card in _rig.Host.Cards) _rig.Host.RemoveCard(card.Number);
        foreach (string path in (string[])[Pin, Pin + "2", Pin + "3", Pin + "4", "/sys/fs/bpf/map", "/sys/fs/bpf/map2"]) _rig.Process.Unpin(path);
        _rig.Dispose();
        Assert.That(_rig.Host.Programs, Is.Empty);
        Assert.That(_rig.Host.Maps, Is.Empty);
    }

    /// <summary>Programs that are not orphans.</summary>
    int Count => _rig.Host.Programs.Count(p => !p.IsOrphan);

    int Bound => _card.Programs.Count;

    uint OffloadedId => _port.Slot(XdpMode.Hw).Program?.Id ?? 0;

    /// <summary>What iproute2 does for <c>xdpoffload obj F</c> and so on: loads, attaches, and keeps no descriptor.</summary>
    (int Errno, string? Text) Install(uint mode, bool force = false, NetDevice? on = null, string code = DriverRig.Ret0, NetDevice? loadedFor = null)
    {
        var device = on ?? _port;
        int fd = _rig.Load(code, mode == DriverRig.Hw ? (loadedFor ?? device).Ifindex : 0);
        if (fd < 0) return (fd, null);
        var answer = _rig.Attach(device, fd, mode | (force ? 0 : DriverRig.NoExist));
        _rig.Process.Close(fd);
        return answer;
    }

    (int Errno, string? Text) Off(uint mode = 0, bool force = false) => _rig.Detach(_port, mode | (force ? 0 : DriverRig.NoExist));

    (int Errno, string? Text) InstallPinned(string path, uint mode, bool force = false, NetDevice? on = null)
    {
        int fd = _rig.OpenPin(path);
        Assert.That(fd, Is.GreaterThan(0));
        var answer = _rig.Attach(on ?? _port, fd, mode | (force ? 0 : DriverRig.NoExist));
        _rig.Process.Close(fd);
        return answer;
    }

    void LoadPinned(string path, NetDevice? device, string code = DriverRig.Ret0)
    {
        int fd = _rig.Load(code, device?.Ifindex ?? 0);
        Assert.That(fd, Is.GreaterThan(0), _rig.Log);
        Assert.That(_rig.Pin(fd, path), Is.Zero);
        _rig.Process.Close(fd);
    }

    void NewCard()
    {
        _card = _rig.AddCard(_rig.Host.Cards.Select(c => c.Number).DefaultIfEmpty().Max() + 1);
        _port = _card.Ports[0];
    }

    static void Succeeds((int, string?) answer) => Assert.That(answer, Is.EqualTo((0, (string?)null)));

    [Test]
    public void _01_generic_XDP_goes_with_the_device()
    {
        Succeeds(Install(DriverRig.Skb));
        Assert.That(Count, Is.EqualTo(1));
        _rig.Host.RemoveCard(1);
        Assert.That(Count, Is.Zero);
    }

    [Test]
    public void _20_offloaded_XDP_goes_with_the_device()
    {
        Succeeds(Install(DriverRig.Hw));
        _rig.Host.RemoveCard(1);
        Assert.That(Count, Is.Zero);
    }

    [Test]
    public void _21_XDP_is_reported()
    {
        Succeeds(Install(DriverRig.Drv));
        var program = _rig.Host.Programs.Single();
        Assert.That(BitConverter.ToUInt32(_rig.Dumped(_port), 8), Is.EqualTo(program.Id));
        int fd = _rig.Bpf(DriverRig.ProgramById, (0, program.Id));
        Assert.That(_rig.InfoOf(fd, 232, out byte[] info), Is.Zero);
        Assert.That(info.AsSpan(80, 4).ToArray(), Is.All.Zero, "no device");
    }

    [Test]
    public void _22_replacing_takes_force()
    {
        Succeeds(Install(DriverRig.Drv));
        Assert.That(Install(DriverRig.Drv), Is.EqualTo((-16, "XDP program already attached")));
        Assert.That(Count, Is.EqualTo(1));
    }

    [Test]
    public void _23_replacing_with_force()
    {
        Succeeds(Install(DriverRig.Drv));
        Succeeds(Install(DriverRig.Drv, force: true));
        Assert.That(Count, Is.EqualTo(1));
        Assert.That(BitConverter.ToUInt32(_rig.Dumped(_port), 8), Is.EqualTo(_rig.Host.Programs.Single().Id));
    }

    [Test]
    public void _24_replacing_with_other_flags()
    {
        Succeeds(Install(DriverRig.Drv));
        Assert.That(Install(DriverRig.Skb, force: true), Is.EqualTo((-17, "Native and generic XDP can't be active at the same time")));
    }

    [Test]
    public void _25_the_length_of_frames()
    {
        Succeeds(Install(DriverRig.Drv));
        Assert.That(_rig.SetMtu(_port, 9000).Errno, Is.EqualTo(-16));
        Succeeds(Off(DriverRig.Drv));
        Assert.That(Count, Is.Zero);
        Succeeds(_rig.SetMtu(_port, 9000));
        Assert.That(Install(DriverRig.Drv), Is.EqualTo((-22, "netdevsim: MTU too large w/ XDP enabled")));
        Succeeds(_rig.SetMtu(_port, 1500));
    }

    [Test]
    public void _26_an_ordinary_program_on_the_card()
    {
        LoadPinned(Pin, device: null);
        Assert.That(InstallPinned(Pin, DriverRig.Hw), Is.EqualTo((-22, "netdevsim: xdpoffload of non-bound program")));
    }

    [Test]
    public void _27_an_offloaded_program_on_the_host()
    {
        LoadPinned(Pin, _port);
        Assert.That(InstallPinned(Pin, DriverRig.Drv), Is.EqualTo((-22, "Using offloaded program without HW_MODE flag is not supported")));
    }

    [Test]
    public void _28_loading_fails()
    {
        _card.Switches.VerifierAccept = false;
        Assert.That(_rig.Load(DriverRig.Ret0, _port.Ifindex), Is.EqualTo(-95));
        Assert.That(_rig.Log.Split('\n'), Does.Contain("[netdevsim] Hello from netdevsim!"));
        Assert.That((Bound, Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void _29_offload()
    {
        Succeeds(Install(DriverRig.Hw));
        Assert.That(Count, Is.EqualTo(1));
        Assert.That(BitConverter.ToUInt32(_rig.Dumped(_port), 8), Is.EqualTo(_rig.Host.Programs.Single().Id));
    }

    [Test]
    public void _30_what_is_bound()
    {
        Succeeds(Install(DriverRig.Hw));
        Assert.That(Bound, Is.EqualTo(1));
        var program = _card.Programs[0];
        int fd = _rig.Bpf(DriverRig.ProgramById, (0, program.Id));
        Assert.That(_rig.InfoOf(fd, 232, out byte[] info), Is.Zero);
        Assert.That(BitConverter.ToUInt32(info, 4), Is.EqualTo(OffloadedId));
        Assert.That(Convert.ToHexStringLower(info.AsSpan(8, 8)), Is.EqualTo("a04f5eef06a7f555"));
    }

    [Test]
    public void _31_removing_many_times()
    {
        Succeeds(Install(DriverRig.Hw));
        foreach (uint mode in (uint[])[DriverRig.Hw, DriverRig.Hw, DriverRig.Drv, DriverRig.Drv, 0, 0]) Succeeds(Off(mode));
        Assert.That(Count, Is.Zero);
    }

    [Test]
    public void _32_the_wrong_device()
    {
        var other = _rig.AddCard(2).Ports[0];
        LoadPinned(Pin, other);
        Succeeds(InstallPinned(Pin, DriverRig.Hw, on: other));
        Assert.That(InstallPinned(Pin, DriverRig.Hw), Is.EqualTo((-22, "Program bound to different device")));
        _rig.Host.RemoveCard(2);
        Assert.That(InstallPinned(Pin, DriverRig.Hw), Is.EqualTo((-22, "Program bound to different device")));
        _rig.Process.Unpin(Pin);
        Assert.That(Count, Is.Zero);
    }

    /// <summary>Numbers of the scenarios, the second program's mode, what is reported when it stands beside HW, and the mode that is left.</summary>
    static readonly TestCaseData[] Multi =
    [
        new TestCaseData(33, 0u, XdpMode.Drv).SetName("_33_to_37_two_programs_with_the_usual_mode"),
        new TestCaseData(38, DriverRig.Drv, XdpMode.Drv).SetName("_38_to_42_two_programs_with_native_mode"),
        new TestCaseData(43, DriverRig.Skb, XdpMode.Skb).SetName("_43_to_47_two_programs_with_generic_mode"),
    ];

    [TestCaseSource(nameof(Multi))]
    public void Two_programs(int number, uint mode, XdpMode slot)
    {
        Assert.That(number, Is.InRange(33, 43));
        byte Attached() => _rig.Dumped(_port)[^(_port.Slot(XdpMode.Hw).Program is null || _port.Slot(slot).Program is null ? 12 : 4)];

        Succeeds(Install(DriverRig.Hw));
        uint offloaded = OffloadedId;
        Assert.That(Attached(), Is.EqualTo(3));
        Succeeds(Install(mode));
        Assert.That(Attached(), Is.EqualTo(4), "multi");
        Assert.That(OffloadedId, Is.EqualTo(offloaded));
        Assert.That(_port.Slot(slot).Program!.Id, Is.Not.EqualTo(offloaded));

        Assert.That(Install(DriverRig.Hw), Is.EqualTo((-16, "XDP program already attached")), "replace");

        Assert.That(Off(0, force: true), Is.EqualTo((-22, "More than one program loaded, unset mode is ambiguous")), "remove without a mode");
        Succeeds(Off(DriverRig.Hw));
        Assert.That(Attached(), Is.EqualTo(slot == XdpMode.Drv ? 1 : 2));
        Assert.That(OffloadedId, Is.Zero);

        Succeeds(Install(DriverRig.Hw));
        Assert.That(Attached(), Is.EqualTo(4), "attached again");
        Assert.That(_port.Slot(slot).Program, Is.Not.Null);

        _rig.Host.RemoveCard(1);
        Assert.That(Count, Is.Zero);
        NewCard();
    }

    [Test]
    public void _50_a_pinned_program()
    {
        Succeeds(Install(DriverRig.Hw));
        int fd = _rig.Bpf(DriverRig.ProgramById, (0, OffloadedId));
        _rig.Pin(fd, Pin);
        _rig.Process.Close(fd);
        Succeeds(InstallPinned(Pin, DriverRig.Hw, force: true));
        Succeeds(Off(DriverRig.Hw));
        Succeeds(InstallPinned(Pin, DriverRig.Hw, force: true));
        Succeeds(Off(DriverRig.Hw));
    }

    [Test]
    public void _53_removing_the_device_waits_for_the_verifier()
    {
        _card.Switches.VerifierDelayMs = 500;
        int ifindex = _port.Ifindex, result = 0;
        var loader = new Thread(() => result = _rig.Load(DriverRig.Ret0, ifindex));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        loader.Start();
        Assert.That(SpinWait.SpinUntil(() => _card.LoadsBegun == 1, 60_000));
        _rig.Host.RemoveCard(1);
        Assert.That(watch.ElapsedMilliseconds, Is.GreaterThanOrEqualTo(500));
        loader.Join();
        Assert.That(result < 0 || _rig.Host.Programs.Single().IsOrphan);
    }

    int LoadWithMaps(NetDevice device, out int hash, out int array)
    {
        (hash, array) = (_rig.Map(1, ifindex: device.Ifindex, name: "htab"), _rig.Map(2, ifindex: device.Ifindex, name: "array"));
        return hash < 0 ? hash : array < 0 ? array : _rig.Load(MapRet0(hash, array), device.Ifindex);
    }

    [Test]
    public void _54_a_program_with_maps()
    {
        int fd = LoadWithMaps(_port, out _, out _);
        Assert.That(fd, Is.GreaterThan(0), _rig.Log);
        Succeeds(_rig.Attach(_port, fd, DriverRig.Hw | DriverRig.NoExist));
    }

    (uint Ifindex, ulong Device, ulong Inode) HomeOf(int fd, bool isMap)
    {
        Assert.That(_rig.InfoOf(fd, isMap ? 88 : 232, out byte[] info), Is.Zero);
        int at = isMap ? 40 : 80;
        return (BitConverter.ToUInt32(info, at), BitConverter.ToUInt64(info, at + 8), BitConverter.ToUInt64(info, at + 16));
    }

    [Test]
    public void _55_to_58_what_is_known_of_the_device_in_which_namespace()
    {
        int fd = LoadWithMaps(_port, out int hash, out int array);
        Succeeds(_rig.Attach(_port, fd, DriverRig.Hw | DriverRig.NoExist));
        var home = HomeOf(fd, isMap: false);
        Assert.That(home, Is.EqualTo(((uint)_port.Ifindex, 4ul, 4026531840ul)));
        Assert.That((HomeOf(hash, isMap: true), HomeOf(array, isMap: true)), Is.EqualTo((home, home)));

        var space = _rig.Host.NewNamespace();
        _rig.Host.Move(_port, space);
        var moved = HomeOf(fd, isMap: false);
        Assert.That(moved.Inode, Is.EqualTo(space.Inode));
        Assert.That((HomeOf(hash, isMap: true), HomeOf(array, isMap: true)), Is.EqualTo((moved, moved)));
        Assert.That(_rig.Detach(_port, DriverRig.Hw).Errno, Is.EqualTo(-19), "not to be seen from here");
        Assert.That(_rig.Load(DriverRig.Ret0, _port.Ifindex), Is.EqualTo(-22));

        _rig.Host.Move(_port, _rig.Host.InitialNamespace);
        Assert.That(HomeOf(fd, isMap: false), Is.EqualTo(home));
    }

    [Test]
    public void _59_what_is_known_when_the_device_has_gone()
    {
        int fd = LoadWithMaps(_port, out int hash, out int array);
        Succeeds(_rig.Attach(_port, fd, DriverRig.Hw | DriverRig.NoExist));
        _rig.Pin(fd, Pin);
        _rig.Pin(hash, "/sys/fs/bpf/map");
        foreach (int open in (int[])[fd, hash, array]) _rig.Process.Close(open);
        _rig.Host.RemoveCard(1);

        Assert.That(Count, Is.Zero);
        Assert.That(_rig.Host.Programs, Has.Count.EqualTo(1));
        Assert.That(_rig.Host.Maps, Is.Empty);
        int pinned = _rig.OpenPin(Pin), pinnedMap = _rig.OpenPin("/sys/fs/bpf/map");
        Assert.That((pinned > 0, pinnedMap > 0), Is.EqualTo((true, true)));
        Assert.That(_rig.InfoOf(pinned, 232, out _), Is.EqualTo(-19));
        Assert.That(_rig.InfoOf(pinnedMap, 88, out _), Is.EqualTo(-19));
        Assert.That(_rig.Bpf(DriverRig.ProgramNextId, (0, 0)), Is.Zero);
        Assert.That(_rig.Bpf(DriverRig.MapNextId, (0, 0)), Is.EqualTo(-2));
        Assert.That(_rig.Bpf(DriverRig.TestRun, (0, pinned)), Is.EqualTo(-524));
        Assert.That(_rig.Next(pinnedMap, null, out _), Is.EqualTo(-19));
        NewCard();
        Assert.That(_rig.Attach(_port, pinned, DriverRig.Hw), Is.EqualTo((-22, "Program bound to different device")));
        Assert.That(_rig.Attach(_port, pinned, DriverRig.Drv), Is.EqualTo((-22, "Using offloaded program without HW_MODE flag is not supported")));
        Assert.That(_rig.Attach(_port, pinned, DriverRig.Skb), Is.EqualTo((-22, (string?)null)));
    }

    [Test]
    public void _60_to_66_elements()
    {
        int fd = LoadWithMaps(_port, out int hash, out int array);
        Succeeds(_rig.Attach(_port, fd, DriverRig.Hw | DriverRig.NoExist));
        foreach (int map in (int[])[hash, array])
        {
            for (uint key = 0; key < 2; key++) Assert.That(_rig.Set(map, key, key * 3), Is.Zero);
            Assert.That(_rig.Set(map, 3, 0), Is.EqualTo(-7));
            for (uint key = 0; key < 2; key++) Assert.That(_rig.Set(map, key, key * 3, 2), Is.Zero);
            Assert.That(_rig.Set(map, 3, 0, 2), Is.EqualTo(-2), "exist");
            for (uint key = 0; key < 2; key++) Assert.That(_rig.Set(map, key, 0, 1), Is.EqualTo(-17), "noexist");
            for (uint key = 0; key < 2; key++)
            {
                Assert.That(_rig.Get(map, key, out ulong value), Is.Zero);
                Assert.That(value, Is.EqualTo(key * 3));
            }
            Assert.That((_rig.Next(map, null, out uint first), first), Is.EqualTo((0, 0u)));
            Assert.That((_rig.Next(map, 0, out uint second), second), Is.EqualTo((0, 1u)));
            Assert.That(_rig.Next(map, 1, out _), Is.EqualTo(-2));
        }
        for (uint key = 0; key < 2; key++) Assert.That(_rig.Remove(hash, key), Is.Zero);
        for (uint key = 0; key < 2; key++) Assert.That(_rig.Remove(hash, key), Is.EqualTo(-2));
        Assert.That(_rig.Remove(array, 0), Is.EqualTo(-22), "an array's elements stay");
    }

    [Test]
    public void _67_maps_go_with_the_program_and_with_the_device()
    {
        int Attach()
        {
            int fd = LoadWithMaps(_port, out int hash, out int array);
            Succeeds(_rig.Attach(_port, fd, DriverRig.Hw | DriverRig.NoExist));
            foreach (int open in (int[])[fd, hash, array]) _rig.Process.Close(open);
            return _rig.Host.Maps.Count;
        }

        Assert.That(Attach(), Is.EqualTo(2));
        Succeeds(Off(DriverRig.Hw));
        Assert.That(_rig.Host.Maps, Is.Empty);
        Assert.That(Attach(), Is.EqualTo(2));
        _rig.Host.RemoveCard(1);
        Assert.That(_rig.Host.Maps, Is.Empty);
    }

    [Test]
    public void _68_no_room_for_a_map()
    {
        _port.Switches.MapAccept = false;
        Assert.That(LoadWithMaps(_port, out _, out _), Is.EqualTo(-95));
    }

    [Test]
    public void _69_to_75_ports_of_one_card()
    {
        // A is the card of one port, B that of three: p4, p5 and p6 in the order in which they came.
        var b = _rig.AddCard(2, ports: 3);
        NetDevice[] ports = [.. b.Ports.OrderBy(p => p.PortIndex)];
        LoadPinned(Pin, _port);
        LoadPinned(Pin + "2", ports[0]);
        Succeeds(InstallPinned(Pin, DriverRig.Hw));
        foreach (var port in ports) Succeeds(InstallPinned(Pin + "2", DriverRig.Hw, on: port));

        const string different = "Program bound to different device";
        Assert.That(InstallPinned(Pin + "2", DriverRig.Hw, force: true), Is.EqualTo((-22, different)), "70");
        foreach (var port in ports) Assert.That(InstallPinned(Pin, DriverRig.Hw, force: true, on: port), Is.EqualTo((-22, different)), "70");
        Succeeds(Off(DriverRig.Hw));
        foreach (var port in ports) Succeeds(_rig.Detach(port, DriverRig.Hw));
        Assert.That(InstallPinned(Pin + "2", DriverRig.Hw), Is.EqualTo((-22, different)), "71");
        foreach (var port in ports) Assert.That(InstallPinned(Pin, DriverRig.Hw, on: port), Is.EqualTo((-22, different)), "71");

        int mapOfA = _rig.Map(1, ifindex: _port.Ifindex), mapOfB = _rig.Map(1, ifindex: ports[0].Ifindex);
        int Using(int map, NetDevice device) => _rig.Load($"r1 = map_by_fd({map})\nr0 = 0\nexit", device.Ifindex);
        int reusing = Using(mapOfB, ports[2]);
        Assert.That(reusing, Is.GreaterThan(0), "72");
        Assert.That(Using(mapOfB, _port), Is.EqualTo(-22));
        Assert.That(_rig.Log, Does.Contain("offload device mismatch between prog and map"));
        Assert.That(Using(mapOfA, ports[0]), Is.EqualTo(-22));
        Assert.That(_rig.Log, Does.Contain("offload device mismatch between prog and map"));
        foreach (int fd in (int[])[reusing, mapOfA, mapOfB]) _rig.Process.Close(fd);

        Assert.That(Count, Is.EqualTo(2), "73");
        _rig.Host.RemoveCard(1);
        Assert.That(Count, Is.EqualTo(1));
        int program = _rig.OpenPin(Pin + "2");
        Assert.That(HomeOf(program, isMap: false).Ifindex, Is.EqualTo(ports[0].Ifindex));
        _rig.Host.RemovePort(b, 0);
        Assert.That(Count, Is.EqualTo(1));

        Assert.That(HomeOf(program, isMap: false).Ifindex, Is.EqualTo(ports[2].Ifindex), "74: that which came last");
        _rig.Host.RemovePort(b, 1);
        Assert.That(HomeOf(program, isMap: false).Ifindex, Is.EqualTo(ports[2].Ifindex));

        _rig.Host.RemoveCard(2);
        Assert.That(Count, Is.Zero, "75");
        Assert.That(_rig.OpenPin(Pin + "2"), Is.GreaterThan(0));
    }

    [Test]
    public void _76_a_program_that_is_bound_to_a_device_in_generic_mode()
    {
        int fd = _rig.Load(DriverRig.Ret0, _port.Ifindex, flags: 0x40);
        Assert.That(_rig.Attach(_port, fd, DriverRig.Skb), Is.EqualTo((-22, "Can't attach device-bound programs in generic mode")));
    }
}
