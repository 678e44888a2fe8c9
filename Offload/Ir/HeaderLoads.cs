using Chainring.Offload.Verify;

namespace Chainring.Offload.Ir;

/// <summary>
/// Which loads find what a frame had at known places of its beginning when it came: nothing was written there since, and the frame has not moved. Whoever runs many frames
/// at once can lay these bytes out as it likes beforehand.
/// </summary>
public sealed class HeaderLoads
{
    /// <summary>Bytes of a frame's beginning that are looked at.</summary>
    public const int MaxBytes = 128;

    /// <summary>Places from which a load may come, depending on the way: with two VLAN tags or one or none it is three.</summary>
    const int MaxPlaces = 4;

    readonly Dictionary<Node, int[]> _loads = [];

    /// <summary>By store: what was written before.</summary>
    readonly Dictionary<Node, UInt128> _written = [];
    readonly Dictionary<Node, List<Node>> _arriving;
    readonly Func<Node, bool> _mayHaveMoved;

    /// <param name="blocks">Of a graph, from its entry on, in reverse postorder.</param>
    /// <param name="mayHaveMoved">Whether an end of the frame may be elsewhere than it was, at a node.</param>
    public HeaderLoads(IReadOnlyList<Block> blocks, Func<Node, bool> mayHaveMoved)
    {
        _mayHaveMoved = mayHaveMoved;
        _arriving = Graph.Arriving(blocks);
        var written = new Dictionary<Block, UInt128>();
        for (bool any = true; any;)
        {
            any = false;
            foreach (var block in blocks)
            {
                var now = block.Nodes.Aggregate(written.GetValueOrDefault(block), (bytes, node) => bytes | WrittenBy(node));
                foreach (var edge in block.Edges)
                {
                    var before = written.GetValueOrDefault(edge.To);
                    if ((now & ~before) == 0) continue;
                    written[edge.To] = before | now;
                    any = true;
                }
            }
        }
        foreach (var block in blocks)
        {
            var now = written.GetValueOrDefault(block);
            foreach (var node in block.Nodes)
            {
                if (node.Op == Op.Load && PlacesOf(node) is { } places && places.All(p => (BytesAt(p, (int)node.Size) & now) == 0)) Add(node, places);
                if (node.Op == Op.Store) _written.Add(node, now);
                now |= WrittenBy(node);
            }
        }
    }

    /// <summary>Bytes that are wanted, from the first to the last.</summary>
    public int Bytes { get; private set; }

    /// <summary>Places of a frame's beginning, in bytes from its start, that a load reads; null if it has to be read from the frame.</summary>
    public IReadOnlyList<int>? Of(Node load) => _loads.GetValueOrDefault(load);

    /// <summary>The place of bytes that lie so far behind where a store begins, if they are then what the frame had there: they are wanted then.</summary>
    public int? Beside(Node store, int distance, int length)
    {
        if (PlacesOf(store) is not [var place] || place + distance + length > MaxBytes || (BytesAt(place + distance, length) & _written[store]) != 0) return null;
        Want(place + distance + length);
        return place + distance;
    }

    void Add(Node load, int[] places)
    {
        _loads.Add(load, places);
        Want(places.Max() + (int)load.Size);
    }

    void Want(int bytes) => Bytes = Math.Max(Bytes, bytes);

    static UInt128 BytesAt(int place, int length) => ((UInt128.One << length) - 1) << place;

    /// <summary>Bytes of the frame's beginning that a node may write to.</summary>
    UInt128 WrittenBy(Node node)
    {
        const AccessRegions packet = AccessRegions.Packet | AccessRegions.Metadata | AccessRegions.Memory;
        if (node.Op == Op.Store && PlacesOf(node) is { } places) return places.Aggregate(UInt128.Zero, (bytes, place) => bytes | BytesAt(place, (int)node.Size));
        return Effects.Writes(node).Any(w => (w.Regions & packet) != 0) ? UInt128.MaxValue : 0;
    }

    /// <summary>From where in the frame's beginning an access may be, if it surely is.</summary>
    int[]? PlacesOf(Node access)
    {
        var piece = Piece.Of(access, (int)access.Size);
        if (piece.Regions == AccessRegions.None || (piece.Regions & ~(AccessRegions.Packet | AccessRegions.Metadata)) != 0) return null;
        var places = new HashSet<long>();
        if (!Find(access.Inputs[0].Now, (long)access.Number, places, 2 * MaxPlaces) || places.Count > MaxPlaces) return null;
        return places.All(p => p >= 0 && p + (int)access.Size <= MaxBytes) ? [.. places.Order().Select(p => (int)p)] : null;
    }

    bool Find(Node node, long displacement, HashSet<long> places, int depth)
    {
        if (depth == 0) return false;
        switch (node.Op)
        {
            case Op.Field when node.Field == FrameField.Data && !_mayHaveMoved(node):
                places.Add(displacement);
                return true;
            case Op.Add when node.Inputs[1].Now.IsConst:
                return Find(node.Inputs[0].Now, displacement + (long)node.Inputs[1].Now.Number, places, depth - 1);
            case Op.Select:
                return Find(node.Inputs[1].Now, displacement, places, depth - 1) && Find(node.Inputs[2].Now, displacement, places, depth - 1);
            case Op.Param when _arriving.TryGetValue(node, out var values):
                return values.TrueForAll(v => Find(v.Now, displacement, places, depth - 1));
            default:
                return false;
        }
    }
}
