using Chainring.Offload.Isa;

namespace Chainring.Offload.Ir;

/// <summary>Bytes of a frame, counted from where it began when it came.</summary>
/// <param name="To">One after the last.</param>
public readonly record struct FrameBytes(long From, long To);

/// <summary>
/// Between which bytes of a frame an access may be, as far as the numbers say that go into its address: constants, what is loaded, and what masks, shifts and sums leave of them. What
/// was compared does not count. Whoever moves frames elsewhere need not move more of them.
/// </summary>
public sealed class PacketReach
{
    const int AdjustHead = 44;

    /// <summary>Larger numbers are as good as unknown.</summary>
    const long Largest = 1L << 40;

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

        public Known With(in Known other) => Kind == other.Kind ? Of(Kind, Math.Min(Low, other.Low), Math.Max(High, other.High)) : default;
    }

    readonly Dictionary<Node, Known> _values = [];

    /// <summary>By block: where the frame begins there.</summary>
    readonly Dictionary<Block, Known> _starts = [];
    readonly Dictionary<Node, List<Node>> _arriving;
    bool _any, _gaveUp;

    /// <param name="blocks">Of a graph, from its entry on, in reverse postorder.</param>
    public PacketReach(IReadOnlyList<Block> blocks)
    {
        _arriving = Graph.Arriving(blocks);
        _starts[blocks[0]] = new(Kind.Place, 0, 0);
        _any = true;
        for (int round = 0; _any; round++)
        {
            (_any, _gaveUp) = (false, round >= MostRounds);
            foreach (var block in blocks)
            {
                foreach (var parameter in block.Parameters)
                {
                    foreach (var value in _arriving.GetValueOrDefault(parameter) ?? [])
                    {
                        if (Find(value) is { } known) Grow(_values, parameter, known);
                    }
                }
                if (!_starts.TryGetValue(block, out var start)) continue;
                foreach (var node in block.Nodes)
                {
                    Grow(_values, node, ValueOf(node, start));
                    start = After(node, start);
                }
                foreach (var edge in block.Edges) Grow(_starts, edge.To, start);
            }
        }
    }

    /// <summary>The bytes that an access may touch which is so long; null if it may be anywhere.</summary>
    public FrameBytes? Of(Node address, ulong displacement, int length) =>
        Find(address) is { Kind: Kind.Place } place && Known.Of(Kind.Place, place.Low + (long)displacement, place.High + (long)displacement + length) is { Kind: Kind.Place } reached
            ? new(reached.Low, reached.High) : null;

    /// <summary>What a number may be, taken for one of 32 bits with a sign; null if anything.</summary>
    public (long Low, long High)? Of(Node number) => Find(number) is { Kind: Kind.Number } known ? Signed(known) : null;

    static (long, long)? Signed(in Known known) => known switch
    {
        { Low: >= int.MinValue, High: <= int.MaxValue } => (known.Low, known.High),
        { Low: > int.MaxValue, High: <= uint.MaxValue } => (known.Low - (1L << 32), known.High - (1L << 32)),
        _ => null,
    };

    /// <summary>Null: no way that was walked has come to it.</summary>
    Known? Find(Node given)
    {
        var node = given.Now;
        if (node.IsConst) return Known.Number((long)node.Number, (long)node.Number);
        if (Ops.IsLeaf(node.Op)) return default(Known);
        return _values.TryGetValue(node, out var known) ? known : null;
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
    Known After(Node node, Known start)
    {
        if (node.Op == Op.TailCall) return default;
        if (node is not { Op: Op.Call, Row.Id: AdjustHead }) return start;
        return Of(node.Inputs[1]) is var (low, high) && start.Kind == Kind.Place ? start.With(Known.Of(Kind.Place, start.Low + low, start.High + high)) : default;
    }

    Known ValueOf(Node node, Known start)
    {
        Known In(int n) => Find(node.Inputs[n]) ?? default;
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
