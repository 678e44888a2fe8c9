using System.Reflection;
using Chainring.Offload.Ir;
using Chainring.Offload.Ir.Passes;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Ir;

/// <summary>What each pass does, and where it must not, on graphs put together by hand.</summary>
public sealed class PassTests
{
    const int Lookup = 1, AdjustHead = 44;

    static readonly IrMap Array = Map(MapType.Array), Hash = Map(MapType.Hash);

    /// <param name="Does">The pass finds something to do.</param>
    /// <param name="Says">A line of the graph then.</param>
    sealed record Case(Type Pass, string What, bool Does, Action<HandMade> Make, string Says)
    {
        public override string ToString() => $"{Pass.Name}: {What}";
    }

    static readonly Case[] All =
    [
        new(typeof(Fold), "a branch on a constant is a jump", true, g => g.Build.Block.Branch(g.Build.Const(1), new(g.Returns(1)), new(g.Returns(2))), "goto b1"),
        new(typeof(Fold), "a branch on what nobody knows stays", false, g => g.Build.Block.Branch(g.Plain(Op.Equal, g.Unknown(), g.Build.Const(4)), new(g.Returns(1)), new(g.Returns(2))), "if v1 goto b1 else b2"),

        new(typeof(Fold), "two parts of a number that are all of it are the number", true, g => Parts(g, 255), "return v0"),
        new(typeof(Fold), "two parts that leave bits out are not", true, g => Parts(g, 127), "and v0, -129"),

        new(typeof(Straighten), "a block joins the only one that leads to it", true, g => g.Build.Block.Jump(new(g.Returns(7))), "return 7"),
        new(typeof(Straighten), "a block to which two lead stays one", false, g =>
        {
            Block way = new(), end = g.Returns(7);
            way.Nodes.Add(new(Op.Fence));
            way.Jump(new(end));
            g.Build.Block.Branch(g.Plain(Op.Equal, g.Unknown(), g.Build.Const(4)), new(way), new(end));
        }, "goto b2"),

        new(typeof(DropDead), "a value that nobody wants goes", true, g => { g.Load(g.Data()); g.Return(g.Build.Const(2)); }, "b0:\n    return 2"),
        new(typeof(DropDead), "a store stays", false, g => { g.Store(g.Data(), g.Build.Const(1)); g.Return(g.Build.Const(2)); }, "store32 [v0], 1"),

        new(typeof(FindLookups), "a lookup in an array is arithmetic", true, g => g.Return(g.Call(Lookup, g.Graph.Leaf(Op.Map, 0, Array), g.Graph.Leaf(Op.Stack, 8), g.Build.Const(0), g.Build.Const(0), g.Build.Const(0))), "select v3, v2, 0"),
        new(typeof(FindLookups), "a lookup in a hash stays a call", false, g => g.Return(g.Call(Lookup, g.Graph.Leaf(Op.Map, 0, Hash), g.Graph.Leaf(Op.Stack, 8), g.Build.Const(0), g.Build.Const(0), g.Build.Const(0))), "bpf_map_lookup_elem"),

        new(typeof(ShareLoads), "what was loaded is not loaded again", true, g => { var data = g.Data(); g.Return(g.Plain(Op.Add, g.Load(data), g.Load(data))); }, "v2 = add v1, v1"),
        new(typeof(ShareLoads), "what was stored is not loaded", true, g => { var data = g.Data(); g.Store(data, g.Build.Const(9)); g.Return(g.Load(data)); }, "return 9"),
        new(typeof(ShareLoads), "a store beside it does no harm", true, g => { var data = g.Data(); var first = g.Load(data); g.Store(data, g.Build.Const(9), at: 4); g.Return(g.Plain(Op.Add, first, g.Load(data))); }, "v3 = add v1, v1"),
        new(typeof(ShareLoads), "what a store may have changed is loaded again", false, g => { var data = g.Data(); var first = g.Load(data); g.Store(data, g.Build.Const(9), at: 2); g.Return(g.Plain(Op.Add, first, g.Load(data))); }, "v4 = add v1, v3"),
        new(typeof(ShareLoads), "what a store at a place that nobody knows may have changed, too", false, g => { var data = g.Data(); var first = g.Load(data); g.Store(g.Plain(Op.Add, data, g.Unknown()), g.Build.Const(9)); g.Return(g.Plain(Op.Add, first, g.Load(data))); }, "v6 = add v1, v5"),
        new(typeof(ShareLoads), "when the frame has moved its start is another", false, g =>
        {
            var data = g.Data();
            g.Call(AdjustHead, g.Graph.Leaf(Op.Context), g.Build.Const(4), g.Build.Const(0), g.Build.Const(0), g.Build.Const(0));
            g.Return(g.Plain(Op.Sub, data, g.Data()));
        }, "v3 = sub v0, v2"),

        new(typeof(ShareValues), "what was computed on every way here is not computed again", true, g => { var n = g.Unknown(); g.Return(g.Plain(Op.Mul, g.Plain(Op.Add, n, g.Build.Const(3)), g.Plain(Op.Add, n, g.Build.Const(3)))); }, "v2 = mul v1, v1"),
        new(typeof(ShareValues), "what was computed on another way is", false, g =>
        {
            var n = g.Unknown();
            Block left = new() { Run = new(0, g.Build.Const(1)) }, right = new() { Run = new(0, g.Build.Const(1)) };
            g.Build.Block.Branch(g.Plain(Op.Equal, n, g.Build.Const(4)), new(left), new(right));
            g.Build.Block = left;
            left.Return(g.Plain(Op.Add, n, g.Build.Const(3)));
            g.Build.Block = right;
            right.Return(g.Plain(Op.Add, n, g.Build.Const(3)));
        }, "v3 = add v0, 3"),

        new(typeof(DecideBranches), "bytes that are proven are not asked for again", true, g => AskTwice(g, 34, 14), "if 0 goto"),
        new(typeof(DecideBranches), "more bytes are", false, g => AskTwice(g, 14, 34), "if v5 goto"),

        new(typeof(SplitReturns), "a return of one of two numbers becomes two", true, g => g.Return(g.Plain(Op.Select, g.Plain(Op.Equal, g.Unknown(), g.Build.Const(4)), g.Build.Const(1), g.Build.Const(2))), "if v1 goto b1 else b2"),
        new(typeof(SplitReturns), "a return of a number that nobody knows stays", false, g => g.Return(g.Unknown()), "return v0"),

        new(typeof(ThreadJumps), "a return of what each way knows is one return for each", true, g => Meet(g, (meeting, parameter) => meeting.Return(parameter)), "return 5"),
        new(typeof(ThreadJumps), "a question that no way has answered stays", false, g => Meet(g, (meeting, _) => meeting.Branch(g.Plain(Op.Equal, g.Unknown(), g.Build.Const(9)), new(g.Returns(1)), new(g.Returns(2)))), "if v"),

        new(typeof(DropDeadStores), "what nobody reads on the stack is not stored", true, g => { g.Store(g.Graph.Leaf(Op.Stack, 8), g.Build.Const(1)); g.Return(g.Build.Const(2)); }, "b0:\n    return 2"),
        new(typeof(DropDeadStores), "what is read is", false, g => { g.Store(g.Graph.Leaf(Op.Stack, 8), g.Build.Const(1)); g.Return(g.Load(g.Graph.Leaf(Op.Stack, 8))); }, "store32 [stack+8], 1"),
        new(typeof(DropDeadStores), "nor is what is in the packet left out", false, g => { g.Store(g.Data(), g.Build.Const(1)); g.Return(g.Build.Const(2)); }, "store32 [v0], 1"),

        new(typeof(SinkCounts), "what is counted goes on to the ends, where it is one count", true, g =>
        {
            g.Count(ChainEvents.Edge(0, 2));
            g.Build.Block.Branch(g.Plain(Op.Equal, g.Unknown(), g.Build.Const(4)), new(HandMade.Exits(XdpAction.Pass, ChainEvents.Return(0, XdpAction.Pass))), new(HandMade.Exits(XdpAction.Drop, ChainEvents.Return(0, XdpAction.Drop))));
        }, "count return 0 pass, edge 0 2"),
        new(typeof(SinkCounts), "but not to where others come too", false, g =>
        {
            Block way = new(), end = HandMade.Exits(XdpAction.Pass);
            way.Nodes.Add(new(Op.Fence));
            way.Jump(new(end));
            var condition = g.Plain(Op.Equal, g.Unknown(), g.Build.Const(4));
            g.Count(ChainEvents.Edge(0, 2));
            g.Build.Block.Branch(condition, new(way), new(end));
        }, "count edge 0 2\n    if v1"),

        new(typeof(MergeChecks), "of two bounds that fail alike only the larger is checked", true, g => TwoBounds(g, between: false), "v4 = add v1, 34\n    v5 = below v0, v4\n    if v5 goto b1 else b2"),
        new(typeof(MergeChecks), "not if something happens in between", false, g => TwoBounds(g, between: true), "add v1, 14"),

        new(typeof(JoinLoads), "two bytes that make a number are loaded at once", true, g => TwoBytes(g, between: false), "load16 [v0]"),
        new(typeof(JoinLoads), "not if one of them is written in between", false, g => TwoBytes(g, between: true), "shl"),

        new(typeof(JoinLoads), "four are, in whatever order they are put together", true, FourBytes, "load32 [v0]"),

        new(typeof(JoinStores), "stores next to each other are one", true, g => TwoStores(g, (data, _) => g.Build.Const(0x11223344)), "store64 [v0], 0x1122334411223344"),
        new(typeof(JoinStores), "bytes that go from one place to another go at once", true, g => TwoStores(g, (data, at) => g.Load(data, 32 + at)), "v3 = load64 [v0 + 32]"),
        new(typeof(JoinStores), "numbers that have nothing to do with each other are put together", true, g => TwoStores(g, (data, at) => at == 0 ? g.Load(data, 40) : g.Load(data, 20)), "shl v2, 32"),
        new(typeof(JoinStores), "of two stores to one place the later one counts", true, g => { var data = g.Data(); g.Store(data, g.Build.Const(0x11223344)); g.Build.Append(new(Op.Store, data, g.Build.Const(0x55)) { Number = 1, Size = AccessSize.Byte, Regions = AccessRegions.Packet }); g.Return(g.Build.Const(2)); }, "store32 [v0], 0x11225544"),
        new(typeof(JoinStores), "not if the first is read before the second", false, g => TwoStores(g, (data, at) => g.Load(data, 0)), "store32 [v0 + 4]"),
        new(typeof(JoinStores), "not if a place that nobody knows is read", false, g => TwoStores(g, (data, at) => g.Load(g.Plain(Op.Add, data, g.Unknown()))), "store32 [v0 + 4]"),
        new(typeof(JoinStores), "not in map values, which others see", false, g => TwoStores(g, (_, _) => g.Build.Const(1), g.Graph.Leaf(Op.Storage, 0, Array)), "store32 [map+0], 1"),

        new(typeof(FindAdditions), "a value to which a number is added is added to", true, g => { Add(g); g.Return(g.Build.Const(2)); }, "b0:\n    v0 = frame.ingress_ifindex\n    add64 [map+0], v0\n"),
        new(typeof(FindAdditions), "what is taken from it is added as its negative", true, g => { Add(g, op: Op.Sub, by: g.Build.Const(3)); g.Return(g.Build.Const(2)); }, "add64 [map+0], -3"),
        new(typeof(FindAdditions), "likewise if nobody knows it", true, g => { Add(g, op: Op.Sub); g.Return(g.Build.Const(2)); }, "v1 = sub 0, v0\n    add64 [map+0], v1"),
        new(typeof(FindAdditions), "what the value is taken from is not", false, g =>
        {
            var place = g.Graph.Leaf(Op.Storage, 0, Array);
            PutValue(g, place, g.Plain(Op.Sub, g.Unknown(), Value(g, place)));
            g.Return(g.Build.Const(2));
        }, "store64 [map+0]"),
        new(typeof(FindAdditions), "the value itself may be wanted too", true, g => g.Return(Add(g)), "v0 = load64 [map+0]\n    v1 = frame.ingress_ifindex\n    add64 [map+0], v1\n    return v0"),
        new(typeof(FindAdditions), "the sum may not", false, g => { Add(g); g.Return(g.Build.Block.Nodes[^1].Inputs[1]); }, "store64 [map+0], v2"),
        new(typeof(FindAdditions), "nor may values be written in between", false, g => { Add(g, between: place => PutValue(g, g.Plain(Op.Add, place, g.Unknown()), g.Build.Const(0))); g.Return(g.Build.Const(2)); }, "store64 [map+0]"),
        new(typeof(FindAdditions), "another field of the value may", true, g =>
        {
            var place = g.Plain(Op.Add, g.Graph.Leaf(Op.Storage, 0, Array), g.Unknown());
            var beside = g.Plain(Op.Add, place, g.Build.Const(8));
            var (one, other) = (Value(g, place), Value(g, beside));
            PutValue(g, place, g.Plain(Op.Add, one, g.Build.Const(1)));
            PutValue(g, beside, g.Plain(Op.Add, other, g.Build.Const(1)));
            g.Return(g.Build.Const(2));
        }, "add64 [v1], 1\n    add64 [v2], 1"),
        new(typeof(FindAdditions), "a mask of all that is stored makes no difference", true, g => AddMasked(g, uint.MaxValue), "add32 [map+0], 1"),
        new(typeof(FindAdditions), "a mask of less does", false, g => AddMasked(g, ushort.MaxValue), "store32 [map+0]"),
        new(typeof(FindAdditions), "the frame may", true, g => { Add(g, between: _ => g.Store(g.Data(), g.Build.Const(0))); g.Return(g.Build.Const(2)); }, "add64 [map+0]"),
        new(typeof(FindAdditions), "nor may the sum go elsewhere", false, g => { var place = g.Graph.Leaf(Op.Storage, 0, Array); PutValue(g, place, g.Plain(Op.Add, Value(g, g.Graph.Leaf(Op.Storage, 8, Array)), g.Unknown())); g.Return(g.Build.Const(2)); }, "store64 [map+0]"),
        new(typeof(FindAdditions), "two ways that meet may each have loaded from where the sum goes then", true, g => AddWhereWaysMeet(g, 8), "b3(v2):\n    add64 [v2], 64"),
        new(typeof(FindAdditions), "not if one of them has loaded elsewhere", false, g => AddWhereWaysMeet(g, 16), "store64 [v4], v6"),
        new(typeof(FindAdditions), "a loop that adds loads in each round", true, g => AddInLoop(g, isLoadedInLoop: true), "add64 [map+0], 1"),
        new(typeof(FindAdditions), "one that has loaded before it stores the same again and again", false, g => AddInLoop(g, isLoadedInLoop: false), "store64 [map+0]"),

        new(typeof(ShareExits), "ends that count the same and have the same verdict are one", true, g => TwoEnds(g, XdpAction.Pass), "if v1 goto b1 else b1"),
        new(typeof(ShareExits), "ends with other verdicts are two", false, g => TwoEnds(g, XdpAction.Tx), "if v1 goto b1 else b2"),
    ];

    /// <summary>What is left of a number above bit 8, and what a mask leaves of it.</summary>
    static void Parts(HandMade g, ulong mask)
    {
        var n = g.Unknown();
        var (eight, low) = (g.Build.Const(8), g.Plain(Op.And, n, g.Build.Const(mask)));
        g.Return(g.Plain(Op.Or, g.Plain(Op.Shl, g.Plain(Op.Shr, n, eight), eight), low));
    }

    static IEnumerable<TestCaseData> Cases => All.Select(c => new TestCaseData(c).SetArgDisplayNames(c.ToString()));

    [TestCaseSource(nameof(Cases))]
    public void A_pass(object one)
    {
        var given = (Case)one;
        var made = new HandMade();
        given.Make(made);
        string before = made.Text;
        bool did = (bool)given.Pass.GetMethod("Run")!.Invoke(null, [made.Graph])!;
        Assert.That(made.Text, Does.Contain(given.Says), before);
        Assert.That(made.Text == before, Is.EqualTo(!given.Does), $"{before}\n{made.Text}");
        if (given.Does) Assert.That(did);
    }

    [Test]
    public void Every_pass_has_a_case_of_what_it_does_and_one_of_what_it_does_not()
    {
        var passes = typeof(Graph).Assembly.GetTypes().Where(t => t.Namespace == typeof(Fold).Namespace && t.GetMethod("Run", BindingFlags.Static | BindingFlags.Public, [typeof(Graph)]) is not null);
        Assert.That(passes.Where(p => !All.Any(c => c.Pass == p && c.Does) || !All.Any(c => c.Pass == p && !c.Does)).Select(p => p.Name), Is.Empty);
    }

    /// <summary>Else a copy takes the verdict before away by the length of the metadata that there was on another way.</summary>
    [Test]
    public void A_copied_end_of_a_run_has_what_it_began_with_on_its_own_way([Values] bool isThreaded)
    {
        var g = new HandMade();
        Node length = null!;
        Meet(g, (meeting, parameter) =>
        {
            length = g.Plain(Op.Sub, g.DataEnd(), g.Data());
            meeting.Run = new(0, parameter, length);
            meeting.Return(parameter);
        });
        Assert.That(isThreaded ? ThreadJumps.Run(g.Graph) : SplitPaths.Run(g.Graph, block => block.Kind == EndKind.Return, mostEnds: 8));
        var ends = g.Graph.Blocks().Where(b => b.Kind == EndKind.Return).ToList();
        Assert.That(ends, Has.Count.EqualTo(2));
        foreach (var end in ends)
        {
            Assert.That(end.Nodes, Does.Contain(end.Run!.Metadata!.Now));
            Assert.That(end.Run.Runs.Now, Is.EqualTo(end.Value!.Now), "both are what the way has brought");
        }
    }

    static Node Value(HandMade g, Node place) => g.Build.Append(new(Op.Load, place) { Size = AccessSize.Double, Regions = AccessRegions.MapValue });

    static void PutValue(HandMade g, Node place, Node value) => g.Build.Append(new(Op.Store, place, value) { Size = AccessSize.Double, Regions = AccessRegions.MapValue });

    /// <summary>Adds a number that nobody knows, unless it is given, to a value; what the value was before.</summary>
    static Node Add(HandMade g, Op op = Op.Add, Node? by = null, Action<Node>? between = null)
    {
        var place = g.Graph.Leaf(Op.Storage, 0, Array);
        var before = Value(g, place);
        between?.Invoke(place);
        PutValue(g, place, g.Plain(op, before, by ?? g.Unknown()));
        return before;
    }

    static void AddMasked(HandMade g, ulong mask)
    {
        var place = g.Graph.Leaf(Op.Storage, 0, Array);
        var before = g.Build.Append(new(Op.Load, place) { Size = AccessSize.Word, Regions = AccessRegions.MapValue });
        var sum = g.Plain(Op.And, g.Plain(Op.Add, before, g.Build.Const(1)), g.Build.Const(mask));
        g.Build.Append(new(Op.Store, place, sum) { Size = AccessSize.Word, Regions = AccessRegions.MapValue });
        g.Return(g.Build.Const(2));
    }

    /// <summary>A value is loaded on the one way, and on the other one that is that many bytes further on is: there the place says 8.</summary>
    static void AddWhereWaysMeet(HandMade g, ulong other)
    {
        Block left = new(), right = new(), meeting = new() { Run = new(0, g.Build.Const(1)) };
        Node place = new(Op.Param), value = new(Op.Param);
        meeting.Parameters.AddRange([place, value]);
        g.Build.Block.Branch(g.Plain(Op.Equal, g.Unknown(), g.Build.Const(4)), new(left), new(right));
        foreach (var (way, said, loaded) in new[] { (left, 0ul, 0ul), (right, 8ul, other) })
        {
            g.Build.Block = way;
            way.Jump(new(meeting, g.Graph.Leaf(Op.Storage, said, Array), Value(g, g.Graph.Leaf(Op.Storage, loaded, Array))));
        }
        g.Build.Block = meeting;
        PutValue(g, place, g.Plain(Op.Add, value, g.Build.Const(64)));
        meeting.Return(g.Build.Const(2));
    }

    /// <summary>One is added to a value until something says no.</summary>
    static void AddInLoop(HandMade g, bool isLoadedInLoop)
    {
        var place = g.Graph.Leaf(Op.Storage, 0, Array);
        var before = Value(g, place);
        var loop = new Block();
        g.Build.Block.Jump(new(loop));
        g.Build.Block = loop;
        PutValue(g, place, g.Plain(Op.Add, isLoadedInLoop ? Value(g, place) : before, g.Build.Const(1)));
        loop.Branch(g.Plain(Op.Equal, g.Unknown(), g.Build.Const(4)), new(loop), new(g.Returns(2)));
    }

    /// <summary>Whether so many bytes are there, and then whether so many others are.</summary>
    static void AskTwice(HandMade g, long first, long second)
    {
        var (data, end) = (g.Data(), g.DataEnd());
        var on = new Block();
        g.Build.Block.Branch(g.Plain(Op.Below, end, g.Plain(Op.Add, data, g.Build.Const((ulong)first))), new(g.Returns(1)), new(on));
        g.Build.Block = on;
        on.Branch(g.Plain(Op.Below, end, g.Plain(Op.Add, data, g.Build.Const((ulong)second))), new(g.Returns(1)), new(g.Returns(2)));
    }

    /// <summary>Two ways that meet in a block, with 5 and with 6.</summary>
    static void Meet(HandMade g, Action<Block, Node> end)
    {
        Block left = new(), right = new(), meeting = new() { Run = new(0, g.Build.Const(1)) };
        var parameter = new Node(Op.Param);
        meeting.Parameters.Add(parameter);
        g.Build.Block.Branch(g.Plain(Op.Equal, g.Unknown(), g.Build.Const(4)), new(left), new(right));
        foreach (var (way, number) in new[] { (left, 5ul), (right, 6ul) })
        {
            way.Nodes.Add(new(Op.Fence));
            way.Jump(new(meeting, g.Build.Const(number)));
        }
        g.Build.Block = meeting;
        end(meeting, parameter);
    }

    static void TwoEnds(HandMade g, XdpAction second) => g.Build.Block.Branch(
        g.Plain(Op.Equal, g.Unknown(), g.Build.Const(4)), new(HandMade.Exits(XdpAction.Pass, ChainEvents.Edge(0, 2))), new(HandMade.Exits(second, ChainEvents.Edge(0, 2))));

    static void TwoBounds(HandMade g, bool between)
    {
        Node end = g.DataEnd(), data = g.Data();
        Block fails = HandMade.Exits(XdpAction.Drop), second = new();
        g.Build.Block.Branch(g.Plain(Op.Below, end, g.Build.Add(data, 14)), new(fails), new(second));
        g.Build.Block = second;
        if (between) g.Store(data, g.Build.Const(1));
        second.Branch(g.Plain(Op.Below, end, g.Build.Add(data, 34)), new(fails), new(HandMade.Exits(XdpAction.Pass)));
    }

    static void TwoBytes(HandMade g, bool between)
    {
        var data = g.Data();
        Node low = g.Build.Append(new(Op.Load, data) { Size = AccessSize.Byte });
        if (between) g.Store(data, g.Build.Const(1));
        Node high = g.Build.Append(new(Op.Load, data) { Size = AccessSize.Byte, Number = 1 });
        g.Return(g.Plain(Op.Or, low, g.Plain(Op.Shl, high, g.Build.Const(8))));
    }

    static void FourBytes(HandMade g)
    {
        var data = g.Data();
        Node[] bytes = [.. Enumerable.Range(0, 4).Select(n => g.Build.Append(new(Op.Load, data) { Size = AccessSize.Byte, Number = (ulong)n }))];
        Node Shifted(int n) => g.Plain(Op.Shl, bytes[n], g.Build.Const(8 * (ulong)n));
        g.Return(g.Plain(Op.Or, g.Plain(Op.Or, Shifted(3), Shifted(1)), g.Plain(Op.Or, bytes[0], Shifted(2))));
    }

    /// <summary>Stores of words next to each other; what is stored comes from their place and what is between them.</summary>
    static void TwoStores(HandMade g, Func<Node, ulong, Node> value, Node? where = null)
    {
        var data = where ?? g.Data();
        for (ulong at = 0; at < 8; at += 4) g.Build.Append(new(Op.Store, data, value(data, at)) { Number = at, Size = AccessSize.Word, Regions = where is null ? AccessRegions.Packet : AccessRegions.MapValue });
        g.Return(g.Build.Const(2));
    }

    static IrMap Map(MapType type) => new(1, new() { Name = "map", Type = type, KeySize = 4, ValueSize = 8, MaxEntries = 4 }, 1, null);
}
