using Chainring.Offload.Verify;

namespace Chainring.Offload.Ir;

/// <summary>
/// Stores to a frame that lie next to each other in a block, and can be done as rows of 16 bytes where the last of them is: whoever runs many frames at once can turn round two words of all of them at once, and store a row of
/// each. Bytes that are missing at the end of a row are filled with what the frame had there, if that lies ready.
/// </summary>
public sealed class RowStores
{
    /// <summary>Bytes of a row.</summary>
    public const int RowBytes = 16;

    /// <summary>Stores of one frame.</summary>
    /// <param name="Stores">With the places of their first bytes, counted from the first of all, which comes first.</param>
    /// <param name="Bytes">That are stored, without a gap.</param>
    /// <param name="Rows">How many: from the first byte on, one behind the other. What is behind them is to be stored in parts.</param>
    /// <param name="Filling">The place in the frame as it came of what fills the last row, from the last byte that is stored on; null if nothing has to.</param>
    public sealed record Group(IReadOnlyList<(Node Store, int Place)> Stores, int Bytes, int Rows, int? Filling);

    const AccessRegions Packet = AccessRegions.Packet | AccessRegions.Metadata;

    static readonly Piece AnyPacket = new(Packet, null, 0, -1);

    readonly Dictionary<Node, Group> _ends = [];
    readonly HashSet<Node> _members = [];
    readonly HeaderLoads _headers;

    public RowStores(IEnumerable<Block> blocks, HeaderLoads headers)
    {
        _headers = headers;
        foreach (var block in blocks)
        {
            var open = new List<(Node Store, Piece Piece)>();
            foreach (var node in block.Nodes)
            {
                if (node.Op == Op.Store && Piece.Of(node, (int)node.Size) is { Root: not null, Length: > 0 } piece && piece.Regions != AccessRegions.None && (piece.Regions & ~Packet) == 0)
                {
                    if (open.Exists(o => o.Piece.Root != piece.Root || o.Piece.Meets(piece))) Close(open);
                    open.Add((node, piece));
                }
                else if (open.Count > 0 && Reaches(node))
                {
                    Close(open);
                }
            }
            Close(open);
        }
    }

    /// <summary>Whether a store is part of a group, and done with its last one.</summary>
    public bool Has(Node store) => _members.Contains(store);

    /// <summary>The group that a store is the last one of, in order.</summary>
    public Group? EndingAt(Node store) => _ends.GetValueOrDefault(store);

    bool Reaches(Node node) => node.Op is Op.Call or Op.TailCall
        || (_headers.Of(node) is null && Effects.Reads(node).Concat(Effects.Writes(node)).Any(p => p.Meets(AnyPacket)));

    void Close(List<(Node Store, Piece Piece)> open)
    {
        if (open.Count > 1) Add(open);
        open.Clear();
    }

    void Add(List<(Node Store, Piece Piece)> open)
    {
        var sorted = open.OrderBy(o => o.Piece.Offset).ToList();
        long first = sorted[0].Piece.Offset, end = first;
        var stores = new List<(Node, int)>();
        foreach (var (store, piece) in sorted.TakeWhile(o => o.Piece.Offset == end))
        {
            stores.Add((store, (int)(piece.Offset - first)));
            end += piece.Length;
        }
        int bytes = (int)(end - first), rows = bytes / RowBytes, left = bytes % RowBytes;
        // Others of them may be where the filling is.
        bool canFill = left > RowBytes / 2 && (stores.Count == sorted.Count || sorted[stores.Count].Piece.Offset >= end + RowBytes - left);
        int? filling = canFill ? _headers.Beside(sorted[0].Store, bytes, RowBytes - left) : null;
        if (filling is not null) rows++;
        if (rows == 0) return;
        var group = new Group(stores, bytes, rows, filling);
        _ends.Add(open.FindLast(o => group.Stores.Any(s => s.Store == o.Store)).Store, group);
        _members.UnionWith(group.Stores.Select(s => s.Store));
    }
}
