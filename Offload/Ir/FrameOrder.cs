using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Offload.Ir;

/// <summary>
/// What of a graph must be done for one frame after the other so that the outcome is that of running them in order. The rest touches only what a frame has
/// for itself (its bytes, its record, its stack), or reads fields of map values that nothing in the graph writes, or adds to fields that nothing in the graph reads:
/// sums are the same in any order. A field is where accesses lead that lie at a known distance from the beginning of their value; those of which that is not known may lead to any.
/// </summary>
public sealed class FrameOrder
{

    internal const AccessRegions Own = AccessRegions.Stack | AccessRegions.CallerStack | AccessRegions.Context | AccessRegions.Packet | AccessRegions.Metadata;

    /// <summary>Those that a helper may have without reaching what frames share, but for memory that its row tells of.</summary>
    static readonly ArgumentKind[] Plain =
        [ArgumentKind.Number, ArgumentKind.Context, ArgumentKind.Map, ArgumentKind.MapKey, ArgumentKind.Memory, ArgumentKind.MemorySize, ArgumentKind.FixedMemory];

    readonly ValuePlaces _places;
    readonly List<ValuePlace> _written = [], _read = [];

    /// <summary>Maps into which keys are put, or out of which they are taken.</summary>
    readonly HashSet<IrMap> _changed = [];

    /// <summary>What is added to, and whether it lies at a multiple of its size.</summary>
    readonly List<(ValuePlace Place, AccessSize Size, bool IsAligned)> _added = [];

    /// <summary>Stores that end an addition, and by each load and sum that is part of one its store.</summary>
    readonly HashSet<Node> _additions = [];
    readonly Dictionary<Node, Node> _partOf = [];

    bool _anyWritten, _anyRead, _anyChanged;

    public FrameOrder(Graph graph)
    {
        var blocks = graph.Blocks();
        _places = new(Graph.Arriving(blocks));
        FindAdditions(blocks);
        foreach (var node in blocks.SelectMany(b => b.Nodes)) Note(node);
    }

    /// <summary>Whether a store is the end of an addition, which is done as a whole where the store is: value at the address + the sum's other part.</summary>
    public bool IsAddition(Node store) => _additions.Contains(store) && WhyInOrder(store) is null;

    /// <summary>Whether a load, or what adds to what it loaded, is done with the store that follows.</summary>
    public bool IsInAddition(Node node) => _partOf.TryGetValue(node, out var store) && WhyInOrder(store) is null;

    /// <summary>Why a node must be done for one frame after the other: half a sentence; null if it need not.</summary>
    public string? WhyInOrder(Node node)
    {
        switch (node.Op)
        {
            case Op.Load:
                return _partOf.TryGetValue(node, out var store) ? WhyInOrder(store) : IsShared(node) ? WhyRead(_places.Of(node)) : null;
            case Op.Store or Op.Atomic:
                return IsShared(node) ? WhyWrite(node) : null;
            case Op.Call:
                return WhyCall(node);
            case Op.TailCall or Op.TailCallOutcome:
                return "makes tail calls";
            case Op.Executed:
                return "counts its instructions";
            case Op.BeginWalk or Op.NextElement or Op.ElementKey or Op.ElementValue:
                return "walks through a map";
            default:
                return null;
        }
    }

    /// <summary>What an address may be so many bytes from: places in maps, and lookups in maps that are named; null if that is not known.</summary>
    internal IReadOnlySet<Node>? RootsOf(Node address) => _places.RootsOf(address);

    /// <summary>Whether a node may move an end of its frame.</summary>
    public static bool MovesFrame(Node node) => Effects.MovesFrame(node);

    /// <summary>Whether an access may reach what frames share.</summary>
    internal static bool IsShared(Node access) => (Piece.Of(access, (int)access.Size).Regions & ~Own) != 0;

    string? WhyRead(IReadOnlyList<ValuePlace>? places)
    {
        if (places is null) return _anyWritten || _written.Count > 0 || _added.Count > 0 ? "reads what may be a value of any map" : null;
        foreach (var place in places)
        {
            if (_anyWritten || _written.Exists(w => w.Meets(place))) return $"reads values of {place.Map.Spec.Name}, which are written";
            if (_added.Exists(a => a.Place.Meets(place))) return $"reads values of {place.Map.Spec.Name}, which are added to";
        }
        return null;
    }

    string? WhyWrite(Node access)
    {
        if (_places.Of(access) is not { } places) return "writes to what may be a value of any map";
        foreach (var place in places)
        {
            string name = place.Map.Spec.Name;
            if (!Adds(access)) return $"writes values of {name}";
            if (_anyWritten || _written.Exists(w => w.Meets(place))) return $"adds to values of {name}, which are written";
            if (_anyRead || _read.Exists(r => r.Meets(place))) return $"adds to values of {name}, which are read";
            // Sums that meet must do so as a whole: of one size, each at a multiple of it.
            if (_added.Exists(a => a.Place.Meets(place) && !(a.IsAligned && a.Size == access.Size))) return $"adds to parts of values of {name} that may overlap";
        }
        return null;
    }

    string? WhyCall(Node call)
    {
        var row = call.Row!;
        if (row.Id == HelperTable.RandomId) return "draws a random number";
        if (row.Effect is not (HelperEffect.None or HelperEffect.MovesPacket or HelperEffect.SetsRedirect or HelperEffect.ReadsMap or HelperEffect.ReadsMapOfCpu)
            || !Array.TrueForAll(row.Arguments, a => Plain.Contains(a.Kind)) || row.Result is not (HelperResult.None or HelperResult.Number or HelperResult.Number32 or HelperResult.Boolean or HelperResult.MapValueOrNull))
        {
            return $"calls {row.Name}";
        }
        if (row.Effect is HelperEffect.ReadsMap or HelperEffect.ReadsMapOfCpu)
        {
            if (call.Inputs[0].Now is not { Op: Op.Map, Map: { } map }) return "looks up in a map of a map";
            if (map.Spec.Type is MapType.LruHash or MapType.LruPerCpuHash) return $"looks up in {map.Spec.Name}, which remembers what was used last";
            if (_anyChanged || _changed.Contains(map)) return $"looks up in {map.Spec.Name}, whose keys change";
        }
        foreach (var piece in Effects.Writes(call))
        {
            if (piece.Root is not null && (piece.Regions & ~Own) != 0) return $"calls {row.Name}, which writes to map values";
        }
        foreach (var piece in Effects.Reads(call))
        {
            if ((piece.Regions & ~Own) != 0 && WhyRead(piece.Root is null ? null : _places.Around(piece.Root)) is { } why) return why;
        }
        return null;
    }

    /// <summary>What a node does to maps.</summary>
    void Note(Node node)
    {
        if (node.Op is Op.Store or Op.Atomic && IsShared(node))
        {
            if (_places.Of(node) is not { } places) _anyWritten = true;
            else if (!Adds(node)) _written.AddRange(places);
            else _added.AddRange(places.Select(place => (place, node.Size, IsAligned(node))));
        }
        else if (node.Op == Op.Load && IsShared(node) && !_partOf.ContainsKey(node))
        {
            if (_places.Of(node) is { } places) _read.AddRange(places);
            else _anyRead = true;
        }
        else if (node.Op is Op.TailCall or Op.BeginWalk)
        {
            _anyWritten = _anyChanged = true;
        }
        else if (node.Op == Op.Call)
        {
            NoteCall(node);
        }
    }

    void NoteCall(Node call)
    {
        bool isPlain = Array.TrueForAll(call.Row!.Arguments, a => Plain.Contains(a.Kind));
        if (call.Row.Effect is HelperEffect.WritesMap or HelperEffect.Pushes or HelperEffect.Pops or HelperEffect.Peeks)
        {
            if (call.Inputs[0].Now is { Op: Op.Map, Map: { } map })
            {
                _written.Add(ValuePlace.Anywhere(map));
                _changed.Add(map);
            }
            else
            {
                _anyWritten = _anyChanged = true;
            }
        }
        else if (!isPlain || call.Row.Effect is HelperEffect.CallsBack or HelperEffect.FollowsPointers or HelperEffect.Locks)
        {
            _anyWritten = _anyChanged = true;
        }
        foreach (var piece in Effects.Writes(call))
        {
            if (piece.Root is null || (piece.Regions & ~Own) == 0) continue;
            if (_places.Around(piece.Root) is { } places) _written.AddRange(places);
            else _anyWritten = true;
        }
        foreach (var piece in Effects.Reads(call))
        {
            if ((piece.Regions & ~Own) == 0) continue;
            if (piece.Root is not null && _places.Around(piece.Root) is { } places) _read.AddRange(places);
            else _anyRead = true;
        }
    }

    static bool IsAligned(Node access) => access.Number % (ulong)access.Size == 0 && IsMultiple(access.Inputs[0], (ulong)access.Size);

    bool Adds(Node access) => _additions.Contains(access) || access is { Op: Op.Atomic, Atomic: AtomicOp.Add };

    static bool IsMultiple(Node given, ulong size, int depth = 8)
    {
        var node = given.Now;
        return depth > 0 && node.Op switch
        {
            Op.Const or Op.Storage => node.Number % size == 0,
            Op.Add => IsMultiple(node.Inputs[0], size, depth - 1) && IsMultiple(node.Inputs[1], size, depth - 1),
            Op.Mul => IsMultiple(node.Inputs[0], size, depth - 1) || IsMultiple(node.Inputs[1], size, depth - 1),
            Op.Shl => node.Inputs[1].Now is { IsConst: true, Number: < 64 } by && (1UL << (int)by.Number) % size == 0,
            Op.And => node.Inputs[1].Now is { IsConst: true } mask && mask.Number % size == 0,
            Op.Select => IsMultiple(node.Inputs[1], size, depth - 1) && IsMultiple(node.Inputs[2], size, depth - 1),
            Op.Call => node.Row!.Result == HelperResult.MapValueOrNull,
            _ => false,
        };
    }

    /// <summary>A load, a sum with it that nothing else wants, and a store of that to the same place, with no other write to map values between them.</summary>
    void FindAdditions(IReadOnlyList<Block> blocks)
    {
        var uses = new Dictionary<Node, int>();
        foreach (var block in blocks)
        {
            foreach (var input in block.Nodes.SelectMany(n => n.Inputs)) Use(input);
            foreach (var argument in block.Edges.SelectMany(e => e.Arguments)) Use(argument);
            if (block.Value is { } value) Use(value);
        }
        foreach (var block in blocks)
        {
            for (int n = 0; n < block.Nodes.Count; n++)
            {
                var store = block.Nodes[n];
                if (store.Op != Op.Store || !IsShared(store)) continue;
                var sum = store.Inputs[1].Now;
                if (sum.Op is not (Op.Add or Op.Sub) || uses[sum] != 1) continue;
                int first = LoadBefore(block.Nodes, n, sum.Inputs[0].Now, store);
                if (first < 0 && sum.Op == Op.Add) first = LoadBefore(block.Nodes, n, sum.Inputs[1].Now, store);
                if (first < 0 || uses[block.Nodes[first]] != 1) continue;
                _additions.Add(store);
                _partOf.Add(block.Nodes[first], store);
                _partOf.Add(sum, store);
            }
        }

        void Use(Node node) => uses[node.Now] = uses.GetValueOrDefault(node.Now) + 1;
    }

    /// <summary>Where the value was loaded that a store replaces; -1 if not before it in the block, or something else was written since.</summary>
    static int LoadBefore(List<Node> nodes, int at, Node value, Node store)
    {
        if (value.Op != Op.Load || value.Size != store.Size || value.Number != store.Number || value.Inputs[0].Now != store.Inputs[0].Now) return -1;
        for (int n = at - 1; n >= 0; n--)
        {
            if (nodes[n] == value) return n;
            if (nodes[n].Op == Op.Call || Effects.Writes(nodes[n]).Any(w => (w.Regions & ~Own) != 0)) return -1;
        }
        return -1;
    }
}
