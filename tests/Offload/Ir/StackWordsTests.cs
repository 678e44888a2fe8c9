using Chainring.Offload.Ir;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Ir;

/// <summary>Which words of the stack need no memory, on graphs put together by hand.</summary>
public sealed class StackWordsTests
{
    const int Lookup = 1, CsumDiff = 28;

    static readonly IrMap Flows = new(1, new() { Name = "flows", Type = MapType.Hash, KeySize = 12, ValueSize = 16, MaxEntries = 4 }, 1, null);

    /// <param name="Words">Those that are no memory.</param>
    /// <param name="Then">What frames do by themselves.</param>
    sealed record Case(string What, int[] Words, Action<HandMade> Make, Action<HandMade>? Then = null)
    {
        public override string ToString() => What;
    }

    static readonly Case[] All =
    [
        new("a store and a load", [1], g => { Put(g, 8); Get(g, 12); }),
        new("a store across two words", [1, 2], g => Put(g, 12, AccessSize.Double)),
        new("the key of a lookup", [1, 2], g => { Put(g, 12); Find(g, 12); }),
        new("a key of which nothing is known but the store of its end", [3, 4], g => { Put(g, 36); Find(g, 28); }),
        new("what a helper reads", [4], g => { Put(g, 8); Put(g, 32); Sum(g, 8); }),
        new("what lies across what a helper reads and another word", [], g => { Put(g, 12, AccessSize.Double); Put(g, 16); Sum(g, 8); }),
        new("a key that lies across such words", [4], g => { Put(g, 12); Find(g, 12); Put(g, 32); Sum(g, 16); }),
        new("what a frame reads by itself", [2], g => { Put(g, 8); Put(g, 16); }, g => Get(g, 8)),
        new("a key that a frame looks up by itself", [4], g => { Put(g, 8); Put(g, 32); }, g => Find(g, 8)),
        new("an address that goes into the packet", [], g => { Put(g, 8); g.Store(g.Data(), g.Graph.Leaf(Op.Stack, 8)); }),
        new("an address that goes onto the stack", [], g => { Put(g, 8); g.Build.Append(new(Op.Store, g.Graph.Leaf(Op.Stack, 8), g.Graph.Leaf(Op.Stack, 8)) { Size = AccessSize.Double, Regions = AccessRegions.Stack }); }),
        new("an address that is computed with", [], g => { Put(g, 8); g.Plain(Op.Add, g.Graph.Leaf(Op.Stack, 8), g.Unknown()); }),
        new("an address that a frame computes with by itself", [], g => Put(g, 8), g => g.Plain(Op.Add, g.Graph.Leaf(Op.Stack, 8), g.Unknown())),
        new("a load from anywhere", [], g => { Put(g, 8); g.Build.Append(new(Op.Load, g.Plain(Op.Mul, g.Unknown(), g.Build.Const(3))) { Size = AccessSize.Word }); }),
        new("a load from the packet", [1], g => { Put(g, 8); g.Load(g.Data()); }),
        new("more words than there may be", [.. Enumerable.Range(1, StackWords.MaxWords)], g => { for (ulong n = 1; n < 30; n++) Put(g, 8 * n); }),
    ];

    static IEnumerable<TestCaseData> Cases => All.Select(c => new TestCaseData(c).SetArgDisplayNames(c.ToString()));

    [TestCaseSource(nameof(Cases))]
    public void A_graph(object one)
    {
        var which = (Case)one;
        var made = new HandMade();
        which.Make(made);
        Block first = made.Build.Block, rest = new();
        first.Jump(new Edge(rest));
        made.Build.Block = rest;
        which.Then?.Invoke(made);
        made.Return(made.Build.Const(2));
        var words = new StackWords([first], [rest], n => n is { Op: Op.Call, Row.Id: Lookup });
        Assert.That(Enumerable.Range(0, 64).Where(w => words.NumberOf(w) is not null), Is.EqualTo(which.Words));
        Assert.That(which.Words.Select(w => words.NumberOf(w)), Is.EqualTo(Enumerable.Range(0, words.Count)));
        foreach (var node in first.Nodes.Where(n => words.Of(n) is not null))
        {
            var (place, bytes) = words.Of(node)!.Value;
            Assert.That(StackWords.WordsOf(place, bytes), Is.SubsetOf(which.Words));
        }
    }

    static void Put(HandMade g, ulong place, AccessSize size = AccessSize.Word) => g.Build.Append(new(Op.Store, g.Graph.Leaf(Op.Stack, place), g.Unknown()) { Size = size, Regions = AccessRegions.Stack });

    static void Get(HandMade g, ulong place) => g.Store(g.Data(), g.Load(g.Graph.Leaf(Op.Stack, place)));

    static void Find(HandMade g, ulong key) => g.Call(Lookup, g.Graph.Leaf(Op.Map, 0, Flows), g.Graph.Leaf(Op.Stack, key));

    static void Sum(HandMade g, ulong place) => g.Call(CsumDiff, g.Graph.Leaf(Op.Stack, place), g.Build.Const(8), g.Build.Const(0), g.Build.Const(0), g.Build.Const(0));
}
