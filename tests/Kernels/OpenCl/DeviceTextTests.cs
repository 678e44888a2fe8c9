using Chainring.Kernels;
using Chainring.Kernels.Il;
using Chainring.Kernels.OpenCl;
using Chainring.Nic;
using Chainring.Tests.Oracle;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.OpenCl;

/// <summary>What is written for a device, whether there is one or not: the code of a few chains as <c>tests/data/golden/opencl</c> has it, and their classes.</summary>
public sealed class DeviceTextTests
{
    static readonly bool Writes = Environment.GetEnvironmentVariable("CHAINRING_WRITE_GOLDEN") is { Length: > 0 };

    [TestCase("examples", "pass-then-drop", DeviceShape.Predicated)]
    [TestCase("examples", "firewall-then-count", DeviceShape.Predicated)]
    [TestCase("examples", "firewall-then-count", DeviceShape.Branches)]
    [TestCase("examples", "rate-limit", DeviceShape.Branches)]
    [TestCase("objects", "payload-hash", DeviceShape.Predicated)]
    [TestCase("objects", "payload-hash", DeviceShape.Branches)]
    public void Code_is_as_it_was(string folder, string name, DeviceShape shape)
    {
        using var card = Card(folder, name);
        string text = DeviceText.Of(card.Card.Kernel()!.Chain, card.Card.Maps, shape, shape == DeviceShape.Branches ? FrameLayout.Copied : FrameLayout.InPlace);
        // Less the prelude.
        text = string.Concat(text.Split('\n')[..2].Select(l => l + '\n')) + text[text.IndexOf("__attribute__((reqd_work_group_size", StringComparison.Ordinal)..];
        string path = TestData.Path("golden", "opencl", $"{name}-{shape.ToString().ToLowerInvariant()}.cl");
        if (Writes) File.WriteAllText(path, text);
        Assert.That(text, Is.EqualTo(File.ReadAllText(path)), "scripts/make-golden-ir writes it anew");
    }

    [TestCase("examples", "pass-then-drop", OrderClass.Stateless, "writes nothing that frames share")]
    [TestCase("examples", "firewall-then-count", OrderClass.Commutative, "adds to map values where nothing reads what sums change, and writes nothing else that frames share")]
    [TestCase("objects", "flag-filter", OrderClass.Commutative, "adds to map values where nothing reads what sums change, and writes nothing else that frames share")]
    [TestCase("examples", "rate-limit", OrderClass.Ordered, "looks up in buckets, which remembers what was used last")]
    public void A_chain_has_its_class_and_the_reason(string folder, string name, OrderClass kind, string why)
    {
        using var card = Card(folder, name);
        var chain = card.Card.Kernel()!.Chain;
        Assert.That(DeviceCode.SourceOf(chain, new ChainDescription(chain), card.Card.Maps, new(DeviceShape.Branches, FrameLayout.Copied, TakesFragments: false)).Order, Is.EqualTo(new DeviceOrder(kind, why)));
    }

    [TestCase("bloom-prefilter", "calls bpf_map_peek_elem")]
    [TestCase("perf-capture", "calls bpf_perf_event_output")]
    [TestCase("tail-dispatch", "makes tail calls to where a number leads")]
    public void What_cannot_be_on_a_device_is_named(string name, string why)
    {
        using var card = Card("objects", name);
        Assert.That(card.Card.Kernel()!.Chain.Stages.Select(s => OpenClTarget.WhyNot(s.Program)), Has.Some.EqualTo(why));
    }

    static TestCard Card(string folder, string name)
    {
        string path = folder == "examples" ? TestData.FromRoot("examples") : TestData.Path(folder);
        return new(new ChainCase(Targets.Reference, Path.Combine(path, $"{name}.yaml"), path).Load(), Targets.Reference, new CardOptions { Target = Targets.Reference });
    }
}
