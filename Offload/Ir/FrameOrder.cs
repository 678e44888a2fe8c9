using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Offload.Ir;

/// <summary>
/// What of a graph must be done for one frame after the other so that the outcome is that of running them in order. The rest touches only what a frame has
/// for itself (its bytes, its record, its stack), or reads maps that nothing in the graph writes, or adds to values of maps that nothing in the graph reads:
/// sums are the same in any order. Values are looked at by their bytes: a counter in a value of which other bytes are read is as good as one by itself.
/// </summary>
public sealed class FrameOrder
{
    /// <summary>What a frame has for itself.</summary>
    internal const AccessRegions Own = AccessRegions.Stack | AccessRegions.CallerStack | AccessRegions.Context | AccessRegions.Packet | AccessRegions.Metadata;

    /// <summary>Those that a helper may have without reaching what frames share, but for memory that its row tells of.</summary>
    static readonly ArgumentKind[] Plain =
        [ArgumentKind.Number, ArgumentKind.Context, ArgumentKind.Map, ArgumentKind.MapKey, ArgumentKind.Memory, ArgumentKind.MemorySize, ArgumentKind.FixedMemory];

    readonly Dictionary<Node, List<Node>> _arriving;
    readonly Dictionary<IrMap, HashSet<Field>> _written = [], _read = [];

    /// <summary>Maps into which keys are put, or out of which they are taken.</summary>
    readonly HashSet<IrMap> _changed = [];
    readonly Dictionary<IrMap, HashSet<Sum>> _added = [];

    /// <summary>Stores that end an addition, and by each load and sum that is part of one its store.</summary>
    readonly HashSet<Node> _additions = [];
    readonly Dictionary<Node, Node> _partOf = [];

    bool _anyWritten, _anyRead, _anyChanged;

    public FrameOrder(Graph graph)
    {
        var blocks = graph.Blocks();
        _arriving = Graph.Arriving(blocks);
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
                return _partOf.TryGetValue(node, out var store) ? WhyInOrder(store) : IsShared(node) ? WhyRead(MapsOf(node.Inputs[0]), FieldOf(node)) : null;
            case Op.Store or Op.Atomic:
                return IsShared(node) ? WhyWrite(node, MapsOf(node.Inputs[0])) : null;
            case Op.Call:
                return WhyCall(node);
            case Op.TailCall or Op.TailCallOutcome or Op.TakeTailCall or Op.BeginRun:
                return "makes tail calls";
            case Op.Executed:
                return "counts its instructions";
            case Op.BeginWalk or Op.NextElement or Op.ElementKey or Op.ElementValue:
                return "walks through a map";
            default:
                return null;
        }
    }

    /// <summary>Whether a node may move an end of its frame.</summary>
    public static bool MovesFrame(Node node) => Effects.MovesFrame(node);

    /// <summary>Whether an access may reach what frames share.</summary>
    internal static bool IsShared(Node access) => (Piece.Of(access, (int)access.Size).Regions & ~Own) != 0;

    string? WhyRead(IReadOnlyCollection<IrMap>? maps, Field field)
    {
        if (maps is null) return _anyWritten || _written.Count > 0 || _added.Count > 0 ? "reads what may be a value of any map" : null;
        foreach (var map in maps)
        {
            if (_anyWritten || Meets(_written, map, field)) return $"reads values of {map.Spec.Name}, which are written";
            if (_added.TryGetValue(map, out var sums) && sums.Any(s => s.Field.Meets(field))) return $"reads values of {map.Spec.Name}, which are added to";
        }
        return null;
    }

    string? WhyWrite(Node access, IReadOnlyCollection<IrMap>? maps)
    {
        if (maps is null) return "writes to what may be a value of any map";
        var sum = SumOf(access);
        foreach (var map in maps)
        {
            if (!Adds(access)) return $"writes values of {map.Spec.Name}";
            if (_anyWritten || Meets(_written, map, sum.Field)) return $"adds to values of {map.Spec.Name}, which are written";
            if (_anyRead || Meets(_read, map, sum.Field)) return $"adds to values of {map.Spec.Name}, which are read";
            if (_added[map].Any(other => other.Field.Meets(sum.Field) && !(sum.IsWhole && other.IsWhole && other.Size == sum.Size))) return $"adds to parts of values of {map.Spec.Name} that may overlap";
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
            if ((piece.Regions & ~Own) != 0 && WhyRead(piece.Root is null ? null : MapsOf(piece.Root), Field.All) is { } why) return why;
        }
        return null;
    }

    /// <summary>What a node does to maps.</summary>
    void Note(Node node)
    {
        if (node.Op is Op.Store or Op.Atomic && IsShared(node))
        {
            var maps = MapsOf(node.Inputs[0]);
            if (maps is null) _anyWritten = true;
            else if (!Adds(node)) Note(_written, maps, FieldOf(node));
            else Note(_added, maps, SumOf(node));
        }
        else if (node.Op == Op.Load && IsShared(node) && !_partOf.ContainsKey(node))
        {
            if (MapsOf(node.Inputs[0]) is { } maps) Note(_read, maps, FieldOf(node));
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
                Note(_written, [map], Field.All);
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
            if (MapsOf(piece.Root) is { } maps) Note(_written, maps, Field.All);
            else _anyWritten = true;
        }
        foreach (var piece in Effects.Reads(call))
        {
            if ((piece.Regions & ~Own) == 0) continue;
            if (piece.Root is not null && MapsOf(piece.Root) is { } maps) Note(_read, maps, Field.All);
            else _anyRead = true;
        }
    }

    /// <summary>Bytes [From, To) of a value.</summary>
    readonly record struct Field(long From, long To)
    {
        public static readonly Field All = new(0, long.MaxValue);

        public bool Meets(Field other) => From < other.To && other.From < To;
    }

    /// <summary>What is added to. Sums meet only as a whole: of one size, each at a multiple of it.</summary>
    readonly record struct Sum(Field Field, AccessSize Size, bool IsWhole);

    static void Note<T>(Dictionary<IrMap, HashSet<T>> notes, IEnumerable<IrMap> maps, T what)
    {
        foreach (var map in maps)
        {
            if (!notes.TryGetValue(map, out var known)) notes.Add(map, known = []);
            known.Add(what);
        }
    }

    static bool Meets(Dictionary<IrMap, HashSet<Field>> notes, IrMap map, Field field) => notes.TryGetValue(map, out var known) && known.Any(k => k.Meets(field));

    Sum SumOf(Node access)
    {
        var field = FieldOf(access);
        ulong size = (ulong)access.Size;
        return new(field, access.Size, field != Field.All ? (ulong)field.From % size == 0 : access.Number % size == 0 && IsMultiple(access.Inputs[0], size));
    }

    /// <summary>The bytes of a value that an access reaches; all if it is not known which.</summary>
    Field FieldOf(Node access)
    {
        if (RootsOf(access.Inputs[0]) is not { } roots || roots.Select(r => (r.Map ?? r.Inputs[0].Now.Map!).Stride).Distinct().ToList() is not [var stride]) return Field.All;
        if (PlaceOf(access.Inputs[0], stride) is not { } place || place + (long)access.Number < 0) return Field.All;
        long from = (place + (long)access.Number) % stride;
        return from + (long)access.Size <= stride ? new(from, from + (long)access.Size) : Field.All;
    }

    /// <summary>How many bytes from the start of a value an address is, whichever value that is; null if that is not always the same, or not known.</summary>
    /// <param name="stride">Of all maps that it may lead into.</param>
    long? PlaceOf(Node address, int stride)
    {
        long? found = null;
        var seen = new Dictionary<Node, long>();
        var work = new Stack<(Node Node, long By)>([(address, 0)]);
        while (work.TryPop(out var given))
        {
            var (node, by) = (given.Node.Now, given.By % stride);
            switch (node.Op)
            {
                // Nobody goes where null leads.
                case Op.Const:
                    break;
                case Op.Storage or Op.Call:
                    long place = ((long)node.Number + by) % stride;
                    if (found is { } other && other != place) return null;
                    found = place;
                    break;
                case Op.Add:
                    var (pointer, index) = Leads(node.Inputs[1].Now) ? (node.Inputs[1].Now, node.Inputs[0].Now) : (node.Inputs[0].Now, node.Inputs[1].Now);
                    if (index is { IsConst: true, Number: <= int.MaxValue }) work.Push((pointer, by + (long)index.Number));
                    else if (IsElement(index, (ulong)stride)) work.Push((pointer, by));
                    else return null;
                    break;
                case Op.Select:
                    work.Push((node.Inputs[1], by));
                    work.Push((node.Inputs[2], by));
                    break;
                case Op.Param when seen.TryGetValue(node, out long before):
                    if (before != by) return null;
                    break;
                case Op.Param when _arriving.TryGetValue(node, out var values):
                    seen.Add(node, by);
                    foreach (var value in values) work.Push((value, by));
                    break;
                default:
                    return null;
            }
        }
        return found;
    }

    /// <summary>Whether a number is that of an element times its bytes; what a proof has found to be inside an array has not gone over 2^64.</summary>
    static bool IsElement(Node given, ulong stride)
    {
        var node = given.Now;
        return node.Op switch
        {
            Op.Mul => node.Inputs[1].Now is { IsConst: true, Number: not 0 } factor && factor.Number % stride == 0,
            Op.Shl => node.Inputs[1].Now is { IsConst: true, Number: < 32 } by && (1UL << (int)by.Number) % stride == 0,
            Op.And => node.Inputs[1].Now is { IsConst: true } mask && System.Numerics.BitOperations.IsPow2(stride) && mask.Number % stride == 0,
            Op.Add => IsElement(node.Inputs[0], stride) && IsElement(node.Inputs[1], stride),
            _ => false,
        };
    }

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

    /// <summary>The maps that an address may lead into; null if that is not known.</summary>
    HashSet<IrMap>? MapsOf(Node address) => RootsOf(address) is { } roots ? [.. roots.Select(r => r.Map ?? r.Inputs[0].Now.Map!)] : null;

    /// <summary>What an address may be so many bytes from: places in maps, and lookups in maps that are named; null if that is not known.</summary>
    internal HashSet<Node>? RootsOf(Node address)
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
                    // The pointer, and how far from it: which is which shows.
                    var (first, second) = (node.Inputs[0].Now, node.Inputs[1].Now);
                    work.Push(Leads(second) ? second : first);
                    break;
                case Op.Select:
                    work.Push(node.Inputs[1]);
                    work.Push(node.Inputs[2]);
                    break;
                case Op.Param when _arriving.TryGetValue(node, out var values):
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
}
