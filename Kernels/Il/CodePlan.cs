using Chainring.Offload.Ir;

namespace Chainring.Kernels.Il;

/// <summary>
/// How a graph becomes methods: which blocks are together in one, which values stay in variables, which are computed where they are used, and which go
/// through memory because another method wants them.
/// </summary>
sealed class CodePlan
{
    /// <summary>
    /// Nodes of one method, at most: the just-in-time compiler optimises ever less of a method that is ever larger (at 60,000 bytes of IL or 2,000 blocks
    /// it gives up).
    /// </summary>
    public const int MaxNodes = 2_000;

    /// <summary>Operations that are computed as one expression, one inside the other.</summary>
    const int MaxHeight = 12;

    readonly Dictionary<Block, int> _pieceOf = [];
    readonly Dictionary<Node, int> _heights = [];
    readonly Dictionary<Node, int> _spills = [];
    readonly HashSet<Node> _inline = [];
    readonly Dictionary<Node, Block> _home = [];

    readonly Continuation? _from;

    /// <summary>Methods that are called again in the midst of what they began: their variables do not outlive a block.</summary>
    readonly HashSet<int> _reentered = [];

    public CodePlan(Graph graph, int maxNodes = MaxNodes)
    {
        Cut(graph, maxNodes);
        Blocks = graph.Blocks();
        Pieces = MakePieces(maxNodes);
        FindPlaces();
    }

    /// <summary>What follows in a graph of which other code has run the beginning.</summary>
    public CodePlan(Continuation from, int maxNodes = MaxNodes)
    {
        _from = from;
        Blocks = Graph.BlocksFrom(from.Entries);
        Pieces = MakePieces(maxNodes);
        FindPlaces();
    }

    public IReadOnlyList<Block> Blocks { get; }

    /// <summary>The blocks of each method.</summary>
    public IReadOnlyList<IReadOnlyList<Block>> Pieces { get; }

    /// <summary>Words of memory for values that go from one method to another.</summary>
    public int Spills => _spills.Count;

    /// <summary>Bytes from one of them to the next.</summary>
    public int SpillStride => _from?.SpillStride ?? sizeof(ulong);

    public int PieceOf(Block block) => _pieceOf[block];

    /// <summary>Whether it is computed at its one use, not before.</summary>
    public bool IsInline(Node node) => _inline.Contains(node);

    /// <summary>The word of memory that has the value; null if it stays in its method.</summary>
    public int? SpillOf(Node node) => _spills.TryGetValue(node, out int spill) ? spill : null;

    /// <summary>Whether a value has to be read from memory in a block.</summary>
    public bool IsElsewhere(Node node, Block block) => _spills.ContainsKey(node) && (node.Op == Op.Param || !_home.TryGetValue(node, out var home) || ComesFromElsewhere(home, block));

    /// <summary>Whether a value of one block may have been computed by another call of a method than that which runs another block.</summary>
    bool ComesFromElsewhere(Block home, Block block) =>
        _pieceOf[home] != _pieceOf[block] || (home != block && (_reentered.Contains(_pieceOf[block]) || _from?.Before.Contains(home) == true));

    /// <summary>Long blocks in parts: values that were there before are there after.</summary>
    public static void Cut(Graph graph, int maxNodes)
    {
        foreach (var block in graph.Blocks())
        {
            for (var at = block; at.Nodes.Count > maxNodes;)
            {
                var rest = new Block();
                rest.Nodes.AddRange(at.Nodes[maxNodes..]);
                at.Nodes.RemoveRange(maxNodes, at.Nodes.Count - maxNodes);
                rest.EndAs(at);
                at.Jump(new Edge(rest));
                at = rest;
            }
        }
    }

    List<IReadOnlyList<Block>> MakePieces(int maxNodes)
    {
        var pieces = new List<IReadOnlyList<Block>>();
        var piece = new List<Block>();
        int size = 0;
        foreach (var block in Blocks)
        {
            if (piece.Count > 0 && size + block.Nodes.Count + 1 > maxNodes)
            {
                pieces.Add(piece);
                (piece, size) = ([], 0);
            }
            piece.Add(block);
            size += block.Nodes.Count + 1;
            _pieceOf.Add(block, pieces.Count);
        }
        pieces.Add(piece);
        return pieces;
    }

    void FindPlaces()
    {
        var uses = new Dictionary<Node, (int Count, bool Elsewhere)>();
        foreach (var block in Blocks)
        {
            foreach (var node in block.Parameters.Concat(block.Nodes)) _home.Add(node, block);
        }
        foreach (var block in Blocks)
        {
            foreach (var edge in block.Edges)
            {
                if (_pieceOf[edge.To] < _pieceOf[block]) _reentered.Add(_pieceOf[edge.To]);
            }
        }
        foreach (var block in Blocks)
        {
            foreach (var node in block.Nodes)
            {
                foreach (var input in node.Inputs) Use(input.Now, block);
            }
            if (block.Value is { } value) Use(value.Now, block);
            foreach (var edge in block.Edges)
            {
                foreach (var argument in edge.Arguments) Use(argument.Now, block);
                if (_pieceOf[edge.To] == _pieceOf[block]) continue;
                foreach (var parameter in edge.To.Parameters) Spill(parameter);
            }
        }
        foreach (var parameter in _from?.Entries.SelectMany(b => b.Parameters) ?? []) Spill(parameter);
        foreach (var node in Blocks.SelectMany(b => b.Nodes))
        {
            if (!Ops.IsPure(node.Op) || node.Op == Op.Select || _spills.ContainsKey(node)) continue;
            int height = 1 + node.Inputs.Max(i => _heights.GetValueOrDefault(i.Now));
            bool once = uses.TryGetValue(node, out var use) && use is { Count: 1, Elsewhere: false };
            if (height > MaxHeight || !(once || (Ops.IsTruth(node.Op) && height == 1))) continue;
            _inline.Add(node);
            _heights.Add(node, height);
        }

        void Use(Node node, Block block)
        {
            if (Ops.IsLeaf(node.Op)) return;
            if (!_home.TryGetValue(node, out var from))
            {
                Spill(node);
                return;
            }
            var (count, elsewhere) = uses.GetValueOrDefault(node);
            uses[node] = (count + 1, elsewhere || from != block);
            if (ComesFromElsewhere(from, block)) Spill(node);
        }

        void Spill(Node node) => _spills.TryAdd(node, _spills.Count);
    }
}

/// <summary>What code goes on with that is not at the beginning of a graph.</summary>
/// <param name="Entries">Where it may begin.</param>
/// <param name="Before">Blocks that other code may have run before; what they have computed is in memory.</param>
/// <param name="SpillStride">Bytes from one value there to the next.</param>
sealed record Continuation(IReadOnlyList<Block> Entries, IReadOnlySet<Block> Before, int SpillStride);
