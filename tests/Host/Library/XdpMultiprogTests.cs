using Chainring.Host;
using Chainring.Host.Driver.Emulated;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;
using Card = Chainring.Host.Nic;

namespace Chainring.Tests.Host.Library;

/// <summary>libxdp's front end: priorities, chain-call actions, the end of the chain, in every mode.</summary>
public sealed class XdpMultiprogTests
{
    static readonly byte[] Frame = new byte[64];

    static XdpObject Load(Card nic, XdpMode mode, string path) => mode == XdpMode.Hw ? XdpObject.Open(path).LoadFor(nic.Port) : XdpObject.Open(path).LoadOnHost(nic);

    static string Example(string name) => TestData.FromRoot("examples", $"{name}.o");

    static XdpAction Receive(Card nic) => nic.Port.Receive(Frame).Action;

    static string Order(XdpMultiprog multi) => string.Join(' ', multi.Programs.Select(p => p.Name));

    [Test]
    public void Programs_run_as_their_objects_say_in_which_order_and_after_which_codes([Values] XdpMode mode)
    {
        using var nic = Card.Create("unlimited");
        using var source = Load(nic, mode, TestData.Path("elf", "run_config.19v3.o"));
        using var multi = XdpMultiprog.For(nic.Port, mode);
        XdpProgram[] all = [.. source.Programs.Reverse()];
        Assert.That((source.Program("first").RunPriority, source.Program("third").RunPriority), Is.EqualTo((10, 50)));
        multi.Attach(all[..2]);
        multi.Attach(all[2..]);
        Assert.That(Order(multi), Is.EqualTo("fourth first second third the_fifth_and_last_of_all_programs"));
        Assert.That(nic.Port.Query() is { ChainTables.Count: 1 } query ? query.ProgramId : 0, Is.EqualTo(source.Program("fourth").Id));
        // fourth and first pass, and go on after it; second sends back, and goes on after that; third drops.
        Assert.That(Receive(nic), Is.EqualTo(XdpAction.Drop));
        multi.Detach(source.Program("third"));
        Assert.That(Receive(nic), Is.EqualTo(XdpAction.Aborted), "second leads to the fifth");
        multi.Detach(source.Program("second"));
        Assert.That(Receive(nic), Is.EqualTo(XdpAction.Aborted), "first too");
        multi.Detach(source.Program("first"), source.Program("the_fifth_and_last_of_all_programs"));
        Assert.That((Order(multi), Receive(nic), nic.Port.Query().ChainTables.Count), Is.EqualTo(("fourth", XdpAction.Pass, 0)), "a program alone needs no table");
        multi.DetachAll();
        multi.DetachAll();
        Assert.That((Order(multi), nic.Port.Query().AttachMode), Is.EqualTo(("", 0)));
    }

    [Test]
    public void The_end_is_libxdps_or_the_last_verdict([Values] XdpMode mode)
    {
        using var nic = Card.Create("unlimited");
        using var pass = Load(nic, mode, Example("pass"));
        using var drop = Load(nic, mode, Example("drop"));
        using var multi = XdpMultiprog.For(nic.Port, mode);
        var (first, last) = (pass.Program("xdp_pass"), drop.Program("xdp_drop"));
        first.RunPriority = 10;
        last.SetChainCallEnabled(XdpAction.Drop, true);
        Assert.That((last.IsChainCallEnabled(XdpAction.Pass), last.IsChainCallEnabled(XdpAction.Drop), last.IsChainCallEnabled(XdpAction.Tx)), Is.EqualTo((true, true, false)));
        multi.Attach(last);
        Assert.That(Receive(nic), Is.EqualTo(XdpAction.Drop), "alone it keeps its code");
        multi.Attach(first);
        Assert.That(Receive(nic), Is.EqualTo(XdpAction.Pass), "its code is one after which libxdp goes on, and behind the last one that is PASS");
        Assert.That(nic.Port.Query().ChainEnds, Is.EqualTo(new[] { (last.Id, 0b110u) }));
        multi.Detach(first);
        multi.KeepsLastVerdict = true;
        multi.Attach(first);
        Assert.That((Receive(nic), nic.Port.Query().ChainEnds.Count), Is.EqualTo((XdpAction.Drop, 0)));
    }

    /// <summary>Nobody has attached it.</summary>
    static bool Settable(XdpProgram program) => (program.RunPriority = 50) == 50;

    [Test]
    public void What_is_wrong_is_refused_and_changes_nothing()
    {
        using var nic = Card.Create("unlimited");
        using var pass = XdpObject.Open(Example("pass")).LoadFor(nic.Port);
        using var drop = XdpObject.Open(Example("drop")).LoadFor(nic.Port);
        using var onHost = XdpObject.Open(Example("pass")).LoadOnHost(nic);
        using var multi = XdpMultiprog.For(nic.Port);
        var (a, b, foreign) = (pass.Program("xdp_pass"), drop.Program("xdp_drop"), onHost.Program("xdp_pass"));
        static int No(Action action) => Assert.Throws<XdpException>(() => action())!.Errno;

        Assert.That((No(() => multi.Attach()), No(() => multi.Detach()), No(() => multi.Detach(a)), No(() => multi.Attach(a, a))), Is.EqualTo((22, 22, 2, 17)));
        multi.Attach(a);
        Assert.That((No(() => a.RunPriority = 1), No(() => a.SetChainCallEnabled(XdpAction.Tx, true)), No(() => multi.Attach(b, a))), Is.EqualTo((22, 22, 17)));
        Assert.That(No(() => multi.Attach(foreign)), Is.EqualTo(22), "it was not loaded for the card");
        Assert.That((Order(multi), Settable(foreign), nic.Port.Query().HwProgramId), Is.EqualTo(("xdp_pass", true, a.Id)));
        multi.Attach(b);
        Assert.That((Order(multi), Receive(nic)), Is.EqualTo(("xdp_drop xdp_pass", XdpAction.Drop)));

        nic.Port.Detach(XdpMode.Hw, withChain: true);
        Assert.That((No(() => multi.Detach(a)), No(() => Order(multi))), Is.EqualTo((16, 16)), "somebody took them away");
        nic.Port.Attach(a, XdpMode.Hw);
        Assert.That(No(() => XdpMultiprog.For(nic.Port).Attach(b)), Is.EqualTo(17), "it is another's");
        using var c = XdpObject.Open(Example("pass")).LoadFor(nic.Port);
        Assert.That(No(() => XdpMultiprog.For(nic.Port).Attach(c.Program("xdp_pass"))), Is.EqualTo(16), "never over what somebody else has attached");
        Assert.That(nic.Port.Query().HwProgramId, Is.EqualTo(a.Id));
    }

    [Test]
    public void A_card_that_takes_fewer_programs_says_so_and_keeps_what_it_has()
    {
        using var nic = Card.Create("fpga-small");
        using var pass = XdpObject.Open(Example("pass")).LoadFor(nic.Port);
        using var multi = XdpMultiprog.For(nic.Port);
        var loaded = new List<XdpObject>();
        multi.Attach(pass.Program("xdp_pass"));
        int attached = 1;
        try
        {
            for (; attached < 64; attached++)
            {
                loaded.Add(XdpObject.Open(Example("pass")).LoadFor(nic.Port));
                multi.Attach(loaded[^1].Program("xdp_pass"));
            }
            Assert.Fail("the card takes any number");
        }
        catch (XdpException e)
        {
            Assert.That(e.Errno, Is.AnyOf(7, 12, 16, 22), e.Message);
        }
        Assert.That((multi.Programs.Count, Receive(nic)), Is.EqualTo((attached, XdpAction.Pass)));
        multi.DetachAll();
        foreach (var one in loaded) one.Dispose();
    }
}
