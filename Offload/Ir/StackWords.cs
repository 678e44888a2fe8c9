using Chainring.Offload.Verify;

namespace Chainring.Offload.Ir;

/// <summary>
/// Words of 8 bytes of the stack that are only reached at known places, by loads, by stores and by lookups for their keys. Nobody sees where they are, so whoever runs many frames at once may keep a vector of
/// each in place of memory.
/// </summary>
public sealed class StackWords
{
    /// <summary>The most that there are.</summary>
    public const int MaxWords = 16;

    /// <summary>The longest key that is looked at, in words.</summary>
    public const int MaxKeyWords = 6;

    const int WordBytes = sizeof(ulong);

    static readonly Piece AnyStack = new(AccessRegions.Stack | AccessRegions.CallerStack, null, 0, -1);

    readonly Dictionary<Node, Piece> _accesses = [];
    readonly Dictionary<int, int> _columns = [];

    /// <param name="blocks">Those that are run for many frames at once.</param>
    /// <param name="others">Those that frames may come to by themselves.</param>
    /// <param name="isLookup">Whether a call does nothing with its second argument but to read a key there.</param>
    public StackWords(IReadOnlyList<Block> blocks, IReadOnlyList<Block> others, Func<Node, bool> isLookup)
    {
        var all = blocks.Concat(others).ToList();
        if (all.Exists(b => (b.Value is { } value && IsStack(value)) || b.Edges.Any(e => e.Arguments.Any(IsStack)))) return;
        var pieces = all.SelectMany(b => b.Nodes).Distinct().ToDictionary(n => n, PiecesOf);
        if (pieces.Values.Any(p => p is null)) return;
        var elsewhere = others.SelectMany(b => b.Nodes).SelectMany(n => pieces[n]!).SelectMany(WordsOf).ToHashSet();
        foreach (var node in blocks.SelectMany(b => b.Nodes))
        {
            bool canBe = node.Op is Op.Load or Op.Store || isLookup(node);
            if (canBe && pieces[node] is [{ Length: <= MaxKeyWords * WordBytes } only]) _accesses.Add(node, only);
            else elsewhere.UnionWith(pieces[node]!.SelectMany(WordsOf));
        }
        var words = _accesses.Values.SelectMany(WordsOf).Where(w => !elsewhere.Contains(w)).Distinct().Order().Take(MaxWords).ToHashSet();
        // An access is to such words only, or to memory only.
        while (_accesses.FirstOrDefault(a => !words.IsSupersetOf(WordsOf(a.Value))) is { Key: { } access, Value: var piece })
        {
            _accesses.Remove(access);
            words.ExceptWith(WordsOf(piece));
        }
        foreach (int word in words.Order()) _columns.Add(word, _columns.Count);
    }

    /// <summary>How many there are.</summary>
    public int Count => _columns.Count;

    /// <summary>The number of a word of the stack, of which the lowest is word 0; null if it is in memory. Words next to each other have numbers next to each other.</summary>
    public int? NumberOf(int word) => _columns.TryGetValue(word, out int number) ? number : null;

    /// <summary>The bytes of the stack that a load or store is of, or the key of a lookup, if all of them are in such words.</summary>
    public (int Place, int Bytes)? Of(Node access) => _accesses.TryGetValue(access, out var piece) ? ((int)piece.Offset, piece.Length) : null;

    /// <summary>The words in which bytes of the stack are.</summary>
    public static IEnumerable<int> WordsOf(int place, int bytes) => Enumerable.Range(place / WordBytes, (place + bytes - 1) / WordBytes - place / WordBytes + 1);

    static IEnumerable<int> WordsOf(Piece piece) => WordsOf((int)piece.Offset, piece.Length);

    static bool IsStack(Node node) => node.Now.Op == Op.Stack;

    /// <summary>The bytes of the stack that a node reaches; null if they may be any, or an address of the stack goes where it may come back from.</summary>
    static IReadOnlyList<Piece>? PiecesOf(Node node)
    {
        if (node.Op == Op.ClearStack) return [];
        Piece[] pieces = [.. Effects.Reads(node).Concat(Effects.Writes(node)).Where(p => p.Meets(AnyStack)).Distinct()];
        if (!Array.TrueForAll(pieces, p => p is { IsOnStack: true, Length: > 0, Offset: >= 0 })) return null;
        for (int n = 0; n < node.Inputs.Length; n++)
        {
            var input = node.Inputs[n].Now;
            if (input.Op == Op.Function) return null;
            if (input.Op != Op.Stack) continue;
            bool isPlace = node.Op == Op.Call ? Array.Exists(pieces, p => p.Offset == (long)input.Number) : n == 0 && node.Op is Op.Load or Op.Store or Op.Atomic;
            if (!isPlace) return null;
        }
        return pieces;
    }
}
