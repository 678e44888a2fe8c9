using System.Numerics;
using Chainring.Offload.Isa;

namespace Chainring.Offload.Ir;

/// <summary>Bytes of the values of a map: the same ones of each.</summary>
/// <param name="Offset">From the beginning of the value; -1 if they may be any.</param>
readonly record struct ValuePlace(IrMap Map, int Offset, int Length)
{
    public static ValuePlace Anywhere(IrMap map) => new(map, -1, 0);

    /// <summary>Whether the one in a value and the other in the same value may have a byte in common.</summary>
    public bool Meets(in ValuePlace other) =>
        Map == other.Map && (Offset < 0 || other.Offset < 0 || (Offset < other.Offset + other.Length && other.Offset < Offset + Length));
}

/// <summary>Where in map values accesses lead. Each is within one value, as the verifier has proven.</summary>
/// <param name="arriving">What parameters may be (<see cref="Graph.Arriving"/>).</param>
sealed class ValuePlaces(Dictionary<Node, List<Node>> arriving)
{
    /// <summary>How far numbers are looked into, and how many pointers an access may be made of before it may be anywhere.</summary>
    const int MaxDepth = 8, MaxSteps = 1_000;

    readonly Dictionary<Node, IReadOnlyList<ValuePlace>?> _places = [];

    /// <summary>What was added to a pointer on the way: numbers that are not constant.</summary>
    sealed record Addend(Node Number, Addend? Next);

    /// <summary>Where an access leads, a place for each map; null if that may be any map.</summary>
    public IReadOnlyList<ValuePlace>? Of(Node access)
    {
        if (!_places.TryGetValue(access, out var places)) _places.Add(access, places = Find(access.Inputs[0], access.Number, (int)access.Size));
        return places;
    }

    /// <summary>The maps into whose values an address may lead, all of them with all bytes; null if they may be any.</summary>
    public IReadOnlyList<ValuePlace>? Around(Node address) => Find(address, 0, 0)?.Select(p => ValuePlace.Anywhere(p.Map)).ToList();

    List<ValuePlace>? Find(Node address, ulong displacement, int length)
    {
        var places = new HashSet<ValuePlace>();
        var seen = new Dictionary<Node, (ulong Offset, Addend? Addends)>();
        var work = new Stack<(Node Node, ulong Offset, Addend? Addends)>([(address, displacement, null)]);
        bool isFixed = true;
        int steps = 0;
        while (work.TryPop(out var top))
        {
            var (node, offset, addends) = (top.Node.Now, top.Offset, top.Addends);
            // A pointer that has moved on when it comes round again; only parameters lead back to themselves.
            if (node.Op == Op.Param && !seen.TryAdd(node, (offset, addends)))
            {
                isFixed &= seen[node] == (offset, addends);
                continue;
            }
            if (++steps > MaxSteps) return null;
            switch (node.Op)
            {
                case Op.Storage:
                    places.Add(Place(node.Map!, (long)(node.Number + offset) % node.Map!.Stride, addends, length));
                    break;
                case Op.Const:
                    break;
                case Op.Call when node.Row!.Result == HelperResult.MapValueOrNull && node.Inputs[0].Now is { Op: Op.Map, Map: { } map }:
                    places.Add(Place(map, (long)offset, addends, length));
                    break;
                case Op.Add:
                    // The pointer, and how far from it: which is which shows.
                    var (first, second) = (node.Inputs[0].Now, node.Inputs[1].Now);
                    if (Leads(second)) (first, second) = (second, first);
                    work.Push(second.IsConst ? (first, offset + second.Number, addends) : (first, offset, new(second, addends)));
                    break;
                case Op.Select:
                    work.Push((node.Inputs[1], offset, addends));
                    work.Push((node.Inputs[2], offset, addends));
                    break;
                case Op.Param when arriving.TryGetValue(node, out var values):
                    foreach (var value in values) work.Push((value, offset, addends));
                    break;
                default:
                    return null;
            }
        }
        if (places.Count == 0) return null;
        return isFixed ? [.. places] : [.. places.Select(p => ValuePlace.Anywhere(p.Map)).Distinct()];
    }

    /// <summary>What an address may be so many bytes from: places in maps, and lookups in maps that are named; null if that is not known.</summary>
    public IReadOnlySet<Node>? RootsOf(Node address)
    {
        var roots = new HashSet<Node>();
        var seen = new HashSet<Node>();
        var work = new Stack<Node>([address]);
        while (work.TryPop(out var given))
        {
            var node = given.Now;
            if (!seen.Add(node)) continue;
            switch (node.Op)
            {
                case Op.Storage:
                    roots.Add(node);
                    break;
                case Op.Const:
                    break;
                case Op.Call when node.Row!.Result == HelperResult.MapValueOrNull && node.Inputs[0].Now.Op == Op.Map:
                    roots.Add(node);
                    break;
                case Op.Add:
                    work.Push(Leads(node.Inputs[1].Now) ? node.Inputs[1] : node.Inputs[0]);
                    break;
                case Op.Select:
                    work.Push(node.Inputs[1]);
                    work.Push(node.Inputs[2]);
                    break;
                case Op.Param when arriving.TryGetValue(node, out var values):
                    foreach (var value in values) work.Push(value);
                    break;
                default:
                    return null;
            }
        }
        return roots.Count > 0 ? roots : null;
    }

    /// <summary>Whether a number shows that it is a pointer.</summary>
    static bool Leads(Node node) => node.Op is Op.Storage || (node.Op == Op.Call && node.Row!.Result == HelperResult.MapValueOrNull);

    /// <summary>Whole values further on it is the same place.</summary>
    ValuePlace Place(IrMap map, long offset, Addend? addends, int length)
    {
        for (; addends is not null; addends = addends.Next)
        {
            if (!IsMultiple(addends.Number, (ulong)map.Stride, MaxDepth)) return ValuePlace.Anywhere(map);
        }
        return offset >= 0 && offset + length <= map.Spec.ValueSize ? new(map, (int)offset, length) : ValuePlace.Anywhere(map);
    }

    /// <summary>Whether a number is a multiple of a stride. What may have gone round at 2^64 is only one of powers of two.</summary>
    bool IsMultiple(Node given, ulong stride, int depth)
    {
        var node = given.Now;
        if (depth == 0) return false;
        bool mayGoRound = BitOperations.IsPow2(stride);
        return node.Op switch
        {
            Op.Const => node.Number % stride == 0,
            Op.Add => IsMultiple(node.Inputs[0], stride, depth - 1) && IsMultiple(node.Inputs[1], stride, depth - 1),
            Op.Mul => node.Inputs[1].Now is { IsConst: true } by && by.Number % stride == 0 && (mayGoRound || (by.Number <= int.MaxValue && IsWord(node.Inputs[0], depth - 1))),
            Op.Shl => mayGoRound && node.Inputs[1].Now is { IsConst: true, Number: < 64 } by && (1UL << (int)by.Number) % stride == 0,
            _ => false,
        };
    }

    /// <summary>Whether a number is below 2^32.</summary>
    bool IsWord(Node given, int depth)
    {
        var node = given.Now;
        return depth > 0 && node.Op switch
        {
            Op.Const => node.Number <= uint.MaxValue,
            Op.Cpu => true,
            Op.Load => node.Size <= AccessSize.Word,
            Op.And => IsWord(node.Inputs[0], depth - 1) || IsWord(node.Inputs[1], depth - 1),
            Op.Shr => IsWord(node.Inputs[0], depth - 1) || node.Inputs[1].Now is { IsConst: true, Number: >= 32 and < 64 },
            Op.Select => IsWord(node.Inputs[1], depth - 1) && IsWord(node.Inputs[2], depth - 1),
            Op.Param => arriving.TryGetValue(node, out var values) && values.TrueForAll(v => IsWord(v, depth - 1)),
            _ => false,
        };
    }
}
