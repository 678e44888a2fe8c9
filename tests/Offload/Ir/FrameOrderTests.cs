using Chainring.Offload.Ir;
using Chainring.Offload.Ir.Passes;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Ir;

/// <summary>What may be done for many frames at once, and what must keep their order, on graphs put together by hand.</summary>
public sealed class FrameOrderTests
{
    const int Lookup = 1, Update = 2, Prandom = 7, CsumDiff = 28, AdjustHead = 44;

    static readonly IrMap Counts = Map(1, "counts", MapType.Array), Flows = Map(2, "flows", MapType.Hash), Recent = Map(3, "recent", MapType.LruHash), Odd = Map(4, "odd", MapType.Array, 24);

    /// <param name="Why">Of the first node that has to keep the order; null if none has.</param>
    sealed record Case(string What, string? Why, Action<HandMade> Make)
    {
        public override string ToString() => What;
    }

    static readonly Case[] All =
    [
        new("a frame's own bytes", null, g => { var data = g.Data(); g.Store(data, g.Load(data, 4)); }),
        new("the stack", null, g => g.Store(g.Graph.Leaf(Op.Stack, 8), g.Build.Const(1))),
        new("moving the frame", null, g => Call(g, AdjustHead, g.Graph.Leaf(Op.Context), g.Build.Const(4))),
        new("a value that is added to", null, g => Add(g, At(g, Counts))),
        new("a value that is added to twice", null, g => { Add(g, At(g, Counts)); Add(g, At(g, Counts)); }),
        new("an atomic addition", null, g => AtomicAdd(g, At(g, Counts))),
        new("a value that is only read", null, g => Use(g, Value(g, At(g, Counts)))),
        new("a lookup in a map that nothing writes", null, g => Use(g, Value(g, Find(g, Flows)))),
        new("a value that is added to and read", "reads values of counts, which are added to", g => { Use(g, Value(g, At(g, Counts))); Add(g, At(g, Counts)); }),
        new("a field that is read beside one that is added to", null, g => { Use(g, Value(g, At(g, Counts))); Add(g, Beside(g, At(g, Counts))); }),
        new("a field that is read across one that is added to", "reads values of counts, which are added to", g => { Use(g, Value(g, Beside(g, At(g, Counts), 4))); Add(g, Beside(g, At(g, Counts))); }),
        new("a field somewhere that is read beside one that is added to", "reads values of counts, which are added to", g => { Use(g, Value(g, At(g, Counts, step: 8))); Add(g, Beside(g, At(g, Counts))); }),
        new("fields of two values of a hash map", null, g => { var value = Find(g, Flows); Use(g, Value(g, value)); Add(g, Beside(g, value)); Add(g, Beside(g, Find(g, Flows))); }),
        new("a field that is read beside one that is written", "writes values of counts", g => { Use(g, Value(g, At(g, Counts))); Put(g, Beside(g, At(g, Counts)), g.Build.Const(1)); }),
        new("sums of two sizes in two fields", null, g => { Add(g, At(g, Counts)); Add(g, Beside(g, At(g, Counts)), AccessSize.Word); }),
        new("sums of two fields that overlap", "adds to parts of values of counts that may overlap", g => { Add(g, Beside(g, At(g, Counts), 3), AccessSize.Word); Add(g, Beside(g, At(g, Counts)), AccessSize.Word); Add(g, Beside(g, At(g, Counts), 6), AccessSize.Word); }),
        new("a sum that lies across multiples of its size", "adds to parts of values of counts that may overlap", g => Add(g, Beside(g, At(g, Counts), 3), AccessSize.Word)),
        new("a field of values of 24 bytes beside another, by an index that may be any number", "reads values of odd, which are added to",
            g => { Use(g, Value(g, At(g, Odd, step: 24))); Add(g, Beside(g, At(g, Odd, step: 24))); }),
        new("a field of values of 24 bytes beside another, by an index of 32 bits", null, g => { Use(g, Value(g, At(g, Odd, step: 24, mask: uint.MaxValue))); Add(g, Beside(g, At(g, Odd, step: 24, mask: uint.MaxValue))); }),
        new("a value that a helper reads beside a field that is added to", "reads values of counts, which are added to",
            g => { Call(g, CsumDiff, At(g, Counts), g.Build.Const(8), g.Build.Const(0), g.Build.Const(0), g.Build.Const(0)); Add(g, Beside(g, At(g, Counts))); }),
        new("a field of a value that is replaced as a whole", "looks up in flows, whose keys change",
            g => { Add(g, Beside(g, Find(g, Flows))); Call(g, Update, g.Graph.Leaf(Op.Map, 0, Flows), g.Graph.Leaf(Op.Stack, 8), g.Graph.Leaf(Op.Stack, 16), g.Build.Const(0)); }),
        new("a field that is read beside one that is added to, behind a choice of values", null, g => { Use(g, Value(g, At(g, Counts))); Add(g, Beside(g, Either(g, At(g, Counts), At(g, Counts)))); }),
        new("the same where there may be none", null, g => { Use(g, Value(g, At(g, Counts))); Add(g, Beside(g, Either(g, At(g, Counts), g.Build.Const(0)))); }),
        new("a choice of fields of a value", "reads values of counts, which are added to", g => { Use(g, Value(g, At(g, Counts))); Add(g, Either(g, At(g, Counts), Beside(g, At(g, Counts)))); }),
        new("a flag below what is added", null, g => AddBeside(g, mask: 7)),
        new("the same in a value that the ways of a frame have found each for itself", null, g => AddWhereWaysMeet(g, 8)),
        new("in one that may lie across multiples of its size", "reads values of counts, which are added to", g => AddWhereWaysMeet(g, 4)),
        new("a flag that a sum may change", "reads values of counts, which are added to", g => AddBeside(g, mask: 64)),
        new("a flag below one sum, which another may change", "reads values of counts, which are added to", g => { AddBeside(g, mask: 7); Add(g, At(g, Counts)); }),
        new("a flag below what is added, and the number itself", "reads values of counts, which are added to", g => Use(g, AddBeside(g, mask: 7))),
        new("a flag below a sum of another size", "adds to values of counts, which are read", g =>
        {
            AddBeside(g, mask: 7);
            Use(g, g.Plain(Op.And, Value(g, At(g, Counts), AccessSize.Word), g.Build.Const(7)));
        }),
        new("a flag below what is added atomically", null, g =>
        {
            Use(g, g.Plain(Op.And, Value(g, At(g, Counts)), g.Build.Const(63)));
            AtomicAdd(g, At(g, Counts), 64);
        }),
        new("a flag in a value that is written", "reads values of counts, which are written", g =>
        {
            Use(g, g.Plain(Op.And, Value(g, At(g, Counts)), g.Build.Const(7)));
            Put(g, At(g, Counts), g.Build.Const(64));
        }),
        new("a sum that is wanted", "reads values of counts, which are written", g => Use(g, Add(g, At(g, Counts)))),
        new("a value that is written", "writes values of counts", g => Put(g, At(g, Counts), g.Build.Const(1))),
        new("a value that is written after it was added to", "adds to values of counts, which are written", g => { Add(g, At(g, Counts)); Put(g, At(g, Counts), g.Build.Const(1)); }),
        new("sums of two sizes", "adds to parts of values of counts that may overlap", g => { Add(g, At(g, Counts)); Add(g, At(g, Counts), AccessSize.Word); }),
        new("a sum that may lie across others", "adds to parts of values of counts that may overlap", g => Add(g, At(g, Counts, step: 4))),
        new("a write between load and store of a sum", "reads values of counts, which are written", g =>
        {
            var place = At(g, Counts);
            var sum = g.Plain(Op.Add, Value(g, place), g.Build.Const(1));
            Put(g, At(g, Counts), g.Unknown());
            Put(g, place, sum);
        }),
        new("a lookup in a map whose keys change", "looks up in flows, whose keys change", g => { Find(g, Flows); Call(g, Update, g.Graph.Leaf(Op.Map, 0, Flows), g.Graph.Leaf(Op.Stack, 8), g.Graph.Leaf(Op.Stack, 16), g.Build.Const(0)); }),
        new("a lookup that is remembered", "looks up in recent, which remembers what was used last", g => Find(g, Recent)),
        new("a random number", "draws a random number", g => Call(g, Prandom)),
        new("a read of what an unknown address leads to", "adds to values of counts, which are read", g => { Add(g, At(g, Counts)); Use(g, Value(g, g.Unknown())); }),
        new("such a read where nothing is written", null, g => Use(g, Value(g, g.Unknown()))),
        new("a lookup in a map whose values are written", "writes values of flows", g => { var value = Find(g, Flows); Put(g, value, g.Build.Const(1)); }),
        new("a write to an unknown address", "writes to what may be a value of any map", g => { Find(g, Flows); Put(g, g.Unknown(), g.Build.Const(1)); }),
        new("a tail call", "makes tail calls", g => g.Plain(Op.TailCall, g.Build.Const(1), g.Build.Const(0))),
    ];

    static IEnumerable<TestCaseData> Cases => All.Select(c => new TestCaseData(c).SetArgDisplayNames(c.ToString()));

    [TestCaseSource(nameof(Cases))]
    public void A_graph(object one)
    {
        var which = (Case)one;
        var made = new HandMade();
        which.Make(made);
        made.Return(made.Build.Const(2));
        FindAdditions.Run(made.Graph);
        var order = new FrameOrder(made.Graph);
        Assert.That(made.Graph.Blocks().SelectMany(b => b.Nodes).Select(order.WhyInOrder).FirstOrDefault(why => why is not null), Is.EqualTo(which.Why));
    }

    static IrMap Map(int number, string name, MapType type, int value = 16) => new(number, new() { Name = name, Type = type, KeySize = 4, ValueSize = value, MaxEntries = 4 }, 1, null);

    /// <summary>The value at an index that nobody knows.</summary>
    static Node At(HandMade g, IrMap map, ulong step = 16, ulong mask = ulong.MaxValue) =>
        g.Plain(Op.Add, g.Graph.Leaf(Op.Storage, 0, map), g.Plain(Op.Mul, g.Plain(Op.And, g.Unknown(), g.Build.Const(mask)), g.Build.Const(step)));

    static Node Either(HandMade g, Node one, Node other) => g.Plain(Op.Select, g.Plain(Op.Equal, g.Unknown(), g.Build.Const(1)), one, other);

    static Node Beside(HandMade g, Node value, ulong by = 8) => g.Plain(Op.Add, value, g.Build.Const(by));

    static Node Value(HandMade g, Node place, AccessSize size = AccessSize.Double) => g.Build.Append(new(Op.Load, place) { Size = size, Regions = AccessRegions.MapValue });

    static void Put(HandMade g, Node place, Node value, AccessSize size = AccessSize.Double) => g.Build.Append(new(Op.Store, place, value) { Size = size, Regions = AccessRegions.MapValue });

    static void AtomicAdd(HandMade g, Node place, ulong number = 1) => g.Build.Append(new(Op.Atomic, place, g.Build.Const(number), g.Build.Const(0)) { Size = AccessSize.Double, Regions = AccessRegions.MapValue, Atomic = AtomicOp.Add });

    static Node Add(HandMade g, Node place, AccessSize size = AccessSize.Double)
    {
        var sum = g.Plain(Op.Add, Value(g, place, size), g.Build.Const(1));
        Put(g, place, sum, size);
        return sum;
    }

    /// <summary>Adds 64 to a value of which some bits are read too; what the value was.</summary>
    static Node AddBeside(HandMade g, ulong mask)
    {
        var place = At(g, Counts);
        var before = Value(g, place);
        Use(g, g.Plain(Op.And, before, g.Build.Const(mask)));
        Put(g, place, g.Plain(Op.Add, before, g.Build.Const(64)));
        return before;
    }

    /// <summary>Two ways lead to a sum, each with a place of its own, of which it has looked at a flag.</summary>
    static void AddWhereWaysMeet(HandMade g, ulong step)
    {
        Block left = new(), right = new(), meeting = new();
        Node place = new(Op.Param), value = new(Op.Param);
        meeting.Parameters.AddRange([place, value]);
        g.Build.Block.Branch(g.Plain(Op.Equal, g.Unknown(), g.Build.Const(4)), new(left), new(right));
        foreach (var way in new[] { left, right })
        {
            g.Build.Block = way;
            var at = At(g, Counts, step);
            var before = Value(g, at);
            Use(g, g.Plain(Op.And, before, g.Build.Const(5)));
            way.Jump(new(meeting, at, before));
        }
        g.Build.Block = meeting;
        Put(g, place, g.Plain(Op.Add, value, g.Build.Const(64)));
    }

    static void Use(HandMade g, Node value) => g.Store(g.Data(), value);

    static Node Find(HandMade g, IrMap map) => Call(g, Lookup, g.Graph.Leaf(Op.Map, 0, map), g.Graph.Leaf(Op.Stack, 8));

    static Node Call(HandMade g, int helper, params Node[] arguments) => g.Call(helper, [.. arguments, .. Enumerable.Repeat(g.Build.Const(0), 5 - arguments.Length)]);
}
