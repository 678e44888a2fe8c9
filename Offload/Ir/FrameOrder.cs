using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Offload.Ir;

/// <summary>
/// What of a graph must be done for one frame after the other so that the outcome is that of running them in order. The rest touches only what a frame has
/// for itself (its bytes, its record, its stack), or reads fields of map values that nothing in the graph writes, or adds to fields that nothing in the graph reads:
/// sums are the same in any order. A field is where accesses lead that lie at a known distance from the beginning of their value; those of which that is not known may lead to any.
/// Bits below all that is ever added never change, and may be read: <c>if (*value &amp; FLAG) *value += 1 &lt;&lt; SHIFT;</c>.
/// </summary>
public sealed class FrameOrder
{
    /// <summary>How far numbers are looked into.</summary>
    const int MaxDepth = 64;

    internal const AccessRegions Own = AccessRegions.Stack | AccessRegions.CallerStack | AccessRegions.Context | AccessRegions.Packet | AccessRegions.Metadata;

    /// <summary>Those that a helper may have without reaching what frames share, but for memory that its row tells of.</summary>
    static readonly ArgumentKind[] Plain =
        [ArgumentKind.Number, ArgumentKind.Context, ArgumentKind.Map, ArgumentKind.MapKey, ArgumentKind.Memory, ArgumentKind.MemorySize, ArgumentKind.FixedMemory];

    /// <summary>An access to map values, and the bits there that it reads or may change.</summary>
    readonly record struct Bits(ValuePlace Place, AccessSize Size, bool IsAligned, ulong Mask)
    {
        /// <summary>Numbers of one size at multiples of it that have a byte in common are the same number.</summary>
        public bool AreOfOneSize(in Bits other) => IsAligned && other.IsAligned && Size == other.Size;

        public bool Meets(in Bits other) => Place.Meets(other.Place) && !(AreOfOneSize(other) && (Mask & other.Mask) == 0);
    }

    readonly Dictionary<Node, List<Node>> _arriving;
    readonly ValuePlaces _places;
    readonly List<ValuePlace> _written = [];
    readonly List<Bits> _read = [], _added = [];

    /// <summary>By load: the bits of which anything comes; all of them if it is not among these.</summary>
    readonly Dictionary<Node, ulong> _wanted = [];

    /// <summary>What is known of <see cref="IsMultiple"/>.</summary>
    readonly Dictionary<(Node, ulong), bool> _multiples = [];

    /// <summary>Maps into which keys are put, or out of which they are taken.</summary>
    readonly HashSet<IrMap> _changed = [];

    bool _anyWritten, _anyRead, _anyChanged;

    public FrameOrder(Graph graph)
    {
        var blocks = graph.Blocks();
        _places = new(_arriving = Graph.Arriving(blocks));
        FindWanted(blocks);
        foreach (var node in blocks.SelectMany(b => b.Nodes)) Note(node);
    }

    /// <summary>Why a node must be done for one frame after the other: half a sentence; null if it need not.</summary>
    public string? WhyInOrder(Node node)
    {
        switch (node.Op)
        {
            case Op.Load:
                return IsShared(node) ? WhyRead(AllOf(node, Wanted(node))) : null;
            case Op.Store or Op.AddTo or Op.Atomic:
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

    string? WhyRead(IReadOnlyList<Bits>? all)
    {
        if (all is null) return _anyWritten || _written.Count > 0 || _added.Count > 0 ? "reads what may be a value of any map" : null;
        foreach (var bits in all)
        {
            if (_anyWritten || _written.Exists(w => w.Meets(bits.Place))) return $"reads values of {bits.Place.Map.Spec.Name}, which are written";
            if (_added.Exists(a => a.Meets(bits))) return $"reads values of {bits.Place.Map.Spec.Name}, which are added to";
        }
        return null;
    }

    string? WhyWrite(Node access)
    {
        if (AllOf(access, Changed(access)) is not { } all) return "writes to what may be a value of any map";
        foreach (var bits in all)
        {
            string name = bits.Place.Map.Spec.Name;
            if (!Adds(access)) return $"writes values of {name}";
            if (_anyWritten || _written.Exists(w => w.Meets(bits.Place))) return $"adds to values of {name}, which are written";
            if (_anyRead || _read.Exists(r => r.Meets(bits))) return $"adds to values of {name}, which are read";
            // Sums that meet must do so as a whole.
            if (_added.Exists(a => a.Place.Meets(bits.Place) && !a.AreOfOneSize(bits))) return $"adds to parts of values of {name} that may overlap";
        }
        return null;
    }

    /// <summary>The places where an access leads, with bits of each; null if they are not known.</summary>
    List<Bits>? AllOf(Node access, ulong mask) => _places.Of(access)?.Select(place => new Bits(place, access.Size, IsAligned(access), mask)).ToList();

    /// <summary>The same of memory that a helper reads: all its bits.</summary>
    IReadOnlyList<Bits>? AllAround(Node root) => _places.Around(root)?.Select(place => new Bits(place, default, false, ulong.MaxValue)).ToList();

    ulong Wanted(Node load) => _wanted.GetValueOrDefault(load, ulong.MaxValue);

    /// <summary>Bits that a sum may change: from the lowest of what is added on.</summary>
    static ulong Changed(Node access) => Adds(access) && access.Inputs[1].Now is { IsConst: true, Number: var by } ? 0 - (by & (0 - by)) : ulong.MaxValue;

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
            if ((piece.Regions & ~Own) != 0 && WhyRead(piece.Root is null ? null : AllAround(piece.Root)) is { } why) return why;
        }
        return null;
    }

    /// <summary>What a node does to maps.</summary>
    void Note(Node node)
    {
        if (node.Op is Op.Store or Op.AddTo or Op.Atomic && IsShared(node))
        {
            if (AllOf(node, Changed(node)) is not { } all) _anyWritten = true;
            else if (Adds(node)) _added.AddRange(all);
            else _written.AddRange(all.Select(bits => bits.Place));
        }
        else if (node.Op == Op.Load && IsShared(node))
        {
            if (AllOf(node, Wanted(node)) is { } all) _read.AddRange(all);
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
            if (piece.Root is not null && AllAround(piece.Root) is { } all) _read.AddRange(all);
            else _anyRead = true;
        }
    }

    bool IsAligned(Node access) => access.Number % (ulong)access.Size == 0 && IsMultiple(access.Inputs[0], (ulong)access.Size);

    static bool Adds(Node access) => access.Op == Op.AddTo || access is { Op: Op.Atomic, Atomic: AtomicOp.Add };

    bool IsMultiple(Node given, ulong size, int depth = MaxDepth)
    {
        if (depth == 0) return false;
        var node = given.Now;
        if (_multiples.TryGetValue((node, size), out bool known)) return known;
        // Until more is known; a pointer that goes round in a loop comes back to itself.
        _multiples[(node, size)] = false;
        return _multiples[(node, size)] = node.Op switch
        {
            Op.Const or Op.Storage => node.Number % size == 0,
            Op.Add => IsMultiple(node.Inputs[0], size, depth - 1) && IsMultiple(node.Inputs[1], size, depth - 1),
            Op.Mul => IsMultiple(node.Inputs[0], size, depth - 1) || IsMultiple(node.Inputs[1], size, depth - 1),
            Op.Shl => node.Inputs[1].Now is { IsConst: true, Number: < 64 } by && (1UL << (int)by.Number) % size == 0,
            Op.And => node.Inputs[1].Now is { IsConst: true } mask && mask.Number % size == 0,
            Op.Select => IsMultiple(node.Inputs[1], size, depth - 1) && IsMultiple(node.Inputs[2], size, depth - 1),
            Op.Param => _arriving.TryGetValue(node, out var values) && values.TrueForAll(v => IsMultiple(v, size, depth - 1)),
            Op.Call => node.Row!.Result == HelperResult.MapValueOrNull,
            _ => false,
        };
    }

    /// <summary>Loads of which nobody wants more than the bits of masks.</summary>
    void FindWanted(List<Block> blocks)
    {
        var masked = new Dictionary<Node, (int Times, ulong Mask)>();
        foreach (var mask in blocks.SelectMany(b => b.Nodes).Where(n => n.Op == Op.And && n.Inputs[1].Now.IsConst && n.Inputs[0].Now.Op == Op.Load))
        {
            var (times, bits) = masked.GetValueOrDefault(mask.Inputs[0].Now);
            masked[mask.Inputs[0].Now] = (times + 1, bits | mask.Inputs[1].Now.Number);
        }
        if (masked.Count == 0) return;
        var used = blocks.SelectMany(b => b.Uses()).Where(masked.ContainsKey).CountBy(n => n).ToDictionary();
        foreach (var (load, (times, mask)) in masked)
        {
            if (used[load] == times) _wanted.Add(load, mask);
        }
    }
}
