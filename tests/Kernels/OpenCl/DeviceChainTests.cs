using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Kernels.OpenCl;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;
using Chainring.Tests.Kernels.Il;
using Chainring.Tests.Oracle;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.OpenCl;

/// <summary>
/// Chains of the examples and of the test objects, as far as a device takes them, do the same to everything there as interpreted: a sample with maps of every kind
/// over the frames of one capture, or all of them in both shapes over those of all.
/// </summary>
public sealed class DeviceChainTests
{
    const int Cpus = 2;

    static readonly Lazy<IReadOnlyList<Arrival[]>> Frames = new(() =>
        [.. (OpenClDevice.All ? Captures.Names : ["all-protocols"]).SelectMany(name => Captures.Frames(name).Frames).Concat(Capture.Generated(seed: 5, 60).Frames.Select(f => f.Bytes)).Concat(new[] { 3521, 5001, 7617, 9022 }.Select(n => new byte[n])).Select(b => new Arrival(b, CaptureRun.Ifindex)).Chunk(Side.Capacity)]);

    static readonly string[] Sample =
    [
        "firewall-then-count", "load-balance", "rate-limit", "vlan-pop-then-route", "vlan", "sha256", "flow-lru", "mac-percpu-hash", "protocol-percpu", "flag-filter", "percpu-lru-flows",
        "redirect-dev", "load-bytes", "globals", "update-flags", "meta-write", "frags-tail", "tenant-counters", "locked-bucket", "flow-expiry", "router",
    ];

    static IEnumerable<TestCaseData> Cases =>
        from folder in new[] { TestData.FromRoot("examples"), TestData.Path("objects") }
        from file in Directory.EnumerateFiles(folder, "*.yaml").Order(StringComparer.Ordinal)
        let chain = new ChainCase(Targets.Reference, file, folder)
        where OpenClDevice.All || Sample.Contains(chain.Name)
        select new TestCaseData(chain).SetArgDisplayNames(chain.Name);

    [TestCaseSource(nameof(Cases))]
    public void A_chain_does_the_same_on_a_device(object one)
    {
        OpenClDevice.Need();
        var which = (ChainCase)one;
        var around = which.Card();
        Way[] ways = [Way.Interpreted, .. OpenClDevice.Shapes(Array.IndexOf(Sample, which.Name)).Append(OpenClDevice.InPasses[0]).Select(w => w with { NotesPaths = true })];
        var cards = ways.Select(_ => Card(which, around)).ToList();
        try
        {
            if (cards[0].Card.Kernel()!.Chain.Stages.Select(s => OpenClTarget.WhyNot(s.Program)).FirstOrDefault(w => w is not null) is { } why)
            {
                Assert.That(Sample, Does.Not.Contain(which.Name), $"refused: it {why}");
                Assert.Pass($"refused: it {why}");
            }
            var sides = cards.Zip(ways, (card, way) => Side.Of(card, way, cpu: 1, PortConfig.MaxFrame)).ToList();
            var source = ((OpenClKernel)sides[1].Kernel).Code.Source;
            TestContext.Out.WriteLine($"{source.Order}; {source.Run}");
            long first = 0;
            foreach (var batch in Frames.Value.Append([]))
            {
                foreach (var side in sides) side.Run(batch, first);
                foreach (var side in sides.Skip(1)) Assert.That(side.DifferenceFrom(sides[0]), Is.Null);
                first += batch.Length;
            }
        }
        finally
        {
            foreach (var card in cards) card.Dispose();
        }
    }

    static TestCard Card(ChainCase which, CardSpec? around)
    {
        var card = new TestCard(which.Load(), Targets.Reference, new CardOptions { Target = Targets.Reference, Capabilities = new() { Queues = Cpus } });
        if (around is not null) Comparison.Surround(card.Card, around);
        return card;
    }
}
