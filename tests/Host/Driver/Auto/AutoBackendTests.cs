using System.Text.Json;
using Chainring.Host.Driver;
using Chainring.Host.Driver.Auto;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Nic.Pcap;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver.Auto;

/// <summary>Chains that are measured before they run, and those that are not.</summary>
public sealed class AutoBackendTests
{
    const string Capture = "applications";

    static readonly CalibrationOptions Always = new()
    {
        LeastFrames = 0,
        WarmUpMs = 20,
        Sampling = new() { Rounds = 3, SampleMs = 0.5, MostWindows = 0, Alone = false },
    };

    /// <summary>Sums, the clock, random numbers, events, what was used last, tail calls, and several queues.</summary>
    [TestCase("firewall-then-count", 1), TestCase("rate-limit", 1), TestCase("clocks", 1), TestCase("unsteady", 1), TestCase("perf-capture", 2), TestCase("ring-sampler", 1)]
    [TestCase("flow-lru", 2), TestCase("tail-dispatch", 1), TestCase("count-min", 1)]
    public void Nothing_that_a_run_shows_depends_on_whether_its_chain_was_measured(string name, int queues)
    {
        string plain = Run(name, queues, null, out _), measured = Run(name, queues, Always, out var choice);
        Assert.That(choice!.Measured, Has.Count.EqualTo(Targets.Candidates.Count()));
        Assert.That(choice.Target.Name, Is.EqualTo(choice.Measured[0].Backend));
        Assert.That(measured, Is.EqualTo(plain));
    }

    /// <summary>It takes some two hundred times as long there, so that this does not hang on what else the machine does.</summary>
    [Test]
    public void The_interpreter_is_measured_to_be_the_slowest([Values(1, 250)] double warmUpMs)
    {
        var around = Around(1);
        var auto = new AutoBackend(new CardOptions { Target = Targets.Reference }, around, () => SampleFrames.Of(around, Open, _ => 1), Always with { WarmUpMs = warmUpMs });
        var measured = auto.Choose(Chain("rule-list")).Measured;
        Assert.That(measured[^1].Backend, Is.EqualTo(Targets.Reference.Name));
        Assert.That(measured[^1].Ns, Is.GreaterThan(8 * measured[0].Ns));
    }

    [Test]
    public void A_chain_is_not_measured_for_a_few_frames_nor_for_a_pipe_nor_if_its_maps_are_too_large()
    {
        Assert.That(Why(new() { LeastFrames = 101 }, Sample(100)), Is.EqualTo("the fastest for most chains; fewer than 101 frames are not worth measuring it"));
        Assert.That(Why(new(), Sample(double.NaN)), Is.EqualTo("the fastest for most chains; what comes through a pipe cannot be looked at before"));
        Assert.That(Why(new() { LeastFrames = 0, MostMapBytes = 100 }, Sample(100)), Is.EqualTo("the fastest for most chains; maps of 0 MiB are too large to measure it on copies"));

        static SampleFrames Sample(double expected) => new("frames", [new(new byte[64], 1, 0)], expected);

        static string Why(CalibrationOptions options, SampleFrames sample)
        {
            var choice = new AutoBackend(new CardOptions { Target = Targets.Reference }, Around(1), () => sample, options).Choose(Chain("firewall-then-count"));
            Assert.That((choice.Target, choice.Measured.Count), Is.EqualTo((Targets.Usual, 0)));
            return choice.Why;
        }
    }

    [Test]
    public void What_the_backend_refuses_goes_to_the_reference()
    {
        var chain = Chain("two-callbacks");
        var auto = new AutoBackend(new CardOptions { Target = Targets.Usual }, Around(1), () => new("frames", [new(new byte[64], 1, 0)], 1), Always);
        var tried = new List<IKernelTarget>();
        var installed = auto.Install(chain, choice =>
        {
            tried.Add(choice.Target);
            return InstalledChain.Install(new SmartNic(new CardOptions { Target = choice.Target }), chain);
        });
        Assert.That((installed.Problem, tried), Is.EqualTo(((Chainring.Offload.Problem?)null, new List<IKernelTarget> { Targets.Usual, Targets.Reference })));
    }

    [Test]
    public void A_sample_is_what_the_card_will_receive()
    {
        var frames = CaptureFrames();
        var played = SampleFrames.Of(Around(1, repeat: 7), Open, _ => 1);
        Assert.That((played.What, played.Expected), Is.EqualTo(("its first frames", 7.0 * frames.Count)));
        Assert.That(played.Frames.Select(f => f.Bytes), Is.EqualTo(frames));
        Assert.That(SampleFrames.Of(Around(1), Open, _ => null).Expected, Is.NaN);

        var generated = SampleFrames.Of(Generating("{ generate: { frames: 20000, flows: 3 } }"), Open, _ => null);
        Assert.That((generated.Frames.Count, generated.Expected), Is.EqualTo((8192, 20000.0)));

        foreach (string wire in new[] { "{ tap: tap7 }", "{ interface: eth7 }" })
        {
            var live = SampleFrames.Of(Generating(wire), Open, _ => null);
            Assert.That((live.What, live.Frames.Count > 1000, live.Expected), Is.EqualTo(("made-up frames", true, double.PositiveInfinity)));
        }

        static CardSpec Generating(string wire) => CardFile.Parse($"ports: {{ eth0: {{ wire: {wire} }} }}", "card.yaml", "/").Value;
    }

    [Test]
    public void Of_a_long_capture_only_the_beginning_is_read_and_the_rest_estimated()
    {
        byte[] whole = File.ReadAllBytes(Captures.PathOf("64-bytes-10-flows"));
        var long1 = new MemoryStream();
        long1.Write(whole);
        for (int n = 1; n < 50; n++) long1.Write(whole, 24, whole.Length - 24);
        var sample = SampleFrames.Of(Around(1, repeat: 2), (_, _) => PcapWire.Open(() => CaptureReader.Open(new MemoryStream(long1.ToArray()), "long")), _ => long1.Length);
        Assert.That(sample.Frames, Has.Count.EqualTo(8192));
        Assert.That(sample.Expected, Is.EqualTo(2 * 50 * 400).Within(1).Percent);
    }

    /// <summary>A card in operation goes over to another backend with the next chain, and stays on the old one if that is refused.</summary>
    [Test]
    public void A_card_in_operation_changes_its_backend_with_the_chain()
    {
        var spec = CardFile.Parse("ports: { eth0: { pause: true, wire: { generate: { flows: 100, rate: 100 } } } }", "card.yaml", "/").Value;
        var card = new SmartNic(new CardOptions { Target = Targets.Reference, FusesLater = true });
        var opener = new WireOpener(Live: true, (_, _) => throw new InvalidOperationException(), _ => throw new InvalidOperationException());
        using var plugged = PluggedCard.Plug(card, spec, opener).Value;
        using var session = LiveSession.Start(plugged, InstalledChain.Install(card, Chain("firewall-then-count")).Value, new RunSettings());
        Assert.That(session.Report().Backend, Is.EqualTo(Targets.Reference.Name));

        foreach (var target in Targets.Candidates.Reverse())
        {
            Assert.That(session.Reload(Chain("firewall-then-count"), new(target, "it is its turn")), Is.Null);
            Assert.That(() => session.Report().Programs[0].Runs, Is.GreaterThan(500).After(10_000, 5));
            Assert.That((session.Report().Backend, session.Report().WhyBackend), Is.EqualTo((target.Name, "it is its turn")));
            card.WaitForFusion();
            Assert.That(card.Kernel()!.GetType(), Is.EqualTo(target.Compile(card.Kernel()!.Chain, new(card.Maps, 0, 0, CardClock.Capture)).GetType()));
        }
        var before = session.Report();
        Assert.That(session.Reload(Chain("two-callbacks"), new(Targets.Usual, "it is not taken"))?.Id, Is.EqualTo("R50"));
        Assert.That((session.Report().Backend, session.Report().WhyBackend), Is.EqualTo((before.Backend, before.WhyBackend)));
        Assert.That(session.Stop().Drops, Is.Empty);
    }

    /// <summary>Verdicts, frames, events, counters and maps of a run.</summary>
    static string Run(string name, int queues, CalibrationOptions? options, out BackendChoice? choice)
    {
        var chain = Chain(name);
        var (card, around) = (new CardOptions { Target = Targets.Reference, Seed = 3, Capabilities = new() { Queues = queues } }, Around(queues));
        choice = options is null ? null : new AutoBackend(card, around, () => SampleFrames.Of(around, Open, _ => 1), options).Choose(chain);
        var nic = new SmartNic(card with { Target = choice?.Target ?? Targets.Usual });
        using var installed = InstalledChain.Install(nic, chain).Value;
        using var wire = Open(Capture, 1).Value;
        var (events, verdicts) = (new MemoryStream(), new MemoryStream());
        RunReport report;
        using (var file = new VerdictFile(verdicts))
        using (var put = new EventFile(events, installed, nic.Maps))
        {
            report = CaptureRun.Run(nic, installed, wire, new RunSettings { Queues = queues, Seed = 3 }, new FrameSinks(file, put)).Value;
        }
        report = report with { Backend = "", WhyBackend = null, Measured = null, Seconds = 0, Instructions = 0 };
        return string.Join('\n', JsonSerializer.Serialize(report), JsonSerializer.Serialize(MapDump.Of(installed)), Text(verdicts), Text(events));

        static string Text(MemoryStream stream) => System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    static CardSpec Around(int queues, int repeat = 1) => new()
    {
        Ports = [new(1, new PortConfig { Queues = queues, Ring = 256, Batch = 64 }, LinkUp: true, new WireSpec { Kind = WireKind.Capture, Name = Capture, Repeat = repeat }, new WireSpec())],
    };

    static Chainring.Offload.Result<PcapWire> Open(string name, int times) =>
        PcapWire.Open(() => CaptureReader.Open(File.OpenRead(Captures.PathOf(name)), name), times);

    static List<byte[]> CaptureFrames()
    {
        var frames = new List<byte[]>();
        using var wire = Open(Capture, 1).Value;
        while (wire.TryReceive(out var frame)) frames.Add(frame.Bytes.ToArray());
        return frames;
    }

    static ChainSpec Chain(string name)
    {
        if (name == "two-callbacks") return ChainFile.Parse("programs: { firewall: { object: two-callbacks.o, program: either } }", "chain.yaml", TestData.Path("cli")).Value;
        string file = new[] { TestData.FromRoot("examples", $"{name}.yaml"), TestData.Path("objects", $"{name}.yaml") }.First(File.Exists);
        return ChainFile.Load(file).Value;
    }
}
