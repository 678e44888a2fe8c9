using Chainring.Offload.Isa;

namespace Chainring.Offload.Ir;

/// <summary>A control-flow graph: one program, or the programs of a chain.</summary>
public sealed class Graph
{
    readonly Dictionary<ulong, Node> _constants = [];
    readonly Dictionary<(Op, ulong, IrMap?), Node> _leaves = [];

    public Block Entry { get; set; } = new();

    /// <summary>How many things are counted by <see cref="Op.Count"/>; their meaning is with whoever built the graph.</summary>
    public int Events { get; set; }

    public Node Const(ulong value)
    {
        if (!_constants.TryGetValue(value, out var node)) _constants.Add(value, node = new(Op.Const) { Number = value });
        return node;
    }

    public Node Leaf(Op op, ulong number = 0, IrMap? map = null)
    {
        if (!_leaves.TryGetValue((op, number, map), out var node)) _leaves.Add((op, number, map), node = new(op) { Number = number, Map = map });
        return node;
    }

    /// <summary>Every block that can be reached, each before those that only it leads to: reverse postorder.</summary>
    public List<Block> Blocks() => BlocksFrom([Entry]);

    /// <summary>Likewise from several blocks on.</summary>
    public static List<Block> BlocksFrom(IReadOnlyList<Block> entries)
    {
        var order = new List<Block>();
        var seen = new HashSet<Block>();
        var stack = new Stack<(Block Block, int Next)>();
        foreach (var entry in entries.Reverse())
        {
            if (seen.Add(entry)) Visit(entry);
        }
        order.Reverse();
        return order;

        void Visit(Block first)
        {
            stack.Push((first, 0));
            while (stack.TryPop(out var top))
            {
                if (top.Next == top.Block.Edges.Length)
                {
                    order.Add(top.Block);
                    continue;
                }
                stack.Push((top.Block, top.Next + 1));
                // The last edge first: in the reversed order the first follows its block.
                var next = top.Block.Edges[top.Block.Edges.Length - 1 - top.Next].To;
                if (seen.Add(next)) stack.Push((next, 0));
            }
        }
    }

    /// <summary>By parameter of a block: what it is on each way that leads there from some blocks.</summary>
    public static Dictionary<Node, List<Node>> Arriving(IEnumerable<Block> blocks)
    {
        var arriving = new Dictionary<Node, List<Node>>();
        foreach (var edge in blocks.SelectMany(b => b.Edges))
        {
            for (int n = 0; n < edge.Arguments.Length; n++)
            {
                var parameter = edge.To.Parameters[n];
                if (!arriving.TryGetValue(parameter, out var values)) arriving.Add(parameter, values = []);
                values.Add(edge.Arguments[n]);
            }
        }
        return arriving;
    }

    /// <summary>Nodes in all blocks.</summary>
    public int Size => Blocks().Sum(b => b.Nodes.Count);
}

/// <summary>The blocks of a graph as it is now, and how they hang together.</summary>
public sealed class Shape
{
    readonly Dictionary<Block, int> _index = [];
    readonly int[] _dominator;
    readonly List<int>[] _dominated;

    public Shape(Graph graph)
    {
        Blocks = graph.Blocks();
        for (int n = 0; n < Blocks.Count; n++) _index.Add(Blocks[n], n);
        Incoming = [.. Blocks.Select(_ => new List<(Block, Edge)>())];
        foreach (var block in Blocks)
        {
            foreach (var edge in block.Edges) Incoming[_index[edge.To]].Add((block, edge));
        }
        _dominator = FindDominators();
        _dominated = [.. Blocks.Select(_ => new List<int>())];
        for (int n = 1; n < Blocks.Count; n++) _dominated[_dominator[n]].Add(n);
    }

    /// <summary>In reverse postorder; the entry is the first.</summary>
    public IReadOnlyList<Block> Blocks { get; }

    /// <summary>By number of the block: the ways into it.</summary>
    public List<(Block From, Edge Edge)>[] Incoming { get; }

    public int Of(Block block) => _index[block];

    /// <summary>The block that every way to this one comes through last; the entry's is itself.</summary>
    public int Dominator(int block) => _dominator[block];

    /// <summary>Those that have this one as their dominator.</summary>
    public IReadOnlyList<int> Dominated(int block) => _dominated[block];

    /// <summary>Whether every way to a block comes through this one, or it is the block itself.</summary>
    public bool Dominates(int block, int other)
    {
        while (other > block) other = _dominator[other];
        return other == block;
    }

    /// <summary>A way back: into a block that comes no later in the order.</summary>
    public bool IsBack(Block from, Block to) => _index[to] <= _index[from];

    public bool IsLoopHead(int block) => Incoming[block].Exists(i => _index[i.From] >= block);

    int[] FindDominators()
    {
        var dominator = new int[Blocks.Count];
        Array.Fill(dominator, -1);
        dominator[0] = 0;
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int n = 1; n < dominator.Length; n++)
            {
                int found = -1;
                foreach (var (from, _) in Incoming[n])
                {
                    int other = _index[from];
                    if (dominator[other] < 0) continue;
                    found = found < 0 ? other : Meet(dominator, found, other);
                }
                if (dominator[n] == found) continue;
                dominator[n] = found;
                changed = true;
            }
        }
        return dominator;
    }

    static int Meet(int[] dominator, int a, int b)
    {
        while (a != b)
        {
            if (a > b) a = dominator[a];
            else b = dominator[b];
        }
        return a;
    }
}
