using Chainring.Offload.Isa;

namespace Chainring.Offload.Ir;

/// <summary>Bytes of a frame, counted from where it began when it came.</summary>
/// <param name="To">One after the last.</param>
public readonly record struct FrameBytes(long From, long To);

/// <summary>
/// Between which bytes of a frame an access may be, as far as the numbers say that go into its address: constants, what is loaded, what masks, shifts and sums leave of them, and
/// how they were compared with constants on the way. Whoever moves frames elsewhere need not move more of them, and lanes need not be wider than these numbers and distances.
/// </summary>
public sealed class PacketReach
{
    const int AdjustHead = 44;

    /// <summary>Larger numbers are as good as unknown.</summary>
    const long Largest = 1L << 40;

    /// <summary>No frame has bytes so far from where it begins: an access that might be there, as far as the numbers say, is as good as unknown.</summary>
    const long Farthest = 1 << 20;

    const long Near = 1 << 30;

    /// <summary>Rounds after which what still grows is unknown: a loop counts there.</summary>
    const int MostRounds = 8;

    enum Kind : byte
    {
        Anything,
        Number,

        /// <summary>So many bytes from where the frame began.</summary>
        Place,
    }

    readonly record struct Known(Kind Kind, long Low, long High)
    {
        public static Known Of(Kind kind, long low, long high) => kind != Kind.Anything && low > -Largest && high < Largest ? new(kind, low, high) : default;

        public static Known Number(long low, long high) => Of(Kind.Number, low, high);

        public bool IsNatural => Kind == Kind.Number && Low >= 0;

        /// <summary>What is so too.</summary>
        public Known And(long low, long high) => Kind == Kind.Number ? Math.Max(Low, low) is var l && Math.Min(High, high) is var h && l <= h ? new(Kind, l, h) : this : Number(low, high);

        public Known With(in Known other) => Kind == other.Kind ? Of(Kind, Math.Min(Low, other.Low), Math.Max(High, other.High)) : default;
    }

    static readonly Dictionary<Node, Known> Nothing = [];

    readonly Dictionary<Node, Known> _values = [];

    /// <summary>By block: where the frame begins there.</summary>
    readonly Dictionary<Block, Known> _starts = [];

    /// <summary>By block that was walked: what is known of values on every way there.</summary>
    readonly Dictionary<Block, Dictionary<Node, Known>> _facts = [];
    bool _any, _gaveUp;

    /// <param name="blocks">Of a graph, from its entry on, in reverse postorder.</param>
    public PacketReach(IReadOnlyList<Block> blocks)
    {
        var ways = blocks.SelectMany(b => b.Edges.Select((edge, n) => (From: b, Way: n, Edge: edge))).ToLookup(w => w.Edge.To);
        _starts[blocks[0]] = new(Kind.Place, 0, 0);
        _any = true;
        for (int round = 0; _any; round++)
        {
            (_any, _gaveUp) = (false, round >= MostRounds);
            foreach (var block in blocks)
            {
                if (block != blocks[0]) Enter(block, [.. ways[block]]);
                if (!_starts.TryGetValue(block, out var start)) continue;
                var facts = _facts.GetValueOrDefault(block, Nothing);
                foreach (var node in block.Nodes)
                {
                    Grow(_values, node, ValueOf(node, start, facts));
                    start = After(node, start);
                }
                for (int n = 0; n < block.Edges.Length; n++) Grow(_starts, block.Edges[n].To, StartOn(block, n, start));
            }
        }
    }

    /// <summary>What a block begins with: its parameters, and what is known on all ways there.</summary>
    void Enter(Block block, (Block From, int Way, Edge Edge)[] ways)
    {
        Dictionary<Node, Known>? common = null;
        foreach (var (from, way, edge) in ways)
        {
            if (!_starts.ContainsKey(from)) continue;
            var facts = FactsOn(from, way);
            for (int n = 0; n < edge.Arguments.Length; n++)
            {
                if (Find(edge.Arguments[n], facts) is { } known) Grow(_values, block.Parameters[n], known);
            }
            common = common is null ? facts : common.Where(f => facts.TryGetValue(f.Key, out var other) && other == f.Value).ToDictionary();
        }
        // A way back that nothing has come to yet may say less.
        _facts[block] = Array.TrueForAll(ways, w => _starts.ContainsKey(w.From)) ? common ?? Nothing : Nothing;
    }

    /// <summary>What is known on a way out of a block: what was known there, and what its branch says.</summary>
    Dictionary<Node, Known> FactsOn(Block block, int way)
    {
        var facts = _facts.GetValueOrDefault(block, Nothing);
        if (block.Kind != EndKind.Branch || block.Value!.Now is not { Inputs: [_, _] } test) return facts;
        var (a, b) = (test.Inputs[0].Now, test.Inputs[1].Now);
        (Node Value, long Low, long High)? said = (test.Op, way) switch
        {
            (Op.Equal, 0) when a is { Op: Op.And } && a.Inputs[1].Now is { IsConst: true } mask && b.IsConst && Find(a.Inputs[0], facts) is { IsNatural: true } masked =>
                (a.Inputs[0].Now, (long)b.Number, (long)(b.Number | (~mask.Number & (Full(masked.High))))),
            (Op.Equal, 0) when b.IsConst => (a, (long)b.Number, (long)b.Number),
            (Op.Below, 0) when b is { IsConst: true, Number: > 0 and < Largest } => (a, 0, (long)b.Number - 1),
            (Op.Below, 1) when a is { IsConst: true, Number: < Largest } => (b, 0, (long)a.Number),
            _ => null,
        };
        if (said is not var (value, low, high) || Ops.IsLeaf(value.Op) || low < 0 || high < low || high >= Largest) return facts;
        return new(facts) { [value] = (Find(value, facts) ?? default).And(low, high) };
    }

    /// <summary>Ones up to the highest of a number.</summary>
    static ulong Full(long number) => number == 0 ? 0 : ulong.MaxValue >> System.Numerics.BitOperations.LeadingZeroCount((ulong)number);

    /// <summary>The bytes that an access may touch which is so long; null if it may be anywhere.</summary>
    public FrameBytes? Of(Node address, ulong displacement, int length) =>
        Find(address) is { Kind: Kind.Place } place && new FrameBytes(place.Low + (long)displacement, place.High + (long)displacement + length) is { From: > -Farthest, To: < Farthest } reached ? reached : null;

    /// <summary>What a number may be, taken for one of 32 bits with a sign; null if anything.</summary>
    public (long Low, long High)? Of(Node number) => Find(number) is { Kind: Kind.Number } known ? Signed(known) : null;

    /// <summary>Whether it is an address so near to where the frame began that 31 bits hold the distance.</summary>
    public bool IsNear(Node address) => Find(address) is { Kind: Kind.Place, Low: > -Near, High: < Near };

    /// <summary>Whether a number is never more than 32 bits hold.</summary>
    public bool Fits(Node number) => Find(number) is { IsNatural: true, High: <= uint.MaxValue };

    static (long, long)? Signed(in Known known) => known switch
    {
        { Low: >= int.MinValue, High: <= int.MaxValue } => (known.Low, known.High),
        { Low: > int.MaxValue, High: <= uint.MaxValue } => (known.Low - (1L << 32), known.High - (1L << 32)),
        _ => null,
    };

    /// <summary>Null: no way that was walked has come to it.</summary>
    Known? Find(Node given, Dictionary<Node, Known>? facts = null)
    {
        var node = given.Now;
        if (node.IsConst) return Known.Number((long)node.Number, (long)node.Number);
        if (Ops.IsLeaf(node.Op)) return default(Known);
        return facts is not null && facts.TryGetValue(node, out var known) || _values.TryGetValue(node, out known) ? known : null;
    }

    void Grow<T>(Dictionary<T, Known> all, T which, Known by) where T : class
    {
        bool isNew = !all.TryGetValue(which, out var before);
        var after = isNew ? by : before.With(by);
        if (!isNew && after == before) return;
        all[which] = _gaveUp && !isNew ? default : after;
        _any = true;
    }

    /// <summary>Where the frame begins after a node.</summary>
    Known After(Node node, Known start) => node.Op == Op.TailCall ? default : IsMove(node) ? start.With(Moved(node, start)) : start;

    static bool IsMove(Node node) => node is { Op: Op.Call, Row.Id: AdjustHead };

    Known Moved(Node call, Known start) => Of(call.Inputs[1]) is var (low, high) && start.Kind == Kind.Place ? Known.Of(Kind.Place, start.Low + low, start.High + high) : default;

    /// <summary>Where it begins on a way out of a block: a move that is asked whether it was done has been done on one way, and not on the other.</summary>
    Known StartOn(Block block, int way, Known after)
    {
        int last = block.Nodes.FindLastIndex(n => IsMove(n) || n.Op == Op.TailCall);
        if (last < 0 || !IsMove(block.Nodes[last]) || block.Kind != EndKind.Branch || block.Value!.Now is not { Op: Op.Equal } test || test.Inputs[0].Now != block.Nodes[last] || !test.Inputs[1].Now.Is(0)) return after;
        var before = block.Nodes.Take(last).Aggregate(_starts[block], (start, node) => After(node, start));
        return way == 0 ? Moved(block.Nodes[last], before) : before;
    }

    Known ValueOf(Node node, Known start, Dictionary<Node, Known> facts)
    {
        Known In(int n) => Find(node.Inputs[n], facts) ?? default;
        switch (node.Op)
        {
            case Op.Field:
                return node.Field switch { FrameField.Data => start, FrameField.DataEnd or FrameField.DataMeta => default, _ => Known.Number(0, uint.MaxValue) };
            case Op.Load:
                return node.Size == AccessSize.Double ? default : Known.Number(0, (1L << 8 * (int)node.Size) - 1);
            case Op.Add:
                return Sum(In(0), In(1));
            case Op.Sub:
                return Difference(In(0), In(1));
            case Op.Select:
                return In(1).With(In(2));
            case Op.And when In(0) is { IsNatural: true } a && node.Inputs[1].Now is { IsConst: true } mask:
                return Masked(a, mask.Number);
            case Op.And when In(0) is var a && In(1) is var b && (a.IsNatural || b.IsNatural):
                return Known.Number(0, Math.Min(a.IsNatural ? a.High : Largest, b.IsNatural ? b.High : Largest));
            case Op.Or or Op.Xor when In(0) is { IsNatural: true } a && In(1) is { IsNatural: true } b:
                return Known.Number(0, (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)Math.Max(a.High, b.High) + 1) - 1);
            case Op.Mul when In(0) is { IsNatural: true, High: < int.MaxValue } a && In(1) is { IsNatural: true, High: < int.MaxValue } b:
                return Known.Number(a.Low * b.Low, a.High * b.High);
            case Op.Shl when In(0) is { IsNatural: true } a && Shift(node) is < 23 and var left:
                return Known.Number(a.Low << left, a.High << left);
            case Op.Shr when Shift(node) is { } by:
                return In(0) is { IsNatural: true } natural ? Known.Number(natural.Low >> by, natural.High >> by) : by >= 24 ? Known.Number(0, (1L << (64 - by)) - 1) : default;
            default:
                return Ops.IsTruth(node.Op) ? Known.Number(0, 1) : default;
        }

        static int? Shift(Node node) => node.Inputs[1].Now is { IsConst: true } by ? (int)(by.Number & 63) : null;
    }

    /// <summary>The bits above the first in which the ends differ are those of every number between them.</summary>
    static Known Masked(in Known a, ulong mask)
    {
        ulong open = Full(a.Low ^ a.High), same = (ulong)a.Low & ~open;
        return Known.Number((long)(same & mask), (long)((same | open) & mask));
    }

    static Known Sum(in Known a, in Known b) => (a.Kind, b.Kind) switch
    {
        (Kind.Number, Kind.Number) => Known.Number(a.Low + b.Low, a.High + b.High),
        (Kind.Place, Kind.Number) or (Kind.Number, Kind.Place) => Known.Of(Kind.Place, a.Low + b.Low, a.High + b.High),
        _ => default,
    };

    static Known Difference(in Known a, in Known b) => (a.Kind, b.Kind) switch
    {
        (Kind.Place, Kind.Place) or (Kind.Number, Kind.Number) => Known.Number(a.Low - b.High, a.High - b.Low),
        (Kind.Place, Kind.Number) => Known.Of(Kind.Place, a.Low - b.High, a.High - b.Low),
        _ => default,
    };
}
