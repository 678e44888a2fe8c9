using Chainring.Offload.Isa;
using Chainring.Offload.Verify;

namespace Chainring.Offload.Ir.Passes;

/// <summary>
/// Stores of one block that lie next to each other become one, where the last of them was: compilers store what may not be aligned byte by byte. Only what a frame has for
/// itself, since others may look at map values meanwhile; and nothing in between may read what is not there yet.
/// </summary>
static class JoinStores
{
    const AccessRegions Own = AccessRegions.Stack | AccessRegions.CallerStack | AccessRegions.Packet | AccessRegions.Metadata;

    public static bool Run(Graph graph)
    {
        bool any = false;
        var b = new Builder(graph);
        foreach (var block in graph.Blocks())
        {
            var joined = Find(block);
            if (joined.Count == 0) continue;
            any = true;
            Rewrite(b, block, joined);
        }
        return any;
    }

    static void Rewrite(Builder b, Block block, List<Node[]> joined)
    {
        var made = joined.ToDictionary(stores => stores[^1], stores => (Store: StoreOf(stores), Parts: Parts(block, BytesOf(stores))));
        var gone = joined.SelectMany(s => s).ToHashSet();
        var loads = made.Values.SelectMany(m => m.Parts).Where(p => p.LoadedAfter is not null).ToLookup(p => p.LoadedAfter!, p => p.From);
        var old = block.Nodes.ToArray();
        block.Nodes.Clear();
        b.Block = block;
        foreach (var node in old)
        {
            if (made.TryGetValue(node, out var one))
            {
                var value = one.Parts.Aggregate(b.Const(0), (sum, part) => b.Make(Op.Or, sum, Placed(b, part, (int)one.Store.Size)));
                b.Append(one.Store.With(one.Store.Inputs[0].Now, value));
            }
            else if (!gone.Contains(node))
            {
                b.Append(node);
            }
            foreach (var load in loads[node]) b.Append(load);
        }
    }

    /// <summary>The store at all places of some, of a value that is yet to be made.</summary>
    static Node StoreOf(Node[] stores)
    {
        var first = stores.MinBy(s => PieceOf(s).Offset)!;
        long size = stores.Max(s => PieceOf(s).Offset + PieceOf(s).Length) - PieceOf(first).Offset;
        return new(Op.Store, first.Inputs[0]) { Number = first.Number, Size = (AccessSize)size, Regions = stores.Select(s => s.Regions).Aggregate(Places.Either) };
    }

    /// <summary>What is there when all are made.</summary>
    static ByteSource[] BytesOf(Node[] stores)
    {
        var bytes = new ByteSource[(int)StoreOf(stores).Size];
        long start = stores.Min(s => PieceOf(s).Offset);
        foreach (var store in stores) ByteSource.Of(store.Inputs[1])[..(int)store.Size].CopyTo(bytes, (int)(PieceOf(store).Offset - start));
        return bytes;
    }

    /// <summary>Stores that can be one, each in order.</summary>
    static List<Node[]> Find(Block block)
    {
        var open = new List<Node>();
        var found = new List<Node[]>();
        foreach (var node in block.Nodes)
        {
            switch (node.Op)
            {
                case Op.Store:
                    var piece = Piece.Of(node, (int)node.Size);
                    Close(o => o.Meets(piece) && !IsBeside(o, piece));
                    if ((piece.Regions & ~Own) == 0 && (piece.Root is not null || piece.IsOnStack)) open.Add(node);
                    break;
                case Op.Load:
                    var read = Piece.Of(node, (int)node.Size);
                    Close(o => o.Meets(read));
                    break;
                case Op.Field or Op.Count:
                    break;
                default:
                    if (!Ops.IsPure(node.Op)) Close(_ => true);
                    break;
            }
        }
        Close(_ => true);
        return found;

        void Close(Predicate<Piece> meets)
        {
            foreach (var root in open.Where(s => meets(PieceOf(s))).Select(s => PieceOf(s).Root).ToHashSet())
            {
                found.AddRange(Join([.. open.Where(s => PieceOf(s).Root == root)]));
                open.RemoveAll(s => PieceOf(s).Root == root);
            }
        }
    }

    /// <summary>Whether it is known how far one is from the other.</summary>
    static bool IsBeside(in Piece one, in Piece other) => one.Root == other.Root && one.IsOnStack == other.IsOnStack;

    static Piece PieceOf(Node store) => Piece.Of(store, (int)store.Size);

    /// <summary>Of stores in order: those that fill 8, 4 or 2 bytes without a gap, as many as possible at once. Where two overlap, the later one holds.</summary>
    static IEnumerable<Node[]> Join(Node[] stores)
    {
        long done = long.MinValue;
        foreach (long start in stores.Select(s => PieceOf(s).Offset).Distinct().Order())
        {
            if (start < done || new[] { 8, 4, 2 }.Select(size => Filling(stores, start, size)).FirstOrDefault(f => f.Length > 1) is not { } filling) continue;
            done = filling.Max(s => PieceOf(s).Offset + PieceOf(s).Length);
            yield return filling;
        }
    }

    /// <summary>The stores that fill so many bytes and go no further; none if there are none.</summary>
    static Node[] Filling(Node[] stores, long start, int size)
    {
        Node[] inside = [.. stores.Where(s => PieceOf(s) is var p && p.Offset < start + size && start < p.Offset + p.Length)];
        var filled = new bool[size];
        foreach (var piece in inside.Select(PieceOf))
        {
            if (piece.Offset < start || piece.Offset + piece.Length > start + size) return [];
            filled.AsSpan((int)(piece.Offset - start), piece.Length).Fill(true);
        }
        return Array.TrueForAll(filled, f => f) ? inside : [];
    }

    /// <summary>Bytes of one number that lie next to each other in it and in the number that is made.</summary>
    /// <param name="Index">The first of them in <paramref name="From"/>.</param>
    /// <param name="Place">And in what is made.</param>
    /// <param name="LoadedAfter">Where <paramref name="From"/> is a load that is yet to be made: the node that it is to follow.</param>
    readonly record struct Part(Node From, int Index, int Place, int Length, Node? LoadedAfter);

    static List<Part> Parts(Block block, ByteSource[] bytes)
    {
        var parts = new List<Part>();
        ulong constant = 0;
        for (int n = 0; n < bytes.Length;)
        {
            if (bytes[n].Node is not { } from)
            {
                constant |= (ulong)bytes[n].Index << (8 * n++);
                continue;
            }
            int length = 1, together = 1;
            while (n + length < bytes.Length && bytes[n + length].Follows(bytes[n + length - 1])) length++;
            while (together < length && bytes[n + together].Node == from) together++;
            Node? after = null;
            int whole = new[] { 8, 4, 2 }.FirstOrDefault(size => size <= length && size > together && (after = ByteSource.LastOfJoined(block, bytes.AsSpan(n, size))) is not null);
            parts.Add(whole > 0 ? new(ByteSource.LoadOf(bytes.AsSpan(n, whole)), 0, n, whole, after) : new(from, bytes[n].Index, n, together, null));
            n += parts[^1].Length;
        }
        if (constant != 0) parts.Add(new(new(Op.Const) { Number = constant }, 0, 0, sizeof(ulong), null));
        return parts;
    }

    /// <summary>A part where it belongs, with zeros around it.</summary>
    static Node Placed(Builder b, Part part, int size)
    {
        if (part.From.IsConst) return b.Const(part.From.Number);
        var value = b.Make(Op.Shr, part.From, b.Const(8 * (ulong)part.Index));
        // What is above the last byte is not stored.
        if (part.Place + part.Length < size) value = b.Make(Op.And, value, b.Const((1UL << (8 * part.Length)) - 1));
        return b.Make(Op.Shl, value, b.Const(8 * (ulong)part.Place));
    }
}
