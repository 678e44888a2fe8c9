using Chainring.Offload.Isa;

namespace Chainring.Offload.Ir;

/// <summary>A truth value in a graph.</summary>
readonly record struct IrTruth(Node Node);

/// <summary>Reads a word as the node that computes it, so that the graph gets its meaning from the page of semantics. Made by <see cref="Builder"/>, one at a time per thread.</summary>
readonly record struct IrWord(Node Node) : IWord<IrWord, IrTruth>
{
    [ThreadStatic]
    static Builder? s_builder;

    /// <summary>Who makes the nodes from now on.</summary>
    public static Builder Builder { get => s_builder!; set => s_builder = value; }

    public static IrWord Const(ulong value) => new(Builder.Const(value));
    public static IrWord operator +(IrWord a, IrWord b) => Make(Op.Add, a, b);
    public static IrWord operator -(IrWord a, IrWord b) => Make(Op.Sub, a, b);
    public static IrWord operator *(IrWord a, IrWord b) => Make(Op.Mul, a, b);
    public static IrWord operator &(IrWord a, IrWord b) => Make(Op.And, a, b);
    public static IrWord operator |(IrWord a, IrWord b) => Make(Op.Or, a, b);
    public static IrWord operator ^(IrWord a, IrWord b) => Make(Op.Xor, a, b);
    public static IrWord Shl(IrWord a, IrWord amount) => Make(Op.Shl, a, amount);
    public static IrWord Shr(IrWord a, IrWord amount) => Make(Op.Shr, a, amount);
    public static IrWord Sar(IrWord a, IrWord amount) => Make(Op.Sar, a, amount);
    public static IrWord Udiv(IrWord a, IrWord b) => Make(Op.Udiv, a, b);
    public static IrWord Umod(IrWord a, IrWord b) => Make(Op.Umod, a, b);
    public static IrWord Sdiv(IrWord a, IrWord b) => Make(Op.Sdiv, a, b);
    public static IrWord Smod(IrWord a, IrWord b) => Make(Op.Smod, a, b);
    public static IrWord Reverse(IrWord a) => new(Builder.Make(Op.Reverse, a.Node));
    public static IrTruth Equal(IrWord a, IrWord b) => new(Builder.Make(Op.Equal, a.Node, b.Node));
    public static IrTruth Below(IrWord a, IrWord b) => new(Builder.Make(Op.Below, a.Node, b.Node));
    public static IrTruth Less(IrWord a, IrWord b) => new(Builder.Make(Op.Less, a.Node, b.Node));
    public static IrTruth Not(IrTruth b) => new(Builder.Make(Op.Not, b.Node));
    public static IrWord Select(IrTruth condition, IrWord whenTrue, IrWord whenFalse) => new(Builder.Make(Op.Select, condition.Node, whenTrue.Node, whenFalse.Node));

    static IrWord Make(Op op, IrWord a, IrWord b) => new(Builder.Make(op, a.Node, b.Node));
}
