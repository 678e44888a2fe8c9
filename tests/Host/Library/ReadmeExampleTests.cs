using Chainring.Host;
using Chainring.Host.Driver.Emulated;
using Chainring.Offload.Spec;
using NUnit.Framework;

// As a test of somebody else's: outside of Chainring's own names.
namespace ExampleOfATest;

/// <summary>The example of the README.</summary>
public sealed class ReadmeExampleTests
{
    static readonly byte[] UdpFrame = Convert.FromHexString("0200000000020200000000010800" + "4500001c0000400040110000c0a80001c0a80002" + "1388138800080000" + new string('0', 36));

    [SetUp]
    public void Where() => Directory.SetCurrentDirectory(Chainring.Tests.Support.TestData.FromRoot("."));

    [Test]
    public void The_card_counts_and_drops()
    {
        using var nic = Nic.Create("unlimited");
        using var counter = XdpObject.Open("examples/counter.o").LoadFor(nic.Port);
        using var drop = XdpObject.Open("examples/drop.o").LoadFor(nic.Port);
        using var chain = XdpChain.For(nic.Port);
        chain.Set(counter.Program("xdp_counter"), on: XdpAction.Pass, drop.Program("xdp_drop"));
        nic.Port.Attach(counter.Program("xdp_counter"), XdpMode.Hw, chain: chain);

        Assert.That(nic.Port.Receive(UdpFrame).Action, Is.EqualTo(XdpAction.Drop));
        Assert.That(counter.Map("by_protocol").Lookup<uint, ulong>(17), Is.EqualTo(1));
        Assert.That(nic.Port.Query().HwProgramId, Is.EqualTo(counter.Program("xdp_counter").Id));
        Assert.That(() => nic.Port.Attach(drop.Program("xdp_drop"), XdpMode.Hw, XdpFlags.UpdateIfNoExist, chain: chain),
            Throws.TypeOf<XdpException>().With.Message.EqualTo("XDP program already attached"));
    }
}
