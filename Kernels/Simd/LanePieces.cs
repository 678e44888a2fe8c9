using Chainring.Offload.Ir;

namespace Chainring.Kernels.Simd;

/// <summary>
/// A plan of lanes in parts, each a method of its own, run one after the other: the just-in-time compiler keeps only so many variables apart. A loop is in one part. What one part has for another goes through
/// memory: values, and which lanes have come to which of its blocks.
/// </summary>
sealed class LanePieces
{
    readonly Dictionary<Block, int> _pieceOf = [];
    readonly Dictionary<Node, int> _words = [];
    readonly HashSet<Node> _wanted = [];
    readonly Dictionary<Block, int> _masks = [];

    /// <param name="blocks">In the order in which they are run.</param>
    /// <param name="loops">By place: whether a loop goes from the block before to this one.</param>
    /// <param name="edges">The ways that lanes take together.</param>
    /// <param name="usedBy">The values that a block wants, in lanes or when they leave there.</param>
    /// <param name="homes">The block that computes a value.</param>
    /// <param name="maxNodes">Of a part, unless a loop is larger.</param>
    public LanePieces(IReadOnlyList<Block> blocks, IReadOnlyList<bool> loops, Func<Block, IEnumerable<Edge>> edges, Func<Block, IEnumerable<Node>> usedBy, IReadOnlyDictionary<Node, Block> homes, int maxNodes)
    {
        All = Split(blocks, loops, maxNodes);
        for (int piece = 0; piece < All.Count; piece++)
        {
            foreach (var block in All[piece]) _pieceOf.Add(block, piece);
        }
        // From the first part that puts it there to the last that reads it.
        var spans = new Dictionary<Node, (int From, int To)>();
        foreach (var block in blocks)
        {
            int here = _pieceOf[block];
            foreach (var node in usedBy(block))
            {
                if (!homes.TryGetValue(node, out var home) || _pieceOf[home] == here) continue;
                _wanted.Add(node);
                Extend(node, _pieceOf[home], here);
            }
            foreach (var to in edges(block).Select(e => e.To).Where(to => _pieceOf[to] != here))
            {
                _masks.TryAdd(to, _masks.Count);
                foreach (var parameter in to.Parameters) Extend(parameter, here, _pieceOf[to]);
            }
        }
        Words = Place(spans);

        void Extend(Node node, int from, int to) => spans[node] = spans.TryGetValue(node, out var span) ? (Math.Min(span.From, from), Math.Max(span.To, to)) : (from, to);
    }

    /// <summary>The blocks of each.</summary>
    public IReadOnlyList<IReadOnlyList<Block>> All { get; }

    /// <summary>Vectors of values that go from one to another.</summary>
    public int Words { get; }

    /// <summary>How many blocks are come to from parts before theirs.</summary>
    public int Masks => _masks.Count;

    public int PieceOf(Block block) => _pieceOf[block];

    /// <summary>Which of those vectors has a value that goes from one to another.</summary>
    public int WordOf(Node node) => _words[node];

    /// <summary>Whether parts behind that which computes it want a value.</summary>
    public bool IsWantedLater(Node node) => _wanted.Contains(node);

    /// <summary>The number of a block among those that are come to from parts before theirs; null if it is not.</summary>
    public int? MaskOf(Block block) => _masks.TryGetValue(block, out int mask) ? mask : null;

    static List<IReadOnlyList<Block>> Split(IReadOnlyList<Block> blocks, IReadOnlyList<bool> loops, int maxNodes)
    {
        var pieces = new List<IReadOnlyList<Block>>();
        var piece = new List<Block>();
        for (int n = 0; n < blocks.Count;)
        {
            int end = n + 1;
            while (end < blocks.Count && loops[end]) end++;
            var whole = blocks.Skip(n).Take(end - n);
            if (piece.Count > 0 && SizeOf(piece) + SizeOf(whole) > maxNodes)
            {
                pieces.Add(piece);
                piece = [];
            }
            piece.AddRange(whole);
            n = end;
        }
        pieces.Add(piece);
        return pieces;
    }

    /// <summary>What counts as the size of blocks: their operations, and their ends.</summary>
    public static int SizeOf(IEnumerable<Block> blocks) => blocks.Sum(b => b.Nodes.Count + 1);

    /// <summary>Gives each value a word, and the word to another once no part wants it any more; how many there are.</summary>
    int Place(Dictionary<Node, (int From, int To)> spans)
    {
        var ends = new List<int>();
        foreach (var (node, (from, to)) in spans.OrderBy(s => s.Value.From))
        {
            int word = ends.FindIndex(end => end < from);
            if (word < 0)
            {
                word = ends.Count;
                ends.Add(to);
            }
            ends[word] = to;
            _words.Add(node, word);
        }
        return ends.Count;
    }
}
