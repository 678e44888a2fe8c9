using Chainring.Offload.Ir;
using Chainring.Offload.Isa;
using Chainring.Offload.Verify;

namespace Chainring.Kernels.OpenCl;

/// <summary>
/// Into which kinds of memory each value of a graph may point, if it is a pointer: OpenCL C has no pointers that may be to any. A kind too many costs time,
/// since the address itself says at run time which it is; one too few would be wrong.
/// </summary>
sealed class Provenance
{
    /// <summary>Bits: the frame, the stack, and from <see cref="FirstMap"/> on the maps in the order in which they were met.</summary>
    public const int Frame = 0, Stack = 1, FirstMap = 2;

    /// <summary>Maps of one graph, at most.</summary>
    public const int MostMaps = 64 - FirstMap;

    const AccessRegions Frames = AccessRegions.Packet | AccessRegions.Metadata, Stacks = AccessRegions.Stack | AccessRegions.CallerStack;

    readonly Dictionary<Node, ulong> _kinds = [];
    readonly List<IrMap> _maps = [];
    readonly IReadOnlyList<IrMap> _inner;

    /// <summary>By nesting: the maps that are walked through.</summary>
    readonly Dictionary<ulong, ulong> _walked = [];

    /// <summary>What pointers that were put on the stack point into.</summary>
    ulong _spilled;

    /// <param name="inner">The maps that are in maps of maps.</param>
    public Provenance(Graph graph, IReadOnlyList<IrMap> inner)
    {
        _inner = inner;
        var blocks = graph.Blocks();
        foreach (var node in blocks.SelectMany(AllOf)) Meet(node);
        _maps.AddRange(inner.Except(_maps));
        foreach (var walk in blocks.SelectMany(b => b.Nodes).Where(n => n.Op == Op.BeginWalk && n.Inputs[0].Now.Op == Op.Map))
            _walked[walk.Number] = _walked.GetValueOrDefault(walk.Number) | 1UL << (FirstMap + NumberOf(walk.Inputs[0].Now.Map!));
        for (bool any = true; any;)
        {
            any = false;
            foreach (var block in blocks)
            {
                foreach (var node in block.Nodes) any |= Add(node, KindsFrom(node));
                foreach (var edge in block.Edges)
                {
                    for (int n = 0; n < edge.Arguments.Length; n++) any |= Add(edge.To.Parameters[n], Of(edge.Arguments[n]));
                }
            }
        }
    }

    /// <summary>The maps that the graph names, and those in them.</summary>
    public IReadOnlyList<IrMap> Maps => _maps;

    public int NumberOf(IrMap map) => _maps.IndexOf(map);

    /// <summary>The kinds that a value may point into, a bit for each; none if it is no pointer.</summary>
    public ulong Of(Node given)
    {
        var node = given.Now;
        return node.Op switch
        {
            Op.Stack => 1UL << Stack,
            Op.Storage => 1UL << (FirstMap + NumberOf(node.Map!)),
            _ => _kinds.GetValueOrDefault(node),
        };
    }

    /// <summary>The same of an access, of which the proof has something to say too.</summary>
    public ulong OfAccess(Node access)
    {
        ulong kinds = Of(access.Inputs[0]), proven = 0;
        if (access.Regions == AccessRegions.None || (access.Regions & AccessRegions.Memory) != 0) return kinds;
        if ((access.Regions & Frames) != 0) proven |= 1UL << Frame;
        if ((access.Regions & Stacks) != 0) proven |= 1UL << Stack;
        if ((access.Regions & AccessRegions.MapValue) != 0) proven |= ~0UL << FirstMap;
        return (kinds & proven) != 0 ? kinds & proven : kinds;
    }

    /// <summary>Everything that a block computes with.</summary>
    public static IEnumerable<Node> AllOf(Block block) =>
        block.Nodes.SelectMany(n => n.Inputs.Select(i => i.Now).Prepend(n)).Concat(block.Edges.SelectMany(e => e.Arguments.Select(a => a.Now))).Concat(block.Value is { } value ? [value.Now] : []);

    void Meet(Node node)
    {
        if (node.Map is { } map && !_maps.Contains(map)) _maps.Add(map);
    }

    bool Add(Node node, ulong kinds)
    {
        ulong before = _kinds.GetValueOrDefault(node);
        if ((kinds & ~before) == 0) return false;
        _kinds[node] = before | kinds;
        return true;
    }

    ulong KindsFrom(Node node)
    {
        switch (node.Op)
        {
            case Op.Field:
                return node.Field is FrameField.Data or FrameField.DataEnd or FrameField.DataMeta ? 1UL << Frame : 0;
            case Op.Add:
                return Of(node.Inputs[0]) | Of(node.Inputs[1]);
            case Op.Sub:
                return Of(node.Inputs[0]);
            case Op.Select:
                return Of(node.Inputs[1]) | Of(node.Inputs[2]);
            case Op.Call when node.Row!.Result == HelperResult.MapValueOrNull && node.Inputs[0].Now is { Op: Op.Map, Map: { } map }:
                return map.Spec.Inner is null ? 1UL << (FirstMap + NumberOf(map)) : 0;
            case Op.Call when node.Row!.Result == HelperResult.MapValueOrNull:
                return _inner.Aggregate(0UL, (kinds, map) => kinds | 1UL << (FirstMap + NumberOf(map)));
            case Op.ElementKey:
                return 1UL << Stack;
            case Op.ElementValue:
                return _walked.GetValueOrDefault(node.Number);
            case Op.Store when node.Size == AccessSize.Double && MayBeOnStack(node):
                _spilled |= Of(node.Inputs[1]);
                return 0;
            case Op.Load when node.Size == AccessSize.Double && MayBeOnStack(node):
                return _spilled;
            default:
                return 0;
        }
    }

    bool MayBeOnStack(Node access) => (OfAccess(access) >> Stack & 1) != 0;
}
