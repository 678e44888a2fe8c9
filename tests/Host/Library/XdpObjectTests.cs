using Chainring.Host;
using Chainring.Host.Driver.Emulated;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;
using Card = Chainring.Host.Nic;

namespace Chainring.Tests.Host.Library;

/// <summary>The library in libbpf's words: what it grants, and what its exceptions say.</summary>
public sealed class XdpObjectTests
{
    static string Example(string name) => TestData.FromRoot("examples", $"{name}.o");

    static readonly byte[] Frame = new byte[64];

    [Test]
    public void Objects_run_on_the_host_and_on_the_card_and_give_back_what_they_took([Values] XdpMode mode)
    {
        using var nic = Card.Create("unlimited");
        foreach (string name in (string[])["pass", "drop", "counter", "firewall", "limiter", "router", "balancer", "tap", "vlan-pop"])
        {
            using (var loaded = mode == XdpMode.Hw ? XdpObject.Open(Example(name)).LoadFor(nic.Port) : XdpObject.Open(Example(name)).LoadOnHost(nic))
            {
                var program = loaded.Programs.First();
                nic.Port.Attach(program, mode);
                Assert.That(nic.Port.Query().ProgramId, Is.EqualTo(program.Id), name);
                Assert.That(nic.Port.Receive(Frame).By, Is.EqualTo(mode), name);
                nic.Port.Detach(mode);
            }
            Assert.That((nic.Host.Programs.Count, nic.Host.Maps.Count, nic.Process.Descriptors.Count), Is.EqualTo((0, 0, 0)), name);
        }
    }

    [Test]
    public void A_test_object_in_five_loads_or_says_why_and_leaves_nothing()
    {
        const int oneIn = 5;
        using var nic = Card.Create("unlimited");
        int loaded = 0;
        foreach (string path in Directory.EnumerateFiles(TestData.Path("objects"), "*.o", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Where((_, n) => n % oneIn == 0))
        {
            try
            {
                XdpObject.Open(path).LoadOnHost(nic).Dispose();
                loaded++;
            }
            catch (XdpException e)
            {
                Assert.That((e.Errno, e.Message), Is.Not.EqualTo((0, "")), path);
            }
            Assert.That((nic.Host.Programs.Count, nic.Host.Maps.Count, nic.Process.Descriptors.Count), Is.EqualTo((0, 0, 0)), path);
        }
        TestContext.Out.WriteLine($"{loaded} loaded");
        Assert.That(loaded, Is.GreaterThan(50));
    }

    [Test]
    public void The_log_of_a_program_that_is_refused_names_the_source_line()
    {
        using var nic = Card.Create("unlimited");
        var refused = Assert.Throws<XdpException>(() => XdpObject.Open(TestData.Path("cli", "unsafe.o")).LoadOnHost(nic))!;
        Assert.That(refused.Errno, Is.EqualTo(13));
        Assert.That(refused.Log, Does.Contain("(unsafe.c:11: return data[12] == 8 ? XDP_PASS : XDP_DROP;)"));
    }

    [TestCase("locked-bucket")]
    [TestCase("calls")]
    public void What_types_say_of_values_and_functions_is_known_to_the_host(string name)
    {
        using var nic = Card.Create("unlimited");
        using var loaded = XdpObject.Open(TestData.Path("objects", $"{name}.o")).LoadFor(nic.Port);
        nic.Port.Attach(loaded.Programs.First(), XdpMode.Hw);
        Assert.That(nic.Port.Receive(Frame).By, Is.EqualTo(XdpMode.Hw));
    }

    [Test]
    public void A_refusal_has_number_text_log_and_attribute()
    {
        using var nic = Card.Create("netdevsim");
        using var pass = XdpObject.Open(Example("pass")).LoadOnHost(nic);
        var refused = Assert.Throws<XdpException>(() => nic.Port.Attach(pass.Program("xdp_pass"), XdpMode.Hw))!;
        Assert.That((refused.Errno, refused.Message), Is.EqualTo((22, "netdevsim: xdpoffload of non-bound program")));

        nic.Card.Switches.VerifierAccept = false;
        refused = Assert.Throws<XdpException>(() => XdpObject.Open(Example("pass")).LoadFor(nic.Port))!;
        Assert.That(refused.Errno, Is.EqualTo(95));
        Assert.That(refused.Log, Does.Contain("[netdevsim] Hello from netdevsim!"));

        using var chain = XdpChain.OnHost(nic);
        refused = Assert.Throws<XdpException>(() => nic.Port.Attach(pass.Program("xdp_pass"), XdpMode.Drv, chain: chain, expectedRevision: 7))!;
        Assert.That((refused.Errno, refused.Attribute), Is.EqualTo((116, "IFLA_XDP_CHAIN_EXPECTED_REVISION")));
        Assert.That(() => pass.Program("xdp_drop"), Throws.TypeOf<XdpException>().With.Property(nameof(XdpException.Errno)).EqualTo(2));
        Assert.That(() => Card.Create("toaster"), Throws.ArgumentException);
        Assert.That(() => XdpObject.Open("nowhere.o"), Throws.TypeOf<XdpException>());
    }

    [Test]
    public void One_program_is_put_before_or_behind_another_or_in_its_place()
    {
        using var nic = Card.Create("unlimited");
        using var pass = XdpObject.Open(Example("pass")).LoadFor(nic.Port);
        using var second = XdpObject.Open(Example("pass")).LoadFor(nic.Port);
        using var drop = XdpObject.Open(Example("drop")).LoadFor(nic.Port);
        using var third = XdpObject.Open(Example("pass")).LoadFor(nic.Port);
        using var chain = XdpChain.For(nic.Port);
        var (a, b, c, d) = (pass.Program("xdp_pass"), second.Program("xdp_pass"), drop.Program("xdp_drop"), third.Program("xdp_pass"));
        string Order()
        {
            var names = new Dictionary<uint, string> { [a.Id] = "a", [b.Id] = "b", [c.Id] = "c", [d.Id] = "d" };
            string text = "a";
            for (uint at = a.Id; chain.Entries.TryGetValue(at, out var entry) && entry.Pass != 0; at = entry.Pass) text += names[entry.Pass];
            return text;
        }

        nic.Port.Attach(a, XdpMode.Hw, chain: chain);
        Assert.That(nic.Port.Receive(Frame).Action, Is.EqualTo(XdpAction.Pass));
        chain.Set(a, XdpAction.Pass, c);
        Assert.That((Order(), nic.Port.Receive(Frame).Action), Is.EqualTo(("ac", XdpAction.Drop)));
        chain.InsertAfter(a, XdpAction.Pass, b);
        Assert.That((Order(), nic.Port.Receive(Frame).Action), Is.EqualTo(("abc", XdpAction.Drop)));
        chain.InsertBefore(c, XdpAction.Pass, d);
        Assert.That((Order(), nic.Port.Receive(Frame).Action), Is.EqualTo(("abdc", XdpAction.Drop)));
        chain.Remove(d);
        Assert.That((Order(), nic.Port.Receive(Frame).Action), Is.EqualTo(("abd", XdpAction.Pass)));
        chain.Replace(d, c);
        Assert.That((Order(), nic.Port.Receive(Frame).Action), Is.EqualTo(("abc", XdpAction.Drop)));
        Assert.That(() => chain.Set(c, null, a), Throws.TypeOf<XdpException>().With.Property(nameof(XdpException.Errno)).EqualTo(40), "no cycles");
    }
}
