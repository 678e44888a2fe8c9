using Chainring.Host.Driver.Emulated;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver.Emulated;

/// <summary>Logs, tags and structures that were seen on Linux 6.12 with a netdevsim.</summary>
public sealed class ProgramLoadTests
{
    static string Statistics(int n) => $"processed {n} insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n";

    const string Hello = "[netdevsim] Hello from netdevsim!\n";

    const string Lines = "0: R1=ctx() R10=fp0\n0: (b7) r0 = 2                        ; R0_w=2\n1: (95) exit\n" + Hello;

    [TestCase(1u, "")]
    [TestCase(2u, "func#0 @0\n" + Lines)]
    public void A_program_that_is_accepted(uint level, string text)
    {
        using var rig = new DriverRig();
        var port = rig.AddCard().Ports[0];
        Assert.That(rig.Load(DriverRig.Ret2, port.Ifindex, logLevel: level), Is.GreaterThan(0));
        Assert.That(rig.Log, Is.EqualTo(text + Statistics(2)));
    }

    [Test]
    public void The_driver_refuses_at_the_last_instruction()
    {
        using var rig = new DriverRig();
        var card = rig.AddCard();
        card.Switches.VerifierAccept = false;
        Assert.That(rig.Load(DriverRig.Ret2, card.Ports[0].Ifindex), Is.EqualTo(-95));
        Assert.That(rig.Log, Is.EqualTo(Lines + Statistics(2)));
        Assert.That(rig.Host.Programs, Is.Empty);
    }

    [Test]
    public void The_driver_refuses_before_anything_is_verified()
    {
        using var rig = new DriverRig();
        var card = rig.AddCard();
        card.Switches.BindAccept = false;
        Assert.That(rig.Load(DriverRig.Ret2, card.Ports[0].Ifindex), Is.EqualTo(-95));
        Assert.That(rig.Log, Is.EqualTo(Statistics(0)));
    }

    [TestCase("r0 = 2\nexit\nr0 = 1\nexit", -22, "unreachable insn 2\n", 0)]
    [TestCase("exit", -13, "0: R1=ctx() R10=fp0\n0: (95) exit\n" + Hello + "R0 !read_ok\n", 1)]
    public void A_program_that_is_rejected(string code, int errno, string text, int visited)
    {
        using var rig = new DriverRig();
        var port = rig.AddCard().Ports[0];
        Assert.That(rig.Load(code, port.Ifindex), Is.EqualTo(errno));
        Assert.That(rig.Log, Is.EqualTo(text + Statistics(visited)));
    }

    [Test]
    public void Only_offloaded_programs_write_the_queue()
    {
        const string code = "*(u32 *)(r1 + 16) = 3\nr0 = 2\nexit";
        using var rig = new DriverRig();
        var port = rig.AddCard().Ports[0];
        Assert.That(rig.Load(code, port.Ifindex), Is.GreaterThan(0));
        Assert.That(rig.Load(code), Is.EqualTo(-13));
        Assert.That(rig.Log, Is.EqualTo("0: R1=ctx() R10=fp0\n0: (62) *(u32 *)(r1 +16) = 3\ninvalid bpf_context access off=16 size=4\n" + Statistics(1)));
    }

    [Test]
    public void Maps_and_programs_of_different_homes_do_not_meet()
    {
        using var rig = new DriverRig();
        var (one, other) = (rig.AddCard(1).Ports[0], rig.AddCard(2).Ports[0]);
        string Using(int map) => $"r1 = map_by_fd({map})\nr0 = 2\nexit";
        int onHost = rig.Map(1), onOne = rig.Map(1, ifindex: one.Ifindex);
        Assert.That(rig.Load(Using(onOne), one.Ifindex), Is.GreaterThan(0));
        foreach (var (map, ifindex) in new[] { (onHost, one.Ifindex), (onOne, other.Ifindex), (onOne, 0) })
        {
            Assert.That(rig.Load(Using(map), ifindex), Is.EqualTo(-22));
            Assert.That(rig.Log, Is.EqualTo("offload device mismatch between prog and map\n" + Statistics(0)));
        }
    }

    [TestCase(DriverRig.Ret0, KernelFlavour.Linux612, "a04f5eef06a7f555")]
    [TestCase(DriverRig.Ret2, KernelFlavour.Linux612, "3b185187f1855c4c")]
    [TestCase(DriverRig.Ret0, KernelFlavour.Linux618, "59f4a931744dcdc6")]
    [TestCase(DriverRig.Ret2, KernelFlavour.Linux618, "614b434cd8324ecc")]
    public void Tags(string code, KernelFlavour flavour, string tag) =>
        Assert.That(Convert.ToHexStringLower(BitConverter.GetBytes(ProgramTag.Of(DriverRig.Code(code), flavour))), Is.EqualTo(tag));

    [TestCase(6, 0u, 0, -22, TestName = "a device without offload: EINVAL")]
    [TestCase(6, 0x40u, 0, 0, TestName = "bound only to it: taken")]
    [TestCase(6, 0x20u, 1, -22, TestName = "fragments, offloaded: EINVAL")]
    [TestCase(6, 0x60u, 1, 0, TestName = "fragments, bound only: taken")]
    [TestCase(6, 1u, 1, -22, TestName = "strict alignment: EINVAL")]
    [TestCase(3, 0x40u, 1, -22, TestName = "a classifier that is bound only: EINVAL")]
    [TestCase(1, 0u, 1, -22, TestName = "a socket filter: EINVAL")]
    public void What_can_be_loaded_for_a_device(int type, uint flags, int device, int expected)
    {
        using var rig = new DriverRig();
        var veth = rig.Host.AddVeth("veth0");
        var port = rig.AddCard().Ports[0];
        int result = rig.Load(DriverRig.Ret2, device == 0 ? veth.Ifindex : port.Ifindex, flags, type: type);
        Assert.That(Math.Min(result, 0), Is.EqualTo(expected));
    }

    [Test]
    public void The_loopback_device_offloads_nothing()
    {
        using var rig = new DriverRig();
        Assert.That(rig.Load(DriverRig.Ret2, ifindex: 1), Is.EqualTo(-95));
        Assert.That(rig.Load(DriverRig.Ret2, ifindex: 99), Is.EqualTo(-22));
    }

    [TestCase("GPL", true), TestCase("MIT", false)]
    public void A_licence_counts_as_far_as_the_kernel_reads_it(string license, bool isGpl)
    {
        using var rig = new DriverRig();
        int fd = rig.Load(DriverRig.Code(DriverRig.Ret2), license: license), endless = rig.Load(DriverRig.Code(DriverRig.Ret2), license: new string('x', 300));
        Assert.That(rig.InfoOf(fd, 232, out byte[] info), Is.Zero);
        Assert.That((info[84] & 1) != 0, Is.EqualTo(isGpl));
        Assert.That(endless, Is.GreaterThan(fd));
        Assert.That(rig.Host.Programs, Has.Count.EqualTo(2));
    }

    [Test]
    public void What_is_known_of_an_offloaded_map()
    {
        using var rig = new DriverRig();
        var port = rig.AddCard(ports: 3).Ports.First(p => p.Ifindex == 4);
        for (int n = 1; n < 10; n++) rig.Process.Close(rig.Map(1));
        int map = rig.Map(1, ifindex: 4, name: "h");
        Assert.That(rig.InfoOf(map, 88, out byte[] info), Is.Zero);
        Assert.That(Convert.ToHexStringLower(info), Is.EqualTo(
            ("01000000 0a000000 04000000 08000000 02000000 00000000 68" + new string('0', 30) + "04000000 00000000 04000000 00000000 000000f0 00000000" + new string('0', 48)).Replace(" ", "", StringComparison.Ordinal)));
        Assert.That(port.Namespace.Inode, Is.EqualTo(4026531840));
    }
}
