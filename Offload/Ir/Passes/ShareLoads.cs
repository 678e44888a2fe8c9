using Chainring.Offload.Isa;
using Chainring.Offload.Verify;

namespace Chainring.Offload.Ir.Passes;

/// <summary>
/// What was loaded or stored on every way here, and cannot have changed since, is not loaded again: fields of the frame, packet bytes, stack, map values.
/// Where ways meet that know the same place by different values, the value becomes a parameter.
/// </summary>
static class ShareLoads
{
    public static bool Run(Graph graph)
    {
        var shape = new Shape(graph);
        var after = new Table?[shape.Blocks.Count];
        var b = new Builder(graph);
        bool any = false;
        for (int n = 0; n < shape.Blocks.Count; n++)
        {
            var block = shape.Blocks[n];
            var table = n == 0 ? new Table() : Enter(shape, n, after);
            var old = block.Nodes.ToArray();
            block.Nodes.Clear();
            b.Block = block;
            foreach (var node in old)
            {
                if (table.Find(b, node) is { } known)
                {
                    node.Become(known);
                    any = true;
                    continue;
                }
                b.Append(node);
                table.Pass(b, node);
            }
            after[n] = table;
        }
        return any;
    }

    static Table Enter(Shape shape, int n, Table?[] after)
    {
        var incoming = shape.Incoming[n];
        if (shape.IsLoopHead(n))
        {
            // A loop that is come to elsewhere, too: by that way nothing of what is known here may be so.
            if (incoming.Exists(i => shape.Of(i.From) >= n && !shape.Dominates(n, shape.Of(i.From)))) return new Table();
            var before = incoming.Where(i => shape.Of(i.From) < n).Select(i => after[shape.Of(i.From)]!).ToList();
            var table = new Table(before[0]);
            foreach (var other in before.Skip(1)) table.KeepOnly(other);
            for (int inside = n, end = LoopEnd(shape, n); inside <= end; inside++)
            {
                foreach (var node in shape.Blocks[inside].Nodes) table.Forget(node);
            }
            return table;
        }
        if (incoming.Count == 1) return new Table(after[shape.Of(incoming[0].From)]!);
        return Table.Meet(shape.Blocks[n], [.. incoming.Select(i => (i.Edge, after[shape.Of(i.From)]!))]);
    }

    /// <summary>The last block in the order that can be in a loop with this head, loops inside included.</summary>
    static int LoopEnd(Shape shape, int head)
    {
        int end = head;
        for (int n = head; n <= end; n++)
        {
            foreach (var (from, _) in shape.Incoming[n]) end = Math.Max(end, shape.Of(from));
        }
        return end;
    }

    /// <summary>A place whose contents are known: a field of the frame, or memory.</summary>
    readonly record struct Place(FrameField? Field, Node? Root, long Offset, AccessSize Size);

    /// <summary>What is known at some point.</summary>
    sealed class Table
    {
        readonly Dictionary<Place, (Node Value, Piece Piece)> _known;

        public Table() => _known = [];

        public Table(Table other) => _known = new(other._known);

        public void KeepOnly(Table other)
        {
            foreach (var (place, entry) in _known.ToArray())
            {
                if (!other._known.TryGetValue(place, out var there) || there.Value.Now != entry.Value.Now) _known.Remove(place);
            }
        }

        public static Table Meet(Block block, (Edge Edge, Table Table)[] ways)
        {
            var table = new Table();
            foreach (var (place, entry) in ways[0].Table._known)
            {
                bool everywhere = true, same = true;
                foreach (var (_, other) in ways)
                {
                    everywhere &= other._known.TryGetValue(place, out var there);
                    same &= everywhere && there.Value.Now == entry.Value.Now;
                }
                if (!everywhere) continue;
                if (same)
                {
                    table._known.Add(place, entry);
                    continue;
                }
                // Map values others may change meanwhile; each way has then looked at another time.
                if (place.Field is null && (entry.Piece.Regions & AccessRegions.MapValue) != 0) continue;
                var parameter = new Node(Op.Param);
                block.Parameters.Add(parameter);
                foreach (var (edge, other) in ways) edge.Arguments = [.. edge.Arguments, other._known[place].Value.Now];
                table._known.Add(place, (parameter, entry.Piece));
            }
            return table;
        }

        /// <summary>What a load or a field is known to be; null if it is not, or no such node.</summary>
        public Node? Find(Builder b, Node node)
        {
            if (node.Op == Op.Field) return _known.TryGetValue(new(node.Field, null, 0, 0), out var field) ? field.Value.Now : null;
            if (node.Op != Op.Load) return null;
            var piece = Piece.Of(node, (int)node.Size);
            if (_known.TryGetValue(new(null, piece.Root, piece.Offset, node.Size), out var entry)) return entry.Value.Now;
            if (node.Size == AccessSize.Double) return null;
            // A part of something larger.
            for (int size = 2 * (int)node.Size; size <= 8; size *= 2)
            {
                for (int skip = 0; skip <= size - (int)node.Size; skip++)
                {
                    if (!_known.TryGetValue(new(null, piece.Root, piece.Offset - skip, (AccessSize)size), out var larger)) continue;
                    return b.Make(Op.And, b.Make(Op.Shr, larger.Value.Now, b.Const(8 * (ulong)skip)), b.Const((1UL << (8 * (int)node.Size)) - 1));
                }
            }
            return null;
        }

        /// <summary>Goes past a node: what it changes is no longer known, what it shows is.</summary>
        public void Pass(Builder b, Node node)
        {
            Forget(node);
            switch (node.Op)
            {
                case Op.Field:
                    _known[new(node.Field, null, 0, 0)] = (node, default);
                    break;
                case Op.SetRxQueue:
                    _known[new(FrameField.RxQueueIndex, null, 0, 0)] = (b.Make(Op.And, node.Inputs[0], b.Const(uint.MaxValue)), default);
                    break;
                case Op.Load:
                    Learn(node, node);
                    break;
                case Op.Store:
                    var value = node.Inputs[1].Now;
                    Learn(node, node.Size == AccessSize.Double ? value : b.Make(Op.And, value, b.Const((1UL << (8 * (int)node.Size)) - 1)));
                    break;
            }
        }

        void Learn(Node access, Node value)
        {
            var piece = Piece.Of(access, (int)access.Size);
            _known[new(null, piece.Root, piece.Offset, access.Size)] = (value, piece);
        }

        public void Forget(Node node)
        {
            if (node.Op == Op.SetRxQueue) _known.Remove(new(FrameField.RxQueueIndex, null, 0, 0));
            if (Effects.MovesFrame(node))
            {
                _known.Remove(new(FrameField.Data, null, 0, 0));
                _known.Remove(new(FrameField.DataEnd, null, 0, 0));
                _known.Remove(new(FrameField.DataMeta, null, 0, 0));
                if (node.Op == Op.TailCall) _known.Remove(new(FrameField.RxQueueIndex, null, 0, 0));
            }
            foreach (var written in Effects.Writes(node))
            {
                foreach (var (place, entry) in _known)
                {
                    if (place.Field is null && written.Meets(entry.Piece)) _known.Remove(place);
                }
            }
        }
    }
}
