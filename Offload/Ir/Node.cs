using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Offload.Ir;

/// <summary>A field of the frame. The first three are addresses.</summary>
public enum FrameField : byte
{
    Data,
    DataEnd,
    DataMeta,
    IngressIfindex,
    RxQueueIndex,
}

/// <summary>A map as compilers see it.</summary>
/// <param name="Number">By which the backend finds it.</param>
/// <param name="Cpus">Copies of each value.</param>
/// <param name="Contents">What its storage holds for ever, if nobody can write to it any more; else null.</param>
public sealed record IrMap(int Number, MapSpec Spec, int Cpus, byte[]? Contents)
{
    /// <summary>Bytes from one value to the next.</summary>
    public int Stride => (Spec.ValueSize + 7) & ~7;

    public bool Equals(IrMap? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => Number;
}

/// <summary>A value, or something that happens; assigned once. Leaves are in no block, everything else is in one, in order.</summary>
public sealed class Node(Op op, params Node[] inputs)
{
    public Op Op { get; } = op;

    public Node[] Inputs { get; } = inputs;

    /// <summary>The constant; the displacement of an access; the offset of an address.</summary>
    public ulong Number { get; init; }

    /// <summary>Of an access.</summary>
    public AccessSize Size { get; init; }

    /// <summary>What an access may reach.</summary>
    public AccessRegions Regions { get; init; }

    public FrameField Field { get; init; }

    public AtomicOp Atomic { get; init; }

    public IrMap? Map { get; init; }

    /// <summary>Whom a call calls.</summary>
    public HelperRow? Row { get; init; }

    /// <summary>Which of the chain's programs it comes from; of a call and a tail call.</summary>
    public int Stage { get; init; }

    /// <summary>Bytes, of <see cref="Op.ClearStack"/>.</summary>
    public int Length { get; init; }

    /// <summary>What <see cref="Op.Count"/> counts, by number.</summary>
    public IReadOnlyList<int> Events { get; init; } = [];

    /// <summary>The node that took its place.</summary>
    public Node? Becomes { get; private set; }

    public bool IsConst => Op == Op.Const;

    public bool Is(ulong value) => Op == Op.Const && Number == value;

    /// <summary>Whoever uses this is to use another one.</summary>
    public void Become(Node other)
    {
        if (other != this) Becomes = other;
    }

    /// <summary>What it is now.</summary>
    public Node Now
    {
        get
        {
            var node = this;
            while (node.Becomes is { } next) node = next;
            return node;
        }
    }

    /// <summary>The same with other inputs.</summary>
    public Node With(params Node[] inputs) => new(Op, inputs)
    {
        Number = Number,
        Size = Size,
        Regions = Regions,
        Field = Field,
        Atomic = Atomic,
        Map = Map,
        Row = Row,
        Stage = Stage,
        Length = Length,
        Events = Events,
    };
}

/// <summary>A way from one block to another, with what the other's parameters are then.</summary>
public sealed class Edge(Block to, params Node[] arguments)
{
    public Block To { get; set; } = to;

    public Node[] Arguments { get; set; } = arguments;
}

/// <summary>How a block ends.</summary>
public enum EndKind : byte
{
    /// <summary>Goes to the one edge.</summary>
    Jump,

    /// <summary>To the first edge if <see cref="Block.Value"/> is true, else to the second.</summary>
    Branch,

    /// <summary>To edge n if the value is case n, to the last edge if it is none.</summary>
    Switch,

    /// <summary>A program ends with the value in r0; only before fusion.</summary>
    Return,

    /// <summary>The frame's way ends with a verdict.</summary>
    Exit,

    /// <summary>The program is aborted with a fault; only before fusion.</summary>
    Fault,
}

/// <summary>Nodes in order, and where to go then.</summary>
public sealed class Block
{
    public List<Node> Parameters { get; } = [];

    public List<Node> Nodes { get; } = [];

    public EndKind Kind { get; private set; }

    public Node? Value { get; set; }

    public Edge[] Edges { get; private set; } = [];

    public ulong[] Cases { get; private set; } = [];

    /// <summary>Of a return or fault: whose. See <see cref="StageRun"/>.</summary>
    public StageRun? Run { get; set; }

    public IrVerdict Verdict { get; private set; }

    /// <summary>What its nodes, its end and its edges compute with, each as often as they do.</summary>
    public IEnumerable<Node> Uses() =>
        Nodes.SelectMany(n => n.Inputs).Concat(Value is { } value ? [value] : []).Concat(Edges.SelectMany(e => e.Arguments)).Select(n => n.Now);

    public void Jump(Edge edge) => Set(EndKind.Jump, null, [edge], []);

    public void Branch(Node condition, Edge whenTrue, Edge whenFalse) => Set(EndKind.Branch, condition, [whenTrue, whenFalse], []);

    public void Switch(Node value, ulong[] cases, Edge[] edges) => Set(EndKind.Switch, value, edges, cases);

    public void Return(Node value) => Set(EndKind.Return, value, [], []);

    public void Exit(IrVerdict verdict)
    {
        Set(EndKind.Exit, null, [], []);
        Verdict = verdict;
    }

    public void Fault(IrFault fault)
    {
        Set(EndKind.Fault, null, [], []);
        Verdict = new((int)XdpAction.Aborted, fault);
    }

    /// <summary>As another block ends.</summary>
    public void EndAs(Block other) => EndAs(other, other.Edges, other.Value);

    /// <summary>Likewise, with other edges and another value.</summary>
    public void EndAs(Block other, Edge[] edges, Node? value)
    {
        Set(other.Kind, value, edges, other.Cases);
        (Run, Verdict) = (other.Run, other.Verdict);
    }

    void Set(EndKind kind, Node? value, Edge[] edges, ulong[] cases) => (Kind, Value, Edges, Cases) = (kind, value, edges, cases);
}

/// <summary>Why a frame is aborted, as far as compiled code can say.</summary>
public enum IrFault : byte
{
    None,

    /// <summary>The program returned 0.</summary>
    Returned,

    /// <summary>A code above the last action.</summary>
    UnknownCode,
    ChainTooLong,
    NoRoomForPreviousVerdict,
    InstructionLimit,

    /// <summary>Whatever aborted the program that was tail-called.</summary>
    InTailCall,
}

/// <summary>What becomes of a frame.</summary>
/// <param name="Action">An <c>enum xdp_action</c>.</param>
public readonly record struct IrVerdict(int Action, IrFault Fault);
