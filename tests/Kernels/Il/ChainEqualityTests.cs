using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;
using Chainring.Tests.Oracle;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Il;

/// <summary>Every chain of the examples and of the test objects does the same to everything, however it is compiled, as interpreted.</summary>
public sealed class ChainEqualityTests
{
    const int Cpus = 2, SmallPiece = 60;

    /// <summary>Every capture instead of a few frames of each kind: scripts/backend-campaign.</summary>
    static readonly bool All = Environment.GetEnvironmentVariable("CHAINRING_ALL_CAPTURES") is { Length: > 0 };

    static readonly Lazy<IReadOnlyList<Capture>> Frames = new(() => All
        ? [.. Capture.All, Capture.Generated(seed: 5, 2_000), Capture.Protocols(seed: 5, 2_000)]
        : [Capture.Of("frames of every kind", [.. Captures.Frames("all-protocols").Frames, .. Capture.Generated(seed: 5, 60).Frames.Select(f => f.Bytes), .. new[] { 3521, 5001, 7617, 9022 }.Select(n => new byte[n])])]);

    static IEnumerable<TestCaseData> Cases =>
        from folder in new[] { TestData.FromRoot("examples"), TestData.Path("objects") }
        from file in Directory.EnumerateFiles(folder, "*.yaml").Order(StringComparer.Ordinal)
        let chain = new ChainCase(Targets.Reference, file, folder)
        select new TestCaseData(chain).SetArgDisplayNames(chain.Name);

    [TestCaseSource(nameof(Cases))]
    public void A_chain_does_the_same_however_it_is_run(object one)
    {
        var which = (ChainCase)one;
        var around = which.Card();
        uint ifindex = around?.Ports[0].Ifindex ?? CaptureRun.Ifindex;
        Way whole = Way.InLanes(), split = Way.InLanes(nodes: SmallPiece);
        Way[] ways = Way.Beside(All || which.Name.Length % 2 == 0 ? whole : split, [Way.Fused, Way.StageByStage, Way.InPieces(SmallPiece), .. All ? [split] : Array.Empty<Way>()]);
        foreach (var capture in Frames.Value)
        {
            var cards = ways.Select(_ => Card(which, around)).ToList();
            try
            {
                // The second CPU, so that a per-CPU value is not the first of its copies.
                var sides = cards.Zip(ways, (card, way) => Side.Of(card, way, cpu: 1, PortConfig.MaxFrame)).ToList();
                long first = 0;
                foreach (var batch in capture.Frames.Select(f => new Arrival(f.Bytes, ifindex)).Chunk(Side.Capacity).Append([]))
                {
                    foreach (var side in sides) side.Run(batch, first);
                    foreach (var side in sides.Skip(1)) Assert.That(side.DifferenceFrom(sides[0]), Is.Null, capture.Name);
                    first += batch.Length;
                }
            }
            finally
            {
                foreach (var card in cards) card.Dispose();
            }
        }
    }

    static TestCard Card(ChainCase which, CardSpec? around)
    {
        var card = new TestCard(which.Load(), Targets.Reference, new CardOptions { Target = Targets.Reference, Capabilities = new() { Queues = Cpus } });
        if (around is not null) Comparison.Surround(card.Card, around);
        return card;
    }
}
