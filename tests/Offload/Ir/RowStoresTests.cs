using Chainring.Offload.Ir;
using Chainring.Offload.Isa;
using Chainring.Offload.Verify;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Ir;

/// <summary>Which stores to a frame are done together, on graphs put together by hand.</summary>
public sealed class RowStoresTests
{
    const int CsumDiff = 28;

    /// <param name="Group">Bytes, rows, and the place of what fills the last one, if something has to; null if there is no group.</param>
    sealed record Case(string What, (int Bytes, int Rows, int? Filling)? Group, Action<HandMade, Node> Make)
    {
        public override string ToString() => What;
    }

    static readonly Case[] All =
    [
        new("four words next to each other", (16, 1, null), (g, d) => Words(g, d, 0, 4, 8, 12)),
        new("the same in another order", (16, 1, null), (g, d) => Words(g, d, 8, 0, 12, 4)),
        new("three words", (12, 1, 32), (g, d) => Words(g, d, 20, 24, 28)),
        new("two words", null, (g, d) => Words(g, d, 0, 4)),
        new("three words and a gap", null, (g, d) => Words(g, d, 0, 4, 12)),
        new("five words", (20, 1, null), (g, d) => Words(g, d, 0, 4, 8, 12, 16)),
        new("seven words", (28, 2, 28), (g, d) => Words(g, d, 0, 4, 8, 12, 16, 20, 24)),
        new("three words, and another one where the filling is", null, (g, d) => { Words(g, d, 0, 4, 8); Put(g, d, 14, AccessSize.Half); }),
        new("three words, and behind them what was written before", null, (g, d) => { Words(g, d, 12); g.Load(g.Unknown()); Words(g, d, 0, 4, 8); }),
        new("three words further on than what lies ready", null, (g, d) => Words(g, d, 120, 124, 128)),
        new("three words of a place that is not known", null, (g, d) => Words(g, g.Plain(Op.Add, d, g.Unknown()), 0, 4, 8)),
        new("four words of such a place", (16, 1, null), (g, d) => Words(g, g.Plain(Op.Add, d, g.Unknown()), 0, 4, 8, 12)),
        new("a word that is written twice", (12, 1, 12), (g, d) => Words(g, d, 4, 4, 0, 8)),
        new("words of two places", null, (g, d) => { Words(g, d, 0, 4); Words(g, g.Plain(Op.Add, d, g.Unknown()), 8, 12); Words(g, d, 8, 12); }),
        new("a load that lies ready between them", (16, 1, null), (g, d) => { Words(g, d, 0, 4); g.Load(d, 40); Words(g, d, 8, 12); }),
        new("another load between them", null, (g, d) => { Words(g, d, 0, 4); g.Load(d, 4); Words(g, d, 8, 12); }),
        new("a call between them", null, (g, d) => { Words(g, d, 0, 4); g.Call(CsumDiff, [.. Enumerable.Repeat(g.Build.Const(0), 5)]); Words(g, d, 8, 12); }),
    ];

    static IEnumerable<TestCaseData> Cases => All.Select(c => new TestCaseData(c).SetArgDisplayNames(c.ToString()));

    [TestCaseSource(nameof(Cases))]
    public void A_graph(object one)
    {
        var which = (Case)one;
        var made = new HandMade();
        which.Make(made, made.Data());
        made.Return(made.Build.Const(2));
        var blocks = made.Graph.Blocks();
        var rows = new RowStores(blocks, new HeaderLoads(blocks, _ => false));
        var nodes = blocks.SelectMany(b => b.Nodes).ToList();
        var groups = nodes.Select(rows.EndingAt).OfType<RowStores.Group>().ToList();
        Assert.That(groups.Select(g => ((int, int, int?)?)(g.Bytes, g.Rows, g.Filling)), Is.EqualTo(which.Group is { } group ? new[] { ((int, int, int?)?)group } : []));
        Assert.That(nodes.Where(rows.Has), Is.EquivalentTo(groups.SelectMany(g => g.Stores).Select(s => s.Store)));
        foreach (var found in groups) Assert.That(rows.EndingAt(nodes.Last(n => found.Stores.Any(s => s.Store == n))), Is.SameAs(found));
    }

    static void Words(HandMade g, Node data, params ulong[] places)
    {
        foreach (ulong place in places) Put(g, data, place, AccessSize.Word);
    }

    static void Put(HandMade g, Node data, ulong place, AccessSize size) => g.Build.Append(new(Op.Store, data, g.Unknown()) { Number = place, Size = size, Regions = AccessRegions.Packet });
}
