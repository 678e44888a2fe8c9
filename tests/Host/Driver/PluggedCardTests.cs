using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver;

public sealed class PluggedCardTests
{
    [Test]
    public void What_leaves_by_one_port_comes_in_by_another_whose_wire_is_a_loopback()
    {
        var spec = CardFile.Parse("""
            ports:
              a: { ifindex: 5, wire: { generate: { frames: 10000, flows: 10 } } }
              b: { ifindex: 6, wire: loopback, queues: 2 }
            """, "card.yaml", "/").Value;
        // From a to b, and what comes in by b passes.
        var program = ProgramText.Program("over", """
            r0 = 2
            r1 = *(u32 *)(r1 + 12)
            if r1 == 6 goto out
            r1 = 6
            r2 = 0
            call 23
            out:
            exit
            """);
        var card = new SmartNic(new CardOptions { Target = Targets.Reference, Capabilities = new() { Queues = spec.Queues } });
        using var chain = InstalledChain.Install(card, ChainSpec.Single(TestCard.ObjectOf([program]), program)).Value;
        using var plugged = PluggedCard.Plug(card, spec, Opener()).Value;
        var report = CaptureRun.Run(plugged, chain, new RunSettings(), new FrameSinks()).Value;

        Assert.That(report.Ports.Select(p => p.Received), Is.EqualTo(new[] { 10_000, 10_000 }));
        Assert.That(report.Ports[0].Ended, Is.EqualTo(new Dictionary<string, long> { ["redirected"] = 10_000 }));
        Assert.That(report.Ports[1].Ended, Is.EqualTo(new Dictionary<string, long> { ["to-host"] = 10_000 }));
    }

    [Test]
    public void A_card_whose_wires_cannot_all_be_had_touches_no_file()
    {
        var spec = CardFile.Parse("ports: { a: { wire: { out: a.pcap } }, b: { wire: { capture: gone.pcap } } }", "card.yaml", "/").Value;
        var card = new SmartNic(new CardOptions { Target = Targets.Reference });
        var opener = Opener() with { OpenCapture = (path, _) => Refusal.OtherCard(path) };
        Assert.That(PluggedCard.Plug(card, spec, opener).Problem?.Sentence, Is.EqualTo("card.yaml:1: /gone.pcap belongs to another device"));
    }

    [Test]
    public void A_file_that_cannot_be_written_closes_those_that_could()
    {
        var spec = CardFile.Parse("ports: { a: { wire: { out: a.pcap } }, b: { wire: { out: b.pcap } } }", "card.yaml", "/").Value;
        var card = new SmartNic(new CardOptions { Target = Targets.Reference });
        var file = new MemoryStream();
        var opener = Opener() with { Create = path => path == "a.pcap" ? file : throw new IOException(path) };
        Assert.That(() => PluggedCard.Plug(card, spec, opener), Throws.TypeOf<IOException>());
        Assert.That(file.CanWrite, Is.False);
    }

    static WireOpener Opener() =>
        new(Live: false, (_, _) => throw new InvalidOperationException("no capture"), _ => throw new InvalidOperationException("no file"));
}
