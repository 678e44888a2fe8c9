using Chainring.Offload.Isa;

namespace Chainring.Offload.Ir.Passes;

/// <summary>
/// Stores to the stack that nobody reads are not made; and a function's stack is cleared only where it may be read before it was written.
/// </summary>
static class DropDeadStores
{
    public static bool Run(Graph graph)
    {
        var shape = new Shape(graph);
        var read = new Bytes[shape.Blocks.Count];
        for (int n = 0; n < read.Length; n++) read[n] = new();
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int n = read.Length - 1; n >= 0; n--)
            {
                var now = AtEnd(shape, n, read);
                foreach (var node in Enumerable.Reverse(shape.Blocks[n].Nodes)) now.PassBack(node);
                if (now.Equals(read[n])) continue;
                read[n] = now;
                changed = true;
            }
        }
        bool any = false;
        for (int n = 0; n < read.Length; n++) any |= Sweep(shape.Blocks[n], AtEnd(shape, n, read));
        return any;
    }

    static Bytes AtEnd(Shape shape, int n, Bytes[] read)
    {
        var bytes = new Bytes();
        foreach (var edge in shape.Blocks[n].Edges) bytes.Add(read[shape.Of(edge.To)]);
        return bytes;
    }

    static bool Sweep(Block block, Bytes read)
    {
        bool any = false;
        for (int n = block.Nodes.Count - 1; n >= 0; n--)
        {
            var node = block.Nodes[n];
            if (node.Op == Op.Store && Piece.Of(node, (int)node.Size) is { IsOnStack: true } piece && !read.Any(piece))
            {
                block.Nodes.RemoveAt(n);
                any = true;
                continue;
            }
            if (node.Op == Op.ClearStack)
            {
                var (from, to) = read.Within((int)node.Number, node.Length);
                if (from == to) block.Nodes.RemoveAt(n);
                else if (from != (int)node.Number || to - from != node.Length) block.Nodes[n] = new(Op.ClearStack) { Number = (ulong)from, Length = to - from };
                else goto Next;
                any = true;
            }
        Next:
            read.PassBack(node);
        }
        return any;
    }

    /// <summary>Bytes of the stack that may still be read.</summary>
    sealed class Bytes : IEquatable<Bytes>
    {
        const int Most = RunLimits.MaxDepth * RunLimits.StackBytes, WordBits = 64;

        readonly ulong[] _words = new ulong[Most / WordBits];

        public void Add(Bytes other)
        {
            for (int n = 0; n < _words.Length; n++) _words[n] |= other._words[n];
        }

        public bool Equals(Bytes? other) => other is not null && _words.AsSpan().SequenceEqual(other._words);

        public override bool Equals(object? obj) => Equals(obj as Bytes);

        public override int GetHashCode() => 0;

        /// <summary>What may be read before a node, if this is what may be read after it.</summary>
        public void PassBack(Node node)
        {
            if (node.Op == Op.Store && Piece.Of(node, (int)node.Size) is { IsOnStack: true } written) Set(written, false);
            if (node.Op == Op.ClearStack) Set(new(default, null, (long)node.Number, node.Length), false);
            foreach (var piece in Effects.Reads(node))
            {
                if (piece.IsOnStack) Set(piece, true);
                else if (piece.Meets(AnyStack)) _words.AsSpan().Fill(ulong.MaxValue);
            }
        }

        static readonly Piece AnyStack = new(Verify.AccessRegions.Stack, null, 0, -1);

        public bool Any(in Piece piece)
        {
            for (long at = piece.Offset; at < piece.Offset + piece.Length; at++)
            {
                if (Has(at)) return true;
            }
            return false;
        }

        public (int From, int To) Within(int from, int length)
        {
            int to = from + length;
            while (from < to && !Has(from)) from++;
            while (to > from && !Has(to - 1)) to--;
            return (from, to);
        }

        bool Has(long at) => at is >= 0 and < Most && (_words[at / WordBits] >> (int)(at % WordBits) & 1) != 0;

        void Set(in Piece piece, bool value)
        {
            for (long at = Math.Max(piece.Offset, 0); at < Math.Min(piece.Offset + piece.Length, Most); at++)
            {
                if (value) _words[at / WordBits] |= 1UL << (int)(at % WordBits);
                else _words[at / WordBits] &= ~(1UL << (int)(at % WordBits));
            }
        }
    }
}
