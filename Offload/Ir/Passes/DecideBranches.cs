namespace Chainring.Offload.Ir.Passes;

/// <summary>
/// Comparisons whose outcome follows from those on the way here are not made again: bounds of the packet that are proven already, numbers whose range is
/// known, the same question asked twice.
/// </summary>
static class DecideBranches
{
    public static bool Run(Graph graph)
    {
        var shape = new Shape(graph);
        var facts = new Facts();
        bool any = false;
        var work = new Stack<(int Block, int Mark)>([(0, -1)]);
        while (work.TryPop(out var top))
        {
            if (top.Mark >= 0)
            {
                facts.ForgetSince(top.Mark);
                continue;
            }
            work.Push((top.Block, facts.Mark));
            if (shape.Incoming[top.Block] is [var (from, edge)]) Learn(facts, from, edge);
            any |= Decide(graph, facts, shape.Blocks[top.Block]);
            foreach (int next in shape.Dominated(top.Block)) work.Push((next, -1));
        }
        return any;
    }

    static void Learn(Facts facts, Block from, Edge edge)
    {
        if (from.Kind == EndKind.Branch) facts.Learn(from.Value!.Now, edge == from.Edges[0]);
        if (from.Kind != EndKind.Switch) return;
        int at = Array.IndexOf(from.Edges, edge);
        if (at < from.Cases.Length && Array.FindAll(from.Edges, e => e.To == edge.To).Length == 1) facts.LearnEqual(from.Value!.Now, from.Cases[at]);
    }

    static bool Decide(Graph graph, Facts facts, Block block)
    {
        bool any = false;
        var b = new Builder(graph);
        var old = block.Nodes.ToArray();
        block.Nodes.Clear();
        b.Block = block;
        foreach (var node in old)
        {
            var inputs = Array.ConvertAll(node.Inputs, i => facts.Instead(graph, i.Now));
            if (Ops.IsPure(node.Op) && (Ops.IsTruth(node.Op) ? facts.Decide(node.Op, inputs) is { } decided ? b.Const(decided ? 1u : 0u) : null : null) is { } constant)
            {
                node.Become(constant);
                any = true;
                continue;
            }
            if (inputs.AsSpan().SequenceEqual(node.Inputs))
            {
                b.Append(node);
                continue;
            }
            node.Become(Ops.IsPure(node.Op) ? b.Make(node.Op, inputs) : b.Append(node.With(inputs)));
            any = true;
        }
        if (block.Value is { } value && facts.Instead(graph, value.Now) is var now && now != value)
        {
            block.Value = now;
            any = true;
        }
        foreach (var edge in block.Edges)
        {
            for (int n = 0; n < edge.Arguments.Length; n++)
            {
                var instead = facts.Instead(graph, edge.Arguments[n].Now);
                any |= instead != edge.Arguments[n].Now;
                edge.Arguments[n] = instead;
            }
        }
        return any;
    }

    /// <summary>What is known on one way through the graph; later knowledge can be forgotten again.</summary>
    sealed class Facts
    {
        readonly Dictionary<Node, bool> _truths = [];
        readonly Dictionary<Node, (ulong Least, ulong Most)> _ranges = [];
        readonly Dictionary<(Node Number, ulong Value), bool> _unequal = [];

        /// <summary>By end of the packet and address: so many bytes from there on are inside it; and so many are not.</summary>
        readonly Dictionary<(Node End, Node Root), (long Inside, long Outside)> _packet = [];
        readonly Stack<Action> _undo = new();

        public int Mark => _undo.Count;

        public void ForgetSince(int mark)
        {
            while (_undo.Count > mark) _undo.Pop()();
        }

        /// <summary>A constant in place of what is known to be one.</summary>
        public Node Instead(Graph graph, Node node) =>
            _truths.TryGetValue(node, out bool truth) ? graph.Const(truth ? 1u : 0u)
            : _ranges.TryGetValue(node, out var range) && range.Least == range.Most ? graph.Const(range.Least)
            : node.Op == Op.Select && _truths.TryGetValue(node.Inputs[0].Now, out bool which) ? node.Inputs[which ? 1 : 2].Now
            : node;

        public void Learn(Node truth, bool is1)
        {
            if (truth.Op == Op.Not)
            {
                Learn(truth.Inputs[0].Now, !is1);
                return;
            }
            Set(_truths, truth, is1);
            if (truth.Op == Op.Equal && truth.Inputs[1].Now is { IsConst: true } constant)
            {
                if (is1) LearnEqual(truth.Inputs[0].Now, constant.Number);
                else LearnUnequal(truth.Inputs[0].Now, constant.Number);
            }
            if (truth.Op == Op.Below) LearnBelow(truth.Inputs[0].Now, truth.Inputs[1].Now, is1);
            // A select that is compared with null tells which way it was chosen.
            if (truth.Op == Op.Equal && truth.Inputs[1].Now.Is(0) && truth.Inputs[0].Now is { Op: Op.Select } select && !is1 && select.Inputs[2].Now.Is(0)) Learn(select.Inputs[0].Now, true);
        }

        public void LearnEqual(Node number, ulong value) => Narrow(number, value, value);

        void LearnUnequal(Node number, ulong value)
        {
            Set(_unequal, (number, value), true);
            var (least, most) = RangeOf(number);
            if (value == least && least < most) Narrow(number, least + 1, most);
            else if (value == most && least < most) Narrow(number, least, most - 1);
        }

        void LearnBelow(Node x, Node y, bool is1)
        {
            if (x.Op == Op.Field && x.Field == FrameField.DataEnd)
            {
                var (root, offset) = Places.Of(y);
                LearnPacket((x, root), is1 ? (long.MinValue, (long)offset) : ((long)offset, long.MaxValue));
                return;
            }
            if (y.Op == Op.Field && y.Field == FrameField.DataEnd)
            {
                var (root, offset) = Places.Of(x);
                LearnPacket((y, root), is1 ? ((long)offset + 1, long.MaxValue) : (long.MinValue, (long)offset + 1));
                return;
            }
            var (xLeast, xMost) = RangeOf(x);
            var (yLeast, yMost) = RangeOf(y);
            if (is1)
            {
                if (yMost > 0) Narrow(x, xLeast, Math.Min(xMost, yMost - 1));
                if (xLeast < ulong.MaxValue) Narrow(y, Math.Max(yLeast, xLeast + 1), yMost);
            }
            else
            {
                Narrow(x, Math.Max(xLeast, yLeast), xMost);
                Narrow(y, yLeast, Math.Min(yMost, xMost));
            }
        }

        void LearnPacket((Node, Node) key, (long Inside, long Outside) more)
        {
            var (inside, outside) = _packet.GetValueOrDefault(key, (long.MinValue, long.MaxValue));
            Set(_packet, key, (Math.Max(inside, more.Inside), Math.Min(outside, more.Outside)));
        }

        void Narrow(Node number, ulong least, ulong most)
        {
            // What contradicts itself is never executed.
            if (!number.IsConst && least <= most) Set(_ranges, number, (least, most));
        }

        (ulong Least, ulong Most) RangeOf(Node number) =>
            number.IsConst ? (number.Number, number.Number)
            : _ranges.TryGetValue(number, out var range) ? range
            : (0, Simplify.Bits(number));

        /// <summary>What a comparison of these comes to; null if nobody knows.</summary>
        public bool? Decide(Op op, Node[] x) => op switch
        {
            Op.Not => null,
            Op.Equal => DecideEqual(x[0], x[1]),
            Op.Below => DecideBelow(x[0], x[1]),
            _ => null,
        };

        bool? DecideEqual(Node x, Node y)
        {
            if (y.IsConst && _unequal.ContainsKey((x, y.Number))) return false;
            var (xLeast, xMost) = RangeOf(x);
            var (yLeast, yMost) = RangeOf(y);
            return xMost < yLeast || yMost < xLeast ? false : xLeast == xMost && yLeast == yMost && xLeast == yLeast ? true : null;
        }

        bool? DecideBelow(Node x, Node y)
        {
            if (x.Op == Op.Field && x.Field == FrameField.DataEnd)
            {
                var (root, offset) = Places.Of(y);
                if (!_packet.TryGetValue((x, root), out var known)) return null;
                return known.Inside >= (long)offset ? false : known.Outside <= (long)offset ? true : null;
            }
            if (y.Op == Op.Field && y.Field == FrameField.DataEnd)
            {
                var (root, offset) = Places.Of(x);
                if (!_packet.TryGetValue((y, root), out var known)) return null;
                return known.Inside >= (long)offset + 1 ? true : known.Outside <= (long)offset + 1 ? false : null;
            }
            var (xLeast, xMost) = RangeOf(x);
            var (yLeast, yMost) = RangeOf(y);
            return xMost < yLeast ? true : xLeast >= yMost ? false : null;
        }

        void Set<K, V>(Dictionary<K, V> facts, K key, V value) where K : notnull
        {
            bool had = facts.TryGetValue(key, out var before);
            _undo.Push(had ? () => facts[key] = before! : () => facts.Remove(key));
            facts[key] = value;
        }
    }
}
