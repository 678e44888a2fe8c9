using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Offload.Ir;

/// <summary>
/// Whether it is enough that frames which use a common key of a map keep their order, and how the keys that a frame will use can be found beforehand: by running the
/// graph without anything that frames share. Where that would decide which way to go, both ways are gone, so that the keys that are found are at least those that are
/// used.
/// </summary>
public sealed class KeyedOrder
{
    readonly FrameOrder _order;
    readonly Shape _shape;
    readonly HashSet<IrMap> _maps = [];

    /// <summary>Values that hang on what frames share, or on which of several ways was gone.</summary>
    readonly HashSet<Node> _unknown = [];

    /// <summary>Blocks before a use of a key, and those behind a place where both ways are gone; by number.</summary>
    readonly bool[] _needed, _late;
    readonly bool[][] _reached;

    /// <summary>What may write to memory or move the frame, and where it is.</summary>
    readonly List<(Node Node, Piece Piece, int Block, int At)> _writers = [];
    readonly List<(int Block, int At)> _movers = [];

    /// <param name="isOfFrame">Whether a node that needs the order elsewhere works for each frame by itself here.</param>
    public KeyedOrder(Graph graph, FrameOrder order, Func<Node, bool> isOfFrame)
    {
        (_order, _shape) = (order, new(graph));
        (_needed, _late) = (new bool[_shape.Blocks.Count], new bool[_shape.Blocks.Count]);
        WhyNot = FindMaps(isOfFrame);
        _reached = WhyNot is null ? [.. _shape.Blocks.Select(Reached)] : [];
        if (WhyNot is not null) return;
        for (int b = 0; b < _needed.Length; b++) _needed[b] = Uses(b) || Enumerable.Range(0, _needed.Length).Any(to => _reached[b][to] && Uses(to));
        FindWriters();
        FindUnknown();
        WhyNot = WhyLoop() ?? Each().Select(e => WhyNoKey(e.Node, e.Block, e.At) ?? WhyStale(e.Node, e.Block, e.At)).FirstOrDefault(w => w is not null);

        bool Uses(int block) => _shape.Blocks[block].Nodes.Exists(n => IsUse(n) || PlaceOf(n) is not null);
    }

    /// <summary>Why keys cannot be found beforehand, or are not enough: half a sentence that goes on after the chain's name; null if they can.</summary>
    public string? WhyNot { get; }

    /// <summary>The maps whose keys keep their frames in order, in which keys are put: as long as there is room for all, it does not show in which order.</summary>
    public IEnumerable<IrMap> Filled => _maps.Where(m => Each().Any(e => IsUse(e.Node) && e.Node.Row!.Arguments.Contains(HelperArgument.MapValue) && e.Node.Inputs[0].Now.Map == m && !IsArray(m)));

    /// <summary>Whether a block has to be run to find keys.</summary>
    public bool IsNeeded(Block block) => _needed[_shape.Of(block)];

    /// <summary>Whether a block may be run without being on the frame's way: what it reads of the frame may not be there.</summary>
    public bool IsLate(Block block) => _late[_shape.Of(block)];

    public bool IsUnknown(Node node) => _unknown.Contains(node.Now);

    /// <summary>Whether a node uses a key, its second input, of one of the maps. Of an array that is an update: where else an element is, its address says (<see cref="PlaceOf"/>).</summary>
    public bool IsUse(Node node) =>
        node is { Op: Op.Call, Row.OnDevice: HelperOnDevice.WithMap } && node.Inputs[0].Now.Map is { } map && _maps.Contains(map) && (!IsArray(map) || node.Row.Effect == HelperEffect.WritesMap);

    /// <summary>The array that a node uses an element of, by the address in its first input; null if it uses none.</summary>
    public IrMap? PlaceOf(Node node)
    {
        if (!Ops.IsAccess(node.Op) && node is not { Op: Op.Call, Row.Effect: HelperEffect.Locks }) return null;
        foreach (var address in Shared(node))
        {
            if (_order.RootsOf(address)?.Select(MapOf).FirstOrDefault(m => IsArray(m) && _maps.Contains(m)) is { } map) return map;
        }
        return null;
    }

    /// <summary>Whether a node is done when keys are found.</summary>
    public bool IsRun(Node node) => node.Op switch
    {
        Op.Store => !IsUnknown(node.Inputs[0]) && !IsUnknown(node.Inputs[1]) && Piece.Of(node, (int)node.Size).IsOnStack,
        Op.ClearStack => true,
        Op.AddTo or Op.Count or Op.SetRxQueue or Op.Fence or Op.BeginRun or Op.PopVerdict => false,
        _ => !IsUnknown(node),
    };

    static IrMap MapOf(Node root) => root.Map ?? root.Inputs[0].Now.Map!;

    public static bool IsArray(IrMap map) => map.Spec.Type is MapType.Array or MapType.PerCpuArray;

    IEnumerable<(Node Node, int Block, int At)> Each() =>
        Enumerable.Range(0, _shape.Blocks.Count).SelectMany(b => _shape.Blocks[b].Nodes.Select((n, at) => (n, b, at)));

    /// <summary>By number of a block: whether a way of at least one step leads there.</summary>
    bool[] Reached(Block from)
    {
        var reached = new bool[_shape.Blocks.Count];
        var work = new Stack<Block>([from]);
        while (work.TryPop(out var block))
        {
            foreach (var edge in block.Edges)
            {
                int to = _shape.Of(edge.To);
                if (reached[to]) continue;
                reached[to] = true;
                work.Push(edge.To);
            }
        }
        return reached;
    }

    /// <summary>The maps of all that needs the order; or why that is not all there is to it.</summary>
    string? FindMaps(Func<Node, bool> isOfFrame)
    {
        foreach (var (node, _, _) in Each())
        {
            if (isOfFrame(node) || _order.WhyInOrder(node) is not { } why) continue;
            if (!Ops.IsAccess(node.Op) && node.Op != Op.Call) return why;
            if (node is { Op: Op.Call, Row.OnDevice: HelperOnDevice.WithMap })
            {
                if (node.Inputs[0].Now.Map is not { } map) return why;
                if (map.Spec.Type is MapType.LruHash or MapType.LruPerCpuHash) return why;
                _maps.Add(map);
            }
            foreach (var address in Shared(node))
            {
                if (_order.RootsOf(address) is not { } roots) return why;
                if (address.Now.Op == Op.Storage) return $"{why} at a place that all frames have in common";
                var maps = roots.Select(MapOf).Distinct().ToList();
                bool byPlace = node.Op != Op.Call || node.Row!.Effect == HelperEffect.Locks;
                if (maps.Exists(IsArray) && (maps.Count > 1 || !byPlace)) return why;
                _maps.UnionWith(maps);
            }
        }
        return null;
    }

    /// <summary>The addresses in memory that frames share which a node reads or writes.</summary>
    static IEnumerable<Node> Shared(Node node)
    {
        if (Ops.IsAccess(node.Op)) return FrameOrder.IsShared(node) ? [node.Inputs[0]] : [];
        if (node is { Op: Op.Call, Row.Effect: HelperEffect.Locks }) return [node.Inputs[0]];
        return Effects.Reads(node).Concat(Effects.Writes(node)).Where(p => p.Root is not null && (p.Regions & ~FrameOrder.Own) != 0).Select(p => p.Root!);
    }

    void FindWriters()
    {
        foreach (var (node, block, at) in Each())
        {
            if (FrameOrder.MovesFrame(node)) _movers.Add((block, at));
            foreach (var piece in Effects.Writes(node)) _writers.Add((node, piece, block, at));
        }
    }

    void FindUnknown()
    {
        for (bool any = true; any;)
        {
            any = false;
            for (int b = 0; b < _shape.Blocks.Count; b++)
            {
                if (!_needed[b]) continue;
                var block = _shape.Blocks[b];
                for (int n = 0; n < block.Parameters.Count; n++)
                {
                    if (!_unknown.Contains(block.Parameters[n]) && IsUnknownParameter(b, n)) any |= _unknown.Add(block.Parameters[n]);
                }
                for (int at = 0; at < block.Nodes.Count; at++)
                {
                    if (!_unknown.Contains(block.Nodes[at]) && BecomesUnknown(block.Nodes[at], b, at)) any |= _unknown.Add(block.Nodes[at]);
                }
                if (block.Value is null || !IsUnknown(block.Value)) continue;
                foreach (int to in block.Edges.Select(e => _shape.Of(e.To)))
                {
                    for (int other = 0; other < _late.Length; other++)
                    {
                        if (_late[other] || (other != to && !_reached[to][other])) continue;
                        _late[other] = any = true;
                    }
                }
            }
        }
    }

    /// <summary>A value that is unknown on one way, or another on each of several that are gone.</summary>
    bool IsUnknownParameter(int block, int number)
    {
        var ways = _shape.Incoming[block];
        if (ways.Exists(w => IsUnknown(w.Edge.Arguments[number]))) return true;
        if (!_late[block]) return false;
        return ways.Where(w => IsBehindChoice(w.From) && !Dominates(block, _shape.Of(w.From))).Select(w => w.Edge.Arguments[number].Now).Distinct().Skip(1).Any();
    }

    bool IsBehindChoice(Block block) => IsLate(block) || (block.Value is { } value && IsUnknown(value));

    bool BecomesUnknown(Node node, int block, int at)
    {
        if (Ops.IsPure(node.Op)) return Array.Exists(node.Inputs, IsUnknown);
        switch (node.Op)
        {
            case Op.Load:
                var piece = Piece.Of(node, (int)node.Size);
                if (_order.WhyInOrder(node) is not null || IsUnknown(node.Inputs[0]) || (_late[block] && !IsThere(piece))) return true;
                return piece.Regions != AccessRegions.MapValue && !IsKnown(piece, block, at);
            case Op.Field:
                return node.Field switch
                {
                    FrameField.IngressIfindex => false,
                    FrameField.RxQueueIndex => Each().Any(e => e.Node.Op == Op.SetRxQueue),
                    _ => _movers.Exists(m => Reaches(m.Block, m.At, block, at)),
                };
            case Op.Call when node.Row is { Arguments.Length: 0, Id: not HelperTable.RandomId }:
                return false;
            case Op.Call when node.Row!.Effect is HelperEffect.ReadsMap or HelperEffect.ReadsMapOfCpu:
                return _order.WhyInOrder(node) is not null || Array.Exists(node.Inputs, IsUnknown) || !IsKnownKey(node, block, at);
            case Op.Store or Op.AddTo or Op.ClearStack or Op.Count or Op.SetRxQueue or Op.Fence:
                return false;
            default:
                return true;
        }
    }

    /// <summary>Memory that is there whichever way was gone: a place on the stack or in a map, or bytes of the frame, of which one has to see whether they are in its buffer.</summary>
    static bool IsThere(in Piece piece) =>
        piece.IsOnStack || piece is { Root.Op: Op.Storage, Length: >= 0 } || (piece.Regions & ~(AccessRegions.Packet | AccessRegions.Metadata)) == 0;

    /// <summary>Whether memory holds, when keys are found, what it will hold when the frame is run.</summary>
    bool IsKnown(in Piece read, int block, int at)
    {
        foreach (var writer in _writers)
        {
            bool runs = writer.Node.Op is Op.Store or Op.ClearStack && IsRun(writer.Node);
            if (runs && (!_late[writer.Block] || Dominates(writer.Block, block))) continue;
            if (Reaches(writer.Block, writer.At, block, at) && writer.Piece.Meets(read)) return false;
        }
        return true;
    }

    /// <summary>The same of the key of a call.</summary>
    bool IsKnownKey(Node call, int block, int at)
    {
        var map = call.Inputs[0].Now.Map;
        var key = Piece.At(call.Inputs[1], 0, AccessRegions.None, map?.Spec.KeySize ?? -1);
        return !IsUnknown(call.Inputs[1]) && (key.Regions & ~FrameOrder.Own) == 0 && (!_late[block] || key.IsOnStack) && IsKnown(key, block, at);
    }

    bool Reaches(int from, int fromAt, int to, int toAt) => (from == to && fromAt < toAt) || _reached[from][to];

    bool Dominates(int one, int other)
    {
        while (other > one) other = _shape.Dominator(other);
        return other == one;
    }

    string? WhyLoop() => Enumerable.Range(0, _late.Length).Any(b => _needed[b] && _late[b] && _reached[b][b]) ? "goes round a loop on the way to a key, after what it has read from maps" : null;

    string? WhyNoKey(Node node, int block, int at) =>
        IsUse(node) && !IsKnownKey(node, block, at) ? $"calls {node.Row!.Name} on {node.Inputs[0].Now.Map!.Spec.Name} with a key that is known only when maps have been read"
        : IsUnknown(node.Inputs.FirstOrDefault() ?? node) && PlaceOf(node) is { } array ? $"uses an element of {array.Spec.Name} that is known only when maps have been read"
        : null;

    /// <summary>
    /// A value that was taken out of a map may be given to another key, which other frames have: it must not be used any more.
    /// </summary>
    string? WhyStale(Node node, int block, int at)
    {
        if (node.Op == Op.Call && IsUse(node)) return null;
        foreach (var address in Shared(node))
        {
            foreach (var map in _order.RootsOf(address)?.Select(MapOf).Where(_maps.Contains).Distinct() ?? [])
            {
                if (!IsFresh(address, map, block, at, [])) return $"may use a value of {map.Spec.Name} after it has changed the keys there";
            }
        }
        return null;
    }

    /// <summary>Whether the keys of a map stay between every place where an address came into being and one where it is used.</summary>
    bool IsFresh(Node address, IrMap map, int block, int at, HashSet<Node> seen)
    {
        var value = address.Now;
        switch (value.Op)
        {
            case Op.Add or Op.Select:
                return Array.TrueForAll(value.Inputs, i => IsFresh(i, map, block, at, seen));
            case Op.Param:
                if (!seen.Add(value)) return true;
                int home = Enumerable.Range(0, _shape.Blocks.Count).First(b => _shape.Blocks[b].Parameters.Contains(value));
                return KeysStay(map, home, -1, block, at)
                    && _shape.Incoming[home].TrueForAll(w => IsFresh(w.Edge.Arguments[_shape.Blocks[home].Parameters.IndexOf(value)], map, _shape.Of(w.From), _shape.Blocks[_shape.Of(w.From)].Nodes.Count, seen));
            case Op.Call when value.Row!.Result == HelperResult.MapValueOrNull && value.Inputs[0].Now.Map == map:
                var (_, from, where) = Each().First(e => e.Node == value);
                return KeysStay(map, from, where, block, at);
            default:
                return true;
        }
    }

    /// <summary>Whether no way from behind one place to another, not through the first again, changes a map's keys.</summary>
    bool KeysStay(IrMap map, int from, int fromAt, int to, int toAt)
    {
        if (from == to && fromAt < toAt) return !Changes(map, to, fromAt + 1, toAt);
        var seen = new HashSet<int>();
        var work = new Stack<(int Block, int Until)>([(to, toAt)]);
        while (work.TryPop(out var at))
        {
            int begin = at.Block == from && seen.Count > 0 ? fromAt + 1 : 0;
            if (Changes(map, at.Block, begin, at.Until)) return false;
            if (at.Block == from && (seen.Count > 0 || fromAt < 0)) continue;
            foreach (var (before, _) in _shape.Incoming[at.Block])
            {
                if (seen.Add(_shape.Of(before))) work.Push((_shape.Of(before), before.Nodes.Count));
            }
        }
        return true;
    }

    /// <summary>Whether nodes of a block take values out of a map, or put others in their place.</summary>
    bool Changes(IrMap map, int block, int from, int until)
    {
        for (int n = from; n < until; n++)
        {
            var node = _shape.Blocks[block].Nodes[n];
            if (node is { Op: Op.Call, Row.Effect: HelperEffect.WritesMap } && node.Inputs[0].Now.Map == map && !IsArray(map)
                && (map.Spec.Type is not MapType.PerCpuHash || !node.Row.Arguments.Contains(HelperArgument.MapValue))) return true;
        }
        return false;
    }
}
