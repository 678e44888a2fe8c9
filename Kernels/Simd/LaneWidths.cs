using Chainring.Offload.Ir;
using Chainring.Offload.Isa;

namespace Chainring.Kernels.Simd;

/// <summary>
/// What lanes of 32 bits are enough for, of which a vector has twice as many as of 64: numbers that are never larger, as far as masks, sizes of loads and comparisons say (<see cref="PacketReach"/>), numbers of which nobody wants
/// more, and addresses in the frame, which are kept as offsets, with a sign, from the beginning of its buffer.
/// </summary>
sealed class LaneWidths
{
    const int Bits = 32;

    readonly PacketReach _reach;
    readonly HashSet<Node> _here, _offsets, _wanted = [];
    readonly Dictionary<Node, List<Node>> _arriving;

    /// <param name="together">The blocks that are run for several frames at once, in reverse postorder.</param>
    /// <param name="others">Those that frames come to by themselves, and at which they leave: they want whole numbers.</param>
    public LaneWidths(Graph graph, IReadOnlyList<Block> together, IReadOnlyCollection<Block> others)
    {
        _reach = new(graph.Blocks());
        _here = [.. together.SelectMany(b => b.Nodes.Concat(b.Parameters))];
        _arriving = Graph.Arriving(together);
        _offsets = [.. _here.Where(n => IsEnd(n) || (n.Op is Op.Add or Op.Sub or Op.Select or Op.Param && _reach.IsNear(n)))];
        while (_offsets.RemoveWhere(n => !HasOffsets(n)) > 0) { }
        FindWanted(together, others);
    }

    /// <summary>Whether it is kept as an offset.</summary>
    public bool IsOffset(Node node) => _offsets.Contains(node.Now);

    /// <summary>Whether it is a number that is never more than a lane of 32 bits has.</summary>
    public bool Fits(Node given) => given.Now is var node && (node.IsConst ? node.Number <= uint.MaxValue : IsNumber(node) && _reach.Fits(node));

    /// <summary>Whether lanes of 32 bits keep it: an offset, a number that fits, or of which no one wants more.</summary>
    public bool IsNarrow(Node node) => IsOffset(node) || (IsNumber(node) && (!_wanted.Contains(node) || Fits(node)));

    /// <summary>Whether lanes of 32 bits compute it, of what vectors have operations for; of comparisons, whether they compare in those.</summary>
    public bool IsComputedNarrow(Node node) => node.Op switch
    {
        Op.Equal or Op.Below or Op.Less => (Fits(node.Inputs[0]) && Fits(node.Inputs[1])) || AreOffsets(node),
        Op.Shr => IsNarrow(node) && Fits(node.Inputs[0]),
        _ => IsModular(node) && IsNarrow(node),
    };

    /// <summary>Whether both of its inputs are offsets.</summary>
    public bool AreOffsets(Node node) => IsOffset(node.Inputs[0]) && IsOffset(node.Inputs[1]);

    /// <summary>Whether lanes keep it, or compute with it: an address is one, a truth value is not.</summary>
    public bool IsNumber(Node node) => _here.Contains(node) && !Ops.IsTruth(node.Op) && node.Op is not (Op.Store or Op.AddTo or Op.Count or Op.Fence or Op.ClearStack or Op.BeginRun or Op.SetRxQueue or Op.PopVerdict);

    static bool IsEnd(Node node) => node is { Op: Op.Field, Field: FrameField.Data or FrameField.DataEnd };

    /// <summary>Whether what an offset is computed from are such too.</summary>
    bool HasOffsets(Node node) => node.Op switch
    {
        Op.Add => IsOffset(node.Inputs[0]) != IsOffset(node.Inputs[1]),
        Op.Sub => IsOffset(node.Inputs[0]) && !IsOffset(node.Inputs[1]),
        Op.Select => IsOffset(node.Inputs[1]) && IsOffset(node.Inputs[2]),
        Op.Param => _arriving.TryGetValue(node, out var values) && values.TrueForAll(IsOffset),
        _ => true,
    };

    /// <summary>Of which numbers someone wants more than 32 bits.</summary>
    void FindWanted(IReadOnlyList<Block> together, IReadOnlyCollection<Block> others)
    {
        var open = new Stack<Node>();
        foreach (var used in others.SelectMany(b => b.Uses())) Want(used);
        foreach (var argument in together.SelectMany(b => b.Edges).Where(e => others.Contains(e.To)).SelectMany(e => e.Arguments)) Want(argument.Now);
        foreach (var block in together)
        {
            if (block.Value is { } value) Want(value.Now);
            foreach (var node in block.Nodes.Where(n => !IsModular(n))) WantInputs(node);
        }
        while (open.TryPop(out var node))
        {
            if (node.Op == Op.Param) _arriving.GetValueOrDefault(node)?.ForEach(v => Want(v.Now));
            else if (IsModular(node)) WantInputs(node);
        }

        void WantInputs(Node node)
        {
            for (int n = 0; n < node.Inputs.Length; n++)
            {
                if (!TakesLow(node, n)) Want(node.Inputs[n].Now);
            }
        }

        void Want(Node node)
        {
            if (_here.Contains(node) && _wanted.Add(node)) open.Push(node);
        }
    }

    /// <summary>Whether low bits of what it computes come of low bits alone.</summary>
    static bool IsModular(Node node) => node.Op switch
    {
        Op.Add or Op.Sub or Op.Mul or Op.And or Op.Or or Op.Xor or Op.Select => true,
        Op.Shl => node.Inputs[1].Now.IsConst,
        _ => false,
    };

    /// <summary>Whether low bits are all that a node takes of an input, whoever wants the node.</summary>
    static bool TakesLow(Node node, int input) => node.Op switch
    {
        Op.And => node.Inputs[1 - input].Now is { IsConst: true, Number: <= uint.MaxValue },
        Op.Shl => node.Inputs[1].Now is { IsConst: true, Number: >= Bits and < 2 * Bits },
        Op.Store => input == 1 && node.Size != AccessSize.Double,
        _ => false,
    };
}
