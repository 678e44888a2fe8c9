using Chainring.Kernels.Il;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.Simd;

/// <summary>
/// How a graph is run for several frames at once: from its beginning on, up to where something must keep the order of frames. From there each frame goes on by
/// itself, one after the other, as it would have.
/// </summary>
sealed class LanePlan
{
    /// <summary>Nodes of one method: the just-in-time compiler keeps only so many variables apart.</summary>
    public const int MaxNodes = 400;

    /// <summary>Nodes of a loop, which is not split.</summary>
    const int MaxLoop = 2 * MaxNodes;

    /// <summary>Nodes that are computed for several frames at once in all: to compile so many takes half a second.</summary>
    const int MaxTogether = 8_000;

    /// <summary>Operations of a block that is run without being asked for.</summary>
    const int MaxAlwaysRun = 16;

    /// <summary>Operations that are computed as one expression, one inside the other.</summary>
    const int MaxHeight = 8;

    readonly List<Block> _order = [];
    readonly Dictionary<Block, int> _places = [];
    readonly Dictionary<Block, string> _cuts = [];
    readonly HashSet<int> _repeated = [];
    readonly HashSet<Node> _wanted = [], _afterMove, _inline = [];
    readonly HashSet<Edge> _firsts = [];
    readonly Dictionary<Node, Block> _homes = [];

    /// <param name="spillStride">Bytes from one value that frames go on with to the next.</param>
    /// <param name="maxNodes">Of one method.</param>
    public LanePlan(ChainCode chain, int spillStride, int maxNodes = MaxNodes)
    {
        var graph = Graph = FuseChain.Fuse(chain, isSplit: false);
        CodePlan.Cut(graph, Math.Max(maxNodes / 4 - 1, 1));
        Cut(graph, new(graph));
        Walk(graph.Entry);
        for (var loops = FindLoops(); ; loops = FindLoops())
        {
            if (TooLarge(loops) is not { } head) break;
            _cuts.Add(head, $"is in a loop of more than {MaxLoop} operations");
            Walk(graph.Entry);
        }
        var reached = new HashSet<Block>();
        foreach (var edge in _order.SelectMany(Edges))
        {
            if (reached.Add(edge.To)) _firsts.Add(edge);
        }
        var together = _order.Where(b => !_cuts.ContainsKey(b)).ToHashSet();
        FindWanted(together);
        _afterMove = PathCounts.AfterMoves([.. _order.Where(together.Contains)]);
        Widths = new(graph, [.. _order.Where(together.Contains)], Offload.Ir.Graph.BlocksFrom([.. _order.Where(_cuts.ContainsKey)]));
        FindInline(together);
        Headers = new([.. _order.Where(together.Contains)], MayHaveMoved);
        Rows = new(_order.Where(together.Contains), Headers);
        StackWords = new([.. _order.Where(together.Contains)], Offload.Ir.Graph.BlocksFrom([.. _order.Where(_cuts.ContainsKey)]), CallEmitter.IsLookup);
        Rest = _cuts.Count == 0 ? null : new(new Continuation([.. _order.Where(_cuts.ContainsKey)], together, spillStride));
        if (Rest is not null) Live = FindLive(together);
        Pieces = new(_order, FindLoops(), Edges, b => IsCut(b) ? Live[b] : b.Uses(), _homes, maxNodes);
    }

    /// <summary>What it is a plan of.</summary>
    public Graph Graph { get; }

    /// <summary>What is in lanes of 32 bits.</summary>
    public LaneWidths Widths { get; }

    /// <summary>What is loaded from the beginnings of frames as they came.</summary>
    public HeaderLoads Headers { get; }

    /// <summary>Stores that are done together.</summary>
    public RowStores Rows { get; }

    /// <summary>What of the stack is in vectors.</summary>
    public StackWords StackWords { get; }

    /// <summary>Blocks that are run for all lanes, and those at which lanes leave, in order.</summary>
    public IReadOnlyList<Block> Blocks => _order;

    /// <summary>What is run frame by frame; null if nothing is.</summary>
    public CodePlan? Rest { get; }

    /// <summary>By block at which lanes leave: what its code needs of what was computed before.</summary>
    public IReadOnlyDictionary<Block, IReadOnlyList<Node>> Live { get; } = new Dictionary<Block, IReadOnlyList<Node>>();

    /// <summary>Vectors of values that frames go on with by themselves.</summary>
    public int Spills => Rest?.Spills ?? 0;

    /// <summary>Vectors of memory for what goes from method to method, and from lanes to frames that go on by themselves, which comes first.</summary>
    public int VectorsOfValues(int vectorBytes) => Spills + Pieces.Words + (Pieces.Masks * sizeof(int) + vectorBytes - 1) / vectorBytes;

    /// <summary>The methods in which that is done.</summary>
    public LanePieces Pieces { get; }

    /// <summary>Whether anything is computed for several frames at once.</summary>
    public bool IsWorthIt => _order.Exists(b => !IsCut(b) && b.Nodes.Exists(n => n.Op is not (Op.Count or Op.Field or Op.BeginRun)));

    public bool IsCut(Block block) => _cuts.ContainsKey(block);

    /// <summary>Why frames go on one by one at a block.</summary>
    public string WhyCut(Block block) => _cuts[block];

    public int PlaceOf(Block block) => _places[block];

    /// <summary>The block that computes a value for all lanes.</summary>
    public Block BlockOf(Node node) => _homes[node];

    /// <summary>Likewise; null if frames compute it by themselves.</summary>
    public Block? HomeOf(Node node) => _homes.GetValueOrDefault(node);

    /// <summary>
    /// Whether a block is run even if no lane has come to it: a branch that goes now this way and now that costs as much as a dozen operations, and what a lane computes that is not
    /// there does no harm.
    /// </summary>
    public bool IsAlwaysRun(Block block) =>
        !IsCut(block) && !IsRepeated(block) && block.Nodes.Sum(CostOf) <= MaxAlwaysRun
        && block.Nodes.TrueForAll(n => n.Op is Op.Count or Op.Field || Headers.Of(n) is not null || LaneEmitter.IsValue(n));

    int CostOf(Node node) => Headers.Of(node) is { } places ? 4 * places.Count - 1 : 1;

    /// <summary>Whether a block may be run again before all lanes are through.</summary>
    public bool IsRepeated(Block block) => _repeated.Contains(_places[block]);

    /// <summary>Whether a way is the first, in order, that leads to where it leads.</summary>
    public bool IsFirst(Edge edge) => _firsts.Contains(edge);

    /// <summary>Whether another block wants a value.</summary>
    public bool IsWantedElsewhere(Node node) => _wanted.Contains(node);

    /// <summary>Whether it is computed at its one use, which computes with it in the same block.</summary>
    public bool IsInline(Node node) => _inline.Contains(node);

    /// <summary>Whether a frame's ends may be elsewhere than where they were when it came, once a node is reached.</summary>
    public bool MayHaveMoved(Node node) => _afterMove.Contains(node);

    /// <summary>The ways that lanes take together.</summary>
    public IReadOnlyList<Edge> Edges(Block block) => IsCut(block) ? [] : block.Edges;

    /// <summary>Splits blocks where the first node is that must keep the order.</summary>
    void Cut(Graph graph, FrameOrder order)
    {
        int room = MaxTogether;
        foreach (var block in graph.Blocks())
        {
            int first = block.Nodes.FindIndex(n => order.WhyInOrder(n) is not null);
            if (first < 0 && block.Verdict.Fault == IrFault.InTailCall)
            {
                _cuts.Add(block, "makes tail calls");
            }
            else if (first == 0)
            {
                _cuts.Add(block, order.WhyInOrder(block.Nodes[0])!);
            }
            else if (first > 0)
            {
                var rest = new Block();
                rest.Nodes.AddRange(block.Nodes[first..]);
                _cuts.Add(rest, order.WhyInOrder(block.Nodes[first])!);
                block.Nodes.RemoveRange(first, block.Nodes.Count - first);
                rest.EndAs(block);
                block.Jump(new Edge(rest));
            }
            if (_cuts.ContainsKey(block)) continue;
            room -= block.Nodes.Count + 1;
            if (room < 0) _cuts.Add(block, $"is beyond the first {MaxTogether} operations");
        }
    }

    /// <summary>By place: whether a way back leads from there or behind it to before it. Blocks within are repeated.</summary>
    bool[] FindLoops()
    {
        _repeated.Clear();
        var within = new bool[_order.Count];
        for (int n = 0; n < _order.Count; n++)
        {
            foreach (int first in Edges(_order[n]).Select(e => _places[e.To]).Where(first => first <= n))
            {
                for (int place = first; place <= n; place++) _repeated.Add(place);
                Array.Fill(within, true, first + 1, n - first);
            }
        }
        return within;
    }

    /// <summary>Where a loop begins that is too large; null if none is.</summary>
    Block? TooLarge(bool[] within)
    {
        for (int n = 0, end; n < _order.Count; n = end)
        {
            for (end = n + 1; end < _order.Count && within[end]; end++) { }
            if (IsRepeated(_order[n]) && LanePieces.SizeOf(_order.Skip(n).Take(end - n)) > MaxLoop) return _order[n];
        }
        return null;
    }

    void Walk(Block entry)
    {
        _order.Clear();
        _places.Clear();
        var seen = new HashSet<Block> { entry };
        var stack = new Stack<(Block Block, int Next)>([(entry, 0)]);
        while (stack.TryPop(out var top))
        {
            var edges = Edges(top.Block);
            if (top.Next == edges.Count)
            {
                _order.Add(top.Block);
                continue;
            }
            stack.Push((top.Block, top.Next + 1));
            var next = edges[edges.Count - 1 - top.Next].To;
            if (seen.Add(next)) stack.Push((next, 0));
        }
        _order.Reverse();
        for (int n = 0; n < _order.Count; n++) _places.Add(_order[n], n);
    }

    void FindWanted(HashSet<Block> together)
    {
        foreach (var block in together)
        {
            foreach (var node in block.Nodes.Concat(block.Parameters)) _homes.Add(node, block);
        }
        foreach (var block in Offload.Ir.Graph.BlocksFrom(_order))
        {
            foreach (var used in block.Uses())
            {
                if (_homes.TryGetValue(used, out var from) && from != block) _wanted.Add(used);
            }
        }
    }

    void FindInline(HashSet<Block> together)
    {
        var uses = new Dictionary<Node, int>();
        foreach (var used in Offload.Ir.Graph.BlocksFrom(_order).SelectMany(b => b.Uses())) uses[used] = uses.GetValueOrDefault(used) + 1;
        var heights = new Dictionary<Node, int>();
        foreach (var block in together)
        {
            foreach (var node in block.Nodes.Where(LaneEmitter.IsValue))
            {
                int height = 0;
                foreach (var input in node.Inputs.Select(i => i.Now).Distinct())
                {
                    if (!heights.TryGetValue(input, out int below) || uses[input] != 1 || _homes[input] != block || below == MaxHeight) continue;
                    if (!Ops.IsTruth(input.Op) && Widths.IsComputedNarrow(input) != Widths.IsComputedNarrow(node)) continue;
                    _inline.Add(input);
                    height = Math.Max(height, below + 1);
                }
                heights.Add(node, height);
            }
            if (block.Kind == EndKind.Branch && block.Value!.Now is var value && heights.ContainsKey(value) && uses[value] == 1 && _homes[value] == block) _inline.Add(value);
        }
    }

    /// <summary>Which values are still wanted at each cut.</summary>
    Dictionary<Block, IReadOnlyList<Node>> FindLive(HashSet<Block> together)
    {
        var known = together.SelectMany(b => b.Nodes.Concat(b.Parameters)).ToHashSet();
        var live = Rest!.Blocks.ToDictionary(b => b, _ => new HashSet<Node>());
        for (bool any = true; any;)
        {
            any = false;
            foreach (var block in Rest.Blocks.Reverse())
            {
                var now = new HashSet<Node>(block.Uses().Where(known.Contains));
                foreach (var edge in block.Edges) now.UnionWith(live[edge.To]);
                now.ExceptWith(block.Nodes);
                now.ExceptWith(block.Parameters);
                if (now.IsSubsetOf(live[block])) continue;
                live[block].UnionWith(now);
                any = true;
            }
        }
        return _cuts.Keys.Where(_places.ContainsKey).ToDictionary(c => c, c => (IReadOnlyList<Node>)[.. live[c].Concat(c.Parameters)]);
    }
}
